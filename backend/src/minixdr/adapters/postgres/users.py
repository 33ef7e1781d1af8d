"""People in PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from minixdr.adapters.postgres.rows import columns, read, read_optional
from minixdr.adapters.postgres.tables.people import recovery_codes, users
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.people import EmailTakenError, User

_COLUMNS = columns(users, User)


class PostgresUsers:
    """Implements ports.stores.people.Users."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def create(self, user_id: UUID, email: str, name: str, password_hash: str | None) -> User:
        """Create a person."""
        row = {"id": user_id, "email": email.lower(), "name": name, "password_hash": password_hash}
        added = upsert(users).values(row).on_conflict_do_nothing().returning(*_COLUMNS)
        created = (await self._work.execute(added)).first()
        if created is None:
            raise EmailTakenError(email)
        return read(User, created)

    async def get(self, user_id: UUID, *, lock: bool = False) -> User | None:
        """Return one."""
        return await self._one(users.c.id == user_id, lock=lock)

    async def by_email(self, email: str, *, lock: bool = False) -> User | None:
        """Return who has the address."""
        return await self._one(users.c.email == email.lower(), lock=lock)

    async def by_oidc(self, issuer: str, subject: str) -> User | None:
        """Return who is known there by this."""
        return await self._one((users.c.oidc_issuer == issuer) & (users.c.oidc_subject == subject), lock=False)

    async def _one(self, condition: ColumnElement[bool], *, lock: bool) -> User | None:
        wanted = select(*_COLUMNS).where(condition)
        return read_optional(User, (await self._work.execute(wanted.with_for_update() if lock else wanted)).first())

    async def link_oidc(self, user_id: UUID, issuer: str, subject: str) -> None:
        """Let the person sign in by it."""
        await self._change(user_id, {"oidc_issuer": issuer, "oidc_subject": subject})

    async def rename(self, user_id: UUID, name: str) -> None:
        """Change the name."""
        await self._change(user_id, {"name": name})

    async def set_password(self, user_id: UUID, password_hash: str) -> None:
        """Change the password."""
        await self._change(user_id, {"password_hash": password_hash, "failed_sign_ins": 0, "locked_until": None})

    async def sign_in_failed(self, user_id: UUID, locked_until: datetime | None) -> int:
        """Count a failed sign-in."""
        values: dict[str, Any] = {"failed_sign_ins": users.c.failed_sign_ins + 1}
        if locked_until is not None:
            values["locked_until"] = locked_until
        counted = update(users).where(users.c.id == user_id).values(values).returning(users.c.failed_sign_ins)
        return int((await self._work.execute(counted)).scalar_one())

    async def signed_in(self, user_id: UUID) -> None:
        """Forget failed sign-ins."""
        await self._change(user_id, {"failed_sign_ins": 0, "locked_until": None})

    async def disable(self, user_id: UUID, at: datetime | None) -> None:
        """Let the person sign in no more."""
        await self._change(user_id, {"disabled_at": at})

    async def set_totp(self, user_id: UUID, secret_encrypted: bytes | None) -> None:
        """Begin anew with this secret."""
        values = {"totp_secret_encrypted": secret_encrypted, "totp_confirmed_at": None, "totp_last_step": None}
        await self._change(user_id, values)
        if secret_encrypted is None:
            await self.set_recovery_codes(user_id, ())

    async def confirm_totp(self, user_id: UUID, at: datetime) -> None:
        """Ask for codes from now on."""
        await self._change(user_id, {"totp_confirmed_at": at})

    async def use_totp_step(self, user_id: UUID, step: int) -> bool:
        """Use up the codes up to this step."""
        unused = or_(users.c.totp_last_step.is_(None), users.c.totp_last_step < step)
        used = await self._work.execute(
            update(users).where(users.c.id == user_id, unused).values(totp_last_step=step).returning(users.c.id)
        )
        return used.first() is not None

    async def set_recovery_codes(self, user_id: UUID, code_hashes: Sequence[bytes]) -> None:
        """Replace them."""
        await self._work.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
        if code_hashes:
            await self._work.execute(
                insert(recovery_codes), [{"user_id": user_id, "code_hash": code_hash} for code_hash in code_hashes]
            )

    async def use_recovery_code(self, user_id: UUID, code_hash: bytes, at: datetime) -> bool:
        """Use one up."""
        used = (
            update(recovery_codes)
            .where(
                recovery_codes.c.user_id == user_id,
                recovery_codes.c.code_hash == code_hash,
                recovery_codes.c.used_at.is_(None),
            )
            .values(used_at=at)
            .returning(recovery_codes.c.user_id)
        )
        return (await self._work.execute(used)).first() is not None

    async def recovery_codes_left(self, user_id: UUID) -> int:
        """Return how many are not used."""
        left = (
            select(func.count())
            .select_from(recovery_codes)
            .where(recovery_codes.c.user_id == user_id, recovery_codes.c.used_at.is_(None))
        )
        return int((await self._work.execute(left)).scalar_one())

    async def _change(self, user_id: UUID, values: Mapping[str, Any]) -> None:
        await self._work.execute(update(users).where(users.c.id == user_id).values(values))
