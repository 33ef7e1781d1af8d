"""The loop of jobs: takes one at a time, says that it lives, ends one that was cancelled. Whoever takes one whose worker died begins anew."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from minixdr.app.hunt.retro import KIND
from minixdr.app.hunt.retro_rules import check, of_request
from minixdr.app.hunt.retro_run import RetroHunt
from minixdr.app.hunt.running import Stopping
from minixdr.app.lake.read import LakeBehindError, files_for
from minixdr.app.platform import Platform
from minixdr.app.refusal import RefusedError
from minixdr.ports.database import DatabaseAwayError, DatabaseConflictError, Scope
from minixdr.ports.hunting import HuntInput, HuntStoppedError, HuntTooLargeError, HuntTooLongError
from minixdr.ports.lake import DamagedFileError, LakeAwayError
from minixdr.ports.stores.jobs import Job, JobLostError

PAUSE_SECONDS = 2.0
BEAT_SECONDS = 5.0
SILENT_SECONDS = 60.0
"""A worker that said nothing for so long is dead."""
MOST_ATTEMPTS = 3
_DAY_TIMEOUT_SECONDS = 3_600.0
_DAY = timedelta(days=1)

log = structlog.get_logger(__name__)


async def run_jobs(platform: Platform, owner: str, stop: asyncio.Event) -> None:
    """Work on jobs until told to stop. One that runs then is left for another worker."""
    while not stop.is_set():
        job = None
        try:
            job = await _take(platform, owner)
            if job is not None:
                await _work(platform, job, stop)
        except (DatabaseAwayError, DatabaseConflictError) as error:
            log.warning("jobs_wait", reason=str(error))
        if job is None:
            try:
                await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)
            except TimeoutError:
                continue


async def _take(platform: Platform, owner: str) -> Job | None:
    async with platform.database.transaction(Scope(system=True, actor="worker:jobs")) as tx:
        return await tx.jobs.take((KIND,), owner, SILENT_SECONDS, MOST_ATTEMPTS)


async def _work(platform: Platform, job: Job, stop: asyncio.Event) -> None:
    """Work on the job until it ends, is taken away, or the process stops."""
    log.info("job_started", job=str(job.id), kind=job.kind, attempt=job.attempts)
    state = _Progress()
    working = asyncio.create_task(_retro_hunt(platform, job, state))
    stopping = asyncio.create_task(stop.wait())
    try:
        while not working.done() and not stop.is_set():
            await asyncio.wait([working, stopping], timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                await _beat(platform, job, state.part)
        if working.done():
            await _finish(platform, job, working)
    except JobLostError:
        log.info("job_was_taken_away", job=str(job.id))
    finally:
        stopping.cancel()
        working.cancel()
        await asyncio.wait([working])


class _Progress:
    part = 0.0


async def _beat(platform: Platform, job: Job, part: float) -> None:
    async with platform.database.transaction(_scope(job)) as tx:
        await tx.jobs.progress(job, part)


async def _finish(platform: Platform, job: Job, working: "asyncio.Task[dict[str, Any]]") -> None:
    result, error = None, None
    try:
        result = working.result()
    except (RefusedError, LakeBehindError, HuntTooLargeError, HuntTooLongError, DamagedFileError) as refused:
        error = str(refused)
    except (LakeAwayError, DatabaseAwayError) as away:
        error = f"a part did not answer: {away}"
    except Exception as failure:
        log.exception("job_failed", job=str(job.id))
        error = f"it failed: {type(failure).__name__}; the worker's log has the reason beside job {job.id}"
    async with platform.database.transaction(_scope(job)) as tx:
        await tx.jobs.finish(job, result, error)
    log.info("job_ended", job=str(job.id), kind=job.kind, error=error)


def _scope(job: Job) -> Scope:
    return Scope(job.organization_id, actor="worker:jobs")


async def _retro_hunt(platform: Platform, job: Job, state: _Progress) -> dict[str, Any]:
    """Return the result of a retro-hunt."""
    began = time.perf_counter()
    request = job.request
    first_at, before = (datetime.fromisoformat(request[name]) for name in ("first_at", "before"))
    ready = await asyncio.to_thread(check, of_request(request))
    hunt = await asyncio.to_thread(RetroHunt, ready, str(job.organization_id))
    days = list(_days(first_at, before))
    for place, (start, end) in enumerate(days):
        await _day(platform, job.organization_id, (start, end), request["sources"], hunt)
        state.part = (place + 1) / len(days)
    await asyncio.to_thread(hunt.end)
    return hunt.account.result(time.perf_counter() - began)


async def _day(
    platform: Platform, organization_id: UUID, between: tuple[datetime, datetime], sources: list[str], hunt: RetroHunt
) -> None:
    if platform.lake is None or platform.hunting is None:
        raise RefusedError("this worker reads no events")
    found = await files_for(platform.database, platform.lake, organization_id, *between)
    if not found.rows:
        return
    given = HuntInput(str(organization_id), *between, found.files, found.staged)
    watch = Stopping(_DAY_TIMEOUT_SECONDS)
    hunter = platform.hunting.hunter

    def read() -> None:
        for records in hunter.records(sources, given, watch):
            hunt.read(records)
        hunt.end_day()

    await _stoppable(read, watch)


async def _stoppable(work: Callable[[], None], watch: Stopping) -> None:
    """Run the work in a thread; where this is cancelled, end it first."""
    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        watch.stop()
        await asyncio.wait([running])
        if not running.cancelled() and not isinstance(running.exception(), HuntStoppedError | None):
            log.warning("job_ended_badly", reason=str(running.exception()))
        raise


def _days(first_at: datetime, before: datetime) -> "list[tuple[datetime, datetime]]":
    """Return the days (UTC) of the range, the first and last one cut."""
    found = []
    start = first_at.astimezone(UTC)
    while start < before:
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
        end = min(midnight + _DAY, before.astimezone(UTC))
        found.append((start, end))
        start = end
    return found
