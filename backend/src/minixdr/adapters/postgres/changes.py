"""Changes: rows of the outbox, and one connection that listens for all organizations."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import structlog
from sqlalchemy import BigInteger, Text, cast, delete, func, insert, literal, select, text, tuple_

from minixdr.adapters.postgres.selection import organization_of
from minixdr.adapters.postgres.tables.work import outbox
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.changes import Change, ChangePosition, Wake

CHANNEL = "minixdr_changes"
_NOTIFY = text("SELECT pg_notify('minixdr_changes', :organization_id)")
_OLDEST_OPEN = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)
"""Transactions below it are over: nothing of theirs appears later."""
_NEXT = cast(cast(func.pg_snapshot_xmax(func.pg_current_snapshot()), Text), BigInteger)
"""No transaction of this cluster has this number yet, or a greater one."""
_PAUSE_SECONDS = 1.0
_POLL_SECONDS = 30.0
_LOG = structlog.get_logger(__name__)


class PostgresChanges:
    """Implements ports.stores.changes.Changes."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, topic: str, payload: Mapping[str, Any]) -> None:
        """Tell of a change; see ports.stores.changes."""
        organization_id = organization_of(self._work)
        row = {"organization_id": organization_id, "topic": topic, "payload": dict(payload)}
        await self._work.execute(insert(outbox).values(row))
        await self._work.execute(_NOTIFY, {"organization_id": str(organization_id)})

    async def now(self) -> ChangePosition:
        """Return the position after all changes that can be read now."""
        oldest_open = (await self._work.execute(select(_OLDEST_OPEN))).scalar_one()
        return ChangePosition(oldest_open - 1, 2**63 - 1)

    async def after(self, position: ChangePosition, most: int) -> Sequence[Change]:
        """Return the changes after the position, oldest first."""
        place = tuple_(outbox.c.transaction_id, outbox.c.seq)
        query = (
            select(outbox.c.transaction_id, outbox.c.seq, outbox.c.topic, outbox.c.payload, outbox.c.created_at)
            .where(
                place > tuple_(literal(position.transaction_id, BigInteger), literal(position.seq, BigInteger)),
                outbox.c.transaction_id < _OLDEST_OPEN,
            )
            .order_by(outbox.c.transaction_id, outbox.c.seq)
            .limit(most)
        )
        return [
            Change(ChangePosition(row.transaction_id, row.seq), row.topic, row.payload, row.created_at)
            for row in await self._work.execute(query)
        ]

    async def kept_since(self, position: ChangePosition) -> bool:
        """Return whether all changes after the position are still kept: the one at it is, or none was ever removed before it.

        A position beyond all transactions is of another cluster, from before a restore: nothing can follow it.
        """
        next_one = (await self._work.execute(select(_NEXT))).scalar_one()
        if position.transaction_id >= next_one:
            return False
        oldest = select(outbox.c.transaction_id, outbox.c.seq).order_by(outbox.c.transaction_id, outbox.c.seq).limit(1)
        row = (await self._work.execute(oldest)).first()
        return row is not None and ChangePosition(row.transaction_id, row.seq) <= position

    async def forget(self, before: datetime) -> int:
        """Delete the changes that are older."""
        return (await self._work.execute(delete(outbox).where(outbox.c.created_at < before))).rowcount


class _Bell:
    """Implements ports.stores.changes.Wake."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()

    async def wait(self, timeout_seconds: float) -> bool:
        """Return whether something may have changed."""
        try:
            await asyncio.wait_for(self.rung.wait(), timeout_seconds)
        except TimeoutError:
            return False
        self.rung.clear()
        return True


class PostgresChangeListener:
    """Implements ports.stores.changes.ChangeListener. Listens from the first subscription on; a lost connection is opened again."""

    def __init__(self, url: str) -> None:
        """`url`: of the serving role."""
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._bells: dict[UUID, set[_Bell]] = {}
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    @asynccontextmanager
    async def subscribe(self, organization_id: UUID) -> AsyncIterator[Wake]:
        """Listen for one organization's changes within the context."""
        if self._task is None:
            self._task = asyncio.create_task(self._listen())
        bell = _Bell()
        bells = self._bells.setdefault(organization_id, set())
        bells.add(bell)
        try:
            yield bell
        finally:
            bells.discard(bell)
            if not bells:
                self._bells.pop(organization_id, None)

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._ring_all()  # what was told while nobody listened
                    while True:
                        async for told in connection.notifies(timeout=_POLL_SECONDS):
                            self._ring(told.payload)
                        await connection.execute("SELECT 1")  # a dead peer is noticed
            except psycopg.Error as error:
                _LOG.warning("change_listener_lost_its_connection", kind=type(error).__name__)
                await asyncio.sleep(_PAUSE_SECONDS)

    def _ring(self, payload: str) -> None:
        try:
            organization_id = UUID(payload)
        except ValueError:
            return
        for bell in self._bells.get(organization_id, ()):
            bell.rung.set()

    def _ring_all(self) -> None:
        for bells in self._bells.values():
            for bell in bells:
                bell.rung.set()
