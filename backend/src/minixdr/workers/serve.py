"""One worker process: its loops, side by side, until it is told to stop. A loop that fails ends the process: whoever supervises it starts it anew."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any

import structlog

from minixdr.app.platform import Platform
from minixdr.ports.database import DatabaseAwayError, DatabaseConflictError, Scope
from minixdr.ports.stores.leases import Heartbeat

Loop = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
_BEAT_SECONDS = 5.0

log = structlog.get_logger(__name__)
_SCOPE = Scope(actor="worker:heartbeat")


def process_name() -> str:
    """Return what this process is called: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


async def run_worker(platform: Platform, loops: Mapping[str, Loop], name: str) -> int:
    """Run the loops until SIGTERM or SIGINT; return the exit status."""
    stop = asyncio.Event()
    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, stop.set)
    tasks = {asyncio.create_task(loop(stop), name=each): each for each, loop in loops.items()}
    tasks[asyncio.create_task(_beat(platform, name, platform.now(), stop))] = "heartbeat"
    log.info("worker_started", name=name, loops=sorted(loops))
    status = 0
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        if (error := task.exception()) is not None:
            log.error("a loop failed", loop=tasks[task], exc_info=error)
            status = 1
    stop.set()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, BaseException):
            status = 1
    if status == 0:
        await _end(platform, name)
    log.info("worker_stopped", name=name)
    return status


async def _end(platform: Platform, name: str) -> None:
    try:
        async with platform.database.transaction(_SCOPE) as opened:
            await opened.heartbeats.end(name)
    except (DatabaseAwayError, DatabaseConflictError) as error:
        log.warning("heartbeat_failed", reason=str(error))


async def _beat(platform: Platform, name: str, started_at: datetime, stop: asyncio.Event) -> None:
    """Say that the process lives, so that others can tell whether anybody works."""
    while not stop.is_set():
        heartbeat = Heartbeat(
            name=name,
            kind="worker",
            version=platform.version,
            started_at=started_at,
            seen_at=platform.now(),
            details={},
        )
        try:
            async with platform.database.transaction(_SCOPE) as opened:
                await opened.heartbeats.beat(heartbeat)
        except (DatabaseAwayError, DatabaseConflictError) as error:
            log.warning("heartbeat_failed", reason=str(error))
        try:
            await asyncio.wait_for(stop.wait(), _BEAT_SECONDS)
        except TimeoutError:
            continue
