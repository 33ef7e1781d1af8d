"""Serving the application: until SIGTERM or SIGINT, then to the end of what has begun, within a bound.

From the signal on `/readyz` says no, so that whoever shares out requests sends no more of them here, and streams end; for `drain_seconds` everything
else is still served. Then no connection is accepted, and what is being answered gets `grace_seconds`. A second signal ends all at once.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any

import structlog
import uvicorn

from minixdr.api.app import create_app
from minixdr.api.connection import BoundedConnection
from minixdr.app.platform import Platform

_KEEP_ALIVE_SECONDS = 75
"""Longer than load balancers keep a connection that is idle (60 s), so that they never send on one that we just closed."""
_MOST_CONNECTIONS = 2_000
"""Bounds the memory of connections; beyond it the answer is 503."""
_BACKLOG = 2_048
_LOG = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve."""

    host: str
    port: int
    """0: any that is free."""
    drain_seconds: float = 0.0
    """How long to go on serving after the signal: as long as it takes until nobody sends requests here any more."""
    grace_seconds: int = 10
    """For what is being answered then."""
    trusted_proxies: str | None = None
    """Addresses and networks, with commas, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. None: nobody's are."""


class CannotListenError(Exception):
    """The address cannot be listened at; the message says why and what to do."""


async def serve(
    platform: Platform, options: Options, first: Callable[[], Coroutine[Any, Any, None]] | None = None
) -> None:
    """Serve until a signal, and to the end of what has begun. Raises CannotListenError.

    `first`: what must be done before the process has started, done while it serves already, so that it can say so. Where it raises, serving ends
    at once, and that is raised.
    """
    app = create_app(platform)
    listening = _listen(options)
    config = uvicorn.Config(
        app,
        http=BoundedConnection,
        loop="none",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=options.trusted_proxies is not None,
        forwarded_allow_ips=options.trusted_proxies,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=options.grace_seconds,
    )

    def stopping() -> None:
        app.state.draining = True

    server = _Server(config, stopping, options.drain_seconds)
    port = listening.getsockname()[1]
    _LOG.info("api_started", host=options.host, port=port, version=platform.version)
    starting = None if first is None else asyncio.create_task(first())
    if starting is not None:
        starting.add_done_callback(server.look)
    await server.serve(sockets=[listening])
    _LOG.info("api_stopped")
    if starting is not None:
        await _settled(starting)


async def _settled(starting: "asyncio.Task[None]") -> None:
    """Give up what is not done yet, and raise what it met."""
    starting.cancel()
    with suppress(asyncio.CancelledError):
        await starting


class _Server(uvicorn.Server):
    """uvicorn's, which does not end at the first signal but drains, and does not pass the signal on when it has ended."""

    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None], drain_seconds: float) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._drain_seconds = drain_seconds
        self._asked = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler's signature
        """Begin to end; at the second signal, end. It interrupts the loop anywhere, also where that holds the log's lock: logging is for later."""
        if self._asked:
            self.should_exit = self.force_exit = True
            return
        self._asked = True
        asyncio.get_running_loop().call_soon_threadsafe(self._begin_to_end, sig)

    def _begin_to_end(self, sig: int) -> None:
        self._stopping()
        _LOG.info("api_was_asked_to_stop", signal=signal.Signals(sig).name, drain_seconds=self._drain_seconds)
        asyncio.get_running_loop().call_later(self._drain_seconds, self._end)

    def look(self, starting: "asyncio.Task[None]") -> None:
        """End at once where what had to be done first has failed."""
        if not starting.cancelled() and starting.exception() is not None:
            self.should_exit = True

    def _end(self) -> None:
        self.should_exit = True


def _listen(options: Options) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        listening = socket.create_server((options.host, options.port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        number = getattr(error, "errno", None) or 0
        reason = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or str(error)
        raise CannotListenError(
            f"cannot listen at {options.host} port {options.port}: {reason} (MINIXDR_HOST and MINIXDR_PORT choose another)"
        ) from error
    # Connections inherit it. asyncio sets it itself, but not where the listening socket was made without a protocol's number; without it small
    # answers wait 40 ms for an acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
