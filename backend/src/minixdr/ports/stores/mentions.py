"""Who was named in comments, and has read it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """A comment that names the person."""

    comment_id: UUID
    incident_id: str
    number: int
    title: str
    author: str
    text: str
    created_at: datetime
    """When the person was named."""
    read_at: datetime | None


class Mentioned(msgspec.Struct, frozen=True):
    """A person whom a comment names."""

    comment_id: UUID
    user_id: UUID
    name: str
    """Empty where the person is a member no more."""


class Mentions(Protocol):
    """The mentions of the transaction's organization."""

    async def replace(self, comment_id: UUID, incident_id: str, user_ids: Collection[UUID]) -> Sequence[UUID]:
        """Let the comment name these people and no others; return those it did not name before. What they read stays read."""

    async def of_comments(self, comment_ids: Collection[UUID]) -> Sequence[Mentioned]:
        """Return whom the comments name, by name."""

    async def page(
        self, user_id: UUID, after: tuple[datetime, UUID] | None, most: int, *, unread: bool
    ) -> Sequence[Mention]:
        """Return the person's mentions, newest first, those that follow `after`."""

    async def unread(self, user_id: UUID) -> int:
        """Return how many the person has not read."""

    async def read(self, user_id: UUID, comment_ids: Collection[UUID] | None, at: datetime) -> int:
        """Note that the person read these, None: all; return how many were unread."""
