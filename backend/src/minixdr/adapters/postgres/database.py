"""PostgreSQL by one driver (psycopg 3), asynchronously: pooled connections, transactions that say on whose behalf they run."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

import orjson
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from minixdr.adapters.postgres import json
from minixdr.adapters.postgres.errors import TRANSLATED, translated
from minixdr.adapters.postgres.schema import driver_url, read_state
from minixdr.adapters.postgres.transaction import PostgresTransaction
from minixdr.ports.database import DatabaseAwayError, DatabaseConflictError, SchemaState, Scope

T = TypeVar("T")

_ATTEMPTS = 8
_ANSWER_SECONDS = 2
"""Within which a transaction begins, once it has a connection."""
_FIRST_PAUSE_SECONDS = 0.01
_LONGEST_IDLE_SECONDS = 60
"""A transaction that does nothing so long is of a program that hangs: it holds back vacuum and locks."""


class PostgresDatabase:
    """Implements ports.database.Database."""

    def __init__(
        self, url: str, *, connections: int = 10, wait_seconds: float = 10, statement_seconds: float = 30
    ) -> None:
        """`url`: of the serving role; `connections` at most; a transaction waits so long for one, a statement runs so long."""
        options = (
            f"-c statement_timeout={int(statement_seconds * 1000)} -c timezone=UTC "
            f"-c idle_in_transaction_session_timeout={_LONGEST_IDLE_SECONDS}s"
        )
        self._wait_seconds = wait_seconds
        self._engine = create_async_engine(
            driver_url(url),
            pool_size=connections,
            max_overflow=0,
            pool_timeout=wait_seconds,
            pool_pre_ping=False,
            pool_use_lifo=True,
            json_serializer=json.dumps,
            json_deserializer=orjson.loads,
            connect_args={"options": options, "connect_timeout": 5, "application_name": "minixdr"},
        )

    @asynccontextmanager
    async def transaction(self, scope: Scope) -> AsyncIterator[PostgresTransaction]:
        """Open a transaction; see ports.database."""
        try:
            async with AsyncExitStack() as end:
                yield await self._begun(scope, end)
        except TRANSLATED as error:
            raise translated(error) from error

    async def _begun(self, scope: Scope, end: AsyncExitStack) -> PostgresTransaction:
        """Return a transaction that `end` will keep or undo. A pooled connection that died with its server costs one more attempt, no one's work;
        one whose server says nothing at all is given up."""
        try:
            async with asyncio.timeout(self._wait_seconds + _ANSWER_SECONDS):
                try:
                    return await self._begun_once(scope, end)
                except DBAPIError as error:
                    if not error.connection_invalidated:
                        raise
                return await self._begun_once(scope, end)
        except TimeoutError:
            raise DatabaseAwayError("the database does not answer") from None

    async def _begun_once(self, scope: Scope, end: AsyncExitStack) -> PostgresTransaction:
        async with AsyncExitStack() as failed:
            opened = PostgresTransaction(await failed.enter_async_context(self._engine.begin()))
            await opened.enter(scope)
            end.push_async_exit(failed.pop_all())
            return opened

    async def run(self, scope: Scope, work: Callable[[PostgresTransaction], Awaitable[T]]) -> T:
        """Return what `work` returned; see ports.database."""
        pause = _FIRST_PAUSE_SECONDS
        for _ in range(_ATTEMPTS - 1):
            try:
                async with self.transaction(scope) as opened:
                    return await work(opened)
            except DatabaseConflictError:
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - two that met must not meet again
                pause *= 2
        async with self.transaction(scope) as opened:
            return await work(opened)

    async def schema_state(self) -> SchemaState:
        """Return where the schema stands; see ports.database."""
        async with self.transaction(Scope()) as opened:
            return await opened.connection.run_sync(read_state)

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()
