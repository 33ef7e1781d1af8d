"""The page: head, sections in reading order, foot."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files

from minixdr.app.report.incident import incident_section
from minixdr.app.report.markup import esc, level, number, table, time
from minixdr.app.report.matrix import matrix
from minixdr.app.report.model import Report, ReportFile
from minixdr.app.report.timeline import timeline
from minixdr.schema.finding import LEVELS

_OF_FINDINGS = '<a href="#time">Timeline</a><a href="#attack">ATT&amp;CK</a><a href="#rules">Rules</a>'
_MOST_LANES = 30
"""Incidents on the time axis; more cannot be told apart."""


def page(report: Report) -> Iterator[str]:
    """Yield the report as one HTML document, in pieces."""
    yield _head(report)
    yield "<main>"
    yield from _incidents(report)
    if report.rules:
        yield _timeline(report)
        yield f'<h2 id="attack">ATT&amp;CK</h2>{matrix((rule.analytic, rule.findings) for rule in report.rules)}'
        yield _rules(report)
    yield _files(report)
    yield "</main>"
    yield f"<footer>Mini-XDR {esc(report.version)} · written {time(report.made_at)}</footer>"
    yield f"<script>{_asset('page.js')}</script></body></html>\n"


@cache
def _asset(name: str) -> str:
    return files("minixdr.app.report").joinpath(name).read_text("utf-8")


def _head(report: Report) -> str:
    digest = b64encode(sha256(_asset("page.js").encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    levels = "".join(f'<option value="{name}">{name} and above</option>' for name in LEVELS[1:])
    stopped = (
        '<p class="notice">The scan was interrupted: this is what was found until then.</p>'
        if report.interrupted
        else ""
    )
    return (
        '<!doctype html><html lang="en" data-made-by="minixdr"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><meta name="referrer" content="no-referrer">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Mini-XDR scan report</title>'
        f"<style>{_asset('page.css')}</style></head><body><header><h1>Scan report</h1>"
        f'<div class="quiet">{esc(", ".join(report.scanned[:4]))}'
        f"{f' and {len(report.scanned) - 4:,} more' if len(report.scanned) > 4 else ''}</div>{stopped}"  # noqa: PLR2004 - what fits
        f'<ul class="numbers">{_numbers(report)}</ul></header>'
        f'<nav><a href="#incidents">Incidents</a>{_OF_FINDINGS if report.rules else ""}<a href="#files">Files</a><span class="end">'
        '<input id="filter" type="search" placeholder="Filter incidents ( / )" aria-label="Filter incidents">'
        f'<select id="least" aria-label="Least severity"><option value="informational">all severities</option>{levels}</select>'
        '<button id="zone" title="Switch between UTC and local time">UTC</button>'
        '<button id="theme" title="Switch between light and dark">Theme</button></span></nav>'
    )


def _numbers(report: Report) -> str:
    incidents = len(report.incidents) + report.hidden_incidents
    facts = (
        number(incidents, "incident"),
        number(report.findings, "finding"),
        f"{number(report.events, 'event')} of {number(report.received, 'record')}",
        f"{report.skipped:,} skipped, {report.malformed:,} malformed",
        number(report.rules_loaded, "rule"),
    )
    return "".join(f"<li>{esc(fact)}</li>" for fact in facts)


def _incidents(report: Report) -> Iterator[str]:
    yield '<h2 id="incidents">Incidents</h2>'
    if not report.incidents:
        yield (
            '<p class="empty">Nothing was found. What was read, and what was not, is below: a log source that is not '
            "recognised is a blind spot.</p>"
        )
    for item in report.incidents:
        yield from incident_section(item)
    if report.incidents:
        yield '<p class="empty quiet" id="none" hidden>No incident fits the filter. Esc clears it.</p>'
    if report.hidden_incidents:
        yield (
            f'<p class="quiet">{number(report.hidden_incidents, "incident")} of less risk are not shown here; '
            "the JSON lines of the scan hold all.</p>"
        )


def _timeline(report: Report) -> str:
    lanes = [
        (
            item.incident.title,
            f"#i{item.incident.incident_id}",
            [(moment, severity, "") for moment, severity, _ in item.marks],
        )
        for item in report.incidents[:_MOST_LANES]
        if item.marks
    ]
    drawn = timeline(lanes) or '<p class="quiet">No finding has a time.</p>'
    return f'<h2 id="time">Timeline <small>UTC</small></h2>{drawn}'


def _rules(report: Report) -> str:
    rows = (
        (
            level(rule.analytic.level),
            esc(rule.analytic.title),
            f"<code>{esc(' '.join(rule.analytic.techniques))}</code>",
            f"{rule.findings:,}",
        )
        for rule in report.rules
    )
    return f'<h2 id="rules">Rules that found something</h2>{table(("Level", "Rule", "Techniques", "#Findings"), rows)}'


def _files(report: Report) -> str:
    """Return what was read: sums by log source, files with problems, and the others behind a click."""
    sums: Counter[str] = Counter()
    for file in report.files:
        sums.update(file.sources)
    rows = ((f"<code>{esc(name)}</code>", f"{count:,}") for name, count in sums.most_common())
    troubled = [file for file in report.files if file.problems]
    fine = [file for file in report.files if not file.problems]
    more = f" ({number(report.hidden_files, 'more file')} not shown)" if report.hidden_files else ""
    return (
        f'<h2 id="files">Files</h2>{table(("Log source", "#Events"), rows, "sums") if sums else ""}'
        + (f"<h4>{number(len(troubled), 'file')} with problems</h4>{_file_table(troubled)}" if troubled else "")
        + f"<details><summary>{number(len(fine), 'file')} read without a problem{more}</summary>{_file_table(fine)}</details>"
    )


def _file_table(files: list[ReportFile]) -> str:
    rows = (
        (
            f"<code>{esc(file.path)}</code>",
            esc(file.formats),
            esc(", ".join(f"{name} {count:,}" for name, count in file.sources.items())),
            f"{file.received:,}",
            f"{file.events:,}",
            f"{file.skipped:,}",
            f"{file.malformed:,}",
            "<br>".join(esc(problem) for problem in file.problems),
        )
        for file in files
    )
    heads = ("File", "Format", "Log sources", "#Records", "#Events", "#Skipped", "#Malformed", "Problems")
    return table(heads, rows)
