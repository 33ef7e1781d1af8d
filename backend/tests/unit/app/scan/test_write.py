"""What a scan writes."""

import io
import json

import pytest

from minixdr.app.report.markup import pairs
from minixdr.app.scan import write as writing
from minixdr.app.scan.account import Account, FileAccount
from minixdr.app.scan.conclude import Conclusion, gather, rule_counts
from minixdr.app.scan.frames import issue_line
from minixdr.app.scan.outputs import Outputs
from minixdr.app.scan.part import PartResult
from minixdr.schema.record import Issue, Receipt
from minixdr.wiring import services
from tests.unit.app.scan.scans import Memory, make_event, make_finding, make_request


def _written(count: int) -> tuple[bytes, bytes, str]:
    """Return the findings, issues and report of a scan that found so many."""
    spool = Memory()
    part = PartResult.empty(spool.name)
    for number in range(1, count + 1):
        event = make_event(actor__user__name="alice", raw=b'{"secret_of_the_record":1}')
        part.keep(make_finding(number, event=event), spool, with_event=True)
    part.issues.positions.append(spool.append(issue_line(Issue("a.json", 1, None, "skipped", "why", 9))))
    account = FileAccount("a\n\udcff.json", Receipt(count + 9, count, 9, 0))
    found, incidents = gather([part], spool)
    ids = {name: incident.incident_id for incident in incidents for name in incident.finding_ids}
    conclusion = Conclusion(incidents, rule_counts(found), found, ids, Account([account]), 1, [], False)
    outputs = Outputs(io.BytesIO(), io.BytesIO(), io.BytesIO())
    writing.write(conclusion, [part], make_request(report="r.html"), outputs, spool, services())
    values = [held.getvalue() for held in (outputs.findings, outputs.issues, outputs.report)]  # type: ignore[union-attr]
    return values[0], values[1], values[2].decode()


def test_every_finding_is_a_line_with_its_incident() -> None:
    """In the order of files and records."""
    findings, issues, page = _written(3)
    lines = [json.loads(line) for line in findings.splitlines()]
    assert [line["finding_id"] for line in lines] == [f"{number:032x}" for number in (1, 2, 3)]
    assert all(line["incident_id"] for line in lines)
    assert json.loads(issues)["last_record"] == 9
    assert page.count('<details class="finding"') == 3
    assert page.count("secret_of_the_record") == 3
    assert "\\udcff" in page


def test_a_report_is_bounded_and_says_so() -> None:
    """A thousand findings are a thousand lines, and as many in the page as can be read."""
    findings, _, page = _written(1_000)
    assert findings.count(b"\n") == 1_000
    assert page.count('<details class="finding"') == 200
    assert "800 more findings" in page


def test_events_of_a_report_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records of megabytes do not make a page that no browser opens: later findings are shown without their events."""
    monkeypatch.setattr(writing, "_MOST_EVENT_BYTES", 1_500)
    _, _, page = _written(10)
    assert page.count('<details class="finding"') == 10
    assert 1 <= page.count("secret_of_the_record") < 5
    assert "Rests on 1 event" in page


def test_a_record_of_a_million_fields_is_bounded() -> None:
    """What is too much for a person is counted, not shown."""
    shown = pairs({f"field{number}": "x" for number in range(100_000)})
    assert "99,800 more fields" in shown
    assert len(shown) < 50_000
