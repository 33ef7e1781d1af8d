"""Make what workers staged part of the table. Run by one worker at a time, under a lease; two at once do no harm, they cost each other's work.

    table: its moment -> outbox: what waits -> (settle: what a killed committer left unmarked) -> ONE Iceberg commit -> mark in the outbox

A crash before the commit leaves files that nothing names (`upkeep.py` deletes them); one after it leaves rows unmarked, which the next run finds in
the snapshot.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from operator import itemgetter
from uuid import UUID

import structlog

from minixdr.ports.database import Database, Scope
from minixdr.ports.lake import DamagedFileError, Lake, LakeCommit, Step, WaitingFile

COMMITTER = Scope(actor="worker:committer", system=True)
MOST_FILES = 2_000
"""Of one commit: what waits longer than a commit takes is taken in portions, so that none holds all memory or takes minutes."""

MOST_TRIES = 5
"""After so many a staged file that cannot be read is put aside: a storage that is ill for a moment costs nothing, a lost file stops no hunt."""

log = structlog.get_logger(__name__)


def no_step(_: str) -> None:
    """Take no notice of a step."""


async def commit_pending(
    database: Database,
    lake: Lake,
    fence: int,
    *,
    most_files: int = MOST_FILES,
    tries: Counter[int] | None = None,
    step: Step = no_step,
) -> LakeCommit | None:
    """Commit up to so many staged files and return what was committed; None where nothing waits (or all was committed already).

    Raises DamagedFileError where a staged file cannot be read: it stays in the outbox, all others are committed. `tries` remembers how often that
    was from one call to the next; a file that was tried `MOST_TRIES` times is put aside (`upkeep.py` takes it back when it can be read again).
    Raises LakeConflictError where another committed at the same time: try again later; LakeAwayError, DatabaseAwayError.
    """
    since = await asyncio.to_thread(lake.moment)
    async with database.transaction(COMMITTER) as opened:
        waiting = await opened.lake_outbox.waiting(most_files)
    left = await _settled(database, lake, waiting)
    if not left:
        return None
    step("settled")
    commit: LakeCommit | None = None
    damaged: dict[int, DamagedFileError] = {}
    while left:
        try:
            commit = await asyncio.to_thread(lake.commit, left, since, fence, step)
            break
        except DamagedFileError as error:
            bad = {file.seq: error for file in left if file.name == error.name}
            if not bad:
                raise
            damaged |= bad
            left = [file for file in left if file.seq not in bad]
    if commit is not None:
        await _mark(database, dict.fromkeys(commit.seqs, commit.snapshot_id), commit.repeats)
        step("marked")
    if tries is not None:
        await _put_aside(database, damaged, tries)
    if damaged:
        raise next(iter(damaged.values()))
    return commit


async def _put_aside(database: Database, damaged: Mapping[int, DamagedFileError], tries: Counter[int]) -> None:
    """Put aside what was tried often enough, and say so on the receipts of its batches."""
    tries.update(damaged.keys())
    for seq, error in damaged.items():
        if tries[seq] < MOST_TRIES:
            continue
        async with database.transaction(COMMITTER) as opened:
            put = await opened.lake_outbox.put_aside(seq, str(error))
            if put is not None:
                await opened.enter(Scope(organization_id=UUID(put.file.organization_id), actor=COMMITTER.actor))
                await opened.intake.note_damage(put.batch_ids, put.file.name, str(error))
        if put is not None:
            log.error("staged_file_put_aside", file=put.file.name, events=put.file.rows, reason=str(error))
        del tries[seq]


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
