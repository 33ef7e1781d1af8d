"""The audit log: who did what, in a chain of hashes that nobody can cut out of or write into unseen."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID

import msgspec

GENESIS = bytes(32)
"""What the first entry names as its previous hash."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing done."""

    seq: int
    """1, 2, 3 ... within the organization."""
    at: datetime
    actor: str
    """`user:<id>`, `token:<id>`, `worker:<name>`, `system`."""
    action: str
    """`incident.changed`."""
    target: str
    """`incident:<id>`; the address tried where a sign-in failed."""
    details: Mapping[str, Any]
    address: str | None
    previous_hash: bytes
    hash: bytes
    """SHA-256 of the previous hash and of the entry in canonical JSON; see `chained`."""


def chained(entry: AuditEntry) -> bytes:
    """Return the hash that the entry must have: SHA-256 of the previous hash and of [seq, at, actor, action, target, details, address]
    as JSON without spaces, keys sorted, ASCII, whole numbers without fraction, `at` in UTC with microseconds."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    content = [entry.seq, at, entry.actor, entry.action, entry.target, _plain(entry.details), entry.address]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(entry.previous_hash + text.encode("ascii")).digest()


def _plain(value: Any) -> Any:
    """Return the value as it is after a database wrote its numbers another way: 1e16 and 10000000000000000 are the same."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


class AuditCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The head of the chain at some time, signed: a chain rewritten as a whole no longer fits it."""

    seq: int
    hash: bytes
    signature: bytes
    key_id: str
    at: datetime


class Signer(Protocol):
    """Signs checkpoints."""

    key_id: str

    def sign(self, message: bytes) -> bytes:
        """Return the signature."""

    def holds(self, key_id: str, message: bytes, signature: bytes) -> bool:
        """Return whether the signature is of this message, by this key."""


def signed_part(organization_id: UUID, seq: int, entry_hash: bytes, at: datetime) -> bytes:
    """Return what the signature of a checkpoint is over."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return f"minixdr audit checkpoint\n{organization_id}\n{seq}\n{entry_hash.hex()}\n{moment}".encode("ascii")


class AuditVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of the whole chain found."""

    entries: int
    checkpoints: int
    """Those whose signature holds and whose entry has their hash."""
    head: bytes
    """Hash of the last entry, to be kept elsewhere."""
    problems: tuple[str, ...]
    """The first 100, in order; empty: the chain is whole."""


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries; None: any."""

    actor: str | None = None
    action: str | None = None
    """Of this action, or, ending in `.`, of all actions that begin so."""
    target: str | None = None
    first_at: datetime | None = None
    before: datetime | None = None


class AuditLog(Protocol):
    """The audit log of the scope's organization. Entries are added and read, never changed: the database allows no more."""

    async def add(
        self, action: str, target: str, details: Mapping[str, Any] | None = None, *, at: datetime
    ) -> AuditEntry:
        """Add an entry of the scope's actor and address. Others who add to the same organization wait until the transaction ends."""

    async def entries(self, wanted: AuditFilter, after: int | None, most: int) -> Sequence[AuditEntry]:
        """Return entries, the newest first, with a `seq` below `after`."""

    async def page(self, first: int, most: int) -> Sequence[AuditEntry]:
        """Return entries, the oldest first, from `seq` `first` on: for an export."""

    async def checkpoint(self, signer: Signer, at: datetime) -> AuditCheckpoint | None:
        """Sign the head of the chain; None where nothing was added since the last time."""

    async def checkpoints(self) -> Sequence[AuditCheckpoint]:
        """Return all, the oldest first."""

    async def verify(self, signer: Signer) -> AuditVerdict:
        """Read the whole chain and say whether it holds."""
