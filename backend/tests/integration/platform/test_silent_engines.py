"""Engines that are there and say nothing, as on a machine that hangs: whoever waits for them is told so soon."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from minixdr.adapters.log import jetstream
from minixdr.adapters.log.jetstream import JetStreamLog
from minixdr.adapters.postgres import database as postgres_database
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.local.accounts import engine_account
from minixdr.local.engines import running
from minixdr.local.nats import Nats
from minixdr.local.ports import free_port
from minixdr.local.postgres import SUPERUSER, Postgres
from minixdr.ports.database import DatabaseAwayError, Scope
from minixdr.ports.log import LogBatch, LogFullError


@contextmanager
def asleep(process_id: int) -> Iterator[None]:
    """Stop a process and its children where they are."""
    process = psutil.Process(process_id)
    family = [process, *process.children(recursive=True)]
    for each in family:
        each.suspend()
    try:
        yield
    finally:
        for each in family:
            each.resume()


def batch(number: int) -> LogBatch:
    return LogBatch(
        organization_id="0190c0de-0000-7000-8000-00000000000a",
        door="native",
        origin="test",
        received_at=datetime.now(UTC),
        raws=[b"%d" % number],
    )


def test_a_silent_log_is_given_no_more(engine_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on its way waits; the next batches are refused at once, until the server speaks again."""
    monkeypatch.setattr(jetstream, "_SILENT_SECONDS", 0.3)
    server = Nats(engine_folder / "silent", free_port(), "of-a-test", engine_account(None))
    server.create()

    async def run(process_id: int) -> None:
        log = await JetStreamLog.connect(server.url, most_bytes=1 << 24, stream="SILENT")
        try:
            with asleep(process_id):
                waiting = asyncio.create_task(log.publish(batch(1)))
                await asyncio.sleep(0.5)
                began = time.monotonic()
                with pytest.raises(LogFullError, match="confirms nothing"):
                    await log.publish(batch(2))
                assert time.monotonic() - began < 0.2
                assert not waiting.done()
            assert await waiting
            assert await log.publish(batch(2))
            assert await log.waiting() == 2
        finally:
            await log.close()

    with running(server, engine_folder / "silent.log") as process:
        asyncio.run(run(process.pid))


def test_a_silent_database_is_away(engine_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for as long as it likes; afterwards it serves again."""
    monkeypatch.setattr(postgres_database, "_ANSWER_SECONDS", 0.5)
    server = Postgres(
        engine_folder / "silent-postgres", free_port(), "of-a-test", engine_account(None), {"fsync": "off"}
    )
    server.create()

    async def begin(database: PostgresDatabase) -> None:
        async with database.transaction(Scope()):
            pass

    async def run(process_id: int) -> None:
        database = PostgresDatabase(server.url(SUPERUSER, "of-a-test", "postgres"), wait_seconds=0.5)
        try:
            await begin(database)
            with asleep(process_id):
                began = time.monotonic()
                with pytest.raises(DatabaseAwayError):
                    await begin(database)
                assert time.monotonic() - began < 15  # the driver tries for ten seconds to take its question back
            await begin(database)
        finally:
            await database.close()

    with running(server, engine_folder / "silent-postgres.log") as process:
        asyncio.run(run(process.pid))
