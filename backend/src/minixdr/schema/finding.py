"""Findings: one analytic's conclusion from events (OCSF class 2004)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from minixdr.schema.event import Entity, Event

LEVELS = ("informational", "low", "medium", "high", "critical")


class Analytic(msgspec.Struct, frozen=True):
    """What produces findings: a rule or an indicator list."""

    rule_id: str
    title: str
    kind: str
    """Module name in detect/kinds: sigma, sigma_correlation, indicator."""
    level: str
    """One of LEVELS."""
    tactics: tuple[str, ...] = ()
    """ATT&CK tactic ids: TA0006."""
    techniques: tuple[str, ...] = ()
    """ATT&CK technique ids: T1110.001."""
    description: str = ""
    author: str = ""
    license: str = ""
    references: tuple[str, ...] = ()
    false_positives: tuple[str, ...] = ()
    path: str = ""


class Finding(msgspec.Struct, frozen=True):
    """One analytic's conclusion."""

    finding_id: str
    """32 hex digits, of the analytic and its events: the same conclusion again has the same id."""
    analytic: Analytic
    time: datetime | None
    """Time of the (last) event, aware UTC."""
    event_ids: tuple[str, ...]
    """The events it rests on, in time order."""
    file: str
    record: int
    """File and 1-based record number of the (last) event."""
    source: str
    matched: Mapping[str, Any]
    """The rule's fields that decided, with the record's values."""
    entities: tuple[Entity, ...]
    event: Event | None = None
    """The (last) event itself, where it is at hand."""
