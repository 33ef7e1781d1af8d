"""Findings as they are kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

FACETS = ("rule", "level", "source", "tactic", "technique", "state", "kind", "verdict", "day")
Position = tuple[datetime, str]
"""Time and finding id of a row in a list."""


class FindingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A finding in a list."""

    finding_id: str
    rule_id: str
    title: str
    level: str
    kind: str
    tactics: Sequence[str]
    techniques: Sequence[str]
    source: str
    time: datetime
    created_at: datetime
    event_ids: Sequence[str]
    entities: Sequence[Mapping[str, str]]
    """{type, value, role}."""
    state: str
    """`open` or `suppressed`."""
    suppressed_by: UUID | None
    """The filter."""
    verdict: str | None
    incident_id: str | None


class FindingWhole(FindingRow, frozen=True, kw_only=True):
    """A finding with what it rests on."""

    analytic: Mapping[str, Any]
    matched: Mapping[str, Any]
    event: Mapping[str, Any] | None
    """What `app.event_document` keeps of the (last) event; None for a correlation rule's finding."""
    batch_id: str
    file: str
    record: int
    verdict_note: str | None
    verdict_by: str | None
    verdict_at: datetime | None


class FindingEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The events that a finding rests on, and what is kept of the (last) one."""

    finding_id: str
    time: datetime
    event_ids: Sequence[str]
    event_id: str | None
    """Of the event that is kept beside it."""
    attributes: Mapping[str, Any] | None


class FindingFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which findings. What is empty does not filter."""

    rule_ids: Sequence[str] = ()
    levels: Sequence[str] = ()
    sources: Sequence[str] = ()
    kinds: Sequence[str] = ()
    tactic: str | None = None
    technique: str | None = None
    states: Sequence[str] = ()
    verdicts: Sequence[str] = ()
    """`none` for those without one."""
    entity_type: str | None = None
    entity_value: str | None = None
    incident_id: str | None = None
    event_id: str | None = None
    text: str | None = None
    """Part of the title."""
    first_at: datetime | None = None
    before: datetime | None = None


class FacetValue(msgspec.Struct, frozen=True):
    """How many findings have a value."""

    value: str
    count: int
    name: str | None = None
    """What a rule is called."""


class Findings(Protocol):
    """The findings of the transaction's organization."""

    async def list(self, wanted: FindingFilter, after: Position | None, most: int) -> Sequence[FindingRow]:
        """Return findings, newest first, that follow the position."""

    async def facets(
        self, wanted: FindingFilter, names: Sequence[str], most: int
    ) -> Mapping[str, Sequence[FacetValue]]:
        """Return the commonest values of each facet among the findings wanted."""

    async def get(self, finding_id: str, *, lock: bool = False) -> FindingWhole | None:
        """Return one."""

    async def of_rules(self, rule_ids: Sequence[str], first_at: datetime, most: int) -> Sequence[FindingWhole]:
        """Return the newest findings of the rules."""

    async def evidence(self, incident_id: str, most: int) -> Sequence[FindingEvidence]:
        """Return what the newest findings of an incident rest on."""

    async def judge(self, finding_id: str, verdict: str | None, note: str, judged_by: str, now: datetime) -> None:
        """Say what it was, and tell listeners."""
