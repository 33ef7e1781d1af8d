"""Setup codes: who has one may make the first organization. They belong to no organization, and all go with the first."""

from datetime import datetime
from typing import Protocol


class SetupCodes(Protocol):
    """Hashes of the codes that are good."""

    async def add(self, code_hash: bytes, at: datetime, *, kept: int) -> None:
        """Add one, and forget all but so many of the newest."""

    async def holds(self, code_hash: bytes) -> bool:
        """Return whether this one is good."""

    async def take(self, code_hash: bytes) -> bool:
        """Delete all. Return whether this one was among them: of several at once one is told so."""
