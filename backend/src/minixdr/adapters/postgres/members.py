"""Members of organizations, and invitations, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from minixdr.adapters.postgres.rows import columns, read, read_optional
from minixdr.adapters.postgres.tables.people import invitations, memberships, users
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.people import Invitation, LastOwnerError, Member

_MEMBER = (
    memberships.c.organization_id,
    memberships.c.user_id,
    memberships.c.role,
    memberships.c.created_at,
    users.c.email,
    users.c.name,
    users.c.disabled_at,
    users.c.totp_confirmed_at.is_not(None).label("second_factor"),
)
_MEMBERS = select(*_MEMBER).join_from(memberships, users, users.c.id == memberships.c.user_id)


class PostgresMembers:
    """Implements ports.stores.people.Members."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, user_id: UUID, role: str, invited_by: UUID | None) -> bool:
        """Add a member."""
        row = {
            "organization_id": self._work.scope.organization_id,
            "user_id": user_id,
            "role": role,
            "invited_by": invited_by,
        }
        added = upsert(memberships).values(row).on_conflict_do_nothing().returning(memberships.c.user_id)
        return (await self._work.execute(added)).first() is not None

    async def get(self, user_id: UUID) -> Member | None:
        """Return one."""
        wanted = _MEMBERS.where(self._here, memberships.c.user_id == user_id)
        return read_optional(Member, (await self._work.execute(wanted)).first())

    async def role(self, organization_id: UUID, user_id: UUID) -> str | None:
        """Return a person's role."""
        wanted = (
            select(memberships.c.role)
            .join_from(memberships, users, users.c.id == memberships.c.user_id)
            .where(
                memberships.c.organization_id == organization_id,
                memberships.c.user_id == user_id,
                users.c.disabled_at.is_(None),
            )
        )
        role: str | None = (await self._work.execute(wanted)).scalar_one_or_none()
        return role

    async def all(self) -> Sequence[Member]:
        """Return all."""
        rows = await self._work.execute(_MEMBERS.where(self._here).order_by(users.c.email))
        return [read(Member, row) for row in rows]

    async def of_user(self, user_id: UUID) -> Sequence[tuple[UUID, str]]:
        """Return organization and role of each membership."""
        rows = await self._work.execute(
            select(memberships.c.organization_id, memberships.c.role)
            .where(memberships.c.user_id == user_id)
            .order_by(memberships.c.created_at, memberships.c.organization_id)
        )
        return [(row.organization_id, row.role) for row in rows]

    async def change_role(self, user_id: UUID, role: str) -> Member | None:
        """Change it."""
        if role != "owner":
            await self._another_owner_than(user_id)
        await self._work.execute(
            update(memberships).where(self._here, memberships.c.user_id == user_id).values(role=role)
        )
        return await self.get(user_id)

    async def remove(self, user_id: UUID) -> bool:
        """Remove a member."""
        await self._another_owner_than(user_id)
        removed = delete(memberships).where(self._here, memberships.c.user_id == user_id)
        return (await self._work.execute(removed.returning(memberships.c.user_id))).first() is not None

    async def _another_owner_than(self, user_id: UUID) -> None:
        """Raise LastOwnerError where this is the only owner who can sign in. Two owners who remove each other wait for one another here."""
        owners = (
            select(memberships.c.user_id)
            .join_from(memberships, users, users.c.id == memberships.c.user_id)
            .where(self._here, memberships.c.role == "owner", users.c.disabled_at.is_(None))
            .order_by(memberships.c.user_id)
            .with_for_update(of=memberships)
        )
        if [row.user_id for row in await self._work.execute(owners)] == [user_id]:
            raise LastOwnerError

    @property
    def _here(self) -> ColumnElement[bool]:
        return memberships.c.organization_id == self._work.scope.organization_id


class PostgresInvitations:
    """Implements ports.stores.people.Invitations."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def create(
        self, email: str, role: str, token_hash: bytes, expires_at: datetime, invited_by: UUID | None
    ) -> Invitation:
        """Invite somebody."""
        await self._work.execute(
            update(invitations)
            .where(self._here, invitations.c.email == email.lower(), *_OPEN)
            .values(revoked_at=func.now())
        )
        row = {
            "organization_id": self._work.scope.organization_id,
            "email": email.lower(),
            "role": role,
            "token_hash": token_hash,
            "expires_at": expires_at,
            "invited_by": invited_by,
        }
        added = insert(invitations).values(row).returning(*columns(invitations, Invitation))
        return read(Invitation, (await self._work.execute(added)).one())

    async def by_token(self, *, lock: bool = False) -> Invitation | None:
        """Return the one that is presented."""
        wanted = select(*columns(invitations, Invitation)).where(
            invitations.c.token_hash == self._work.scope.token_hash
        )
        return read_optional(
            Invitation, (await self._work.execute(wanted.with_for_update() if lock else wanted)).first()
        )

    async def accepted(self, invitation_id: UUID, at: datetime) -> bool:
        """Use it up."""
        return await self._close(invitation_id, "accepted_at", at)

    async def revoke(self, invitation_id: UUID, at: datetime) -> bool:
        """Revoke one."""
        return await self._close(invitation_id, "revoked_at", at)

    async def _close(self, invitation_id: UUID, column: str, at: datetime) -> bool:
        closed = update(invitations).where(self._here, invitations.c.id == invitation_id, *_OPEN).values({column: at})
        return (await self._work.execute(closed.returning(invitations.c.id))).first() is not None

    async def open(self, now: datetime) -> Sequence[Invitation]:
        """Return those that can be accepted."""
        wanted = (
            select(*columns(invitations, Invitation))
            .where(self._here, invitations.c.expires_at > now, *_OPEN)
            .order_by(invitations.c.created_at.desc(), invitations.c.id)
        )
        return [read(Invitation, row) for row in await self._work.execute(wanted)]

    @property
    def _here(self) -> ColumnElement[bool]:
        return invitations.c.organization_id == self._work.scope.organization_id


_OPEN = (invitations.c.accepted_at.is_(None), invitations.c.revoked_at.is_(None))
