"""`/version`, `/livez`, `/readyz`, `/startupz`: for whoever keeps the process alive and sends it requests.

`/readyz` says no from the moment that the process is asked to end, while it still serves: so that no new requests are sent to it.
"""

from typing import Literal

from fastapi import Request, Response
from pydantic import BaseModel, Field

from minixdr.api.caller import PlatformDep
from minixdr.api.routes import PUBLIC, noun, operation
from minixdr.app.health import Health
from minixdr.app.platform import Platform

router = noun("health")


class SchemaRange(BaseModel):
    """Revisions of the database's schema that the program serves."""

    oldest: int
    newest: int


class Version(BaseModel):
    """Which program answers."""

    name: Literal["minixdr"] = "minixdr"
    version: str = Field(examples=["0.1.0"])
    revision: str | None = Field(description="Of the source it was built of; null where it was not told.")
    image_digest: str | None = Field(
        description="Of the image it runs in; null where it was not told.", examples=[f"sha256:{64 * '0'}"]
    )
    schema_range: SchemaRange | None = Field(serialization_alias="schema", description="Null where it serves none.")


class Alive(BaseModel):
    """It is."""

    status: Literal["ok"] = "ok"


class PartState(BaseModel):
    """A part that the process needs."""

    state: Literal["ok", "failed"]
    problem: str | None = Field(default=None, description="What is wrong.", examples=["does not answer"])


class Started(BaseModel):
    """Whether the process has started."""

    status: Literal["ok", "starting"]
    pending: dict[str, str] = Field(
        description="What is still to be done, by part.", examples=[{"models": "models are being loaded"}]
    )


class Readiness(BaseModel):
    """Whether requests can be served."""

    status: Literal["ready", "not_ready", "draining"]
    parts: dict[str, PartState] = Field(examples=[{"database": {"state": "ok"}, "log": {"state": "ok"}}])


@router.get("/version", **operation("getVersion", "Which version answers", least=PUBLIC))
async def get_version(platform: PlatformDep) -> Version:
    """Return the program's version."""
    return _version(platform)


@router.get("/api/version", **operation("getApiVersion", "Which version of the api answers", least=PUBLIC))
async def get_api_version(platform: PlatformDep) -> Version:
    """Return the program's version, where `/version` is the console's."""
    return _version(platform)


def _version(platform: Platform) -> Version:
    schema = platform.schema_range
    return Version(
        version=platform.version,
        revision=platform.revision,
        image_digest=platform.image_digest,
        schema_range=None if schema is None else SchemaRange(oldest=schema.oldest, newest=schema.newest),
    )


@router.get("/livez", **operation("getLiveness", "Whether the process runs", least=PUBLIC))
async def get_liveness() -> Alive:
    """Return that it does: a process that cannot answer this must be replaced."""
    return Alive()


@router.get(
    "/startupz",
    **operation(
        "getStartup",
        "Whether the process has started",
        least=PUBLIC,
        responses={503: {"model": Started, "description": "Not yet."}},
    ),
)
async def get_startup(platform: PlatformDep, response: Response) -> Started:
    """Return whether all is done that comes before serving: 503 until then."""
    pending = dict(platform.startup.pending)
    if pending:
        response.status_code = 503
        response.headers["Retry-After"] = "1"
    return Started(status="starting" if pending else "ok", pending=pending)


@router.get(
    "/readyz",
    **operation(
        "getReadiness",
        "Whether the process can serve, part by part",
        least=PUBLIC,
        responses={503: {"model": Readiness, "description": "Not now: send requests elsewhere."}},
    ),
)
async def get_readiness(request: Request, response: Response) -> Readiness:
    """Return the state of each part: 503 where one of them fails, or the process is about to end."""
    health: Health = request.app.state.health
    parts = {
        part.name: PartState(state="failed" if part.problem else "ok", problem=part.problem)
        for part in await health.parts()
    }
    ready = all(part.state == "ok" for part in parts.values())
    draining: bool = request.app.state.draining
    if draining or not ready:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return Readiness(status="draining" if draining else "ready" if ready else "not_ready", parts=parts)
