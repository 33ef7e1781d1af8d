"""What the report shows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from minixdr.schema.finding import Analytic
from minixdr.schema.incident import Incident


class ReportEvent(msgspec.Struct):
    """The event under a finding."""

    attributes: Mapping[str, Any]
    unmapped: Mapping[str, Any]
    doubts: Sequence[tuple[str, str]]
    """(attribute, reason)."""
    raw: str
    """The record as text, cut where it is very long."""


class ReportFinding(msgspec.Struct):
    """A finding with its event."""

    finding_id: str
    analytic: Analytic
    time: datetime | None
    file: str
    record: int
    source: str
    sentence: str
    """What happened, in one line."""
    matched: Mapping[str, Any]
    reason: str
    """Why it is in its incident."""
    event: ReportEvent | None
    """None where only the finding is known (a correlation of many events)."""
    event_count: int = 1


class ReportIncident(msgspec.Struct):
    """An incident with those of its findings that are shown."""

    incident: Incident
    findings: Sequence[ReportFinding]
    marks: Sequence[tuple[datetime, str, str]]
    """(time, level, tactic id) of all of its findings that have a time, for the time axis."""


class ReportRule(msgspec.Struct):
    """A rule that found something."""

    analytic: Analytic
    findings: int


class ReportFile(msgspec.Struct):
    """What became of one file's records."""

    path: str
    formats: str
    sources: Mapping[str, int]
    received: int
    events: int
    skipped: int
    malformed: int
    problems: Sequence[str]


class Report(msgspec.Struct):
    """A whole report."""

    version: str
    made_at: datetime
    scanned: Sequence[str]
    rules_loaded: int
    incidents: Sequence[ReportIncident]
    hidden_incidents: int
    rules: Sequence[ReportRule]
    files: Sequence[ReportFile]
    hidden_files: int
    received: int
    events: int
    skipped: int
    malformed: int
    findings: int
    interrupted: bool
