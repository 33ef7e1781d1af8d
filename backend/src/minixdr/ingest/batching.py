"""Records one by one -> batches, numbered.

A batch ends when it has enough records or bytes, or when its format changes. A record that could not be made takes its number too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from minixdr.ingest.content import Content
from minixdr.schema.record import Batch, Issue, JsonObject

BATCH_RECORDS = 1_000
"""Enough that the cost per batch vanishes; few enough that bodies stay small in memory."""
BATCH_BYTES = 1 << 20


@dataclass
class Batcher:
    """Gathers the records of one format."""

    content: Content
    format: str
    raws: list[bytes] = field(default_factory=list)
    bodies: list[JsonObject] = field(default_factory=list)
    size_bytes: int = 0

    def add(self, raw: bytes, body: JsonObject) -> Iterator[Batch]:
        """Take a record; yield a batch where it is full."""
        self.raws.append(raw)
        self.bodies.append(body)
        self.size_bytes += len(raw)
        if len(self.raws) >= BATCH_RECORDS or self.size_bytes >= BATCH_BYTES:
            yield from self.flush()

    def add_raw(self, raw: bytes) -> Iterator[Batch]:
        """Take a JSON text that nobody parsed; yield a batch where it is full."""
        self.raws.append(raw)
        self.size_bytes += len(raw)
        if len(self.raws) >= BATCH_RECORDS or self.size_bytes >= BATCH_BYTES:
            yield from self.flush()

    def refuse(self, reason: str, offset_bytes: int | None, kind: str = "malformed") -> Iterator[Batch | Issue]:
        """Count a record that could not be made."""
        yield from self.flush()
        number = self.content.numbering.take(1)
        yield Issue(self.content.file, number, offset_bytes, kind, reason)

    def flush(self) -> Iterator[Batch]:
        """Yield what was gathered."""
        if self.raws:
            first = self.content.numbering.take(len(self.raws))
            yield Batch(self.content.file, self.format, first, self.raws, self.bodies or None)
            self.raws, self.bodies, self.size_bytes = [], [], 0
