"""Hunts that somebody saved, for oneself or for the organization."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec


class SavedHunt(msgspec.Struct, frozen=True):
    """A saved hunt."""

    id: UUID
    name: str
    query: str
    description: str
    time_range: Mapping[str, Any]
    """{"last_seconds": 86400}, or {"first_at": ..., "before": ...} in RFC 3339."""
    shared: bool
    """All members see it; else only who saved it."""
    created_by: UUID | None
    """None: the person is gone, or it was an API token."""
    created_at: datetime
    updated_at: datetime
    version: int


class HuntContent(msgspec.Struct, frozen=True):
    """What a person writes of it."""

    name: str
    query: str
    description: str
    time_range: Mapping[str, Any]
    shared: bool


class SavedHunts(Protocol):
    """The saved hunts of the transaction's organization. `user_id`: who looks (None: a token, which sees shared ones only)."""

    async def page(self, user_id: UUID | None, after: tuple[str, UUID] | None, most: int) -> Sequence[SavedHunt]:
        """Return own and shared hunts by name and id, those that follow `after`."""

    async def get(self, user_id: UUID | None, hunt_id: UUID, *, lock: bool = False) -> SavedHunt | None:
        """Return one, None where it is absent or somebody else's own."""

    async def add(self, user_id: UUID | None, content: HuntContent) -> SavedHunt:
        """Save one."""

    async def change(self, hunt_id: UUID, content: HuntContent) -> SavedHunt:
        """Replace what it says; `get` it with `lock` before."""

    async def remove(self, hunt_id: UUID) -> None:
        """Remove one."""
