"""Views of lists that somebody saved, for oneself or for the organization."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec


class SavedView(msgspec.Struct, frozen=True):
    """A saved view."""

    id: UUID
    name: str
    page: str
    """One of kinds.VIEW_PAGES."""
    query: str
    """The page's query string, without the question mark."""
    shared: bool
    """All members see it; else only who saved it."""
    created_by: UUID | None
    """None: it was an API token."""
    created_at: datetime
    updated_at: datetime
    version: int


class ViewContent(msgspec.Struct, frozen=True):
    """What a person writes of it."""

    name: str
    page: str
    query: str
    shared: bool


class SavedViews(Protocol):
    """The saved views of the transaction's organization. `user_id`: who looks (None: a token, which sees shared ones only)."""

    async def page(
        self, user_id: UUID | None, page: str | None, after: tuple[str, UUID] | None, most: int
    ) -> Sequence[SavedView]:
        """Return own and shared views (of one page) by name and id, those that follow `after`."""

    async def own(self, user_id: UUID) -> int:
        """Return how many the person saved."""

    async def get(self, user_id: UUID | None, view_id: UUID, *, lock: bool = False) -> SavedView | None:
        """Return one, None where it is absent or somebody else's own."""

    async def add(self, user_id: UUID | None, content: ViewContent) -> SavedView:
        """Save one."""

    async def change(self, view_id: UUID, content: ViewContent) -> SavedView:
        """Replace what it says; `get` it with `lock` before."""

    async def remove(self, view_id: UUID) -> None:
        """Remove one."""
