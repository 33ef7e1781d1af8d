"""One object: read, put into the log batch by batch, noted as done. Whatever crashes between, it is safe to begin again.

    ask whether it is done -> read -> publish each batch (its id comes from its content) -> note it as done, with a receipt of what could not be read

A message is deleted, or a listing goes on, only after that.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from hashlib import blake2b
from typing import Any, TypeVar

import structlog

from minixdr.ingest.doors.file_batches import log_batches, readable
from minixdr.ingest.reading import read
from minixdr.ports.cloud import CloudDeniedError, CloudError, NoSuchCloudError, ObjectGoneError, OpenObject
from minixdr.ports.log import LogBatch, LogFullError
from minixdr.ports.stores.collector import Collected, ObjectKey
from minixdr.ports.stores.intake import Account, BatchReceipt, Reason
from minixdr.schema.record import Batch, Issue
from minixdr.workers.collector.parts import Parts, Place

T = TypeVar("T")
MOST_ATTEMPTS = 5
_AHEAD = 4
"""Batches of an object on their way to the log at once."""
_MOST_REASONS = 20
_LONGEST_REASON = 300
_LONGEST_WAIT_SECONDS = 5.0

_log = structlog.get_logger(__name__)


class Outcome(Enum):
    """What became of an object."""

    DONE = "all of it is in the log, or is known to be unreadable"
    LATER = "it is to be tried again"


class StoppingError(Exception):
    """The process is to end; the object will be begun again."""


@dataclass
class _Tally:
    """What an object held."""

    records: int = 0
    malformed: Counter[str] = field(default_factory=Counter)
    trouble: str | None = None
    """What could not be read of the file itself, the first of it."""

    def note(self, issue: Issue) -> None:
        """Count what is no record."""
        if issue.kind == "file":
            self.trouble = self.trouble or issue.reason
            return
        count = 1 if issue.last is None or issue.number is None else issue.last - issue.number + 1
        reason = issue.reason[:_LONGEST_REASON]
        if reason not in self.malformed and len(self.malformed) >= _MOST_REASONS:
            reason = "other reasons"
        self.malformed[reason] += count


async def collect(parts: Parts, place: Place, key: str, etag: str | None, version_id: str | None = None) -> Outcome:
    """Collect an object of the input's bucket. Raises DatabaseAwayError, StoppingError."""
    loop = asyncio.get_running_loop()
    work = _Object(parts, place, key, loop)
    try:
        return await loop.run_in_executor(parts.reading, work.read, etag, version_id)
    except ObjectGoneError as error:
        return await work.failed(etag, f"it was deleted before it was read ({error})", final=True)
    except (CloudDeniedError, NoSuchCloudError) as error:
        await _trouble(parts, place, str(error))
        return await work.failed(etag, str(error))
    except (CloudError, ValueError) as error:
        return await work.failed(etag, str(error))


async def _trouble(parts: Parts, place: Place, reason: str) -> None:
    async with parts.platform.database.transaction(place.scope) as opened:
        await opened.collector.input_trouble(place.input.id, reason)


