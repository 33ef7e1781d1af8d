"""What the tests of the platform's processes share: a log of their own, an organization, workers that run inside the test."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest

from minixdr import __version__, wiring
from minixdr.adapters.lake.lake import IcebergLake
from minixdr.adapters.log.jetstream import JetStreamLog
from minixdr.adapters.log.payload import encode
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.app.detections import Detections
from minixdr.app.platform import Platform
from minixdr.app.ruleset import Ruleset, load_ruleset
from minixdr.app.scan.request import ScanRequest
from minixdr.ports.database import Scope
from minixdr.ports.log import LogBatch
from minixdr.workers.correlator import CorrelatorWorker
from minixdr.workers.matcher import Crash, Matcher
from tests.engines import TestDatabase

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def ruleset() -> Ruleset:
    """Return our own rules."""
    return load_ruleset(ScanRequest(paths=()), wiring.services())


class World:
    """A platform around one test's database and stream, with one organization."""

    def __init__(self, platform: Platform, lake: IcebergLake, ruleset: Ruleset, database: TestDatabase) -> None:
        self.platform, self.lake, self.ruleset, self.database = platform, lake, ruleset, database
        self.organization_id = UUID(int=0)

    async def create_organization(self) -> UUID:
        name = f"org-{uuid4().hex[:12]}"
        async with self.platform.database.transaction(Scope(system=True)) as opened:
            organization = await opened.organizations.create(uuid4(), name, name)
        return organization.id

    def batch(self, raws: Sequence[bytes], origin: str = "test", **more: object) -> LogBatch:
        return LogBatch(
            organization_id=str(self.organization_id),
            door="native",
            origin=origin,
            received_at=datetime.now(UTC),
            raws=list(raws),
            **more,  # type: ignore[arg-type]
        )

    def matcher(self, crash: Crash | None = None) -> Matcher:
        made = Matcher(self.platform, Detections(self.ruleset, self.platform), self.lake, lambda d: encode(d.batch))
        if crash is not None:
            made.crash = crash
        return made

    def correlator(self, owner: str = "test") -> CorrelatorWorker:
        return CorrelatorWorker(self.platform, Detections(self.ruleset, self.platform), owner)

    async def drain(self, matcher: Matcher | None = None, seconds: float = 30) -> None:
        """Run a matcher until the log is empty."""
        stop = asyncio.Event()
        task = asyncio.create_task((matcher or self.matcher()).run(stop))
        async with asyncio.timeout(seconds):
            while await self.platform.log.waiting():
                if task.done():
                    break
                await asyncio.sleep(0.05)
        stop.set()
        await task

    def own(self, query: str) -> list[tuple[object, ...]]:
        """Return rows of the organization."""
        with psycopg.connect(self.database.app_url) as connection:
            connection.execute("SELECT set_config('minixdr.organization_id', %s, false)", [str(self.organization_id)])
            return connection.execute(query).fetchall()  # type: ignore[arg-type]


@asynccontextmanager
async def world(postgres: TestDatabase, nats_url: str, folder: str, ruleset: Ruleset) -> AsyncIterator[World]:
    """Open a platform over a fresh stream."""
    stream = f"TEST_{next(_numbers)}_{uuid4().hex[:8].upper()}"
    database = PostgresDatabase(postgres.app_url)
    log = await JetStreamLog.connect(nats_url, most_bytes=1 << 28, stream=stream)
    lake = IcebergLake(folder, postgres.app_url)
    platform = Platform(
        database=database,
        log=log,
        secret_key=b"k" * 32,
        public_url="http://127.0.0.1",
        version=__version__,
        now=lambda: datetime.now(UTC),
    )
    made = World(platform, lake, ruleset, postgres)
    made.organization_id = await made.create_organization()
    try:
        yield made
    finally:
        lake.close()
        await log.delete()
        await log.close()
        await database.close()
