"""Incidents: findings that belong together (OCSF class 2005)."""

from datetime import datetime

import msgspec

from minixdr.schema.event import Entity


class Join(msgspec.Struct, frozen=True):
    """Why a finding is in its incident."""

    finding_id: str
    joined_finding_id: str | None
    """The finding it was joined to, None for the first of an incident."""
    entities: tuple[Entity, ...]
    gap_seconds: float | None
    weight: float
    reason: str
    """For a person: `access key AKIA... in both, 4 min apart`."""


class Incident(msgspec.Struct, frozen=True):
    """Findings that belong together."""

    incident_id: str
    title: str
    severity: str
    """One of finding.LEVELS: how bad if true."""
    risk: float
    """0 to 100: what its findings add up to."""
    tactics: tuple[str, ...]
    """ATT&CK tactic ids in kill-chain order."""
    techniques: tuple[str, ...]
    entities: tuple[Entity, ...]
    finding_ids: tuple[str, ...]
    """In time order."""
    first_at: datetime | None
    last_at: datetime | None
    joins: tuple[Join, ...]
