"""What a scan writes: findings as JSON lines, the list of issues, the report."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from heapq import nlargest
from operator import itemgetter

import orjson

from minixdr.app.report.model import Report, ReportEvent, ReportFile, ReportFinding, ReportIncident, ReportRule
from minixdr.app.report.page import page
from minixdr.app.scan.account import FileAccount, sentence
from minixdr.app.scan.conclude import Conclusion
from minixdr.app.scan.found import Found
from minixdr.app.scan.frames import Detail, detail_of_frame
from minixdr.app.scan.line import printable, with_incident
from minixdr.app.scan.outputs import Outputs
from minixdr.app.scan.part import RANKS, PartResult
from minixdr.app.scan.request import ScanRequest
from minixdr.app.services import Services
from minixdr.ports.scan import Spools
from minixdr.schema.finding import Analytic
from minixdr.schema.incident import Incident

_MOST_INCIDENTS = 200
_MOST_FINDINGS = 2_000
_MOST_OF_ONE = 200
_MOST_FILES = 1_000
_MOST_EVENT_BYTES = 40_000_000
"""What one HTML file can hold and a browser still opens at once (about 20 MB); the JSON lines hold everything."""


def write(
    conclusion: Conclusion,
    results: Sequence[PartResult],
    request: ScanRequest,
    outputs: Outputs,
    spools: Spools,
    services: Services,
) -> None:
    """Write what was asked for. Raises OSError."""
    if outputs.findings is not None:
        for item in conclusion.found:
            line = detail_of_frame(spools.read(item.spool, item.position)).line
            outputs.findings.write(with_incident(line, conclusion.incident_ids.get(item.finding_id)))
    if outputs.issues is not None:
        for result in results:
            for position in result.issues.positions:
                outputs.issues.write(spools.read(result.issues.spool, position))
    if outputs.report is not None:
        report = _report(conclusion, request, spools, services)
        for piece in page(report):
            outputs.report.write(piece.encode("utf-8", "backslashreplace"))


def _report(conclusion: Conclusion, request: ScanRequest, spools: Spools, services: Services) -> Report:
    shown = conclusion.incidents[:_MOST_INCIDENTS]
    receipt = conclusion.account.receipt()
    files = sorted(conclusion.account.files, key=lambda file: (not file.problems, file.path))
    by_id: dict[str, Found] = {}
    for item in conclusion.found:
        by_id.setdefault(item.finding_id, item)
    analytics = conclusion.found.analytics
    return Report(
        version=services.version,
        made_at=services.now(),
        scanned=[printable(path) for path in request.paths],
        rules_loaded=conclusion.rules_loaded,
        incidents=list(_incidents(shown, by_id, analytics, spools)),
        hidden_incidents=len(conclusion.incidents) - len(shown),
        rules=[ReportRule(rule.analytic, rule.findings) for rule in conclusion.rules],
        files=[_file(file) for file in files[:_MOST_FILES]],
        hidden_files=max(0, len(files) - _MOST_FILES),
        received=receipt.received,
        events=receipt.events,
        skipped=receipt.skipped,
        malformed=receipt.malformed,
        findings=len(conclusion.found) - conclusion.found.repeats,
        interrupted=conclusion.interrupted,
    )


def _incidents(
    incidents: Sequence[Incident], by_id: dict[str, Found], analytics: dict[str, Analytic], spools: Spools
) -> Iterator[ReportIncident]:
    left, room_bytes = _MOST_FINDINGS, _MOST_EVENT_BYTES
    for incident in incidents:
        found = [by_id[name] for name in incident.finding_ids if name in by_id]
        # where not all can be shown: the most severe, and of those the earliest
        chosen = nlargest(
            min(_MOST_OF_ONE, max(1, left)),
            enumerate(found),
            key=lambda pair: (RANKS.get(analytics[pair[1].rule_id].level, 0), -pair[0]),
        )
        left -= len(chosen)
        reasons = {name: join.reason for join in incident.joins for name in (join.finding_id, *join.repeats)}
        shown = []
        for _, item in sorted(chosen, key=itemgetter(0)):
            frame = spools.read(item.spool, item.position)
            room_bytes -= len(frame)
            shown.append(_finding(detail_of_frame(frame), analytics[item.rule_id], reasons, room=room_bytes >= 0))
        yield ReportIncident(
            incident,
            shown,
            [mark for item in found for mark in _marks(item, analytics[item.rule_id])],
        )


def _marks(item: Found, analytic: Analytic) -> Iterator[tuple[datetime, str, str]]:
    seconds = item.seconds
    if seconds is not None:
        yield datetime.fromtimestamp(seconds, UTC), analytic.level, analytic.tactics[0] if analytic.tactics else ""


def _finding(found: Detail, analytic: Analytic, reasons: dict[str, str], *, room: bool) -> ReportFinding:
    """Return the finding, with its event where the report has room for it."""
    line = orjson.loads(found.line)
    event = found.event if room else None
    return ReportFinding(
        finding_id=line["finding_id"],
        analytic=analytic,
        time=found.time,
        file=line["file"],
        record=line["record"],
        source=line["source"],
        sentence=found.sentence,
        matched=line["matched"],
        reason=reasons.get(line["finding_id"], ""),
        event=None if event is None else ReportEvent(event.attributes, event.unmapped, event.doubts, event.raw),
        event_count=len(line["event_ids"]),
    )


def _file(file: FileAccount) -> ReportFile:
    receipt = file.receipt
    return ReportFile(
        path=printable(file.path),
        formats=", ".join(sorted(file.formats)),
        sources=dict(file.sources.most_common()),
        received=receipt.received,
        events=receipt.events,
        skipped=receipt.skipped,
        malformed=receipt.malformed,
        problems=[printable(sentence(problem)) for problem in file.problems[:20]],
    )
