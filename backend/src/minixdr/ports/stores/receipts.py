"""What came in, to be looked at: log sources, receipts, gaps, what could not be processed. Workers write these rows (`intake.py`)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """received = events + skipped + malformed + duplicates."""

    received: int
    events: int
    skipped: int
    malformed: int
    duplicates: int


class SourceRow(Counts, frozen=True, kw_only=True):
    """A log source through one door."""

    name: str
    """Log source; empty: not recognised."""
    door: str
    token_id: UUID | None
    first_seen_at: datetime
    last_seen_at: datetime
    last_event_at: datetime | None


class ReceiptRow(Counts, frozen=True, kw_only=True):
    """The account of one batch."""

    batch_id: str
    door: str
    origin: str
    received_at: datetime
    processed_at: datetime
    sources: Mapping[str, int]
    """Log source -> events."""
    reasons: Sequence[Mapping[str, Any]]
    """{kind, reason, records}: why records became no events."""
    token_id: UUID | None
    first_at: datetime | None
    last_at: datetime | None


class ReceiptFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which receipts."""

    door: str | None = None
    origin: str | None = None
    """Exactly, or with a trailing `*` what begins so."""
    source: str | None = None
    token_id: UUID | None = None
    incomplete: bool = False
    """Only those with skipped or malformed records."""
    first_at: datetime | None = None
    before: datetime | None = None


class CompletenessRow(Counts, frozen=True, kw_only=True):
    """The account of one day, by what was asked for: door, origin or log source."""

    day: datetime
    """Its beginning, UTC."""
    key: str
    batches: int
    last_received_at: datetime
    last_event_at: datetime | None


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """How long a log source has been silent, against how it usually is."""

    name: str
    door: str
    last_received_at: datetime
    usual_gap_seconds: float | None
    """99 of 100 pauses between its batches of the last seven days were shorter; None where there are too few to say."""
    batches: int


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that could not be processed, whole."""

    id: UUID
    batch_id: str
    door: str
    origin: str
    reason: str
    attempts: int
    failed_at: datetime
    records: int
    size_bytes: int
    state: str
    """`open`, `replayed` or `discarded`."""
    replayed_at: datetime | None
    replayed_by: str | None


class Receipts(Protocol):
    """What came in for the transaction's organization."""

    async def sources(self) -> Sequence[SourceRow]:
        """Return all log sources, those heard of last first, 1,000 at most."""

    async def receipts(
        self, wanted: ReceiptFilter, after: tuple[datetime, str] | None, most: int
    ) -> Sequence[ReceiptRow]:
        """Return receipts, newest first."""

    async def span(self, received_since: datetime) -> tuple[datetime, datetime] | None:
        """Return the earliest and the latest time of the events received since then; None where there are none."""

    async def receipt(self, batch_id: str) -> ReceiptRow | None:
        """Return one."""

    async def forget(self, before: datetime, most: int) -> int:
        """Delete receipts of batches received before then, the oldest first, so many at most, and return how many."""

    async def completeness(self, by: str, first_at: datetime, before: datetime, most: int) -> Sequence[CompletenessRow]:
        """Return the account of each day and key; `by` is `door`, `origin` or `source` (events only are told apart by source)."""

    async def gaps(self, now: datetime) -> Sequence[Gap]:
        """Return of each log source and door how long it has been silent."""

    async def dead_letters(
        self, state: str | None, after: tuple[datetime, UUID] | None, most: int
    ) -> Sequence[DeadLetter]:
        """Return them, newest first."""

    async def dead_letter(self, dead_letter_id: UUID, *, lock: bool = False) -> DeadLetter | None:
        """Return one."""

    async def dead_payload(self, dead_letter_id: UUID) -> bytes | None:
        """Return the batch, as it was kept."""

    async def settle(self, dead_letter_id: UUID, state: str, by: str, now: datetime) -> DeadLetter:
        """Mark it `replayed` or `discarded`."""
