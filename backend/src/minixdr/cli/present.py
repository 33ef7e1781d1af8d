"""Tables for a terminal: incidents, rules, the account of the records.

Text from records is an attacker's: control characters (terminal escapes) are shown, never sent.
"""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from minixdr.app.scan.conclude import Conclusion, RuleCount
from minixdr.schema.incident import Incident

LEVEL_STYLES = {"critical": "bold white on red", "high": "bold red", "medium": "yellow", "low": "cyan", "informational": "dim"}
_SHOWN_ENTITIES = 3


def safe(text: str) -> str:
    """Return the text with control and bidirectional characters as visible escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def level(name: str) -> Text:
    """Return the level in its color."""
    return Text(name, style=LEVEL_STYLES.get(name, ""))


def incidents_table(incidents: Sequence[Incident], limit: int) -> Table:
    """Return the most severe incidents, worst first."""
    table = Table(title=f"Incidents ({len(incidents):,})", title_justify="left", expand=False, pad_edge=False)
    table.add_column("id", no_wrap=True)
    table.add_column("severity", no_wrap=True)
    table.add_column("risk", justify="right")
    table.add_column("incident", ratio=3, overflow="fold")
    table.add_column("findings", justify="right")
    table.add_column("first - last (UTC)", no_wrap=True)
    for incident in incidents[:limit]:
        table.add_row(
            incident.incident_id[:8],
            level(incident.severity),
            f"{incident.risk:.0f}",
            Text(safe(incident.title)),
            f"{len(incident.finding_ids):,}",
            _span(incident),
        )
    return table


def rules_table(counts: Sequence[RuleCount], limit: int) -> Table:
    """Return the rules that found something, most severe and most frequent first."""
    table = Table(title=f"Rules that found something ({len(counts):,})", title_justify="left", pad_edge=False)
    table.add_column("level", no_wrap=True)
    table.add_column("rule", overflow="fold")
    table.add_column("techniques", overflow="fold")
    table.add_column("findings", justify="right")
    for count in counts[:limit]:
        analytic = count.analytic
        table.add_row(
            level(analytic.level), Text(safe(analytic.title)), " ".join(analytic.techniques), f"{count.findings:,}"
        )
    return table


def print_conclusion(console: Console, conclusion: Conclusion, limit: int) -> None:
    """Print what was found."""
    if not conclusion.incidents:
        console.print("Nothing found.")
        return
    console.print(incidents_table(conclusion.incidents, limit))
    _more(console, len(conclusion.incidents) - limit, "incidents")
    console.print(rules_table(conclusion.rules, limit))
    _more(console, len(conclusion.rules) - limit, "rules")


def _more(console: Console, hidden: int, what: str) -> None:
    if hidden > 0:
        console.print(f"... {hidden:,} more {what} (--limit shows more; --output and --report hold all)", style="dim")


def _span(incident: Incident) -> str:
    if incident.first_at is None or incident.last_at is None:
        return "no time"
    first, last = incident.first_at, incident.last_at
    tail = f"{last:%H:%M:%S}" if first.date() == last.date() else f"{last:%Y-%m-%d %H:%M}"
    return f"{first:%Y-%m-%d %H:%M:%S} - {tail}"


def join(words: Iterable[str]) -> str:
    """Return the words as a list for a sentence."""
    return ", ".join(words)