class _Object:
    """Work on one object, half of it in a thread that reads and decodes."""

    def __init__(self, parts: Parts, place: Place, key: str, loop: asyncio.AbstractEventLoop) -> None:
        self._parts = parts
        self._place = place
        self._key = key
        self._loop = loop
        self._etag: str | None = None

    def read(self, etag: str | None, version_id: str | None) -> Outcome:
        """Read the object and wait until it is done; runs in a thread. Raises CloudErrors, StoppingError, ValueError.

        `etag`: of the version that was named. Where there is another now, the named one is lost, and that is noted.
        """
        if self._parts.stopping.is_set():
            raise StoppingError
        bucket = self._place.input.bucket
        with self._place.store.open(bucket, self._key, version_id) as opened:
            self._etag = opened.etag
            key = ObjectKey(bucket, self._key, opened.etag)
            if etag != opened.etag:
                self._wait(self._settle_other(ObjectKey(bucket, self._key, etag or "")))
            if self._wait(self._begin(key, opened.size_bytes)):
                return Outcome.DONE
            tally = self._publish(opened)
        self._wait(self._finish(key, opened, tally))
        return Outcome.DONE

    def _publish(self, opened: OpenObject) -> _Tally:
        with readable(opened.stream, self._parts.spill) as stream:
            return self._publish_records(read(stream, self.origin, spill=self._parts.spill), opened.written_at)

    def _publish_records(self, records: Iterator[Batch | Issue], written_at: datetime) -> _Tally:
        tally = _Tally()
        on_their_way: deque[Future[None]] = deque()
        for item in log_batches(
            records,
            organization_id=str(self._place.organization_id),
            door="s3",
            source=self._place.input.source,
            written_at=written_at,
            received_at=self._parts.platform.now(),
        ):
            if self._parts.stopping.is_set():
                raise StoppingError
            if isinstance(item, Issue):
                tally.note(item)
                continue
            tally.records += len(item.raws)
            on_their_way.append(asyncio.run_coroutine_threadsafe(self._keep(item), self._loop))
            if len(on_their_way) >= _AHEAD:
                on_their_way.popleft().result()
        for kept in on_their_way:
            kept.result()
        return tally

    @property
    def origin(self) -> str:
        """What its receipts are grouped by."""
        return f"s3://{self._place.input.bucket}/{self._key}"

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _keep(self, batch: LogBatch) -> None:
        while True:
            try:
                await self._parts.platform.log.publish(batch)
            except LogFullError as full:
                await self._parts.pause(min(full.retry_after_seconds, _LONGEST_WAIT_SECONDS))
                if self._parts.stopping.is_set():
                    raise StoppingError from full
            else:
                metrics = self._parts.platform.metrics
                metrics.door_records.labels("s3").inc(len(batch.raws))
                metrics.door_bytes.labels("s3").inc(sum(map(len, batch.raws)))
                return

    async def _begin(self, key: ObjectKey, size_bytes: int) -> bool:
        """Return whether there is nothing to do: it is done, or is not to be tried again."""
        async with self._parts.platform.database.transaction(self._place.scope) as opened:
            row = await opened.collector.begin(self._place.input.id, key, size_bytes)
        return row.state != "seen"

    async def _settle_other(self, key: ObjectKey) -> None:
        async with self._parts.platform.database.transaction(self._place.scope) as opened:
            if not key.etag:  # a row of no version, for an object that was gone, and is there again
                await opened.collector.forget(self._place.input.id, key)
                return
            await opened.collector.begin(self._place.input.id, key, 0)
            reason = "it was replaced by another version before it was read"
            await opened.collector.fail(self._place.input.id, key, reason, most_attempts=0)

    async def _finish(self, key: ObjectKey, opened: OpenObject, tally: _Tally) -> None:
        malformed = sum(tally.malformed.values())
        received = tally.records + malformed
        now = self._parts.platform.now()
        async with self._parts.platform.database.transaction(self._place.scope) as transaction:
            if not received and tally.trouble is not None:
                await transaction.collector.fail(self._place.input.id, key, tally.trouble, most_attempts=0)
                _log.warning("object_was_not_readable", origin=self.origin, reason=tally.trouble)
                return
            if malformed:
                await transaction.intake.add_receipts([self._receipt(tally, malformed)])
            done = Collected(size_bytes=opened.size_bytes, received=received, malformed=malformed, reason=tally.trouble)
            await transaction.collector.finish(self._place.input.id, key, done, now)

    def _receipt(self, tally: _Tally, malformed: int) -> BatchReceipt:
        """Return the account of the records that no batch holds."""
        now = self._parts.platform.now()
        organization_id = str(self._place.organization_id)
        name = "\x00".join((organization_id, "s3", self.origin, self._etag or "", "unread"))
        return BatchReceipt(
            organization_id=organization_id,
            batch_id=blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest(),
            door="s3",
            origin=self.origin,
            received_at=now,
            processed_at=now,
            account=Account(received=malformed, malformed=malformed),
            sources={},
            repeats={},
            reasons=[Reason("malformed", reason, records) for reason, records in tally.malformed.most_common()],
            token_id=None,
            first_at=None,
            last_at=None,
        )

    async def failed(self, etag: str | None, reason: str, *, final: bool = False) -> Outcome:
        """Note a failure; return whether the object is to be tried again."""
        _log.warning("object_was_not_collected", origin=self.origin, reason=reason)
        known = self._etag or etag
        if known is None and not final:
            return Outcome.LATER  # which version it is, nobody said yet
        key = ObjectKey(self._place.input.bucket, self._key, known or "")
        async with self._parts.platform.database.transaction(self._place.scope) as opened:
            if self._etag is None:  # the attempt was not counted when the object was opened
                await opened.collector.begin(self._place.input.id, key, 0)
            most_attempts = 0 if final else MOST_ATTEMPTS
            given_up = await opened.collector.fail(self._place.input.id, key, reason, most_attempts=most_attempts)
        return Outcome.DONE if given_up else Outcome.LATER
