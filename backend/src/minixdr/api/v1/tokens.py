"""`/tokens`: what machines send records and requests with."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import Given, Line, Shown, Time
from minixdr.app.access import tokens
from minixdr.schema.role import Role

router = noun("tokens")
Kind = Literal["ingest", "api"]
Door = Literal["native", "hec", "bulk", "otlp", "syslog", "file"]


class Token(Shown):
    """A token, without its text."""

    id: UUID
    name: str = Field(examples=["web servers"])
    kind: Kind = Field(description="`ingest`: sends records; `api`: uses the API.")
    prefix: str = Field(description="How its text begins.", examples=["mxi_k3wqm5zt"])
    role: Role | None = Field(description="Of an api token.")
    scopes: list[str] = Field(description="Doors that an ingest token opens; empty: all.", examples=[["hec"]])
    source: str | None = Field(
        description="Log source of all that comes with it; null: recognised.", examples=["aws_cloudtrail"]
    )
    hec_ack: bool = Field(description="Splunk HEC: acknowledgement is on.")
    created_by: UUID | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="To the minute.")
    last_used_address: str | None


class Tokens(Shown):
    """All of them."""

    items: list[Token]


class NewToken(Given):
    """A token to be made."""

    name: Line = Field(examples=["web servers"])
    kind: Kind
    role: Role | None = Field(default=None, description="Of an api token, up to one's own.")
    scopes: list[Door] = Field(
        default_factory=list, max_length=10, description="Doors that an ingest token opens; empty: all."
    )
    source: Line | None = Field(
        default=None, description="Log source of all that comes with it.", examples=["aws_cloudtrail"]
    )
    hec_ack: bool = Field(default=False, description="Splunk HEC: acknowledge by id.")
    expires_at: Time | None = Field(default=None, description="After which it opens nothing; null: it does not end.")


class TokenWithText(Token):
    """A token and its text. The text is shown once."""

    token: str = Field(examples=["mxi_k3wqm5zt_..."])


@router.get("/tokens", **operation("listTokens", "Tokens of machines", least=Role.ADMIN))
async def list_tokens(
    caller: CallerDep, platform: PlatformDep, kind: Annotated[Kind | None, Query(description="Only these.")] = None
) -> Tokens:
    """Return all tokens, revoked ones too, the newest first."""
    found = await tokens.list_tokens(platform, caller.scope, kind)
    return Tokens(items=[Token.model_validate(token) for token in found])


@router.post("/tokens", status_code=201, **operation("createToken", "Make a token", least=Role.ADMIN))
async def create_token(caller: CallerDep, platform: PlatformDep, given: NewToken) -> TokenWithText:
    """Make a token. Its text is in the answer, and nowhere else."""
    wanted = tokens.Wanted(
        name=given.name,
        kind=given.kind,
        role=given.role,
        scopes=tuple(dict.fromkeys(given.scopes)),
        source=given.source,
        hec_ack=given.hec_ack,
        expires_at=given.expires_at,
    )
    made, text = await tokens.create_token(platform, caller.scope, caller.role, wanted)
    return TokenWithText(**Token.model_validate(made).model_dump(), token=text)


@router.get("/tokens/{token_id}", **operation("getToken", "One token", least=Role.ADMIN))
async def get_token(caller: CallerDep, platform: PlatformDep, token_id: UUID) -> Token:
    """Return a token, without its text."""
    return Token.model_validate(await tokens.get_token(platform, caller.scope, token_id))


@router.delete("/tokens/{token_id}", status_code=204, **operation("revokeToken", "Revoke a token", least=Role.ADMIN))
async def revoke_token(caller: CallerDep, platform: PlatformDep, token_id: UUID) -> None:
    """Let a token open nothing any more. The API refuses it at once, the doors within seconds."""
    await tokens.revoke_token(platform, caller.scope, caller.role, token_id)


@router.post("/tokens/{token_id}/rotate", **operation("rotateToken", "Give a token a new text", least=Role.ADMIN))
async def rotate_token(caller: CallerDep, platform: PlatformDep, token_id: UUID) -> TokenWithText:
    """Replace the token's text: the old one opens nothing any more."""
    changed, text = await tokens.rotate_token(platform, caller.scope, caller.role, token_id)
    return TokenWithText(**Token.model_validate(changed).model_dump(), token=text)
