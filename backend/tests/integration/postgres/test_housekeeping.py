"""What is kept for a time only goes, and nothing else; changes can be followed through it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import text

from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.app.housekeeping import keep_house
from minixdr.ports.database import Scope
from minixdr.ports.stores.access import NewSession
from minixdr.ports.stores.changes import ChangePosition
from minixdr.ports.stores.intake import Account, BatchReceipt
from minixdr.ports.stores.leases import Heartbeat
from minixdr.ports.stores.organizations import OrganizationChange
from minixdr.ports.stores.receipts import ReceiptFilter
from tests.engines import TestDatabase
from tests.integration.postgres.opened import on, organization, person

_NOW = datetime.now(UTC)
_DAY = timedelta(days=1)


@dataclass
class Process:
    """What `keep_house` needs of a platform."""

    database: PostgresDatabase
    secret_key: bytes = b"k" * 32
    later: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Return the time."""
        return _NOW + self.later


def _receipt(here: UUID, number: int, received_at: datetime) -> BatchReceipt:
    return BatchReceipt(
        organization_id=str(here),
        batch_id=f"{number:032}",
        door="native",
        origin="native",
        received_at=received_at,
        processed_at=received_at,
        account=Account(received=1, events=1),
        sources={"aws_cloudtrail": 1},
        repeats={},
        reasons=(),
        token_id=None,
        first_at=None,
        last_at=None,
    )


def test_the_house_is_kept(postgres: TestDatabase) -> None:
    """Old rows go by their own time; receipts go by what their organization keeps; audit logs are signed."""

    async def work(database: PostgresDatabase) -> None:
        here = await organization(database)
        me = await person(database, here)
        async with database.transaction(Scope(here, me)) as tx:
            await tx.organizations.change(here, OrganizationChange(retention_days=10))
            for number, days in enumerate((1, 10, 12, 400)):
                await tx.intake.add_receipts([_receipt(here, number, _NOW - days * _DAY)])
            for number, days in enumerate((1, -1, -8)):
                ends = _NOW + days * _DAY
                session = NewSession(
                    token_hash=bytes([number]),
                    user_id=me,
                    organization_id=here,
                    created_at=_NOW,
                    expires_at=ends,
                    address=None,
                    user_agent=None,
                    second_factor=False,
                )
                await tx.sessions.create(session)
            job = await tx.jobs.add("test", {})
            await tx.jobs.cancel(job.id, _NOW)
            await tx.jobs.add("test", {})
            await tx.changes.add("test.changed", {})
            await tx.audit.add("test.done", "x", at=_NOW)
            beat = Heartbeat(name="w", kind="worker", version="1", started_at=_NOW, seen_at=_NOW, details={})
            await tx.heartbeats.beat(beat)
        process: Any = Process(database)
        done = await keep_house(process)
        assert (done.sessions, done.receipts, done.audit_logs_signed) == (1, 2, 1)
        assert (done.jobs, done.changes, done.heartbeats) == (0, 0, 0)
        process.later = 31 * _DAY
        done = await keep_house(process)
        assert (done.sessions, done.jobs, done.changes, done.heartbeats) == (2, 1, 1, 1)
        assert (done.receipts, done.audit_logs_signed) == (2, 0)
        async with database.transaction(Scope(here)) as tx:
            assert await tx.receipts.receipts(ReceiptFilter(), None, 10) == []
            assert await tx.jobs.waiting() == 1

    on(postgres.app_url, work)


def test_a_late_commit_is_not_missed(postgres: TestDatabase) -> None:
    """A reader never passes a change that began earlier and is not there yet."""

    async def work(database: PostgresDatabase) -> None:
        here = await organization(database)
        async with database.transaction(Scope(here)) as reader:
            begin = await reader.changes.now()
        async with database.transaction(Scope(here)) as slow:
            await slow.changes.add("slow", {})
            async with database.transaction(Scope(here)) as quick:
                await quick.changes.add("quick", {})
            async with database.transaction(Scope(here)) as reader:
                assert await reader.changes.after(begin, 10) == []
        async with database.transaction(Scope(here)) as reader:
            found = await reader.changes.after(begin, 10)
            assert [change.topic for change in found] == ["slow", "quick"]
            assert await reader.changes.after(found[0].position, 10) == found[1:]

    on(postgres.app_url, work)


def test_a_reader_learns_that_changes_are_gone(postgres: TestDatabase) -> None:
    """After rows were deleted, or the database was restored into another cluster, a position counts no more."""

    async def work(database: PostgresDatabase) -> None:
        here = await organization(database)
        for topic in ("one", "two"):
            async with database.transaction(Scope(here)) as tx:
                await tx.changes.add(topic, {})
        async with database.transaction(Scope(here)) as tx:
            one, two = await tx.changes.after(ChangePosition(0, 0), 10)
            assert await tx.changes.kept_since(one.position)
            future = (
                await tx.execute(text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"))
            ).scalar_one()
            assert not await tx.changes.kept_since(ChangePosition(future, 1))
        with psycopg.connect(postgres.superuser_url) as connection:
            connection.execute("UPDATE outbox SET created_at = created_at - interval '9 days' WHERE topic = 'one'")
        async with database.transaction(Scope(system=True)) as tx:
            assert await tx.changes.forget(_NOW - _DAY) == 1
        async with database.transaction(Scope(here)) as tx:
            assert not await tx.changes.kept_since(one.position)
            assert await tx.changes.kept_since(two.position)

    on(postgres.app_url, work)
