"""Many small senders become few batches, and each waits for its own messages to be kept."""

import asyncio

import pytest

from minixdr.app.metrics import Metrics
from minixdr.workers.syslog.counts import Counts
from minixdr.workers.syslog.options import TokenRefusedError
from minixdr.workers.syslog.outbox import Outbox
from minixdr.workers.syslog.senders import sender_of
from tests.integration.syslog.parts import FIRST, SECOND, FixedTokens, MemoryLog, now


def _outbox(log):
    tokens = FixedTokens({"first": FIRST, "second": SECOND})
    return Outbox(log, sender_of(tokens, now), now, Counts(Metrics()))


@pytest.mark.parametrize(("peers", "batches"), [(3, 3), (8, 8), (9, 1), (500, 1)])
def test_senders_share_a_batch_where_they_are_many(peers, batches):
    """A write to disk each would be too slow; few keep their own, so that receipts tell them apart."""

    async def run():
        log = MemoryLog()
        outbox = _outbox(log)
        await asyncio.gather(
            *[outbox.deliver("first", f"10.0.0.{peer}", [b"message %d" % peer]) for peer in range(peers)]
        )
        assert sorted(log.messages()) == sorted(b"message %d" % peer for peer in range(peers))
        assert len(log.batches) == batches
        assert ({batch.origin for batch in log.batches.values()} == {"syslog"}) is (batches == 1)

    asyncio.run(run())


def test_organizations_never_share_a_batch():
    """However alike their messages are."""

    async def run():
        log = MemoryLog()
        outbox = _outbox(log)
        await asyncio.gather(*[outbox.deliver(token, "10.0.0.1", [b"message"]) for token in ("first", "second")])
        assert log.messages(FIRST) == log.messages(SECOND) == [b"message"]

    asyncio.run(run())


def test_a_large_delivery_is_cut_and_goes_at_once():
    """No batch is larger than the log likes; nobody waits for company."""

    async def run():
        log = MemoryLog()
        messages = [b"%05d " % number + b"x" * 500 for number in range(3_000)]
        await _outbox(log).deliver("first", "10.0.0.1", messages)
        assert [raw for batch in log.batches.values() for raw in batch.raws] == messages
        assert max(sum(map(len, batch.raws)) for batch in log.batches.values()) <= 256 << 10

    asyncio.run(run())


def test_a_refused_token_is_told_to_who_delivers():
    """And nothing of it is kept."""

    async def run():
        log = MemoryLog()
        outbox = _outbox(log)
        with pytest.raises(TokenRefusedError):
            await outbox.deliver("unknown", "10.0.0.1", [b"message"])
        assert not log.batches

    asyncio.run(run())
