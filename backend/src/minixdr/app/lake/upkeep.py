"""Keep the lake in shape: run by the maintenance worker under a lease, every few minutes; each part alone is harmless when repeated."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from minixdr.app.lake.commit import COMMITTER, no_step, settle
from minixdr.ports.database import Database, Scope
from minixdr.ports.lake import DamagedFileError, Lake, Step

STAGED_KEPT_FOR = timedelta(minutes=15)
"""After its commit a staged file stays, for hunts that began before it."""
_AT_ONCE = 5_000


class UpkeepReport(msgspec.Struct):
    """What was done."""

    staged_deleted: int = 0
    staged_taken_back: int = 0
    """That had been put aside as damaged, and can be read."""
    files_compacted: int = 0
    rows_compacted: int = 0
    files_expired: int = 0
    """Of days older than their organization keeps."""
    orphans_deleted: int = 0


async def take_back(database: Database, lake: Lake) -> int:
    """Let staged files that were put aside as damaged wait for the committer again, where they can be read now. Return how many."""
    async with database.transaction(COMMITTER) as opened:
        aside = await opened.lake_outbox.damaged()
    taken = 0
    for each in aside:
        try:
            await asyncio.to_thread(lake.read_staged, [each.file], ["event_id"])
        except DamagedFileError:
            continue
        async with database.transaction(COMMITTER) as opened:
            await opened.lake_outbox.take_back(each.file.seq)
            await opened.enter(Scope(organization_id=UUID(each.file.organization_id), actor=COMMITTER.actor))
            await opened.intake.note_damage(each.batch_ids, each.file.name, None)
        taken += 1
    return taken


async def delete_committed(database: Database, lake: Lake, now: datetime) -> int:
    """Delete staged files whose events are part of the table for a quarter of an hour. Return how many."""
    deleted = 0
    while True:
        async with database.transaction(COMMITTER) as opened:
            files = await opened.lake_outbox.committed_before(now - STAGED_KEPT_FOR, _AT_ONCE)
        if not files:
            return deleted
        await asyncio.to_thread(lake.delete_staged, [file.name for file in files])
        async with database.transaction(COMMITTER) as opened:
            await opened.lake_outbox.forget([file.seq for file in files])
        deleted += len(files)


async def compact(lake: Lake, now: datetime, fence: int, most_runs: int = 20, step: Step = no_step) -> UpkeepReport:
    """Rewrite small files until none are left, or so many times. Raises LakeConflictError where a commit came between: try again."""
    report = UpkeepReport()
    for _ in range(most_runs):
        done = await asyncio.to_thread(lake.compact, now, fence, step)
        if not done.files_before:
            break
        report.files_compacted += done.files_before
        report.rows_compacted += done.rows
    return report


async def expire(database: Database, lake: Lake, now: datetime, fence: int) -> int:
    """Drop the days that are older than their organization keeps (`retention_days`). Return how many files they had."""
    async with database.transaction(COMMITTER) as opened:
        organizations = await opened.organizations.all()
    dropped = 0
    for organization in organizations:
        before = (now - timedelta(days=organization.retention_days)).date()
        done = await asyncio.to_thread(lake.drop_days, str(organization.id), before, fence)
        dropped += done.files_before
    return dropped


async def forget(database: Database, lake: Lake, now: datetime) -> None:
    """Forget old snapshots, after all that they know is marked in the outbox."""
    await settle(database, lake)
    await asyncio.to_thread(lake.forget_snapshots, now)


async def clean(database: Database, lake: Lake, now: datetime) -> int:
    """Delete files that nothing names. Return how many. It lists the whole warehouse: once an hour is enough."""
    async with database.transaction(COMMITTER) as opened:
        names = await opened.lake_outbox.names()
    return await asyncio.to_thread(lake.delete_orphans, now, names)


async def keep_in_shape(
    database: Database, lake: Lake, now: datetime, fence: int, *, orphans: bool = True
) -> UpkeepReport:
    """Do all of it (but look for orphans only where told). Raises LakeConflictError, LakeAwayError, DatabaseAwayError; what was done until then
    stays done."""
    await forget(database, lake, now)
    report = await compact(lake, now, fence)
    report.staged_taken_back = await take_back(database, lake)
    report.staged_deleted = await delete_committed(database, lake, now)
    report.files_expired = await expire(database, lake, now, fence)
    if orphans:
        report.orphans_deleted = await clean(database, lake, now)
    return report
