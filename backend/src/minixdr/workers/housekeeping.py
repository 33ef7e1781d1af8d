"""The loop that deletes what is kept for a time only, and signs audit logs: every quarter of an hour, one process at a time."""

import asyncio

import msgspec
import structlog

from minixdr.app.housekeeping import keep_house
from minixdr.app.platform import Platform
from minixdr.workers.leased import run_leased

HOUSEKEEPING_SECONDS = 900.0

log = structlog.get_logger(__name__)


async def run_housekeeping(platform: Platform, owner: str, stop: asyncio.Event) -> None:
    """Keep house until told to stop."""

    async def work(fence: int) -> bool:  # noqa: ARG001 - what is done here may be done twice
        log.info("housekeeping_done", **msgspec.structs.asdict(await keep_house(platform)))
        return False

    await run_leased(platform, "housekeeping", owner, HOUSEKEEPING_SECONDS, work, stop)
