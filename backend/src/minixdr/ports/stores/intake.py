"""What a worker keeps of a batch, in one transaction; and what the correlator reads of it."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Protocol

import msgspec

from minixdr.ports.lake import StagedFile
from minixdr.schema.event import Entity
from minixdr.schema.finding import Finding


class Account(msgspec.Struct):
    """What became of a batch: received = events + skipped + malformed + duplicates."""

    received: int = 0
    events: int = 0
    skipped: int = 0
    malformed: int = 0
    duplicates: int = 0


class Reason(msgspec.Struct, frozen=True):
    """Why records did not become events, or events are not in the lake."""

    kind: str
    """`skipped`, `malformed`; `damaged`: they did, and the lake's file of them cannot be read."""
    reason: str
    records: int


class BatchReceipt(msgspec.Struct, frozen=True):
    """The receipt of a batch."""

    organization_id: str
    batch_id: str
    door: str
    origin: str
    received_at: datetime
    processed_at: datetime
    account: Account
    sources: Mapping[str, int]
    """Events by log source."""
    repeats: Mapping[str, int]
    """Duplicates by log source."""
    reasons: Sequence[Reason]
    token_id: str | None
    first_at: datetime | None
    """Time of its earliest and latest event."""
    last_at: datetime | None


class KeptFinding(msgspec.Struct, frozen=True):
    """A finding, and what the platform says of it."""

    finding: Finding
    time: datetime
    """The event's own time, else what the protocol gave, else when it was received."""
    batch_id: str
    """Empty for a correlation rule's finding."""
    state: str = "open"
    """`open` or `suppressed`."""
    suppressed_by: str | None = None
    """The filter."""


class Signal(msgspec.Struct, frozen=True):
    """What the correlator is to see."""

    kind: str
    """`finding` or `observation`."""
    time: datetime
    payload: bytes
    finding_id: str | None = None


class DeadLetter(msgspec.Struct, frozen=True):
    """A batch that failed again and again."""

    batch_id: str
    door: str
    origin: str
    reason: str
    attempts: int
    payload: bytes
    """The whole batch, as it lay in the log."""
    records: int


class Intake(Protocol):
    """Rows of one organization, written by workers."""

    async def add_receipts(self, receipts: Sequence[BatchReceipt]) -> Set[str]:
        """Keep receipts, and count their records to their sources. Return the batch ids of those that are new: the others were worked on before."""

    async def count_repeats(self, batch_id: str, repeats: Mapping[str, int]) -> None:
        """Count events of a batch as duplicates after all: log source -> how many."""

    async def add_staged(self, staged: StagedFile, batch_ids: Sequence[str]) -> None:
        """Tell the committer of a staged file, and of which batches it holds the events."""

    async def note_damage(self, batch_ids: Sequence[str], name: str, reason: str | None) -> None:
        """Say on the receipts of these batches that their events cannot be read from a staged file, and why; None: that they can, after all."""

    async def add_findings(self, findings: Sequence[KeptFinding]) -> Sequence[str]:
        """Keep findings and the entities they name, and tell listeners. Return the ids of those that are new."""

    async def add_signals(self, signals: Sequence[Signal]) -> None:
        """Hand signals to the correlator."""

    async def add_dead_letter(self, letter: DeadLetter) -> None:
        """Keep a batch that cannot be worked on, whole."""

    async def take_signals(self, most: int) -> Sequence[Signal]:
        """Take the oldest signals away. They are gone when the transaction is kept."""


class EntityRisk(msgspec.Struct, frozen=True):
    """How risky an entity is, 0 to 100, and why."""

    entity: Entity
    risk: float
    reasons: Sequence[str]
