"""The durable log in front of everything: doors publish batches of records, workers take them.

A batch that `publish` returned for is on disk, or `publish` raised. It is delivered at least once, until it is acknowledged.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from minixdr.schema.record import JsonObject


class LogBatch(msgspec.Struct, frozen=True):
    """Records of one organization that came through one door together."""

    organization_id: str
    door: str
    """Where they came in: `native`, `hec`, `bulk`, `otlp`, `syslog`, `s3`, `file`."""
    origin: str
    """What receipts are grouped by, text of the sender: `s3://bucket/key`, a file's path, a host; else the door's name."""
    received_at: datetime
    raws: Sequence[bytes]
    """One item a record as it arrived, untouched: a JSON object, or a line of text."""
    bodies: Sequence[JsonObject] | None = None
    """What a file's format decoded (columns of a CSV ...); None where each raw speaks for itself."""
    format: str | None = None
    """Name of the format that decoded `bodies`; None where each raw speaks for itself."""
    times: Sequence[float | None] | None = None
    """Seconds since 1970 that the protocol gave beside each record."""
    hosts: Sequence[str | None] | None = None
    """Host that the protocol gave beside each record."""
    source: str | None = None
    """Name of the log source, where the sender chose it; else it is recognised by content."""
    token_id: str | None = None
    """The ingest token it came with."""
    first: int = 1
    """1-based number of the first record in `origin`."""
    reference_at: datetime | None = None
    """When the origin was last written: gives the year to times that have none."""

    @property
    def batch_id(self) -> str:
        """32 hex digits of what it carries, without when it came: sent again, it has the same id."""
        return batch_id(self)


def batch_id(batch: LogBatch) -> str:
    """Return blake2b-128 of organization, door, origin, source, position and content."""
    from hashlib import blake2b  # noqa: PLC0415

    content = msgspec.msgpack.encode(msgspec.structs.replace(batch, received_at=_NO_TIME, token_id=None))
    return blake2b(content, digest_size=16).hexdigest()


_NO_TIME = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class LogFullError(Exception):
    """The log takes nothing more now (its bound is reached, or its server is away). Nothing of the batch was taken; say busy, try again."""

    def __init__(self, reason: str, retry_after_seconds: float = 5.0) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class LogState(msgspec.Struct, frozen=True):
    """How full the log is, with the batches of all organizations."""

    batches: int
    size_bytes: int
    most_bytes: int | None
    """Beyond which it takes nothing more; None: no bound but the disk."""


class Delivery(Protocol):
    """A batch handed to a worker."""

    batch: LogBatch
    batch_id: str
    attempt: int
    """1 the first time."""

    async def done(self) -> None:
        """Acknowledge: it is never delivered again."""

    async def working(self) -> None:
        """Ask for more time."""

    async def again(self, delay_seconds: float) -> None:
        """Give it back, to be delivered again."""


class Log(Protocol):
    """The log."""

    async def publish(self, batch: LogBatch) -> bool:
        """Put a batch on disk. Return False where the log holds it already. Raises LogFullError."""

    def deliveries(self, *, most: int) -> AsyncGenerator[Sequence[Delivery], None]:
        """Yield deliveries as they come, at most so many at once, until the iteration is closed."""

    async def waiting(self) -> int:
        """Return how many batches wait or are being worked on."""

    async def state(self) -> LogState:
        """Return how full it is. Raises LogFullError where the server is away."""

    async def close(self) -> None:
        """Close the connection."""
