"""The lake's loops: commit what was staged every few seconds, keep the table in shape every few minutes."""

import asyncio
from collections import Counter
from itertools import count

import structlog

from minixdr.app.lake.commit import commit_pending
from minixdr.app.lake.upkeep import keep_in_shape
from minixdr.app.platform import Platform
from minixdr.ports.lake import DamagedFileError, Lake, LakeAwayError, LakeConflictError
from minixdr.workers.leased import run_leased

COMMIT_SECONDS = 5.0
UPKEEP_SECONDS = 300.0
_ORPHANS_EVERY = 12
"""Turns of upkeep: once an hour. To look for orphans lists the whole warehouse."""
_MANY_FILES = 1_000
"""After a commit of so many the next follows at once."""

log = structlog.get_logger(__name__)


async def run_committer(platform: Platform, lake: Lake, owner: str, stop: asyncio.Event) -> None:
    """Commit until told to stop; one process at a time."""

    tries: Counter[int] = Counter()

    async def work(fence: int) -> bool:
        try:
            done = await commit_pending(platform.database, lake, fence, tries=tries)
        except (LakeConflictError, LakeAwayError) as error:
            log.warning("the committer waits", reason=str(error))
            return False
        except DamagedFileError as error:
            log.exception("staged_file_damaged", file=error.name, reason=str(error))
            return False
        return done is not None and len(done.seqs) > _MANY_FILES

    await run_leased(platform, "lake:committer", owner, COMMIT_SECONDS, work, stop)


async def run_upkeep(platform: Platform, lake: Lake, owner: str, stop: asyncio.Event) -> None:
    """Compact, drop old days and delete orphans until told to stop; one process at a time."""

    turns = count()

    async def work(fence: int) -> bool:
        orphans = next(turns) % _ORPHANS_EVERY == 0
        try:
            report = await keep_in_shape(platform.database, lake, platform.now(), fence, orphans=orphans)
        except (LakeConflictError, LakeAwayError) as error:
            log.info("upkeep_waits", reason=str(error))
            return False
        log.info(
            "upkeep_done",
            compacted=report.files_compacted,
            expired=report.files_expired,
            orphans=report.orphans_deleted,
        )
        return False

    await run_leased(platform, "lake:upkeep", owner, UPKEEP_SECONDS, work, stop)
