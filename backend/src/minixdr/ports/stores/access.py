"""What lets people and machines in: sessions, tokens, identity providers. Tokens themselves are never kept, their SHA-256 is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A person signed in somewhere."""

    id: UUID
    user_id: UUID
    organization_id: UUID | None
    """The organization looked at now."""
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    address: str | None
    user_agent: str | None
    second_factor: bool


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    """What a session begins with."""

    token_hash: bytes
    user_id: UUID
    organization_id: UUID | None
    created_at: datetime
    expires_at: datetime
    address: str | None
    user_agent: str | None
    second_factor: bool


class Sessions(Protocol):
    """The sessions of the scope's person; the one of the scope's `token_hash`."""

    async def create(self, session: NewSession) -> Session:
        """Begin one; the scope is of its person."""

    async def by_token(self) -> Session | None:
        """Return the one whose token the scope presents, revoked and expired ones too."""

    async def touch(self, session_id: UUID, at: datetime) -> None:
        """Note that it was used; at most once a minute is written."""

    async def look_at(self, session_id: UUID, organization_id: UUID | None) -> None:
        """Change the organization looked at."""

    async def of_user(self, user_id: UUID, now: datetime) -> Sequence[Session]:
        """Return those that are neither revoked nor expired, the last used first."""

    async def revoke(
        self, user_id: UUID, at: datetime, *, session_id: UUID | None = None, but: UUID | None = None
    ) -> int:
        """Revoke the person's one session, or all (`but` one), and return how many were open."""

    async def forget(self, before: datetime) -> int:
        """Delete those that expired before then, and return how many; needs `system`."""


class ApiToken(msgspec.Struct, frozen=True, kw_only=True):
    """A machine's token."""

    id: UUID
    organization_id: UUID
    name: str
    kind: str
    """One of kinds.TOKEN_KINDS."""
    role: str | None
    """Of an `api` token."""
    scopes: tuple[str, ...]
    prefix: str
    source: str | None
    """Log source of everything that comes with an `ingest` token; None: recognised."""
    hec_ack: bool
    """Splunk HEC: acknowledgement is on."""
    created_by: UUID | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    last_used_address: str | None

    def refusal(self, now: datetime) -> str | None:
        """Return why it opens nothing (`revoked`, `expired`); None where it does."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else None


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """What a token begins with."""

    name: str
    kind: str
    token_hash: bytes
    prefix: str
    role: str | None = None
    scopes: tuple[str, ...] = ()
    source: str | None = None
    hec_ack: bool = False
    created_by: UUID | None = None
    expires_at: datetime | None = None


class Tokens(Protocol):
    """The tokens of the scope's organization; the one of the scope's `token_hash`."""

    async def create(self, token: NewToken) -> ApiToken:
        """Create one."""

    async def by_token(self) -> ApiToken | None:
        """Return the one whose token the scope presents, revoked and expired ones too."""

    async def get(self, token_id: UUID) -> ApiToken | None:
        """Return one."""

    async def all(self, kind: str | None = None) -> Sequence[ApiToken]:
        """Return all, the newest first."""

    async def revoke(self, token_id: UUID, at: datetime) -> bool:
        """Revoke one; False where there is no open one of this id."""

    async def replace_hash(self, token_id: UUID, token_hash: bytes, prefix: str) -> ApiToken | None:
        """Rotate an open one: the old token opens nothing from the end of the transaction on. None where there is no open one."""

    async def used(self, uses: Mapping[UUID, tuple[datetime, str | None]]) -> None:
        """Note when and from where tokens of the scope's organization were last used; collect uses, and write them now and then."""


class IdentityProvider(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID Connect provider that people may sign in with."""

    id: UUID
    name: str
    issuer: str
    client_id: str
    client_secret_encrypted: bytes | None
    settings: Mapping[str, Any]
    enabled: bool
    created_at: datetime


class IdentityProviders(Protocol):
    """The platform's providers: they belong to no organization."""

    async def all(self) -> Sequence[IdentityProvider]:
        """Return all, by name."""

    async def get(self, name: str) -> IdentityProvider | None:
        """Return one."""

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
        """Create it, or replace the one of this name."""

    async def remove(self, name: str) -> bool:
        """Remove one; False where there is none."""
