"""Transactions: whole or not at all, and every way of failing has its name."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from minixdr.adapters.postgres import tables
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.adapters.postgres.transaction import PostgresTransaction
from minixdr.ports.database import DatabaseAwayError, DatabaseBusyError, DatabaseConflictError, Scope
from tests.engines import TestDatabase
from tests.integration.postgres.opened import on, organization

_NOW = datetime(2026, 11, 25, tzinfo=UTC)


def test_a_block_that_raises_leaves_nothing(postgres: TestDatabase) -> None:
    """All of a transaction is kept, or nothing; the block's own error comes out as it is."""

    async def work(database: PostgresDatabase) -> None:
        here = uuid4()
        with pytest.raises(LookupError):
            async with database.transaction(Scope(here)) as tx:
                await tx.organizations.create(here, "gone", "Gone")
                raise LookupError
        async with database.transaction(Scope(here)) as tx:
            assert await tx.organizations.get(here) is None

    on(postgres.app_url, work)


def test_a_database_that_is_away_is_named(postgres: TestDatabase) -> None:
    """Nobody listens, or the name does not exist, or the password is wrong: DatabaseAwayError, and never the password in it."""
    wrong = postgres.app_url.replace("of-a-test", "not-the-secret")
    for url in ("postgresql://a:hidden@127.0.0.1:9/x", "postgresql://a:hidden@no.such.host.invalid:5432/x", wrong):

        async def work(database: PostgresDatabase) -> None:
            with pytest.raises(DatabaseAwayError) as raised:
                async with database.transaction(Scope()):
                    pass
            assert "hidden" not in str(raised.value)
            assert "not-the-secret" not in str(raised.value)

        on(url, work)


def test_a_connection_that_breaks_is_replaced(postgres: TestDatabase) -> None:
    """The transaction it happens to fails by name; the next one works."""

    async def work(database: PostgresDatabase) -> None:
        with psycopg.connect(postgres.superuser_url, autocommit=True) as killer:
            with pytest.raises(DatabaseAwayError):
                async with database.transaction(Scope()) as tx:
                    (process,) = (await tx.execute(text("SELECT pg_backend_pid()"))).one()
                    killer.execute("SELECT pg_terminate_backend(%s)", [process])
                    await tx.execute(text("SELECT 1"))
            async with database.transaction(Scope()) as tx:
                assert (await tx.execute(text("SELECT 1"))).scalar() == 1

    on(postgres.app_url, work)


def test_idle_connections_that_broke_cost_nobody_a_transaction(postgres: TestDatabase) -> None:
    """After a restart of the server the pool is full of dead connections: that is not the next request's trouble."""

    async def work(database: PostgresDatabase) -> None:
        async def use() -> None:
            async with database.transaction(Scope()) as tx:
                await tx.execute(text("SELECT pg_sleep(0.1)"))

        await asyncio.gather(*(use() for _ in range(5)))
        with psycopg.connect(postgres.superuser_url, autocommit=True) as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        await asyncio.sleep(0.2)
        for _ in range(6):
            await use()

    on(postgres.app_url, work)


def test_what_takes_too_long_is_ended(postgres: TestDatabase) -> None:
    """A statement beyond its time, and a wait for a free connection beyond its time: busy, to be tried again."""

    async def work() -> None:
        database = PostgresDatabase(postgres.app_url, connections=1, wait_seconds=0.2, statement_seconds=0.2)
        with pytest.raises(DatabaseBusyError):
            async with database.transaction(Scope()) as tx:
                await tx.execute(text("SELECT pg_sleep(5)"))
        async with database.transaction(Scope()):
            with pytest.raises(DatabaseBusyError):
                async with database.transaction(Scope()):
                    pass
        await database.close()

    asyncio.run(work())


def test_a_cancelled_request_gives_its_connection_back(postgres: TestDatabase) -> None:
    """A client that leaves in the middle costs no connection."""

    async def work() -> None:
        database = PostgresDatabase(postgres.app_url, connections=1, wait_seconds=3)

        async def slow() -> None:
            async with database.transaction(Scope()) as tx:
                await tx.execute(text("SELECT pg_sleep(20)"))

        for _ in range(3):
            task = asyncio.create_task(slow())
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        async with database.transaction(Scope()) as tx:
            assert (await tx.execute(text("SELECT 1"))).scalar() == 1
        await database.close()

    asyncio.run(work())


