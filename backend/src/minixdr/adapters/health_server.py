"""`/livez`, `/readyz`, `/startupz`, `/version` and `/metrics` of a process that serves nothing else, on a port of its own.

It runs in the loop of the process, so that one that hangs does not answer. `/livez` asks no other part: where the database is away, to start all
processes anew would help nobody.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from minixdr.app.vitals import Vitals

_MOST_CONNECTIONS = 64
"""Probes, a scraper, and somebody who looks."""
_END_SECONDS = 2
_log = structlog.get_logger(__name__)


class HealthAddressError(Exception):
    """The address cannot be listened at; the message says which setting chooses another."""


@asynccontextmanager
async def health_served(vitals: Vitals, host: str, port: int) -> AsyncIterator[int]:
    """Answer at this address while the context is open, and give the port; with port 0 nowhere. Raises HealthAddressError."""
    if port == 0:
        yield 0
        return
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise HealthAddressError(
            f"cannot listen at {host} port {port}: {error.strerror} (MINIXDR_HEALTH_HOST and MINIXDR_HEALTH_PORT choose another)"
        ) from error
    server = _Server(
        uvicorn.Config(
            application(vitals),
            loop="none",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=_END_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    serving.add_done_callback(_say_if_failed)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await asyncio.wait({serving})


def _say_if_failed(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("health_is_not_served_any_more", exc_info=error)


class _Server(uvicorn.Server):
    """uvicorn's, which leaves signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def application(vitals: Vitals) -> Starlette:
    """Return the application."""

    async def live(_: Request) -> Response:
        return _answer({"status": "ok"})

    async def started(_: Request) -> Response:
        pending = vitals.startup.pending
        return _answer({"status": "starting" if pending else "ok", "pending": pending}, ok=not pending)

    async def ready(_: Request) -> Response:
        parts = {
            part.name: {"state": "failed" if part.problem else "ok", "problem": part.problem}
            for part in await vitals.parts()
        }
        good = bool(parts) and all(part["state"] == "ok" for part in parts.values())
        status = "draining" if vitals.draining else "ready" if good else "not_ready"
        return _answer({"status": status, "parts": parts}, ok=status == "ready")

    async def version(_: Request) -> Response:
        return _answer(vitals.build.document())

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(vitals.metrics.registry), headers={"content-type": CONTENT_TYPE_LATEST})

    served = {"/livez": live, "/startupz": started, "/readyz": ready, "/version": version, "/metrics": metrics}
    return Starlette(routes=[Route(path, endpoint) for path, endpoint in served.items()])


def _answer(content: Any, *, ok: bool = True) -> Response:
    headers = {"cache-control": "no-store"} if ok else {"cache-control": "no-store", "retry-after": "1"}
    return JSONResponse(content, status_code=200 if ok else 503, headers=headers)
