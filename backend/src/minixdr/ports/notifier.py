"""Messages to the outside: a request to an address that people gave, a mail."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec


class HttpMessage(msgspec.Struct, frozen=True):
    """A POST request."""

    url: str
    body: bytes
    headers: Mapping[str, str]


class Mail(msgspec.Struct, frozen=True):
    """A mail of plain text."""

    recipients: Sequence[str]
    subject: str
    text: str
    message_id: str
    """Unique; the same each time the mail is tried."""


class Answer(msgspec.Struct, frozen=True):
    """What the other side said."""

    taken: bool
    status: int
    """HTTP's or SMTP's."""
    text: str
    """Its beginning."""
    retry_after_seconds: float | None = None
    """When it wants to be asked again."""


class NotSentError(Exception):
    """There is no answer: not reached, not in time. For a person to read."""


class RefusedAddressError(NotSentError):
    """The platform sends nothing to this address."""


class Notifier(Protocol):
    """Sends messages. Bounded in time and size; follows no redirect."""

    @property
    def mail_problem(self) -> str | None:
        """Return why no mail can be sent, None where it can."""

    async def check(self, url: str) -> None:
        """Return where the address is one that messages may be sent to. Raises RefusedAddressError, NotSentError where its name is not known."""

    async def post(self, message: HttpMessage) -> Answer:
        """Send it. Raises NotSentError, RefusedAddressError."""

    async def mail(self, mail: Mail) -> Answer:
        """Send it. Raises NotSentError."""
