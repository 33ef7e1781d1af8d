"""Records: objects as they arrived, and the account of what became of them.

A record is not trusted: every byte of it may have been chosen by an attacker.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

JsonObject = dict[str, Any]


class Record(msgspec.Struct, frozen=True):
    """One object as it arrived."""

    file: str
    """The file's path; a member of an archive is `archive.zip!member`."""
    number: int
    """1-based position in the file."""
    raw: bytes
    """The untouched bytes (the lines of a multi-line record joined by newline)."""
    body: JsonObject
    """What the format decoded: JSON as it is; columns by name; text lines as {"message": text} and more (see
    ingest/formats/)."""
    format: str
    """Name of the format that decoded it, a module name of ingest/formats."""
    organization_id: str = "local"
    reference_at: datetime | None = None
    """A time near the record's own, when its file was last written: gives the year to times that have none."""
    beside: str = ""
    """What the sender's protocol said beside the record (its time and host): part of its identity where it has no id of its own."""


class Beside(msgspec.Struct, frozen=True):
    """What a protocol carries beside a record."""

    seconds: float | None = None
    """Seconds since 1970."""
    host: str | None = None

    def __str__(self) -> str:
        return f"{self.seconds} {self.host}"


class Batch(msgspec.Struct):
    """Consecutive records of one file. `bodies` is None where every raw is a JSON text that nobody parsed yet:
    who parses them later reports those that are malformed."""

    file: str
    format: str
    first: int
    """1-based number of the first record. Record i of the batch has number first + i."""
    raws: Sequence[bytes]
    bodies: Sequence[JsonObject] | None = None
    source: str | None = None
    """Name of the log source, where a person chose it; else it is recognised by content."""
    reference_at: datetime | None = None
    """When the file was last written."""
    beside: Sequence[Beside | None] | None = None
    """What the sender's protocol said beside each record; None where it said nothing of any."""


class Issue(msgspec.Struct, frozen=True):
    """A record, or bytes that should have been one, that did not become an event."""

    file: str
    number: int | None
    """1-based record number, None where the trouble is the file itself."""
    offset_bytes: int | None
    """Position in the (decompressed) file, where known."""
    kind: str
    """`malformed` (not decoded), `skipped` (decoded, but not ours to read) or `file` (the file cannot be read on)."""
    reason: str
    last: int | None = None
    """Number of the last record, where one reason holds for several in a row."""


class Receipt(msgspec.Struct):
    """The account of a file or batch: received = events + skipped + malformed."""

    received: int = 0
    events: int = 0
    skipped: int = 0
    malformed: int = 0

    def add(self, other: "Receipt") -> None:
        """Add another account to this one."""
        self.received += other.received
        self.events += other.events
        self.skipped += other.skipped
        self.malformed += other.malformed
