"""Messages of many peers -> batches of the log, by size or after 20 ms.

Whoever delivers over TCP waits until its messages are on disk; so each connection holds little, and a full log stops the reading, which stops the
sender. UDP cannot wait: what does not fit is dropped and counted.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from minixdr.ingest.doors.batch_codec import PIECE_BYTES, PIECE_RECORDS
from minixdr.ports.database import DatabaseAwayError
from minixdr.ports.log import Log, LogBatch, LogFullError
from minixdr.workers.syslog.counts import Counts
from minixdr.workers.syslog.options import TokenRefusedError
from minixdr.workers.syslog.senders import Sender, SenderOf

GATHER_SECONDS = 0.02
_MOST_ORIGINS = 8
"""Peers of one gathering that get a batch each; of more, all share one: a write to disk costs the same for a message as for a thousand."""
_MOST_OFFERED_BYTES = 32 << 20
"""Of UDP, while the log is slow: some seconds of a busy network."""
_LONGEST_WAIT_SECONDS = 5.0


@dataclass
class _Gathering:
    """What came with one token within one stretch of time."""

    token: str
    address: str
    by_origin: dict[str, list[bytes]] = field(default_factory=dict)
    records: int = 0
    size_bytes: int = 0
    kept: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Outbox:
    """Gathers and publishes."""

    def __init__(self, log: Log, sender_of: SenderOf, now: Callable[[], datetime], counts: Counts) -> None:
        self._log = log
        self._sender_of = sender_of
        self._now = now
        self._counts = counts
        self._open: dict[str, _Gathering] = {}
        self._keeping: dict[asyncio.Task[None], _Gathering] = {}
        self._offered_bytes = 0

    async def deliver(self, token: str, origin: str, messages: Sequence[bytes]) -> None:
        """Return when the messages are on disk, however long that takes. Raises TokenRefusedError: they were not taken."""
        await asyncio.shield(self._add(token, origin, messages).kept)

    def offer(self, token: str, origin: str, message: bytes) -> bool:
        """Take a message without waiting; return False where there is no room."""
        if self._offered_bytes + len(message) > _MOST_OFFERED_BYTES:
            return False
        self._offered_bytes += len(message)
        self._add(token, origin, (message,)).kept.add_done_callback(
            lambda done: self._settle(
                origin, len(message), refused=not done.cancelled() and done.exception() is not None
            )
        )
        return True

    def _settle(self, origin: str, size_bytes: int, *, refused: bool) -> None:
        self._offered_bytes -= size_bytes
        if refused:
            self._counts.lost("refused", 1, origin, "the token is not valid here")

    async def drain(self, timeout_seconds: float) -> int:
        """Publish what is held; return how many messages could not be within the time."""
        for gathering in list(self._open.values()):
            self._close(gathering)
        if not self._keeping:
            return 0
        await asyncio.wait(self._keeping, timeout=timeout_seconds)
        late = dict(self._keeping)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return sum(gathering.records for gathering in late.values())

    def _add(self, token: str, origin: str, messages: Sequence[bytes]) -> _Gathering:
        gathering = self._open.get(token)
        if gathering is None:
            gathering = self._open[token] = _Gathering(token, origin)
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self._close, gathering)
        gathering.by_origin.setdefault(origin, []).extend(messages)
        gathering.records += len(messages)
        gathering.size_bytes += sum(map(len, messages))
        if gathering.size_bytes >= PIECE_BYTES or gathering.records >= PIECE_RECORDS:
            self._close(gathering)
        return gathering

    def _close(self, gathering: _Gathering) -> None:
        if self._open.get(gathering.token) is gathering:
            del self._open[gathering.token]
            task = asyncio.get_running_loop().create_task(self._keep(gathering))
            self._keeping[task] = gathering
            task.add_done_callback(self._keeping.pop)

    async def _keep(self, gathering: _Gathering) -> None:
        try:
            sender = await self._sender(gathering)
            await asyncio.gather(*[self._publish(batch) for batch in self._batches(gathering, sender)])
        except TokenRefusedError as error:
            gathering.kept.set_exception(error)
            gathering.kept.exception()  # seen, even where nobody waits any more
        except BaseException:
            gathering.kept.cancel()
            raise
        else:
            gathering.kept.set_result(None)

    async def _sender(self, gathering: _Gathering) -> Sender:
        while True:
            try:
                return await self._sender_of(gathering.token, gathering.address)
            except DatabaseAwayError as error:
                self._counts.busy(str(error))
                await asyncio.sleep(1)

    def _batches(self, gathering: _Gathering, sender: Sender) -> Iterator[LogBatch]:
        groups = gathering.by_origin
        if len(groups) > _MOST_ORIGINS:
            groups = {"syslog": [message for messages in groups.values() for message in messages]}
        received_at = self._now()
        for origin, messages in groups.items():
            for raws in _cut(messages):
                yield LogBatch(
                    organization_id=sender.organization_id,
                    door="syslog",
                    origin=origin,
                    received_at=received_at,
                    raws=raws,
                    source=sender.source,
                    token_id=sender.token_id,
                    reference_at=received_at,
                )

    async def _publish(self, batch: LogBatch) -> None:
        while True:
            try:
                await self._log.publish(batch)
            except LogFullError as full:
                self._counts.busy(str(full))
                await asyncio.sleep(min(full.retry_after_seconds, _LONGEST_WAIT_SECONDS))
            else:
                self._counts.kept(len(batch.raws), sum(map(len, batch.raws)))
                return


def _cut(messages: Sequence[bytes]) -> Iterator[list[bytes]]:
    part: list[bytes] = []
    size = 0
    for message in messages:
        if part and (size + len(message) > PIECE_BYTES or len(part) >= PIECE_RECORDS):
            yield part
            part, size = [], 0
        part.append(message)
        size += len(message)
    yield part
