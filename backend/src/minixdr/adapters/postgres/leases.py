"""Leases and heartbeats in PostgreSQL. The database's clock is the only one that counts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from minixdr.adapters.postgres.rows import columns, read
from minixdr.adapters.postgres.tables.work import heartbeats, leases
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.leases import Heartbeat, Lease, LeaseLostError

_COLUMNS = columns(leases, Lease)
_HEARTBEAT = columns(heartbeats, Heartbeat)


class PostgresLeases:
    """Implements ports.stores.leases.Leases.

    Locks: who writes under a lease holds its row FOR KEY SHARE, who takes it away needs FOR UPDATE, which waits for no one (SKIP LOCKED) and
    does not get it; to renew changes no key, so it goes on beside those who hold.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    async def acquire(self, name: str, owner: str, seconds: float) -> Lease | None:
        """Take the lease."""
        never = func.to_timestamp(0)
        await self._work.execute(
            upsert(leases).values(name=name, owner="", fence=0, expires_at=never).on_conflict_do_nothing()
        )
        free = select(*_COLUMNS, (leases.c.expires_at <= func.clock_timestamp()).label("over")).where(
            leases.c.name == name
        )
        row = (await self._work.execute(free.with_for_update(skip_locked=True))).first()
        if row is None or not (row.over or row.owner == owner):
            return None
        fence = row.fence + 1 if row.over or row.owner != owner else row.fence
        taken = (
            update(leases)
            .where(leases.c.name == name)
            .values(owner=owner, fence=fence, expires_at=_from_now(seconds))
            .returning(*_COLUMNS)
        )
        return read(Lease, (await self._work.execute(taken)).one())

    async def renew(self, lease: Lease, seconds: float) -> Lease:
        """Prolong it."""
        renewed = update(leases).where(*_held(lease)).values(expires_at=_from_now(seconds)).returning(*_COLUMNS)
        row = (await self._work.execute(renewed)).first()
        if row is None:
            raise LeaseLostError(lease.name)
        return read(Lease, row)

    async def hold(self, lease: Lease) -> None:
        """Keep others from taking it."""
        held = select(leases.c.name).where(*_held(lease)).with_for_update(read=True, key_share=True)
        if (await self._work.execute(held)).first() is None:
            raise LeaseLostError(lease.name)

    async def release(self, lease: Lease) -> None:
        """Give it back."""
        await self._work.execute(update(leases).where(*_held(lease)).values(expires_at=func.to_timestamp(0)))

    async def all(self) -> Sequence[Lease]:
        """Return all."""
        return [read(Lease, row) for row in await self._work.execute(select(*_COLUMNS).order_by(leases.c.name))]


def _held(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that nobody took it since, be it over or not."""
    return leases.c.name == lease.name, leases.c.owner == lease.owner, leases.c.fence == lease.fence


def _from_now(seconds: float) -> Any:
    return func.clock_timestamp() + literal(timedelta(seconds=seconds))


class PostgresHeartbeats:
    """Implements ports.stores.leases.Heartbeats."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Note a sign of life."""
        row = msgspec.structs.asdict(heartbeat) | {"details": dict(heartbeat.details)}
        beaten = upsert(heartbeats).values(row).on_conflict_do_update(index_elements=["name"], set_=row)
        await self._work.execute(beaten)

    async def all(self, since: datetime) -> Sequence[Heartbeat]:
        """Return those seen since then."""
        wanted = select(*_HEARTBEAT).where(heartbeats.c.seen_at >= since).order_by(heartbeats.c.name)
        return [read(Heartbeat, row) for row in await self._work.execute(wanted)]

    async def forget(self, before: datetime) -> int:
        """Delete those not seen since then."""
        return (await self._work.execute(delete(heartbeats).where(heartbeats.c.seen_at < before))).rowcount

    async def end(self, name: str) -> None:
        """Delete that of a process."""
        await self._work.execute(delete(heartbeats).where(heartbeats.c.name == name))
