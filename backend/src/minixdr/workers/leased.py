"""Work of which there is one worker at a time: a lease is taken, prolonged while the work goes on, and given back at the end."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from minixdr.app.platform import Platform
from minixdr.ports.database import DatabaseAwayError, DatabaseConflictError, Scope
from minixdr.ports.stores.leases import Lease, LeaseLostError

LEASE_SECONDS = 20.0

log = structlog.get_logger(__name__)
Work = Callable[[int], Awaitable[bool]]
"""Given the lease's fence; returns whether there is more to do at once."""


async def run_leased(
    platform: Platform, name: str, owner: str, pause_seconds: float, work: Work, stop: asyncio.Event
) -> None:
    """Work again and again while the lease is ours, until told to stop. What `work` raises is logged, and tried again after the pause."""
    lease: Lease | None = None
    while not stop.is_set():
        more = False
        try:
            lease = await _take(platform, name, owner)
            if lease is not None:
                more = await _while_held(platform, lease, work)
        except (DatabaseAwayError, DatabaseConflictError, LeaseLostError) as error:
            log.warning("leased_work_waits", work=name, reason=str(error))
        except Exception:
            log.exception("leased_work_failed", work=name)
        if not more:
            try:
                await asyncio.wait_for(stop.wait(), pause_seconds)
            except TimeoutError:
                continue
    if lease is not None:
        await _give_back(platform, lease)


async def _take(platform: Platform, name: str, owner: str) -> Lease | None:
    async with platform.database.transaction(Scope(actor=f"worker:{name}")) as opened:
        return await opened.leases.acquire(name, owner, LEASE_SECONDS)


async def _while_held(platform: Platform, lease: Lease, work: Work) -> bool:
    """Prolong the lease while the work goes on. Work that outlives a lost lease is found out by its fence."""

    async def prolong() -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                async with platform.database.transaction(Scope(actor=f"worker:{lease.name}")) as opened:
                    await opened.leases.renew(lease, LEASE_SECONDS)
            except (DatabaseAwayError, DatabaseConflictError) as error:
                log.warning("lease_not_prolonged", work=lease.name, reason=str(error))

    prolonging = asyncio.create_task(prolong())
    try:
        return await work(lease.fence)
    finally:
        prolonging.cancel()


async def _give_back(platform: Platform, lease: Lease) -> None:
    try:
        async with platform.database.transaction(Scope(actor=f"worker:{lease.name}")) as opened:
            await opened.leases.release(lease)
    except (DatabaseAwayError, DatabaseConflictError, LeaseLostError):
        log.info("lease_runs_out", work=lease.name)
