"""Make what workers staged part of the table. Run by one worker at a time, under a lease; two at once do no harm, they cost each other's work.

    table: its moment -> outbox: what waits -> (settle: what a killed committer left unmarked) -> ONE Iceberg commit -> mark in the outbox

A crash before the commit leaves files that nothing names (`upkeep.py` deletes them); one after it leaves rows unmarked, which the next run finds in
the snapshot.
"""

import asyncio
from collections.abc import Mapping, Sequence
from operator import itemgetter

from minixdr.ports.database import Database, Scope
from minixdr.ports.lake import DamagedFileError, Lake, LakeCommit, Step, WaitingFile

COMMITTER = Scope(actor="worker:committer", system=True)
MOST_FILES = 2_000
"""Of one commit: what waits longer than a commit takes is taken in portions, so that none holds all memory or takes minutes."""


def no_step(_: str) -> None:
    """Take no notice of a step."""


async def commit_pending(
    database: Database, lake: Lake, fence: int, *, most_files: int = MOST_FILES, step: Step = no_step
) -> LakeCommit | None:
    """Commit up to so many staged files and return what was committed; None where nothing waits (or all was committed already).

    Raises DamagedFileError where a staged file cannot be read: it stays in the outbox, all others are committed. Raises LakeConflictError where
    another committed at the same time: try again later; LakeAwayError, DatabaseAwayError.
    """
    since = await asyncio.to_thread(lake.moment)
    async with database.transaction(COMMITTER) as opened:
        waiting = await opened.lake_outbox.waiting(most_files)
    left = await _settled(database, lake, waiting)
    if not left:
        return None
    step("settled")
    commit: LakeCommit | None = None
    damaged: list[DamagedFileError] = []
    while left:
        try:
            commit = await asyncio.to_thread(lake.commit, left, since, fence, step)
            break
        except DamagedFileError as error:
            if error.name is None:
                raise
            damaged.append(error)
            left = [file for file in left if file.name != error.name]
    if commit is not None:
        await _mark(database, dict.fromkeys(commit.seqs, commit.snapshot_id), commit.repeats)
        step("marked")
    if damaged:
        raise damaged[0]
    return commit


async def settle(database: Database, lake: Lake, *, at_once: int = 10_000) -> None:
    """Mark all that is committed and not marked. Snapshots may be forgotten only after it: they hold what it looks for."""
    after = 0
    while True:
        async with database.transaction(COMMITTER) as opened:
            waiting = await opened.lake_outbox.waiting(at_once, after)
        if not waiting:
            return
        await _settled(database, lake, waiting)
        after = waiting[-1].seq


async def _settled(database: Database, lake: Lake, waiting: Sequence[WaitingFile]) -> list[WaitingFile]:
    """Mark those that are committed already, return the others."""
    if not waiting:
        return []
    done = await asyncio.to_thread(lake.committed, [file.seq for file in waiting])
    if done:
        await _mark(database, done, await asyncio.to_thread(lake.repeats, set(done.values())))
    return [file for file in waiting if file.seq not in done]


async def _mark(
    database: Database, snapshots: Mapping[int, int], repeats: Mapping[int, Mapping[str, Mapping[str, int]]]
) -> None:
    """Mark files as committed, and count what the table had already on the receipts of their batches: once, with the mark."""
    async with database.transaction(COMMITTER) as opened:
        marked = [file for file in await opened.lake_outbox.mark(snapshots) if repeats.get(file.seq)]
        for organization_id in sorted({file.organization_id for file in marked}):
            await opened.enter(Scope(organization_id=organization_id, actor=COMMITTER.actor))
            found = [repeats[file.seq] for file in marked if file.organization_id == organization_id]
            for batch_id, counts in sorted((each for batches in found for each in batches.items()), key=itemgetter(0)):
                await opened.intake.count_repeats(batch_id, counts)
