"""One worker process: its loops, side by side, until it is told to stop. A loop that fails ends the process: whoever supervises it starts it anew."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog

from minixdr.app import signs_of_life
from minixdr.app.platform import Platform

Loop = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
_KIND = "worker"

log = structlog.get_logger(__name__)


def process_name() -> str:
    """Return what this process is called: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


async def run_worker(
    platform: Platform,
    loops: Mapping[str, Loop],
    name: str,
    tell: signs_of_life.TellFacts = signs_of_life.Facts,
    *,
    stopping: Callable[[], None] = lambda: None,
) -> int:
    """Run the loops until SIGTERM or SIGINT; return the exit status.

    `tell`: what the process is, for its signs of life; `stopping` is called once it begins to end.
    """
    stop = asyncio.Event()
    running = asyncio.get_running_loop()

    def end() -> None:
        stopping()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, end)
    tasks = {asyncio.create_task(loop(stop), name=each): each for each, loop in loops.items()}
    tasks[asyncio.create_task(signs_of_life.beat(platform, _KIND, name, tell, stop))] = "heartbeat"
    log.info("worker_started", name=name, loops=sorted(loops))
    status = 0
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        if (error := task.exception()) is not None:
            log.error("a loop failed", loop=tasks[task], exc_info=error)
            status = 1
    end()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, BaseException):
            status = 1
    if status == 0:
        await signs_of_life.end(platform, _KIND, name)
    log.info("worker_stopped", name=name)
    return status
