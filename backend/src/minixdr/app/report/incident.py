"""One incident: what happened, when, to whom, and each finding with its event."""

import re
from collections.abc import Iterator

import orjson

from minixdr.app.report.markup import as_json, esc, level, number, pairs, table, time
from minixdr.app.report.model import ReportEvent, ReportFinding, ReportIncident
from minixdr.app.report.timeline import Mark, timeline
from minixdr.schema.attack import BY_ID
from minixdr.schema.incident import Incident

_QUOTED = re.compile(r"`([^`]*)`")
"""Rule titles in the reasons of a risk."""
_SHOWN_VALUES = 20
"""Entities of one type and role."""


def incident_section(item: ReportIncident) -> Iterator[str]:
    """Yield the markup."""
    incident = item.incident
    yield (
        f'<details class="incident" id="i{esc(incident.incident_id)}" data-level="{esc(incident.severity)}">'
        f"<summary>{level(incident.severity)}<b>{esc(incident.title)}</b>"
        f'<span class="quiet">risk {incident.risk:.0f} · {number(len(incident.finding_ids), "finding")} · '
        f"{time(incident.first_at)}</span></summary>"
    )
    yield _facts(incident)
    yield _story(item)
    yield _entities(incident)
    yield "<h4>Findings</h4>"
    for finding in item.findings:
        yield finding_section(finding)
    hidden = len(incident.finding_ids) - len(item.findings)
    if hidden > 0:
        yield f'<p class="quiet">{number(hidden, "more finding")} of this incident: see the JSON lines of the scan.</p>'
    yield "</details>"


def _facts(incident: Incident) -> str:
    tactics = " → ".join(esc(BY_ID[tactic].title if tactic in BY_ID else tactic) for tactic in incident.tactics)
    reasons = _QUOTED.sub(r"<b>\1</b>", esc("; ".join(incident.risk_reasons)))
    return (
        '<dl class="facts">'
        f"<dt>Incident</dt><dd><code>{esc(incident.incident_id)}</code></dd>"
        f"<dt>Risk</dt><dd>{incident.risk:.0f} of 100{f': {reasons}' if reasons else ''}</dd>"
        f"<dt>First to last</dt><dd>{time(incident.first_at)} to {time(incident.last_at)}</dd>"
        f"<dt>Tactics</dt><dd>{tactics or 'none named'}</dd>"
        f"<dt>Techniques</dt><dd><code>{esc(' '.join(incident.techniques)) or 'none named'}</code></dd></dl>"
    )


def _story(item: ReportIncident) -> str:
    titles = {
        (finding.time.replace(microsecond=0), finding.analytic.level): finding.analytic.title
        for finding in item.findings
        if finding.time is not None
    }
    lanes: dict[str, list[Mark]] = {tactic: [] for tactic in item.incident.tactics}
    for moment, severity, tactic in item.marks:
        lanes.setdefault(tactic, []).append(
            (moment, severity, titles.get((moment.replace(microsecond=0), severity), ""))
        )
    drawn = timeline(
        [
            (BY_ID[tactic].title if tactic in BY_ID else "No tactic named", None, marks)
            for tactic, marks in lanes.items()
            if marks
        ]
    )
    return f"<h4>Story <small>UTC</small></h4>{drawn}" if drawn else ""


def _entities(incident: Incident) -> str:
    """Return a row for each kind of entity: forty addresses one below the other hide the findings that follow."""
    groups: dict[tuple[str, str], list[str]] = {}
    for entity in incident.entities:
        groups.setdefault((entity.type, entity.role), []).append(entity.value)
    rows = [(esc(kind.replace("_", " ")), esc(role), _values(values)) for (kind, role), values in groups.items()]
    return f"<h4>Entities</h4>{table(('Type', 'Role', 'Value'), rows, 'entities')}" if rows else ""


def _values(values: list[str]) -> str:
    more = len(values) - _SHOWN_VALUES
    return "".join(
        f'<button class="pick" data-pick="{esc(value)}" title="Incidents with it"><code>{esc(value)}</code></button> '
        for value in values[:_SHOWN_VALUES]
    ) + (f'<span class="quiet">{more:,} more</span>' if more > 0 else "")


def finding_section(finding: ReportFinding) -> str:
    """Return a finding that opens to why it fired and to its event."""
    analytic = finding.analytic
    facts = {
        "Rule": f"{analytic.title} ({analytic.rule_id})",
        "Rule file": analytic.path,
        "Technique": " ".join(analytic.techniques),
        "In this incident": finding.reason,
        "Record": f"{finding.file}, record {finding.record:,}",
        "Log source": finding.source,
        "Expected false alarms": "; ".join(analytic.false_positives),
    }
    return (
        f'<details class="finding" data-level="{esc(analytic.level)}"><summary>{level(analytic.level)}{time(finding.time)}'
        f"<b>{esc(analytic.title)}</b><span>{esc(finding.sentence)}</span></summary>"
        + (f"<p>{esc(analytic.description)}</p>" if analytic.description else "")
        + "<h5>Why it fired</h5>"
        + pairs(finding.matched, finding.matched)
        + pairs({name: value for name, value in facts.items() if value})
        + (_event(finding.event) if finding.event is not None else _many(finding))
        + "</details>"
    )


def _many(finding: ReportFinding) -> str:
    return (
        f'<p class="quiet">Rests on {number(finding.event_count, "event")}, which the JSON lines of the scan name.</p>'
    )


def _event(event: ReportEvent) -> str:
    doubts = "".join(f"<li><code>{esc(name)}</code>: {esc(reason)}</li>" for name, reason in event.doubts)
    return (
        "<h5>Event</h5>"
        + pairs(event.attributes)
        + (f"<h5>Doubts</h5><ul>{doubts}</ul>" if doubts else "")
        + (
            f"<details><summary>Fields that no attribute took</summary>{pairs(event.unmapped)}</details>"
            if event.unmapped
            else ""
        )
        + f"<details><summary>Record as it was read</summary><pre>{esc(_pretty(event.raw))}</pre></details>"
    )


def _pretty(raw: str) -> str:
    try:
        return as_json(orjson.loads(raw), indent=True)
    except orjson.JSONDecodeError:
        return raw
