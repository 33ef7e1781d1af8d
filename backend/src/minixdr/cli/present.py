"""Tables for a terminal: incidents, rules, the account of the records.

Text from records is an attacker's: control characters (terminal escapes) are shown, never sent.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from minixdr.app.scan.account import sentence
from minixdr.app.scan.conclude import Conclusion, RuleCount
from minixdr.app.scan.request import ScanRequest
from minixdr.cli.scan import safe
from minixdr.cli.usage import Usage
from minixdr.detect.rule import Refusal
from minixdr.schema.finding import LEVELS
from minixdr.schema.incident import Incident

if TYPE_CHECKING:  # a scan does not load the simulation
    from minixdr.simulate.scenario import Scenario
    from minixdr.simulate.simulation import Summary

LEVEL_STYLES = {
    "critical": "bold white on red",
    "high": "bold red",
    "medium": "yellow",
    "low": "cyan",
    "informational": "dim",
}
_SHOWN_PROBLEMS = 20
_SHOWN_REASONS = 30


_WIDTH_OF_A_FILE = 160
"""Columns where the output is no terminal: tables in a file or a pipe are not squeezed."""


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        """Print no more where nobody reads on (`| head`): what was found is the exit status, not that."""
        self.quiet = True
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, self.file.fileno())  # what is buffered would fail once more when the program ends
        os.close(sink)


def terminal(*, stderr: bool = False) -> Console:
    """Return where tables and messages go."""
    console = _Terminal(stderr=stderr, highlight=False, soft_wrap=False)
    return console if console.is_terminal else _Terminal(stderr=stderr, highlight=False, width=_WIDTH_OF_A_FILE)


def level(name: str) -> Text:
    """Return the level in its color."""
    return Text(safe(name), style=LEVEL_STYLES.get(name, ""))


def incidents_table(incidents: Sequence[Incident], limit: int) -> Table:
    """Return the most severe incidents, worst first."""
    table = Table(
        title=f"Incidents ({len(incidents):,})", title_justify="left", box=box.SIMPLE_HEAD, expand=False, pad_edge=False
    )
    table.add_column("id", no_wrap=True)
    table.add_column("severity", no_wrap=True)
    table.add_column("risk", justify="right")
    table.add_column("incident", min_width=32, overflow="fold")
    table.add_column("findings", justify="right")
    table.add_column("first - last (UTC)", no_wrap=True)
    for incident in incidents[:limit]:
        table.add_row(
            incident.incident_id[:8],
            level(incident.severity),
            f"{incident.risk:.0f}",
            Text(safe(incident.title)),
            f"{len(incident.finding_ids):,}",
            Text(_span(incident)),
        )
    return table


def rules_table(counts: Sequence[RuleCount], limit: int) -> Table:
    """Return the rules that found something, most severe and most frequent first."""
    table = Table(
        title=f"Rules that found something ({len(counts):,})", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    table.add_column("level", no_wrap=True)
    table.add_column("rule", overflow="fold")
    table.add_column("techniques", overflow="fold")
    table.add_column("findings", justify="right")
    for count in counts[:limit]:
        analytic = count.analytic
        table.add_row(
            level(analytic.level),
            Text(safe(analytic.title)),
            Text(safe(" ".join(analytic.techniques))),
            f"{count.findings:,}",
        )
    return table


def print_conclusion(console: Console, conclusion: Conclusion, limit: int, least_level: str) -> None:
    """Print what was found."""
    if not conclusion.incidents:
        least = (
            ""
            if least_level == LEVELS[0]
            else f" of level {least_level}" + (" or above" if least_level != LEVELS[-1] else "")
        )
        console.print(f"Nothing found{least}.")
        return
    console.print(incidents_table(conclusion.incidents, limit))
    _more(console, len(conclusion.incidents) - limit, "incidents")
    console.print(rules_table(conclusion.rules, limit))
    _more(console, len(conclusion.rules) - limit, "rules")


def print_written(console: Console, request: ScanRequest) -> None:
    """Print where the outputs are."""
    written = (("Findings", request.output), ("Report", request.report), ("Issues", request.issues))
    for name, path in written:
        if path is not None and path != "-":
            console.print(Text(f"{name}: {safe(path)}"))


def print_problems(console: Console, conclusion: Conclusion, refusals: Sequence[Refusal], *, stats: bool) -> None:
    """Print what a person must know of what could not be read or run."""
    for note in conclusion.notes:
        console.print(Text(safe(note), style="yellow"))
    if refusals:
        console.print(
            f"{len(refusals):,} rules cannot run; `minixdr rules check` lists them with file, line and reason.",
            style="yellow",
        )
    problems = [p for file in conclusion.account.files for p in file.problems if p.kind == "file"][:_SHOWN_PROBLEMS]
    for problem in problems:
        console.print(Text(safe(f"{problem.file}: {sentence(problem)}"), style="yellow"))
    all_of_them = sum(count for (kind, _), count in conclusion.account.reasons().items() if kind == "file")
    if (more := all_of_them - len(problems)) > 0:
        console.print(f"... {more:,} more files or members cannot be read: --issues FILE lists them.", style="yellow")
    receipt = conclusion.account.receipt()
    if receipt.received and not receipt.events:
        console.print("No record is of a log source that is recognised (`minixdr sources` lists them).", style="yellow")
    if receipt.skipped or receipt.malformed:
        console.print(
            f"{receipt.skipped:,} records skipped and {receipt.malformed:,} malformed: "
            + ("" if stats else "--stats says why, ")
            + "--issues FILE lists them.",
            style="yellow",
        )


def print_stats(console: Console, conclusion: Conclusion, usage: Usage) -> None:
    """Print the account of the records and what the run took."""
    account, found = conclusion.account, conclusion.found
    receipt = account.receipt()
    console.print()
    console.print(
        f"received {receipt.received:,} = events {receipt.events:,} + skipped {receipt.skipped:,} + malformed {receipt.malformed:,}"
    )
    console.print(
        f"files {len(account.files):,}, rules {conclusion.rules_loaded:,}, findings {len(found) - found.repeats:,}"
        + (f" (and {found.repeats:,} again, in events that were read more than once)" if found.repeats else "")
    )
    rate = receipt.received / usage.cpu_seconds if usage.cpu_seconds else 0
    console.print(
        f"{usage.seconds:.1f} s, {usage.cpu_seconds:.1f} CPU-s, {rate:,.0f} records per CPU-s, "
        f"peak memory {usage.peak_bytes / 1024 / 1024:,.0f} MiB in one process"
    )
    sources = Table(
        "log source", "events", title="Events by log source", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    sources.columns[1].justify = "right"
    for name, count in account.sources().most_common():
        sources.add_row(name, f"{count:,}")
    console.print(sources)
    reasons = account.reasons()
    if reasons:
        table = Table(
            "kind", "records", "reason", title="Not events", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
        )
        table.columns[1].justify = "right"
        for (kind, reason), count in reasons.most_common(_SHOWN_REASONS):
            table.add_row(kind, f"{count:,}", Text(safe(reason)))
        console.print(table)


def _more(console: Console, hidden: int, what: str) -> None:
    if hidden > 0:
        console.print(f"... {hidden:,} more {what} (--limit shows more; --output and --report hold all)", style="dim")


def _span(incident: Incident) -> str:
    if incident.first_at is None or incident.last_at is None:
        return "no time"
    first, last = incident.first_at, incident.last_at
    tail = f"{last:%H:%M:%S}" if first.date() == last.date() else f"{last:%Y-%m-%d %H:%M}"
    return f"{first:%Y-%m-%d %H:%M:%S} - {tail}"


def show_scenarios(scenarios: "Sequence[Scenario]") -> None:
    """Print what can be simulated."""
    table = Table("name", "scenario", "what happens", box=box.SIMPLE_HEAD, pad_edge=False)
    for scenario in scenarios:
        table.add_row(scenario.name, scenario.title, scenario.description)
    terminal().print(table)


def show_simulation(summary: "Summary", folder: str) -> None:
    """Print what was written, and where."""
    console = terminal()
    total = sum(summary.records.values())
    kinds = ", ".join(f"{name} {count:,}" for name, count in sorted(summary.records.items()))
    console.print(Text(safe(f"Wrote {total:,} records in {summary.files:,} files below {folder}: {kinds}")))
    if summary.attack_records:
        console.print(
            f"{summary.attack_records:,} of them are an attack of {summary.steps:,} steps; truth.jsonl says which."
        )
