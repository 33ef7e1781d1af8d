"""A transaction over one connection, with a repository a noun."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, text
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from minixdr.ports.database import Scope

_ENTER = text(
    "SELECT set_config('minixdr.organization_id', :organization_id, true), set_config('minixdr.user_id', :user_id, true), "
    "set_config('minixdr.token_hash', :token_hash, true), set_config('minixdr.email', :email, true), "
    "set_config('minixdr.system', :system, true)"
)


class PostgresTransaction:
    """Implements ports.database.Transaction. Repositories are made when first asked for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.scope = Scope()

    async def enter(self, scope: Scope) -> None:
        """Go on on another's behalf. The settings end with the transaction."""
        await self.connection.execute(
            _ENTER,
            {
                "organization_id": str(scope.organization_id or ""),
                "user_id": str(scope.user_id or ""),
                "token_hash": (scope.token_hash or b"").hex(),
                "email": (scope.email or "").replace("\x00", "\ufffd"),
                "system": "on" if scope.system else "",
            },
        )
        self.scope = scope

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run a statement (for each of the parameters, where there are several)."""
        return await self.connection.execute(statement, parameters)
