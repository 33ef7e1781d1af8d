"""What a repository works with: the connection of a transaction and on whose behalf it runs."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Executable
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from minixdr.ports.database import Scope


class Work(Protocol):
    """An open transaction."""

    @property
    def connection(self) -> AsyncConnection:
        """Its connection."""

    @property
    def scope(self) -> Scope:
        """On whose behalf it runs."""

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run a statement (for each of the parameters, where there are several)."""
