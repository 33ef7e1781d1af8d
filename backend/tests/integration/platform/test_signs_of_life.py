"""Who looks for missing workers finds those that are missing, and no others."""

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.app.platform import Platform
from minixdr.app.signs_of_life import Facts, living
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


def test_an_api_is_heard_as_long_as_it_serves(postgres: TestDatabase) -> None:
    """With what it is; not afterwards."""

    async def test() -> None:
        database = PostgresDatabase(postgres.app_url)
        try:
            platform = Platform(database, ListLog(), SECRET_KEY, BASE, "0", lambda: datetime.now(UTC))  # type: ignore[arg-type]

            async def heard() -> list[tuple[str, str, Any]]:
                async with database.transaction(Scope()) as tx:
                    signs = await tx.heartbeats.all(datetime.now(UTC) - timedelta(hours=1))
                return [(sign.name, sign.kind, sign.details["schema_newest"]) for sign in signs if sign.kind == "api"]

            async with living(platform, "api", "a1", lambda: Facts(schema_newest=7)):
                async with asyncio.timeout(10):
                    while not await heard():
                        await asyncio.sleep(0.05)
                assert await heard() == [("a1", "api", 7)]
            assert await heard() == []
        finally:
            await database.close()

    asyncio.run(test())
