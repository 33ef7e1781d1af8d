"""Who looks for missing workers finds those that are missing, and no others."""

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.app.platform import Platform
from minixdr.ports.database import Scope
from minixdr.workers.serve import run_worker
from tests.api import BASE, SECRET_KEY, ListLog
from tests.engines import TestDatabase


async def _until_asked(stop: asyncio.Event) -> None:
    await asyncio.sleep(0.5)  # the first sign of life is written
    os.kill(os.getpid(), signal.SIGTERM)
    await stop.wait()


async def _failing(stop: asyncio.Event) -> None:
    await asyncio.sleep(0.5)
    raise RuntimeError("canary")


@pytest.mark.parametrize(("loop", "status", "left"), [(_until_asked, 0, []), (_failing, 1, ["w1"])])
def test_a_worker_that_was_asked_to_end_is_not_missed(
    postgres: TestDatabase, loop: Any, status: int, left: list[str]
) -> None:
    """One that failed is."""

    async def test() -> None:
        database = PostgresDatabase(postgres.app_url)
        try:
            platform = Platform(database, ListLog(), SECRET_KEY, BASE, "0", lambda: datetime.now(UTC))  # type: ignore[arg-type]
            assert await run_worker(platform, {"loop": loop}, "w1") == status
            async with database.transaction(Scope()) as tx:
                kept = await tx.heartbeats.all(datetime.now(UTC) - timedelta(hours=1))
            assert [sign.name for sign in kept] == left
        finally:
            await database.close()

    asyncio.run(test())
