"""A world (see `tests.api`) served over real HTTP by a thread, for tools that are no part of this process."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import uvicorn

from tests.api import World, world
from tests.engines import TestDatabase


@dataclass
class ServedWorld:
    """A world and where it is."""

    world: World
    base: str


@contextmanager
def served(database: TestDatabase, **platform_options: Any) -> Iterator[ServedWorld]:
    """Serve a new world while the context is open. Its clock is the real one."""
    listening = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    started, found, servers = threading.Event(), [], []

    async def run() -> None:
        now = lambda: datetime.now(UTC)  # noqa: E731
        async with world(database, public_url=base, now=now, **platform_options) as made:
            config = uvicorn.Config(made.app, log_config=None, ws="none", timeout_graceful_shutdown=5)
            server = uvicorn.Server(config)
            servers.append(server)
            found.append(made)
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            started.set()
            await serving

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    try:
        assert started.wait(60), "the world was not served"
        yield ServedWorld(found[0], base)
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(30)
