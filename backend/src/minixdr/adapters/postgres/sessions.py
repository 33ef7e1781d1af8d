"""Sessions in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, select, update

from minixdr.adapters.postgres.rows import columns, read, read_optional
from minixdr.adapters.postgres.tables.people import sessions
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.access import NewSession, Session

_COLUMNS = columns(sessions, Session)
_NOTED_EVERY = timedelta(minutes=1)


class PostgresSessions:
    """Implements ports.stores.access.Sessions."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def create(self, session: NewSession) -> Session:
        """Begin one."""
        row = msgspec.structs.asdict(session) | {"last_used_at": session.created_at}
        return read(Session, (await self._work.execute(insert(sessions).values(row).returning(*_COLUMNS))).one())

    async def by_token(self) -> Session | None:
        """Return the one that is presented."""
        wanted = select(*_COLUMNS).where(sessions.c.token_hash == self._work.scope.token_hash)
        return read_optional(Session, (await self._work.execute(wanted)).first())

    async def touch(self, session_id: UUID, at: datetime) -> None:
        """Note that it was used."""
        stale = sessions.c.last_used_at < at - _NOTED_EVERY
        await self._work.execute(update(sessions).where(sessions.c.id == session_id, stale).values(last_used_at=at))

    async def look_at(self, session_id: UUID, organization_id: UUID | None) -> None:
        """Change the organization looked at."""
        await self._work.execute(
            update(sessions).where(sessions.c.id == session_id).values(organization_id=organization_id)
        )

    async def of_user(self, user_id: UUID, now: datetime) -> Sequence[Session]:
        """Return those that are open."""
        wanted = (
            select(*_COLUMNS)
            .where(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None), sessions.c.expires_at > now)
            .order_by(sessions.c.last_used_at.desc(), sessions.c.id)
        )
        return [read(Session, row) for row in await self._work.execute(wanted)]

    async def revoke(
        self, user_id: UUID, at: datetime, *, session_id: UUID | None = None, but: UUID | None = None
    ) -> int:
        """Revoke one or all."""
        revoked = update(sessions).where(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None))
        if session_id is not None:
            revoked = revoked.where(sessions.c.id == session_id)
        if but is not None:
            revoked = revoked.where(sessions.c.id != but)
        return (await self._work.execute(revoked.values(revoked_at=at))).rowcount

    async def forget(self, before: datetime) -> int:
        """Delete those that expired."""
        return (await self._work.execute(delete(sessions).where(sessions.c.expires_at < before))).rowcount
