"""Events: what happened, as a flat mapping from OCSF attribute path to value, beside the untouched record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from minixdr.schema.record import Record

Value = str | int | float | bool | list[Any]


class LogSource(msgspec.Struct, frozen=True):
    """Sigma's log source, as a record has it. A rule applies where each part it names equals this one's."""

    category: str | None = None
    product: str | None = None
    service: str | None = None
    field_names: Mapping[str, str] = {}
    """Rule author's field name -> name in the record's fields, only where they differ (Image -> NewProcessName)."""


class Observable(msgspec.Struct, frozen=True):
    """A pointer to a value in the event, for pivoting. `type_id` is OCSF's observable type."""

    name: str
    type_id: int
    value: str


class Entity(msgspec.Struct, frozen=True):
    """Someone or something that acts or is acted on."""

    type: str
    """One of normalize/entities.py's ENTITY_TYPES: user, session, access_key, host, address, domain, file_hash, ..."""
    value: str
    """The canonical value: two records that mean the same entity carry the same text."""
    role: str
    """`actor`, `target` or `related`."""


class Doubt(msgspec.Struct, frozen=True):
    """Why an attribute is absent though the record had text for it. What is doubted must not trigger an action."""

    attribute: str
    reason: str


class Event(msgspec.Struct, frozen=True):
    """What happened."""

    event_id: str
    """32 hex digits: blake2b-128 of organization, source and native id, else of the raw bytes."""
    source: str
    """Name of the log source module: aws_cloudtrail."""
    class_uid: int
    """OCSF class: 6003."""
    time: datetime | None
    """When it happened (aware UTC), None with a doubt where the record does not say."""
    attributes: Mapping[str, Value]
    """OCSF attribute path -> value. A path through an array holds a list, one item per element."""
    unmapped: Mapping[str, Any]
    """What the record held and no attribute took, by its own names."""
    entities: tuple[Entity, ...]
    doubts: tuple[Doubt, ...]
    record: Record
