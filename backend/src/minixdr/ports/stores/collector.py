"""What is collected from buckets: inputs, and the objects that were met, each once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

OBJECT_STATES = ("seen", "done", "failed")


class CollectorInput(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket to collect from, and the queue that tells of its new objects."""

    id: UUID
    bucket: str
    prefix: str
    """Only keys that begin so; empty: all."""
    queue_url: str | None
    """None: the bucket is only listed."""
    region: str | None
    source: str | None
    """Log source of all objects; None: recognised."""
    role_arn: str | None
    """The role that reads them; None: the platform's own."""
    external_id: str | None
    enabled: bool
    since: datetime
    """Objects written before then are not looked for."""
    created_at: datetime
    last_reconciled_at: datetime | None
    """When the bucket was last listed to its end."""
    last_error: str | None
    """Why the queue or the bucket could not be read the last time; None: they could."""


class NewInput(msgspec.Struct, frozen=True, kw_only=True):
    """What an input begins with."""

    bucket: str
    prefix: str = ""
    queue_url: str | None = None
    region: str | None = None
    source: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    enabled: bool = True
    since: datetime | None = None
    """None: from now on."""


class InputChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change; UNSET stays as it is."""

    queue_url: str | msgspec.UnsetType | None = msgspec.UNSET
    region: str | msgspec.UnsetType | None = msgspec.UNSET
    source: str | msgspec.UnsetType | None = msgspec.UNSET
    role_arn: str | msgspec.UnsetType | None = msgspec.UNSET
    external_id: str | msgspec.UnsetType | None = msgspec.UNSET
    enabled: bool | msgspec.UnsetType = msgspec.UNSET


class ObjectKey(msgspec.Struct, frozen=True):
    """One version of an object's content."""

    bucket: str
    key: str
    etag: str
    """Without quotes."""


class CollectedObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object and what became of it. What became of its records, the receipts of origin `s3://bucket/key` say."""

    input_id: UUID
    bucket: str
    key: str
    etag: str
    size_bytes: int
    state: str
    """One of OBJECT_STATES: `seen` (being collected, or tried again), `done`, `failed`."""
    attempts: int
    received: int
    """Records in it."""
    malformed: int
    """Of them, those that could not be read."""
    first_seen_at: datetime
    done_at: datetime | None
    reason: str | None
    """Why it failed; of a `done` one, what of it could not be read."""


class Collected(msgspec.Struct, frozen=True, kw_only=True):
    """The end of an object."""

    size_bytes: int
    received: int
    malformed: int
    reason: str | None


class CollectorStore(Protocol):
    """The inputs and objects of the transaction's organization."""

    async def add_input(self, new: NewInput) -> CollectorInput:
        """Create one."""

    async def inputs(self, *, enabled: bool | None = None) -> Sequence[CollectorInput]:
        """Return all, the newest first; only those that are enabled, or are not."""

    async def input(self, input_id: UUID) -> CollectorInput | None:
        """Return one."""

    async def change_input(self, input_id: UUID, change: InputChange) -> CollectorInput | None:
        """Change one; None where there is none of this id."""

    async def remove_input(self, input_id: UUID) -> bool:
        """Remove one with what is known of its objects; False where there is none of this id. Collected events stay."""

    async def input_trouble(self, input_id: UUID, reason: str | None) -> None:
        """Say why the input could not be read, or, with None, that it could."""

    async def reconciled(self, input_id: UUID, at: datetime) -> None:
        """Note that all that the bucket held then was met."""

    async def begin(self, input_id: UUID, key: ObjectKey, size_bytes: int) -> CollectedObject:
        """Return the object's row, made where it is new; where it is not done, this counts an attempt."""

    async def finish(self, input_id: UUID, key: ObjectKey, collected: Collected, at: datetime) -> None:
        """Note that the object's records are all in the log."""

    async def fail(self, input_id: UUID, key: ObjectKey, reason: str, *, most_attempts: int) -> bool:
        """Note why the object could not be collected; return whether it is given up, because it was tried so often (or is done)."""

    async def forget(self, input_id: UUID, key: ObjectKey) -> None:
        """Forget the object, where it is not done."""

    async def known(self, input_id: UUID, keys: Iterable[ObjectKey]) -> set[ObjectKey]:
        """Return those that are done or failed: they need not be collected."""

    async def waiting(self, input_id: UUID, before: datetime, most: int) -> Sequence[CollectedObject]:
        """Return those first seen before then that are neither done nor failed, the oldest first."""

    async def retried(self, input_id: UUID, most: int) -> Sequence[CollectedObject]:
        """Return those that are to be tried again and were not since."""

    async def objects(
        self, input_id: UUID, state: str | None, after: tuple[float, str] | None, most: int
    ) -> Sequence[CollectedObject]:
        """Return objects, the newest first; `after`: first_seen_at in seconds since 1970, and key, of the last one had."""

    async def counts(self, input_id: UUID) -> dict[str, int]:
        """Return how many objects are in each state."""

    async def retry(self, input_id: UUID, keys: Sequence[str] | None) -> int:
        """Let failed objects (of these keys, or all) be tried again; return how many."""
