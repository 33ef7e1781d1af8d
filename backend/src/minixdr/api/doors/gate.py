"""Records of a request -> batches in the log, and back only when they are on disk.

A request's batches depend on its content alone, so that a request that is sent again meets its own batches in the log. Small requests of one sender
share a batch while one of theirs is on its way to the disk (group commit): one fsync for many.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeVar

import msgspec

from minixdr.api.doors.admission import Admission, BusyError
from minixdr.app.ingest_tokens import IngestTokens
from minixdr.app.platform import Platform
from minixdr.ingest.doors.entries import Entries
from minixdr.normalize.catalog import all_sources
from minixdr.ports.log import LogBatch, LogFullError
from minixdr.ports.stores.access import ApiToken
from minixdr.schema.record import Batch

T = TypeVar("T")
BATCH_BYTES = 256 << 10
"""Of raw records: some 64 KB compressed, which the log takes in a few milliseconds."""
BATCH_RECORDS = 2_000
_SMALL_BYTES = 64 << 10
_SMALL_RECORDS = 500
_SENDING = 8
"""Batches of one request that are on their way at once."""
_FLYING = 2
"""Shared batches of one sender that are on their way at once."""
_MOST_WAITING = 4_096
"""Requests of one sender that wait for the next shared batch."""


class Sender(msgspec.Struct, frozen=True):
    """Whose records they are and where they came in; what may share a batch."""

    organization_id: str
    token_id: str
    door: str
    origin: str
    source: str | None = None
    """Log source that the token or the request says of all records."""

    @classmethod
    def of(cls, token: ApiToken, door: str, *, origin: str | None = None, source: str | None = None) -> "Sender":
        """Return the sender; a source fixed in the token is stronger than the request's."""
        return cls(str(token.organization_id), str(token.id), door, origin or door, token.source or source)


@dataclass(slots=True)
class _Group:
    """Small requests that will share a batch."""

    entries: Entries = field(default_factory=Entries)
    size_bytes: int = 0
    requests: int = 0
    done: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


@dataclass(slots=True)
class _Lane:
    """One sender's small requests."""

    flying: int = 0
    waiting: _Group | None = None


