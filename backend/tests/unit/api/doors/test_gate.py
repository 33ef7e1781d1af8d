"""The gate: batches made of requests, answered when they are on disk, and never more in memory than is allowed."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest

from minixdr.api.doors.admission import Admission, BusyError
from minixdr.api.doors.gate import BATCH_BYTES, BATCH_RECORDS, Gate, Sender
from minixdr.app.metrics import Metrics
from minixdr.ingest.doors.entries import Entries
from minixdr.ports.log import LogFullError

SENDER = Sender("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002", "hec", "hec")
ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


class SlowLog:
    """Takes a while for each batch; may be full."""

    def __init__(self):
        self.batches = []
        self.full = False

    async def publish(self, batch):
        await asyncio.sleep(0.01)
        if self.full:
            raise LogFullError("full", retry_after_seconds=7)
        self.batches.append(batch)
        return True

    @property
    def raws(self):
        return [raw for batch in self.batches for raw in batch.raws]


def _gate(log):
    platform = SimpleNamespace(log=log, now=lambda: datetime.now(UTC), metrics=Metrics())
    return Gate(platform, tokens=SimpleNamespace())


def _entries(*raws, source=None, time=None):
    made = Entries()
    for raw in raws:
        made.add(raw, time, None, source)
    return made


def test_small_requests_share_batches():
    """A hundred requests of one record take a few writes; each record is written once."""
    log = SlowLog()

    async def run():
        gate = _gate(log)
        await asyncio.gather(*(gate.keep(SENDER, _entries(b"%d" % number)) for number in range(100)))

    asyncio.run(run())
    assert sorted(log.raws) == sorted(b"%d" % number for number in range(100))
    assert len(log.batches) < 10


def test_senders_share_nothing():
    """Records of two organizations, tokens or doors are never in one batch."""
    log = SlowLog()
    senders = [Sender(f"org-{n % 2}", f"token-{n % 3}", ("hec", "bulk")[n % 2], "x") for n in range(12)]

    async def run():
        gate = _gate(log)
        await asyncio.gather(*(gate.keep(sender, _entries(b"%d" % n)) for n, sender in enumerate(senders)))

    asyncio.run(run())
    for batch in log.batches:
        for raw in batch.raws:
            sender = senders[int(raw)]
            assert (batch.organization_id, batch.token_id, batch.door) == (
                sender.organization_id,
                sender.token_id,
                sender.door,
            )


def test_a_full_log_fails_every_request_that_waited():
    """None is answered as kept, each hears when to come back, and the gate works again afterwards."""
    log = SlowLog()
    log.full = True

    async def run():
        gate = _gate(log)
        many = [gate.keep(SENDER, _entries(b"%d" % number)) for number in range(30)]
        large = gate.keep(SENDER, _entries(*[b"x" * 100_000] * 9))
        ends = await asyncio.gather(*many, large, return_exceptions=True)
        assert {type(end) for end in ends} == {BusyError}
        assert {end.retry_after_seconds for end in ends} == {7}
        log.full = False
        await gate.keep(SENDER, _entries(b"again"))

    asyncio.run(run())
    assert log.raws == [b"again"]


def test_who_goes_away_leaves_the_others():
    """A request that is cancelled while it shares a batch cancels nobody else's."""
    log = SlowLog()

    async def run():
        gate = _gate(log)
        tasks = [asyncio.create_task(gate.keep(SENDER, _entries(b"%d" % number))) for number in range(9)]
        await asyncio.sleep(0.002)
        tasks[5].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert [task.cancelled() for task in tasks].count(True) == 1

    asyncio.run(run())
    assert len(log.raws) == 9


def test_large_requests_are_cut_the_same_each_time():
    """By size, number and log source; the same request gives the same batches."""
    entries = _entries(*[b"x" * 1_000 for _ in range(600)], *[b"y"] * (BATCH_RECORDS + 5), time=5.0)
    for number in range(3):
        entries.add(b"z%d" % number, None, None, "aws_cloudtrail")
    ids = []
    for _ in range(2):
        log = SlowLog()
        asyncio.run(_gate(log).keep(SENDER, entries))
        ids.append({batch.batch_id for batch in log.batches})
        assert sorted(log.raws) == sorted(entries.raws)
        assert max(sum(map(len, batch.raws)) for batch in log.batches) <= BATCH_BYTES
        assert max(len(batch.raws) for batch in log.batches) <= BATCH_RECORDS
        assert [list(batch.raws) for batch in log.batches if batch.source] == [[b"z0", b"z1", b"z2"]]
    assert ids[0] == ids[1]


def test_a_failure_that_nobody_expected_reaches_every_request():
    """A fault of ours is an error for all who waited; none hangs."""

    class Broken:
        async def publish(self, batch):
            await asyncio.sleep(0)
            raise RuntimeError("a fault")

    async def run():
        gate = _gate(Broken())
        ends = await asyncio.wait_for(
            asyncio.gather(*(gate.keep(SENDER, _entries(b"x")) for _ in range(5)), return_exceptions=True), 5
        )
        assert {type(end) for end in ends} == {RuntimeError}
        await gate_tasks(gate)

    async def gate_tasks(gate):
        await asyncio.gather(*gate._tasks, return_exceptions=True)

    asyncio.run(run())


def test_room_is_shared_between_organizations():
    """One alone gets two thirds; a second one finds room beside it, a third beside both; what is given back is free again."""
    admission = Admission(900)
    first = admission.load(ONE)
    first.grow(600)
    with pytest.raises(BusyError):
        first.grow(1)
    second = admission.load(TWO)
    second.grow(200)
    with pytest.raises(BusyError):
        second.grow(50)
    third = admission.load(THREE)
    third.grow(60)
    assert admission.held_bytes == 860
    for load in (first, second, third):
        with load:
            pass
    assert admission.held_bytes == 0
    admission.load(TWO).grow(600)
