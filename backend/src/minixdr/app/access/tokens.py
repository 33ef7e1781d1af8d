"""Tokens of machines: `ingest` tokens open the doors, `api` tokens the API with a role. A token is shown once; its hash is kept."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from minixdr.app.credentials import hash_of, new_token
from minixdr.app.platform import Platform
from minixdr.app.refusal import ForbiddenError, InvalidError, NotFoundError
from minixdr.normalize.catalog import all_sources
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.access import ApiToken, NewToken
from minixdr.schema.role import Role

DOORS = ("native", "hec", "bulk", "otlp", "syslog", "file")
"""Scopes of an ingest token; none: all of them."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A token that somebody asks for."""

    name: str
    kind: str
    role: Role | None
    scopes: tuple[str, ...]
    source: str | None
    hec_ack: bool
    expires_at: datetime | None


async def create_token(platform: Platform, scope: Scope, own: Role, wanted: Wanted) -> tuple[ApiToken, str]:
    """Return a new token, and its text. Raises InvalidError, ForbiddenError."""
    _check(wanted, own, platform.now())
    text, prefix = new_token("api" if wanted.kind == "api" else "ingest")
    new = NewToken(
        name=wanted.name,
        kind=wanted.kind,
        token_hash=hash_of(text),
        prefix=prefix,
        role=wanted.role,
        scopes=wanted.scopes,
        source=wanted.source,
        hec_ack=wanted.hec_ack,
        created_by=scope.user_id,
        expires_at=wanted.expires_at,
    )
    async with platform.database.transaction(scope) as tx:
        made = await tx.tokens.create(new)
        details = {
            "name": made.name,
            "kind": made.kind,
            "role": made.role,
            "scopes": list(made.scopes),
            "prefix": prefix,
        }
        await tx.audit.add("token.created", f"token:{made.id}", details, at=platform.now())
    return made, text


async def list_tokens(platform: Platform, scope: Scope, kind: str | None) -> Sequence[ApiToken]:
    """Return the organization's tokens, the newest first."""
    async with platform.database.transaction(scope) as tx:
        return await tx.tokens.all(kind)


async def get_token(platform: Platform, scope: Scope, token_id: UUID) -> ApiToken:
    """Return one. Raises NotFoundError."""
    async with platform.database.transaction(scope) as tx:
        return await _token(tx, token_id)


async def revoke_token(platform: Platform, scope: Scope, own: Role, token_id: UUID) -> None:
    """Revoke an open token. Raises NotFoundError, ForbiddenError."""
    async with platform.database.transaction(scope) as tx:
        token = await _token(tx, token_id)
        _check_role(own, token.role)
        if not await tx.tokens.revoke(token_id, platform.now()):
            raise NotFoundError("The token is revoked already.")
        await tx.audit.add("token.revoked", f"token:{token_id}", {"name": token.name}, at=platform.now())


async def rotate_token(platform: Platform, scope: Scope, own: Role, token_id: UUID) -> tuple[ApiToken, str]:
    """Give an open token a new text, and return both: the old text opens nothing from now on. Raises NotFoundError, ForbiddenError."""
    async with platform.database.transaction(scope) as tx:
        token = await _token(tx, token_id)
        _check_role(own, token.role)
        text, prefix = new_token("api" if token.kind == "api" else "ingest")
        changed = await tx.tokens.replace_hash(token_id, hash_of(text), prefix)
        if changed is None:
            raise NotFoundError("The token is revoked: create another.")
        details = {"name": token.name, "prefix": prefix}
        await tx.audit.add("token.rotated", f"token:{token_id}", details, at=platform.now())
    return changed, text


def _check(wanted: Wanted, own: Role, now: datetime) -> None:
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise InvalidError("/expires_at", "this time has passed")
    if wanted.kind == "api":
        if wanted.role is None:
            raise InvalidError("/role", "an api token has a role")
        _check_role(own, wanted.role)
        if wanted.scopes or wanted.source or wanted.hec_ack:
            raise InvalidError("/kind", "scopes, source and hec_ack belong to ingest tokens")
        return
    if wanted.role is not None:
        raise InvalidError("/role", "an ingest token has no role: it opens doors only")
    if wanted.source is not None and wanted.source not in {source.name for source in all_sources()}:
        raise InvalidError("/source", "there is no log source of this name: see the list of sources")


def _check_role(own: Role, role: str | None) -> None:
    if role is not None and not own.may(Role(role)):
        raise ForbiddenError(f"A token with a role above your own ({own}) is not yours to make or change.")


async def _token(tx: Transaction, token_id: UUID) -> ApiToken:
    token = await tx.tokens.get(token_id)
    if token is None:
        raise NotFoundError("There is no such token in this organization.")
    return token
