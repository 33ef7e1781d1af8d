"""What correlation rules see of an event, and how much of it may be kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from minixdr.schema.event import Entity


class Observation(msgspec.Struct, frozen=True):
    """An event that satisfied a rule which a correlation rule relates."""

    names: tuple[str, ...]
    """The rule's id and name."""
    event_id: str
    time: datetime | None
    """Aware UTC. An observation without a time relates to nothing; it is counted."""
    fields: Mapping[str, Any]
    """The fields that `needed_fields` asks for, by the rule author's names."""
    file: str = ""
    record: int = 0
    source: str = ""
    entities: tuple[Entity, ...] = ()
    event_ids: tuple[str, ...] = ()
    """The events behind a conclusion of another correlation rule; empty for an event."""


class Bounds(msgspec.Struct, frozen=True):
    """What may be kept in memory. An entry takes about 200 bytes, a group about 2 kB."""

    waiting: int = 200_000
    """Observations that wait for the watermark, at most; beyond it the oldest half is taken early."""
    groups_per_rule: int = 20_000
    entries_per_rule: int = 250_000
    entries_per_group: int = 10_000
    """At least the rule's own threshold is kept, or it could never be reached."""
    event_ids: int = 1_000
    """Event ids that a finding names: the latest."""
    combinations: int = 64
    """Groups (or values) that one event with lists in its fields may be in."""


class Counters(msgspec.Struct):
    """What did not go the usual way."""

    late: int = 0
    timeless: int = 0
    early: int = 0
    """Taken before the watermark passed them, for want of room."""
    ungrouped: int = 0
    """Without a value for a group-by field."""
    valueless: int = 0
    """Without a (numeric) value in the field that is counted or summed."""
    evicted_groups: int = 0
    forgotten_entries: int = 0
    combinations: int = 0
    """Events with more list elements than may be combined."""
    dropped_state: int = 0
    """Rules whose saved state no longer fits them."""
