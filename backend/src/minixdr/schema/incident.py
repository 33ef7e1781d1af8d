"""Incidents: findings that belong together (OCSF class 2005)."""

from datetime import datetime

import msgspec

from minixdr.schema.event import Entity


class Join(msgspec.Struct, frozen=True, gc=False):
    """Why a finding, and those that repeat it within a quarter of an hour, are in their incident."""

    finding_id: str
    joined_finding_id: str | None
    """The finding it was joined to, None for the first of an incident."""
    entities: tuple[Entity, ...]
    gap_seconds: float | None
    weight: float
    reason: str
    """For a person: `access key AKIA... in both, 4 min apart`."""
    repeats: tuple[str, ...] = ()
    """Ids of findings of the same rule on the same entities, within a quarter of an hour."""


class Incident(msgspec.Struct, frozen=True, gc=False):
    """Findings that belong together."""

    incident_id: str
    title: str
    severity: str
    """One of finding.LEVELS: how bad if true."""
    risk: float
    """0 to 100: what its findings add up to (formula: correlate/risk.py)."""
    tactics: tuple[str, ...]
    """ATT&CK tactic ids in kill-chain order."""
    techniques: tuple[str, ...]
    entities: tuple[Entity, ...]
    """The most telling first, 1,000 at most."""
    finding_ids: tuple[str, ...]
    """In time order; those without a time last."""
    first_at: datetime | None
    last_at: datetime | None
    joins: tuple[Join, ...]
    """In time order; together with their repeats they name each finding once."""
    risk_reasons: tuple[str, ...] = ()
    """What the risk is made of, the largest part first."""
