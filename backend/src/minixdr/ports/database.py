"""The database: transactions of one organization, or of the platform itself."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

import msgspec


class Scope(msgspec.Struct, frozen=True):
    """On whose behalf a transaction runs. The database itself shows it that organization's rows and no others."""

    organization_id: UUID | None = None
    """None: rows of no organization, only what belongs to the platform or to the person."""
    user_id: UUID | None = None
    """The person, where one acts: sees own memberships of all organizations."""
    actor: str = "system"
    """For the audit log: `user:<id>`, `token:<id>`, `worker:<name>`."""
    address: str | None = None
    """Where the request came from."""
    system: bool = False
    """A worker that may list organizations (their ids and settings, nothing else of theirs)."""


class Transaction(Protocol):
    """One transaction: all of it is kept at its end, or, where the block raises, nothing."""


class Database(Protocol):
    """The database."""

    def transaction(self, scope: Scope) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction. Raises DatabaseAwayError."""

    async def close(self) -> None:
        """Close all connections."""


class DatabaseAwayError(Exception):
    """The database does not answer now; nothing was changed."""
