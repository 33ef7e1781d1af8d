"""The HTML report."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from minixdr.app.report.matrix import matrix
from minixdr.app.report.model import Report, ReportEvent, ReportFile, ReportFinding, ReportIncident, ReportRule
from minixdr.app.report.page import page
from minixdr.app.report.timeline import timeline
from minixdr.schema.event import Entity
from minixdr.schema.finding import Analytic
from minixdr.schema.incident import Incident, Join

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\u202egnp.exe \ud800'


def make_report(text: str = "alice", **changes: Any) -> Report:
    """Return a report in which every text of a record is `text`."""
    analytic = Analytic("r-1", f"Rule {text}", "sigma", "critical", ("TA0006", "TA0005"), ("T1110.001",), text)
    event = ReportEvent(
        {"actor.user.name": text, "process.cmd_line": text}, {text: text}, [("src_endpoint.ip", text)], text
    )
    finding = ReportFinding("f1", analytic, START, text, 3, "aws_cloudtrail", text, {text: text}, text, event)
    incident = Incident(
        incident_id="i1", title=text, severity="critical", risk=91.0, tactics=("TA0006", "TA9999"), techniques=("T1110.001",),
        entities=(Entity("user", text, "actor"),), finding_ids=("f1", "f2"), first_at=START, last_at=START + timedelta(hours=3),
        joins=(Join("f1", None, (), None, 0.0, text),),
    )  # fmt: skip
    values: dict[str, Any] = {
        "version": "0", "made_at": START, "scanned": [text], "rules_loaded": 3,
        "incidents": [ReportIncident(incident, [finding], [(START, "critical", "TA0006"), (START, "low", "")])],
        "hidden_incidents": 2, "rules": [ReportRule(analytic, 2)],
        "files": [ReportFile(text, "json", {"aws_cloudtrail": 3}, 4, 3, 1, 0, [text])], "hidden_files": 1,
        "received": 4, "events": 3, "skipped": 1, "malformed": 0, "findings": 2, "interrupted": True,
    }  # fmt: skip
    return Report(**{**values, **changes})


class Tags(HTMLParser):
    """Collects tags, and checks that they are balanced."""

    VOID = frozenset({"meta", "input", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parse(report: Report) -> tuple[str, Tags]:
    """Return the page and its tags."""
    html = "".join(page(report))
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    return html, tags


def test_nothing_that_came_from_records_becomes_markup() -> None:
    """An attacker's text is shown as text: no tag, no handler, no control or direction character is its own."""
    html, tags = parse(make_report(HOSTILE))
    plain = [tag for tag, _ in parse(make_report("alice"))[1].found]
    assert [tag for tag, _ in tags.found] == plain
    assert not any(name.startswith("on") for _, attributes in tags.found for name in attributes)
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert "\\x1b" in html


def test_the_page_loads_nothing() -> None:
    """The report can be sent to anybody and opened without a network."""
    html, tags = parse(make_report())
    assert not [a for _, a in tags.found for name in ("src", "srcset", "action") if name in a]
    assert all(a["href"].startswith("#") for _, a in tags.found if a.get("href"))  # type: ignore[union-attr]
    assert "default-src 'none'" in html
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", html)


def test_an_incident_shows_why_and_its_event() -> None:
    """The evidence is there: matched fields, reason of the join, attributes, the raw record."""
    html, _ = parse(make_report("evidence-7"))
    for heading in (
        "Why it fired",
        "Event",
        "Doubts",
        "Record as it was read",
        "In this incident",
        "Entities",
        "Story",
    ):
        assert heading in html
    assert "Credential Access" in html
    assert "1 more finding of this incident" in html
    assert "The scan was interrupted" in html


def test_an_empty_report_says_what_was_read() -> None:
    """Nothing found is not an empty page, and not a page of empty tables."""
    html, _ = parse(make_report(incidents=[], rules=[], findings=0, interrupted=False))
    assert "Nothing was found" in html
    assert 'id="files"' in html
    assert 'href="#attack"' not in html
    assert "ATT&amp;CK</h2>" not in html
    assert "interrupted" not in html


def test_a_tactic_counts_a_finding_once() -> None:
    """A rule with three techniques and five findings is five findings, not fifteen."""
    drawn = matrix([(Analytic("r-1", "Rule", "sigma", "high", ("TA0006",), ("T1003", "T1110", "T1555"), "x"), 5)])
    assert "TA0006 · 5 findings" in drawn


def test_files_with_problems_come_first() -> None:
    """A file that could not be read is seen without a click, though a thousand others could."""
    good = ReportFile("good.json", "json", {"aws_cloudtrail": 3}, 3, 3, 0, 0, [])
    bad = ReportFile("bad.json", "json", {}, 0, 0, 0, 0, ["ends within a record"])
    html, _ = parse(make_report(files=[good, bad], hidden_files=0))
    assert html.index("1 file with problems") < html.index("bad.json") < html.index("1 file read without a problem")
    assert html.index("1 file read without a problem") < html.index("good.json")


@pytest.mark.parametrize("span", [timedelta(0), timedelta(milliseconds=3), timedelta(hours=5), timedelta(days=30_000)])
def test_the_time_axis_fits_any_span(span: timedelta) -> None:
    """From one moment to eighty years: a few ticks, every mark inside."""
    drawn = timeline([("lane", None, [(START, "high", "what"), (START + span, "low", "")])])
    assert 0 <= drawn.count('class="tick"') <= 12
    assert all(0 <= float(x) <= 1192 for x in re.findall(r'cx="([\d.]+)"', drawn))
