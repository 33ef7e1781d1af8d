"""The application: every route, behind everything that is true of all of them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import structlog
from fastapi import FastAPI

from minixdr.api import health, models, openapi, v1
from minixdr.api.doors import doors
from minixdr.api.doors.gate import Gate
from minixdr.api.middleware import Around
from minixdr.api.problem import add_handlers
from minixdr.app.access.sign_in import Gatekeeper
from minixdr.app.first_run import FirstRun
from minixdr.app.health import Health
from minixdr.app.platform import Platform

_TIMEOUT_SECONDS = 60.0
_LOOK_SECONDS = 10.0
_LOG = structlog.get_logger(__name__)
_UNTRACED = frozenset({"/livez", "/readyz", "/startupz"})


def create_app(platform: Platform, *, timeout_seconds: float = _TIMEOUT_SECONDS) -> FastAPI:
    """Return the application. `platform` is not closed by it."""
    app = FastAPI(
        title="Mini-XDR",
        version=platform.version,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # a door must not answer a record with a redirect
        lifespan=_lifespan,
        telemetry={
            "metrics": False,
            "logs": False,  # they would carry what people type
            "operation_spans": False,
            "auto_configure": True,  # traces, only where OTEL_EXPORTER_OTLP_ENDPOINT names a receiver
            "exclude": lambda scope: scope.get("path") in _UNTRACED,
        },
    )
    app.state.platform = platform
    app.state.health = Health(platform)
    app.state.gatekeeper = Gatekeeper()
    app.state.first_run = FirstRun()
    app.state.draining = False
    """Set once the process was asked to stop: it serves, but says that it is not ready, and streams end."""
    app.add_middleware(
        Around,
        metrics=platform.metrics,
        https=urlsplit(platform.public_url).scheme == "https",
        timeout_seconds=timeout_seconds,
        draining=lambda: bool(app.state.draining),
    )
    add_handlers(app)
    app.state.gate = Gate(platform)
    app.router.routes.extend(doors(app.state.gate))
    app.include_router(health.router)
    app.include_router(models.router)
    for router in v1.routers():
        app.include_router(router, prefix="/api/v1")
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, Any]]:
    describing = asyncio.create_task(asyncio.to_thread(app.openapi))  # it takes a second: not the first who asks
    looking = asyncio.create_task(_look(app.state.health))
    looking.add_done_callback(_say_if_failed)
    yield {}
    looking.cancel()
    with suppress(asyncio.CancelledError):
        await looking
    await describing
    await app.state.gate.close()


def _say_if_failed(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _LOG.error("parts_are_not_looked_at_any_more", exc_info=error)


async def _look(health_of_parts: Health) -> None:
    """Look at the parts from time to time: what was found goes into the metrics, and a part that fails into the log."""
    failing: dict[str, str] = {}
    while True:
        now = {part.name: part.problem for part in await health_of_parts.there() if part.problem}
        for name, problem in now.items():
            if name not in failing:
                _LOG.warning("part_failed", part=name, problem=problem)
        for name in failing.keys() - now.keys():
            _LOG.info("part_works_again", part=name)
        failing = now
        await asyncio.sleep(_LOOK_SECONDS)
