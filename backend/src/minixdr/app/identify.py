"""Whose a presented secret is: of a session, or of an API token. Asked for every request, so that what is revoked opens nothing a moment later."""

from datetime import timedelta
from uuid import UUID

import msgspec

from minixdr.app.credentials import hash_of, is_token
from minixdr.app.platform import Platform
from minixdr.ports.database import Scope
from minixdr.schema.role import Role

IDLE = timedelta(hours=24)
"""A session that nobody used for so long has ended."""
_LONGEST_SECRET = 200


class SignedIn(msgspec.Struct, frozen=True):
    """A person and where they look now."""

    user_id: UUID
    session_id: UUID
    organization_id: UUID | None
    role: Role | None


class Machine(msgspec.Struct, frozen=True):
    """A machine's token and what it may."""

    token_id: UUID
    organization_id: UUID
    role: Role


async def person_of(platform: Platform, secret: str, address: str) -> SignedIn | None:
    """Return whose session it is; None where it has ended, or never was. Raises DatabaseAwayError."""
    if not 0 < len(secret) <= _LONGEST_SECRET:
        return None
    now = platform.now()
    async with platform.database.transaction(Scope(token_hash=hash_of(secret), address=address)) as tx:
        session = await tx.sessions.by_token()
        if session is None or session.revoked_at or session.expires_at <= now or session.last_used_at + IDLE <= now:
            return None
        await tx.enter(Scope(session.organization_id, session.user_id, f"user:{session.user_id}", address))
        role = None
        if session.organization_id is not None:
            role = await tx.members.role(session.organization_id, session.user_id)
        if role is None:
            user = await tx.users.get(session.user_id)
            if user is None or user.disabled_at is not None:
                return None
        await tx.sessions.touch(session.id, now)
    organization_id = None if role is None else session.organization_id
    return SignedIn(session.user_id, session.id, organization_id, None if role is None else Role(role))


async def machine_of(platform: Platform, secret: str, address: str) -> Machine | None:
    """Return whose API token it is; None where it is revoked, expired, or none. Raises DatabaseAwayError."""
    if not is_token(secret, "api"):
        return None
    now = platform.now()
    async with platform.database.transaction(Scope(token_hash=hash_of(secret), address=address)) as tx:
        token = await tx.tokens.by_token()
        if token is None or token.kind != "api" or token.role is None or token.refusal(now) is not None:
            return None
        await tx.enter(Scope(token.organization_id, None, f"token:{token.id}", address))
        await tx.tokens.used({token.id: (now, address)})
    return Machine(token.id, token.organization_id, Role(token.role))
