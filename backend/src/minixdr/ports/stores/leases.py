"""Leases: of some work there is one worker at a time, and one that slept too long is found out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec


class Lease(msgspec.Struct, frozen=True):
    """A lease held."""

    name: str
    owner: str
    fence: int
    """Grows with every new owner: what an older owner writes is known by a smaller number."""
    expires_at: datetime
    """By the database's clock."""


class LeaseLostError(Exception):
    """Somebody else holds the lease now: nothing of this transaction may be kept."""


class Leases(Protocol):
    """The platform's leases; they belong to no organization. Time is the database's own: workers' clocks do not matter."""

    async def acquire(self, name: str, owner: str, seconds: float) -> Lease | None:
        """Take the lease, or prolong one's own (its fence stays); None where another holds it."""

    async def renew(self, lease: Lease, seconds: float) -> Lease:
        """Prolong it. Raises LeaseLostError."""

    async def hold(self, lease: Lease) -> None:
        """Keep others from taking the lease until the transaction ends; first thing in one that writes under it. Raises LeaseLostError."""

    async def release(self, lease: Lease) -> None:
        """Give it back, where it is still held."""

    async def all(self) -> Sequence[Lease]:
        """Return all, by name."""


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """A sign of life of one process."""

    name: str
    kind: str
    """`api`, `worker`."""
    version: str
    started_at: datetime
    seen_at: datetime
    details: Mapping[str, Any]


class Heartbeats(Protocol):
    """The processes of the platform."""

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Note a sign of life."""

    async def all(self, since: datetime) -> Sequence[Heartbeat]:
        """Return those seen since then, by name."""

    async def forget(self, before: datetime) -> int:
        """Delete those not seen since then, and return how many."""

    async def end(self, name: str) -> None:
        """Delete that of a process which ends as it was asked to: nobody need miss it."""
