"""People: who they are, how they prove it, what they belong to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person. Holds secrets: never sent or logged as it is."""

    id: UUID
    email: str
    """Lower case."""
    name: str
    password_hash: str | None
    totp_secret_encrypted: bytes | None
    totp_confirmed_at: datetime | None
    totp_last_step: int | None
    """The last time step whose code was used: no code is taken twice."""
    oidc_issuer: str | None
    oidc_subject: str | None
    created_at: datetime
    disabled_at: datetime | None
    failed_sign_ins: int
    locked_until: datetime | None


class EmailTakenError(Exception):
    """Somebody has this address."""


class Users(Protocol):
    """The people that the scope shows: its own person, members of its organization (to read), who has its `email`, with `system` all."""

    async def create(self, user_id: UUID, email: str, name: str, password_hash: str | None) -> User:
        """Create a person; the scope is of this id, or `system`. Raises EmailTakenError."""

    async def get(self, user_id: UUID, *, lock: bool = False) -> User | None:
        """Return one; `lock`: nobody else changes the row until the end."""

    async def by_email(self, email: str, *, lock: bool = False) -> User | None:
        """Return who has the address (any case)."""

    async def by_oidc(self, issuer: str, subject: str) -> User | None:
        """Return who is known there by this; needs `system`."""

    async def link_oidc(self, user_id: UUID, issuer: str, subject: str) -> None:
        """Let the person sign in by it."""

    async def rename(self, user_id: UUID, name: str) -> None:
        """Change the name."""

    async def set_password(self, user_id: UUID, password_hash: str) -> None:
        """Change the password, and take a lock for failed sign-ins away."""

    async def sign_in_failed(self, user_id: UUID, locked_until: datetime | None) -> int:
        """Count a failed sign-in, lock until then where told, and return how many there were in a row."""

    async def signed_in(self, user_id: UUID) -> None:
        """Forget failed sign-ins."""

    async def disable(self, user_id: UUID, at: datetime | None) -> None:
        """Let the person sign in no more; None: again."""

    async def set_totp(self, user_id: UUID, secret_encrypted: bytes | None) -> None:
        """Begin anew with this secret, not confirmed; None: without a second factor, and without recovery codes."""

    async def confirm_totp(self, user_id: UUID, at: datetime) -> None:
        """Ask for codes from now on."""

    async def use_totp_step(self, user_id: UUID, step: int) -> bool:
        """Use up the codes of all steps up to this one; False where it was used up before."""

    async def set_recovery_codes(self, user_id: UUID, code_hashes: Sequence[bytes]) -> None:
        """Replace them."""

    async def use_recovery_code(self, user_id: UUID, code_hash: bytes, at: datetime) -> bool:
        """Use one up; False where there is none such, or it was used before."""

    async def recovery_codes_left(self, user_id: UUID) -> int:
        """Return how many are not used."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person in an organization."""

    organization_id: UUID
    user_id: UUID
    role: str
    created_at: datetime
    email: str
    name: str
    disabled_at: datetime | None
    second_factor: bool


class LastOwnerError(Exception):
    """The organization would be left without an owner."""


class Members(Protocol):
    """The members of the scope's organization; `of_user` of the scope's person in all organizations."""

    async def add(self, user_id: UUID, role: str, invited_by: UUID | None) -> bool:
        """Add a member; False where the person is one already (nothing changes)."""

    async def get(self, user_id: UUID) -> Member | None:
        """Return one."""

    async def role(self, organization_id: UUID, user_id: UUID) -> str | None:
        """Return a person's role; None where the person is no member, or is disabled."""

    async def all(self) -> Sequence[Member]:
        """Return all, by address."""

    async def of_user(self, user_id: UUID) -> Sequence[tuple[UUID, str]]:
        """Return organization and role of each membership of the scope's person, the oldest first."""

    async def change_role(self, user_id: UUID, role: str) -> Member | None:
        """Change it and return the member; None where there is none. Raises LastOwnerError."""

    async def remove(self, user_id: UUID) -> bool:
        """Remove a member; False where there is none. Raises LastOwnerError."""


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation to an organization."""

    id: UUID
    organization_id: UUID
    email: str
    role: str
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None
    invited_by: UUID | None


class Invitations(Protocol):
    """The invitations of the scope's organization; the one of the scope's `token_hash`."""

    async def create(
        self, email: str, role: str, token_hash: bytes, expires_at: datetime, invited_by: UUID | None
    ) -> Invitation:
        """Invite somebody; earlier open invitations of the address are revoked."""

    async def by_token(self, *, lock: bool = False) -> Invitation | None:
        """Return the one whose token the scope presents, whatever became of it."""

    async def accepted(self, invitation_id: UUID, at: datetime) -> bool:
        """Use it up; False where it was used or revoked before."""

    async def open(self, now: datetime) -> Sequence[Invitation]:
        """Return those that can be accepted, the newest first."""

    async def revoke(self, invitation_id: UUID, at: datetime) -> bool:
        """Revoke one; False where there is no open one of this id."""