class Gate:
    """What all HTTP doors of a process share."""

    def __init__(
        self, platform: Platform, admission: Admission | None = None, tokens: IngestTokens | None = None
    ) -> None:
        self.platform = platform
        self.admission = admission or Admission()
        self.tokens = tokens or IngestTokens(platform)
        self.source_names = frozenset(source.name for source in all_sources())
        self.refused_at: float | None = None
        """When (by `perf_counter`) the log took nothing, and has taken nothing since."""
        self._lanes: dict[Sender, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Wait for what is on its way, and write when tokens were last used."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.tokens.close()

    async def keep(self, sender: Sender, entries: Entries) -> None:
        """Put the records into the log, alone or with others of the sender. Raises BusyError: then all of them must be sent again."""
        size = sum(map(len, entries.raws))
        if not entries.raws:
            return
        if size > _SMALL_BYTES or len(entries.raws) > _SMALL_RECORDS:
            await self.publish(list(self._cut(sender, entries)))
        else:
            await self._share(sender, entries, size)
        self._count(sender.door, len(entries.raws), size)

    async def keep_decoded(
        self, sender: Sender, batches: Sequence[Batch], *, time: float | None = None, host: str | None = None
    ) -> list[str]:
        """Put records that a format read into the log; return the ids of their batches. Raises BusyError.

        `time` and `host`: what the request said beside all of them.
        """
        made = [self._of_decoded(sender, batch, time, host) for batch in batches]
        await self.publish(made)
        self._count(
            sender.door, sum(len(batch.raws) for batch in made), sum(sum(map(len, batch.raws)) for batch in made)
        )
        return [batch.batch_id for batch in made]

    async def publish(self, batches: Sequence[LogBatch]) -> None:
        """Put the batches on disk, some at a time. Raises BusyError where one of them could not be, and waits for the others all the same."""
        failures: list[LogFullError] = []
        remaining = iter(batches)

        async def send() -> None:
            for batch in remaining:
                if failures:
                    return
                try:
                    await self._publish_one(batch)
                except LogFullError as error:
                    failures.append(error)

        ends = await asyncio.gather(*(send() for _ in range(min(_SENDING, len(batches)))), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end
        if failures:
            raise BusyError(str(failures[0]), failures[0].retry_after_seconds) from failures[0]

    async def _publish_one(self, batch: LogBatch) -> None:
        began = perf_counter()
        try:
            await self.platform.log.publish(batch)
        except LogFullError:
            self.refused_at = perf_counter()
            raise
        self.refused_at = None
        self.platform.metrics.publish_seconds.observe(perf_counter() - began)

    async def _share(self, sender: Sender, entries: Entries, size: int) -> None:
        lane = self._lanes.setdefault(sender, _Lane())
        group = lane.waiting
        if group is not None and (
            group.size_bytes + size > BATCH_BYTES or len(group.entries.raws) + len(entries.raws) > BATCH_RECORDS
        ):
            self._start(sender, lane)
            group = None
        if group is None:
            group = lane.waiting = _Group()
        if group.requests >= _MOST_WAITING:
            raise BusyError("too many requests wait for the log")
        group.entries.extend(entries)
        group.size_bytes += size
        group.requests += 1
        if lane.flying < _FLYING:
            self._start(sender, lane)
        await asyncio.shield(group.done)  # who goes away leaves the others' records alone

    def _start(self, sender: Sender, lane: _Lane) -> None:
        group, lane.waiting = lane.waiting, None
        if group is None:
            return
        lane.flying += 1
        task = asyncio.get_running_loop().create_task(self._fly(sender, lane, group))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fly(self, sender: Sender, lane: _Lane, group: _Group) -> None:
        try:
            await self.publish(list(self._cut(sender, group.entries)))
        except BaseException as error:  # whatever it is, each request that waits must hear of it
            group.done.set_exception(error)
            group.done.exception()  # it was heard, though everybody may be gone
            if not isinstance(error, BusyError):
                raise
        else:
            group.done.set_result(None)
        finally:
            lane.flying -= 1
            if lane.waiting is not None:
                self._start(sender, lane)
            elif not lane.flying:
                self._lanes.pop(sender, None)

    def _cut(self, sender: Sender, entries: Entries) -> Iterator[LogBatch]:
        """Yield the records in batches, by log source and size; those of one source in their order."""
        places: dict[str | None, list[int]] = {}
        for place, name in enumerate(entries.sources):
            places.setdefault(sender.source or self.source_named(name), []).append(place)
        for source, own in places.items():
            start = size = 0
            for count, place in enumerate(own):
                length = len(entries.raws[place])
                if count > start and (size + length > BATCH_BYTES or count - start >= BATCH_RECORDS):
                    yield self._batch(sender, entries, own[start:count], source)
                    start, size = count, 0
                size += length
            yield self._batch(sender, entries, own[start:], source)

    def _batch(self, sender: Sender, entries: Entries, places: list[int], source: str | None) -> LogBatch:
        return LogBatch(
            organization_id=sender.organization_id,
            door=sender.door,
            origin=sender.origin,
            received_at=self.platform.now(),
            raws=[entries.raws[place] for place in places],
            times=_some([entries.times[place] for place in places]),
            hosts=_some([entries.hosts[place] for place in places]),
            source=source,
            token_id=sender.token_id,
            first=places[0] + 1,
        )

    def _of_decoded(self, sender: Sender, batch: Batch, time: float | None, host: str | None) -> LogBatch:
        return LogBatch(
            organization_id=sender.organization_id,
            door=sender.door,
            origin=batch.file,
            received_at=self.platform.now(),
            raws=batch.raws,
            bodies=batch.bodies,
            format=None if batch.bodies is None else batch.format,
            times=None if time is None else [time] * len(batch.raws),
            hosts=None if host is None else [host] * len(batch.raws),
            source=sender.source or batch.source,
            token_id=sender.token_id,
            first=batch.first,
            reference_at=batch.reference_at,
        )

    def source_named(self, name: str | None) -> str | None:
        """Return the name where it is a log source's, else None."""
        return name if name in self.source_names else None

    def _count(self, door: str, records: int, size: int) -> None:
        self.platform.metrics.door_records.labels(door).inc(records)
        self.platform.metrics.door_bytes.labels(door).inc(size)


def _some(values: list[T | None]) -> list[T | None] | None:
    """Return the values, None where there are none."""
    return values if any(value is not None for value in values) else None
