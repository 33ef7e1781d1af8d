"""What changed: one row for each change of an incident or a finding, in an order that nobody can be late for."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec


class ChangePosition(msgspec.Struct, frozen=True, order=True):
    """Where a reader is: after this change. Transactions first: a lower number of theirs may commit later than a higher one, and is waited for."""

    transaction_id: int
    seq: int


class Change(msgspec.Struct, frozen=True):
    """A change."""

    position: ChangePosition
    topic: str
    """`incident.changed`, `finding.created`, ..."""
    payload: Mapping[str, Any]
    created_at: datetime


class Changes(Protocol):
    """The changes of the transaction's organization."""

    async def add(self, topic: str, payload: Mapping[str, Any]) -> None:
        """Tell of a change: listeners are woken when the transaction commits."""

    async def now(self) -> ChangePosition:
        """Return the position after all changes that can be read now."""

    async def after(self, position: ChangePosition, most: int) -> Sequence[Change]:
        """Return the changes after the position, oldest first."""

    async def kept_since(self, position: ChangePosition) -> bool:
        """Return whether all changes after the position are still kept."""

    async def forget(self, before: datetime) -> int:
        """Delete the changes of all organizations that are older, and return how many; needs `system`."""


class Wake(Protocol):
    """Tells one reader that there may be something new."""

    async def wait(self, timeout_seconds: float) -> bool:
        """Return True as soon as something may have changed since the last call, False after the time."""


class ChangeListener(Protocol):
    """Listens for changes of all organizations on one connection."""

    def subscribe(self, organization_id: UUID) -> AbstractAsyncContextManager[Wake]:
        """Listen for one organization's changes within the context."""

    async def close(self) -> None:
        """Stop listening."""
