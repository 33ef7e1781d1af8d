"""Whose messages they are: the organization of an ingest token."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from minixdr.app.ingest_tokens import IngestTokens
from minixdr.workers.syslog.options import TokenRefusedError

_SCOPES = frozenset({"ingest", "syslog"})


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose messages they are."""

    organization_id: str
    token_id: str
    source: str | None
    """Log source, where the token says."""


SenderOf = Callable[[str, str], Awaitable[Sender]]
"""Given token and the peer's address. Asked some fifty times a second, so it remembers. Raises TokenRefusedError, DatabaseAwayError."""


def sender_of(tokens: IngestTokens, now: Callable[[], datetime]) -> SenderOf:
    """Return the look-up of senders."""

    async def look_up(presented: str, address: str) -> Sender:
        token = await tokens.find(presented)
        if token is None:
            raise TokenRefusedError("the ingest token is not known")
        if token.refusal(now()) is not None:
            raise TokenRefusedError("the ingest token is revoked or expired")
        if token.scopes and not _SCOPES.intersection(token.scopes):
            raise TokenRefusedError("the ingest token is not for syslog: its scopes do not name it")
        tokens.use(token, address)
        return Sender(str(token.organization_id), str(token.id), token.source)

    return look_up