def test_transactions_that_meet_are_repeated(postgres: TestDatabase) -> None:
    """`run` repeats what met another in a deadlock until both are done; `transaction` says it by name."""

    async def work(database: PostgresDatabase) -> None:
        one, two = await organization(database), await organization(database)
        met = asyncio.Barrier(2)
        rounds = 0

        async def both(first: object, second: object, tx: PostgresTransaction) -> None:
            nonlocal rounds
            rounds += 1
            for number, which in enumerate((first, second)):
                await tx.enter(Scope(which))  # type: ignore[arg-type]
                await tx.organizations.rules_changed()
                if number == 0 and rounds <= 2:
                    await met.wait()

        await asyncio.gather(
            database.run(Scope(), lambda tx: both(one, two, tx)), database.run(Scope(), lambda tx: both(two, one, tx))
        )
        assert rounds >= 3
        for here in (one, two):
            async with database.transaction(Scope(here)) as tx:
                found = await tx.organizations.get(here)
                assert found is not None
                assert found.rules_version == 2

    on(postgres.app_url, work)


def test_a_conflict_that_does_not_end_is_said(postgres: TestDatabase) -> None:
    """After some attempts the caller is told; each attempt was a transaction of its own."""

    async def work(database: PostgresDatabase) -> None:
        attempts: list[int] = []

        async def never(tx: PostgresTransaction) -> None:
            attempts.append((await tx.execute(text("SELECT txid_current()"))).scalar_one())
            await tx.execute(text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$"))

        with pytest.raises(DatabaseConflictError):
            await database.run(Scope(), never)
        assert len(set(attempts)) == len(attempts) > 3

    on(postgres.app_url, work)


def test_a_fault_of_the_program_is_not_dressed_up(postgres: TestDatabase) -> None:
    """A wrong statement is a bug to be seen, not a database that is away."""

    async def work(database: PostgresDatabase) -> None:
        with pytest.raises(ProgrammingError):
            async with database.transaction(Scope()) as tx:
                await tx.execute(text("SELECT no_such_column"))

    on(postgres.app_url, work)


def test_hostile_text_is_kept_and_found(postgres: TestDatabase) -> None:
    """NUL and lone surrogates, in text, lists and JSON: nothing fails, and looking for the same finds it."""

    async def work(database: PostgresDatabase) -> None:
        here = await organization(database)
        bad = "a\x00b\ud83d' OR 1=1 --"
        async with database.transaction(Scope(here)) as tx:
            row = {"organization_id": here, "name": bad, "rule_ids": [bad], "yaml": bad, "reason": "é\U0001f600"}
            await tx.execute(tables.rule_filters.insert().values(row))
            found = await tx.execute(select(tables.rule_filters).where(tables.rule_filters.c.name == bad))
            kept = found.one()
            assert (kept.name, kept.rule_ids) == ("a\ufffdb\ufffd' OR 1=1 --", ["a\ufffdb\ufffd' OR 1=1 --"])
            assert kept.reason == "é\U0001f600"
            await tx.jobs.add("test", {bad: [bad, 2**70, float("nan")]})
            (job,) = await tx.jobs.list(None, None, None, 5)
            assert job.request == {"a\ufffdb\ufffd' OR 1=1 --": ["a\ufffdb\ufffd' OR 1=1 --", float(2**70), None]}
        async with database.transaction(Scope(email=bad, actor=bad)) as tx:
            assert await tx.users.by_email(bad) is None

    on(postgres.app_url, work)


def test_times_come_back_in_utc(postgres: TestDatabase) -> None:
    """Whatever the server's time zone is."""

    async def work(database: PostgresDatabase) -> None:
        async with database.transaction(Scope()) as tx:
            now = (await tx.execute(text("SELECT now()"))).scalar_one()
            assert now.utcoffset().total_seconds() == 0
            assert (await tx.execute(text("SELECT current_setting('TimeZone')"))).scalar_one() == "UTC"

    on(postgres.app_url, work)
