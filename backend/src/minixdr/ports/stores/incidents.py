"""Incidents and what people do with them. Which findings belong to an incident is the correlator's to say: people decide, it applies."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from minixdr.ports.stores.findings import FacetValue
from minixdr.schema.finding import LEVELS

SORTS = ("last_at", "risk", "respond_by", "deadline", "severity", "age", "created_at")
FACETS = ("state", "severity", "verdict", "assignee", "tactic", "technique", "breached")
EVIDENCE_KINDS = ("event", "finding", "url", "text")

OnePosition = tuple[float | datetime | None, str]
SeverityPosition = tuple[int, datetime, str]
Position = OnePosition | SeverityPosition
"""Of a row in a list: what it is sorted by (None: it has none; the severity's rank comes with the time it was made), and its id."""


class IncidentRow(msgspec.Struct, frozen=True, kw_only=True):
    """An incident in a list."""

    incident_id: str
    number: int
    title: str
    severity: str
    """What a person set, else what was worked out."""
    computed_severity: str
    risk: float
    """0 to 100."""
    tactics: Sequence[str]
    techniques: Sequence[str]
    entities: Sequence[Mapping[str, str]]
    """{type, value, role}, the most telling first."""
    finding_count: int
    first_at: datetime | None
    last_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    state: str
    assignee_id: UUID | None
    verdict: str | None
    closed_at: datetime | None
    redirect_to: str | None
    """The incident it was merged into."""
    respond_by: datetime | None
    """By the organization's service levels; None: none for the severity."""
    responded_at: datetime | None
    """When somebody took it on: it left `new`."""
    close_by: datetime | None
    deadline: datetime | None
    """The next of the two that is not met yet; None once it is closed."""
    breached: str | None
    """`close` or `response`: which deadline was missed."""


def position_of(row: IncidentRow, sort: str) -> Position:
    """Return where the row is in a list of this order."""
    if sort == "severity":
        return LEVELS.index(row.severity), row.created_at, row.incident_id
    return row.created_at if sort == "age" else getattr(row, sort), row.incident_id


class IncidentWhole(IncidentRow, frozen=True, kw_only=True):
    """An incident with why it is one."""

    risk_reasons: Sequence[str]
    finding_ids: Sequence[str]
    """In time order."""
    joins: Sequence[Mapping[str, Any]]
    """schema.incident.Join as plain values: why each finding is in it."""


class IncidentFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which incidents. What is empty does not filter."""

    states: Sequence[str] = ()
    severities: Sequence[str] = ()
    verdicts: Sequence[str] = ()
    """`none` for those without one."""
    assignee: UUID | None = None
    unassigned: bool = False
    tactic: str | None = None
    technique: str | None = None
    entity_type: str | None = None
    entity_value: str | None = None
    text: str | None = None
    """Part of the title, or the number."""
    first_at: datetime | None = None
    """Its last finding is not before."""
    before: datetime | None = None
    """Its first finding is before."""
    created_before: datetime | None = None
    """It was made before: older than some time."""
    breached: bool | None = None
    """It missed a deadline; False: it missed none."""


class IncidentChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person changes; UNSET stays."""

    title: str | msgspec.UnsetType | None = msgspec.UNSET
    """None: the one that was worked out."""
    severity: str | msgspec.UnsetType | None = msgspec.UNSET
    state: str | msgspec.UnsetType = msgspec.UNSET
    assignee_id: UUID | msgspec.UnsetType | None = msgspec.UNSET
    verdict: str | msgspec.UnsetType | None = msgspec.UNSET


class Similar(msgspec.Struct, frozen=True):
    """An incident that shares something with another."""

    incident: IncidentRow
    shared_entities: Sequence[Mapping[str, str]]
    shared_techniques: Sequence[str]


class Comment(msgspec.Struct, frozen=True):
    """What somebody wrote."""

    comment_id: UUID
    incident_id: str
    author: str
    """`user:<id>` or `token:<id>`."""
    text: str
    created_at: datetime
    edited_at: datetime | None


class IncidentEvent(msgspec.Struct, frozen=True):
    """What was done to an incident, by whom."""

    seq: int
    at: datetime
    actor: str
    action: str
    details: Mapping[str, Any]


class NewEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody attaches to an incident."""

    kind: str
    """One of EVIDENCE_KINDS."""
    event_id: str | None = None
    """The event's id, or the finding's."""
    url: str | None = None
    text: str | None = None
    note: str = ""


class Evidence(NewEvidence, frozen=True, kw_only=True):
    """What somebody attached to an incident."""

    evidence_id: UUID
    added_by: str
    added_at: datetime


class IncidentDecision(msgspec.Struct, frozen=True):
    """A person's word on what belongs together. The correlator applies it, within seconds, or says why it cannot."""

    decision_id: UUID
    kind: str
    """`merge`: payload {one, two}, incident ids. `split`: payload {incident_id, finding_ids}: these leave it."""
    payload: Mapping[str, Any]
    reason: str
    made_by: str
    made_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None
    undone_by: str | None
    refusal: str | None
    """Why the correlator could not apply it."""


class Incidents(Protocol):
    """The incidents of the transaction's organization."""

    async def list(self, wanted: IncidentFilter, sort: str, after: Position | None, most: int) -> Sequence[IncidentRow]:
        """Return incidents in the order of `sort` that follow the position: by risk, last_at and created_at greatest first, by deadlines
        and age earliest first, by severity gravest first and then those made last. Merged ones are left out."""

    async def facets(
        self, wanted: IncidentFilter, names: Sequence[str], most: int
    ) -> Mapping[str, Sequence[FacetValue]]:
        """Return the commonest values of each of these FACETS with how many incidents have them, as if the facet itself were not filtered."""

    async def count(self, wanted: IncidentFilter) -> int:
        """Return how many there are."""

    async def get(self, incident_id: str, *, lock: bool = False) -> IncidentWhole | None:
        """Return the incident; with `lock` nobody changes it until the transaction ends."""

    async def change(self, incident_id: str, change: IncidentChange, now: datetime) -> None:
        """Change it, raise its version, and tell listeners. Closing sets `closed_at`, opening again clears it."""

    async def similar(self, incident_id: str, most: int) -> Sequence[Similar]:
        """Return those that share most with it: entities count three times as much as techniques."""

    async def add_event(self, incident_id: str, actor: str, action: str, details: Mapping[str, Any]) -> None:
        """Add to its history."""

    async def events(self, incident_id: str, after: int, most: int) -> Sequence[IncidentEvent]:
        """Return its history, oldest first."""

    async def comments(self, incident_id: str, after: tuple[datetime, UUID] | None, most: int) -> Sequence[Comment]:
        """Return what was written about it, oldest first."""

    async def comment(self, incident_id: str, comment_id: UUID) -> Comment | None:
        """Return one."""

    async def add_comment(self, incident_id: str, author: str, text: str) -> Comment:
        """Write about it."""

    async def edit_comment(self, comment_id: UUID, text: str, now: datetime) -> Comment:
        """Change what was written."""

    async def evidence(self, incident_id: str) -> Sequence[Evidence]:
        """Return what was attached, oldest first."""

    async def add_evidence(self, incident_id: str, added_by: str, new: NewEvidence) -> Evidence:
        """Attach something."""

    async def remove_evidence(self, incident_id: str, evidence_id: UUID) -> bool:
        """Take it off; False where there is none of this id."""

    async def decide(self, kind: str, payload: Mapping[str, Any], reason: str, made_by: str) -> IncidentDecision:
        """Write a decision for the correlator, and wake it."""

    async def decision(self, decision_id: UUID, *, lock: bool = False) -> IncidentDecision | None:
        """Return one."""

    async def decisions(self, incident_id: str) -> Sequence[IncidentDecision]:
        """Return those that name the incident, newest first, 100 at most."""

    async def undo(self, decision_id: UUID, undone_by: str, now: datetime) -> IncidentDecision:
        """Take a decision back: the correlator undoes what it did, and is woken."""
