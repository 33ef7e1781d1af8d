"""Signs of life: each process of the platform says every few seconds that it runs, and what it is."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import structlog

from minixdr.app.platform import Platform
from minixdr.ports.database import DatabaseAwayError, DatabaseConflictError, Scope
from minixdr.ports.stores.leases import Heartbeat

BEAT_SECONDS = 5.0
SILENT_SECONDS = 30.0
"""After which a process is taken for gone: six signs were missed."""

log = structlog.get_logger(__name__)


class Facts(msgspec.Struct, frozen=True):
    """What a process says of itself beside its version."""

    schema_oldest: int | None = None
    """Revisions of the database's schema that it serves: from, to."""
    schema_newest: int | None = None
    rules_digest: str | None = None
    """Of the platform's rules that it has loaded; None: none yet."""
    rules_count: int | None = None
    revision: str | None = None
    """Of its source and its image, where it was told."""
    image_digest: str | None = None

    def document(self) -> Mapping[str, Any]:
        """Return them as they are kept."""
        facts: Mapping[str, Any] = msgspec.to_builtins(self)
        return facts


TellFacts = Callable[[], Facts]


async def beat(platform: Platform, kind: str, name: str, tell: TellFacts, stop: asyncio.Event) -> None:
    """Say that the process lives until `stop`."""
    scope, started_at = Scope(actor=f"{kind}:heartbeat"), platform.now()
    while not stop.is_set():
        heartbeat = Heartbeat(
            name=name,
            kind=kind,
            version=platform.version,
            started_at=started_at,
            seen_at=platform.now(),
            details=tell().document(),
        )
        try:
            async with platform.database.transaction(scope) as tx:
                await tx.heartbeats.beat(heartbeat)
        except (DatabaseAwayError, DatabaseConflictError) as error:
            log.warning("heartbeat_failed", reason=str(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), BEAT_SECONDS)


async def end(platform: Platform, kind: str, name: str) -> None:
    """Say that the process ends as it was asked to: nobody need miss it."""
    try:
        async with platform.database.transaction(Scope(actor=f"{kind}:heartbeat")) as tx:
            await tx.heartbeats.end(name)
    except (DatabaseAwayError, DatabaseConflictError) as error:
        log.warning("heartbeat_failed", reason=str(error))


@asynccontextmanager
async def living(platform: Platform, kind: str, name: str, tell: TellFacts) -> AsyncIterator[None]:
    """Say that the process lives as long as the block lasts."""
    stop = asyncio.Event()
    beating = asyncio.create_task(beat(platform, kind, name, tell, stop))
    try:
        yield
    finally:
        stop.set()
        await beating
        await end(platform, kind, name)
