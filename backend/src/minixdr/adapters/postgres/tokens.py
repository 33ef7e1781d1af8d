"""API tokens and identity providers in PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from minixdr.adapters.postgres.rows import columns, read, read_optional
from minixdr.adapters.postgres.tables.people import api_tokens, identity_providers
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.access import ApiToken, IdentityProvider, NewToken

_COLUMNS = columns(api_tokens, ApiToken)
_PROVIDER = columns(identity_providers, IdentityProvider)


class PostgresTokens:
    """Implements ports.stores.access.Tokens."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def create(self, token: NewToken) -> ApiToken:
        """Create one."""
        row = msgspec.structs.asdict(token) | {
            "organization_id": self._work.scope.organization_id,
            "scopes": list(token.scopes),
        }
        return read(ApiToken, (await self._work.execute(insert(api_tokens).values(row).returning(*_COLUMNS))).one())

    async def by_token(self) -> ApiToken | None:
        """Return the one that is presented."""
        wanted = select(*_COLUMNS).where(api_tokens.c.token_hash == self._work.scope.token_hash)
        return read_optional(ApiToken, (await self._work.execute(wanted)).first())

    async def get(self, token_id: UUID) -> ApiToken | None:
        """Return one."""
        wanted = select(*_COLUMNS).where(self._here, api_tokens.c.id == token_id)
        return read_optional(ApiToken, (await self._work.execute(wanted)).first())

    async def all(self, kind: str | None = None) -> Sequence[ApiToken]:
        """Return all."""
        wanted = select(*_COLUMNS).where(self._here)
        if kind is not None:
            wanted = wanted.where(api_tokens.c.kind == kind)
        rows = await self._work.execute(wanted.order_by(api_tokens.c.id.desc()))
        return [read(ApiToken, row) for row in rows]

    async def revoke(self, token_id: UUID, at: datetime) -> bool:
        """Revoke one."""
        revoked = self._open(token_id).values(revoked_at=at).returning(api_tokens.c.id)
        return (await self._work.execute(revoked)).first() is not None

    async def replace_hash(self, token_id: UUID, token_hash: bytes, prefix: str) -> ApiToken | None:
        """Rotate one."""
        rotated = self._open(token_id).values(token_hash=token_hash, prefix=prefix).returning(*_COLUMNS)
        return read_optional(ApiToken, (await self._work.execute(rotated)).first())

    def _open(self, token_id: UUID) -> Any:
        return update(api_tokens).where(self._here, api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None))

    async def used(self, uses: Mapping[UUID, tuple[datetime, str | None]]) -> None:
        """Note when and from where tokens were last used."""
        if not uses:
            return
        noted = (
            update(api_tokens)
            .where(
                self._here,
                api_tokens.c.id == bindparam("token_id"),
                func.coalesce(api_tokens.c.last_used_at < bindparam("at"), True),
            )
            .values(last_used_at=bindparam("at"), last_used_address=bindparam("address"))
        )
        rows = [
            {"token_id": token_id, "at": uses[token_id][0], "address": uses[token_id][1]} for token_id in sorted(uses)
        ]
        await self._work.execute(noted, rows)

    @property
    def _here(self) -> ColumnElement[bool]:
        return api_tokens.c.organization_id == self._work.scope.organization_id


class PostgresIdentityProviders:
    """Implements ports.stores.access.IdentityProviders."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def all(self) -> Sequence[IdentityProvider]:
        """Return all."""
        rows = await self._work.execute(select(*_PROVIDER).order_by(identity_providers.c.name))
        return [read(IdentityProvider, row) for row in rows]

    async def get(self, name: str) -> IdentityProvider | None:
        """Return one."""
        wanted = select(*_PROVIDER).where(identity_providers.c.name == name)
        return read_optional(IdentityProvider, (await self._work.execute(wanted)).first())

    async def save(
        self,
        name: str,
        issuer: str,
        client_id: str,
        client_secret_encrypted: bytes | None,
        settings: Mapping[str, Any],
        *,
        enabled: bool,
    ) -> IdentityProvider:
        """Create or replace it."""
        values = {
            "issuer": issuer,
            "client_id": client_id,
            "client_secret_encrypted": client_secret_encrypted,
            "settings": dict(settings),
            "enabled": enabled,
        }
        saved = upsert(identity_providers).values(name=name, **values)
        saved = saved.on_conflict_do_update(index_elements=["name"], set_=values)
        return read(IdentityProvider, (await self._work.execute(saved.returning(*_PROVIDER))).one())

    async def remove(self, name: str) -> bool:
        """Remove one."""
        removed = delete(identity_providers).where(identity_providers.c.name == name)
        return (await self._work.execute(removed.returning(identity_providers.c.id))).first() is not None
