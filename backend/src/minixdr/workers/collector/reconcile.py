"""What no queue told of: the bucket's listing beside what is known, and objects that were begun and never ended.

Notifications get lost: a queue that was set up late, a policy that was wrong for a day, messages older than the queue keeps. So every input is listed
now and then, by one process at a time, and what is missing is collected.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from minixdr.ports.cloud import CloudError, StoredObject
from minixdr.ports.database import DatabaseAwayError, DatabaseConflictError, Scope
from minixdr.ports.stores.collector import CollectorInput, ObjectKey
from minixdr.ports.stores.leases import Lease, LeaseLostError
from minixdr.workers.collector.listing import objects_since
from minixdr.workers.collector.objects import StoppingError, collect
from minixdr.workers.collector.parts import OBJECTS_AT_ONCE, Parts, Place

T = TypeVar("T")
EVERY = timedelta(hours=1)
EVERY_WITHOUT_QUEUE = timedelta(minutes=1)
GRACE = timedelta(minutes=10)
"""Objects this young are left to the queue."""
_LATE = timedelta(days=2)
"""Back behind the last listing: an object is shown in a listing as soon as it is written, but clocks differ, and a listing takes time."""
_LEASE_SECONDS = 120.0
_AFTER_TROUBLE_SECONDS = 60.0
_WAITING = 1_000

_log = structlog.get_logger(__name__)


async def reconcile_now_and_then(parts: Parts, place: Place) -> None:
    """List the bucket whenever it is time, until the process is to stop."""
    every = EVERY if place.queue is not None else EVERY_WITHOUT_QUEUE
    while not parts.stopping.is_set():
        pause = min(every.total_seconds(), _AFTER_TROUBLE_SECONDS)
        try:
            await retry(parts, place)
            await _when_due(parts, place, every)
        except (CloudError, DatabaseAwayError, DatabaseConflictError, LeaseLostError, StoppingError) as error:
            reason = str(error) or type(error).__name__
            _log.warning("bucket_was_not_reconciled", input=str(place.input.id), reason=reason)
            if isinstance(error, CloudError):
                await _say(parts, place, reason)
        await parts.pause(pause)


async def retry(parts: Parts, place: Place) -> int:
    """Collect what a person wants to be tried again; return how many objects that were. Raises DatabaseAwayError, StoppingError."""
    async with parts.platform.database.transaction(place.scope) as opened:
        rows = await opened.collector.retried(place.input.id, _WAITING)
    return await _all(parts, place, [(row.key, row.etag or None) for row in rows])


async def _when_due(parts: Parts, place: Place, every: timedelta) -> None:
    input_ = await _input(parts, place)
    now = parts.platform.now()
    if input_ is None or (input_.last_reconciled_at is not None and now - input_.last_reconciled_at < every):
        return
    name = f"reconcile:{input_.id}"
    async with parts.platform.database.transaction(Scope()) as opened:
        lease = await opened.leases.acquire(name, parts.owner, _LEASE_SECONDS)
    if lease is None:
        return
    try:
        found = await reconcile(parts, place, input_, lease)
        _log.info("bucket_was_reconciled", input=str(input_.id), collected=found)
    finally:
        async with parts.platform.database.transaction(Scope()) as opened:
            await opened.leases.release(lease)


async def reconcile(parts: Parts, place: Place, input_: CollectorInput, lease: Lease) -> int:
    """Collect what the bucket holds and nobody told of; return how many objects that were. Raises CloudErrors, LeaseLostError and others."""
    began = parts.platform.now()
    since = input_.since
    if input_.last_reconciled_at is not None:
        since = max(since, input_.last_reconciled_at - _LATE)
    until = began - GRACE if place.queue is not None else began
    number = await _begun(parts, place, until)
    pages = objects_since(place.store, input_.bucket, input_.prefix, since)
    while (page := await parts.call(_next, pages)) is not None:
        if parts.stopping.is_set():
            raise StoppingError
        async with parts.platform.database.transaction(Scope()) as opened:
            lease = await opened.leases.renew(lease, _LEASE_SECONDS)
        number += await _missing(parts, place, [each for each in page if each.written_at < until])
    async with parts.platform.database.transaction(place.scope) as opened:
        await opened.collector.reconciled(input_.id, began)
    return number


async def _begun(parts: Parts, place: Place, until: datetime) -> int:
    """Collect what was begun and never ended: its message may be gone."""
    async with parts.platform.database.transaction(place.scope) as opened:
        rows = await opened.collector.waiting(place.input.id, until, _WAITING)
    return await _all(parts, place, [(row.key, row.etag or None) for row in rows])


async def _missing(parts: Parts, place: Place, listed: Sequence[StoredObject]) -> int:
    keys = {ObjectKey(place.input.bucket, each.key, each.etag) for each in listed}
    async with parts.platform.database.transaction(place.scope) as opened:
        known = await opened.collector.known(place.input.id, keys)
    return await _all(parts, place, sorted((each.key, each.etag) for each in keys - known))


async def _all(parts: Parts, place: Place, wanted: Sequence[tuple[str, str | None]]) -> int:
    slots = asyncio.Semaphore(OBJECTS_AT_ONCE)

    async def one(key: str, etag: str | None) -> None:
        async with slots:
            await collect(parts, place, key, etag)

    await asyncio.gather(*[one(key, etag) for key, etag in wanted])
    return len(wanted)


def _next(pages: Iterator[T]) -> T | None:
    return next(pages, None)


async def _input(parts: Parts, place: Place) -> CollectorInput | None:
    async with parts.platform.database.transaction(place.scope) as opened:
        return await opened.collector.input(place.input.id)


async def _say(parts: Parts, place: Place, reason: str) -> None:
    try:
        async with parts.platform.database.transaction(place.scope) as opened:
            await opened.collector.input_trouble(place.input.id, reason)
    except (DatabaseAwayError, DatabaseConflictError) as error:
        _log.warning("trouble_was_not_noted", input=str(place.input.id), reason=str(error))
