"""A database, opened for one test."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID, uuid4

from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.ports.database import Scope

T = TypeVar("T")


def on(url: str, work: Callable[[PostgresDatabase], Awaitable[T]]) -> T:
    """Return what the work returned, given the database."""

    async def opened() -> T:
        database = PostgresDatabase(url, connections=8, wait_seconds=10, statement_seconds=10)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(opened())


async def organization(database: PostgresDatabase) -> UUID:
    """Return a new organization."""
    made = uuid4()
    async with database.transaction(Scope(made)) as tx:
        await tx.organizations.create(made, f"org-{made.hex[:12]}", "Made for a test")
    return made


async def person(database: PostgresDatabase, organization_id: UUID | None = None, role: str = "viewer") -> UUID:
    """Return a new person, a member where an organization is named."""
    made = uuid4()
    async with database.transaction(Scope(organization_id, made)) as tx:
        await tx.users.create(made, f"{made.hex[:12]}@example.org", "Somebody", "hash")
        if organization_id is not None:
            await tx.members.add(made, role, None)
    return made
