"""Who sends: the ingest token of a request, however its protocol writes it.

`Authorization: Splunk|Bearer <token>`; `Basic` with the token as password (or as name, where there is no password); `ApiKey` with the token, or in
base64 `<id>:<token>`, as Elasticsearch's clients write it.
"""

import base64
import binascii
from enum import Enum

from starlette.requests import Request

from minixdr.app.credentials import is_token
from minixdr.app.ingest_tokens import IngestTokens
from minixdr.app.platform import Platform
from minixdr.ports.stores.access import ApiToken

_EVERY_DOOR = "ingest"
_MOST_CHARACTERS = 4_096


class Denial(Enum):
    """Why a request is not let in."""

    MISSING = "send an ingest token: `Authorization: Bearer mxi_...`"
    MALFORMED = (
        "the Authorization header cannot be read: send `Bearer`, `Splunk`, `Basic` or `ApiKey` with an ingest token"
    )
    UNKNOWN = "the ingest token is not known"
    OTHER_KIND = 'this is an API token (`mxa_...`); doors take ingest tokens (`mxi_...`): `POST /api/v1/tokens` with `"kind": "ingest"`'
    CLOSED = "the ingest token is revoked or expired"
    OTHER_DOOR = "the ingest token is not for this door: its scopes do not name it"


class DeniedError(Exception):
    """The request is not let in."""

    def __init__(self, denial: Denial) -> None:
        super().__init__(denial.value)
        self.denial = denial


async def identify(request: Request, door: str, tokens: IngestTokens, platform: Platform) -> ApiToken:
    """Return the token that the request presents. Raises DeniedError, DatabaseAwayError."""
    token = await tokens.find(presented(request.headers.get("authorization")))
    if token is None:
        raise DeniedError(Denial.UNKNOWN)
    if token.refusal(platform.now()) is not None:
        raise DeniedError(Denial.CLOSED)
    if token.scopes and door not in token.scopes and _EVERY_DOOR not in token.scopes:
        raise DeniedError(Denial.OTHER_DOOR)
    tokens.use(token, request.client.host if request.client else None)
    return token


def presented(authorization: str | None) -> str:
    """Return the token that a header carries. Raises DeniedError where it carries none, or one of the API."""
    secret = _secret(authorization)
    if is_token(secret, "api"):
        raise DeniedError(Denial.OTHER_KIND)
    return secret


def _secret(authorization: str | None) -> str:
    if not authorization or not authorization.strip():
        raise DeniedError(Denial.MISSING)
    scheme, _, rest = authorization.strip().partition(" ")
    rest = rest.strip()
    if len(rest) > _MOST_CHARACTERS or not rest:
        raise DeniedError(Denial.MALFORMED)
    match scheme.lower():
        case "splunk" | "bearer":
            return rest
        case "apikey":
            return rest if is_token(rest, "ingest") else _second_part(rest)
        case "basic":
            return _second_part(rest)
        case _:
            raise DeniedError(Denial.MALFORMED)


def _second_part(encoded: str) -> str:
    """Return what stands behind the colon, or, where nothing does, before it."""
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        raise DeniedError(Denial.MALFORMED) from None
    name, _, secret = text.partition(":")
    return secret or name
