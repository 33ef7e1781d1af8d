"""What tests of the lake do: stage as a worker does, commit, read what is there by other ways than ours."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import duckdb
import psycopg

from minixdr.adapters.lake.lake import IcebergLake
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.app.lake.commit import commit_pending
from minixdr.app.lake.read import LakeInput, files_for
from minixdr.ports.database import Scope
from minixdr.ports.lake import LakeCommit, LakeEvent, StagedFile
from tests.engines import TestDatabase
from tests.integration.lake.events import ALPHA, NOON

T = TypeVar("T")


class House:
    """A lake, its outbox, and ways to look at them."""

    def __init__(self, postgres: TestDatabase, warehouse: str, **options: Any) -> None:
        self.postgres = postgres
        self.location = warehouse
        self.options = options
        self.lake = self.another_lake()

    def another_lake(self) -> IcebergLake:
        """Return the lake as another process sees it."""
        return IcebergLake(self.location, self.postgres.app_url, **self.options)

    def run(self, work: Callable[[PostgresDatabase], Awaitable[T]]) -> T:
        """Return what the work returned, given a database."""

        async def wrapped() -> T:
            database = PostgresDatabase(self.postgres.app_url, connections=3)
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(wrapped())

    def stage(self, rows: Sequence[LakeEvent], organization_id: str = ALPHA, *, told: bool = True) -> StagedFile:
        """Stage a batch and tell the outbox, in this order, as a worker does."""
        staged = self.lake.stage(organization_id, rows[0].batch_id, rows)
        if told:
            self.tell(staged, rows[0].batch_id)
        return staged

    def tell(self, staged: StagedFile, batch_id: str) -> None:
        """Tell the outbox of a staged file."""

        async def work(database: PostgresDatabase) -> None:
            async with database.transaction(Scope(organization_id=UUID(staged.organization_id))) as opened:
                await opened.intake.add_staged(staged, [batch_id])

        self.run(work)

    def commit(self, lake: IcebergLake | None = None, **options: Any) -> LakeCommit | None:
        """Commit what waits."""
        return self.run(lambda database: commit_pending(database, lake or self.lake, 1, **options))

    def given(
        self,
        organization_id: str = ALPHA,
        first_at: datetime = NOON - timedelta(days=400),
        before: datetime = NOON + timedelta(days=400),
    ) -> LakeInput:
        """Return what a reader is given."""
        return self.run(lambda database: files_for(database, self.lake, UUID(organization_id), first_at, before))

    def ids(self, organization_id: str = ALPHA) -> Counter[str]:
        """Return how often a reader meets each event id of the organization."""
        given = self.given(organization_id)
        found: Counter[str] = Counter()
        if given.files:
            with duckdb.connect() as connection:
                rows = connection.execute("SELECT event_id, organization_id FROM read_parquet($1)", [list(given.files)])
                found.update(event_id for event_id, owner in rows.fetchall() if owner == organization_id)
        if given.staged is not None:
            assert set(given.staged["organization_id"].to_pylist()) == {organization_id}
            found.update(given.staged["event_id"].to_pylist())
        return found

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows that a statement gives the superuser."""
        with psycopg.connect(self.postgres.superuser_url, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def empty(self) -> None:
        """Forget the table and the outbox."""
        self.sql("TRUNCATE lake.iceberg_tables, lake.iceberg_namespace_properties, lake_outbox")
        self.sql("DELETE FROM organizations")

    def close(self) -> None:
        """Close connections."""
        self.lake.close()
