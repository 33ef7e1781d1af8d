"""The lake: every event with its raw record, for hunting and for keeping.

A worker *stages* the events of a batch as one file named after the batch (staging it again is harmless), and writes the file's name into the
outbox within its transaction. The committer makes what is staged part of the table. A reader sees both.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from minixdr.schema.event import Event


class LakeEvent(msgspec.Struct, frozen=True):
    """One row: an event and what the platform knows beside it."""

    event: Event
    time: datetime
    """The event's own time, else what the door's protocol gave, else when it was received. Aware UTC."""
    received_at: datetime
    batch_id: str


class StagedFile(msgspec.Struct, frozen=True):
    """A file of one organization's events that is durably written and not yet part of the table."""

    name: str
    """Relative to the warehouse; derived from organization and batch alone."""
    organization_id: str
    rows: int
    size_bytes: int
    first_at: datetime
    last_at: datetime


class Stage(Protocol):
    """What a worker writes with."""

    def stage(self, organization_id: str, batch_id: str, events: Sequence[LakeEvent]) -> StagedFile:
        """Write the events, durably (fsync, rename), under the batch's name. `events` is not empty. Raises OSError."""


class Selection(msgspec.Struct, frozen=True):
    """Rows asked of one organization's events: a validated query, a time range, limits."""

    organization_id: str
    first_at: datetime
    before: datetime
    columns: Sequence[str] = ()
    limit: int = 100


Row = dict[str, Any]


class EventReader(Protocol):
    """Reading by id."""

    def by_ids(self, organization_id: str, event_ids: Sequence[str]) -> Iterator[Row]:
        """Yield the events with these ids that the lake has, each once, raw record included."""
