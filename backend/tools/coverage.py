"""Measure how much real telemetry becomes events, by log source, and write the table of `docs/log-sources.md`.

    python -m tools.coverage TELEMETRY [--limit N] [--write DOCS/log-sources.md]        (in backend/)

In: the folder of telemetry (`corpora.py` says whose is what). Out: per source its records, events, share, reasons for the rest.
"""

import argparse
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.contract.ocsf_check import schema

from minixdr.detect.values import ABSENT, read
from minixdr.normalize.catalog import all_sources
from minixdr.schema.ocsf import VERSION
from minixdr.schema.record import Record
from tools.corpora import LEFT_OUT, units
from tools.telemetry import Outcome, claims, outcome_of, records_of_stream

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "log-sources.md"
_BEGIN, _END = "<!-- measured: begin -->", "<!-- measured: end -->"
_MOST_REASONS = 4
_ROUTED_RECORDS = 300  # of a file, enough to see its kinds
_MOST_RULES = 14
_NUMBER = re.compile(r"\d+")


@dataclass(slots=True)
class Tally:
    """One source's account."""

    records: int = 0
    events: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    classes: Counter[int] = field(default_factory=Counter)
    corpora: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    """Sigma log sources, as category/product/service."""
    examples: dict[str, str] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Return the part that became events."""
        return self.events / self.records if self.records else 1.0


def measure(root: Path, limit: int | None = None) -> dict[str, Tally]:
    """Return the account of each source over the telemetry; at most `limit` records of a file."""
    tallies: dict[str, Tally] = {}
    for unit in units(root):
        with unit.open() as stream:
            for place, item in enumerate(records_of_stream(stream, unit.name, limit)):
                outcome = outcome_of(item)
                name = outcome.source if outcome.source in unit.sources else unit.sources[0]
                tally = tallies.setdefault(name, Tally())
                _count(tally, outcome, unit.corpus, ours=outcome.source in unit.sources)
                if place < _ROUTED_RECORDS and outcome.record is not None:
                    tally.rules.update(_sigma_log_sources(outcome.record))
    return tallies


def _sigma_log_sources(record: Record) -> set[str]:
    """Return the Sigma log sources whose rules meet the record."""
    found: set[str] = set()
    for source, shape in claims(record)[:1]:
        fields = record.body if shape.fields is None else shape.fields(record.body)
        key = tuple(read(fields, shape.field_names.get(name, name)) for name in source.routing.keys)
        for log_source in source.routing.log_sources(tuple(None if value is ABSENT else value for value in key)):
            parts = (log_source.product, log_source.category or log_source.service)
            found.add(" ".join(part for part in parts if part))
    return found


def _count(tally: Tally, outcome: Outcome, corpus: str, *, ours: bool) -> None:
    tally.records += 1
    tally.corpora[corpus] += 1
    if outcome.event is not None and ours:
        tally.events += 1
        tally.formats[outcome.format] += 1
        tally.classes[outcome.event.class_uid] += 1
        return
    reason = f"read as {outcome.source}" if outcome.event is not None else outcome.reason
    reason = _NUMBER.sub("N", reason)
    tally.reasons[reason] += 1
    tally.examples.setdefault(f"{corpus}: {reason}", f"{outcome.file} record {outcome.number}")


def table(tallies: dict[str, Tally]) -> str:
    """Return the measured part of the document."""
    lines = [
        f"Event classes are those of OCSF {VERSION}.",
        "",
        "| Log source | Read from | OCSF classes | Sigma log sources seen | Records | Events | Share | The rest |",
        "| --- | --- | --- | --- | ---: | ---: | ---: | --- |",
    ]
    for source in all_sources():
        tally = tallies.get(source.name, Tally())
        rest = "; ".join(f"{count:,} {reason}" for reason, count in tally.reasons.most_common(_MOST_REASONS))
        classes = ", ".join(f"{schema()['classes'][str(uid)]['caption']} ({uid})" for uid in sorted(tally.classes))
        measured = f"{tally.records:,} | {tally.events:,} | {tally.share:.2%}" if tally.records else "none at hand | |"
        lines.append(
            f"| {source.title} `{source.name}` | {', '.join(sorted(source.formats))} | {classes} | {_rules(tally)} | {measured} | {rest} |"
        )
    total = sum(tally.records for tally in tallies.values())
    events = sum(tally.events for tally in tallies.values())
    lines += [
        "",
        f"All sources: {total:,} records, {events:,} events, {events / max(total, 1):.3%}.",
        "",
        "Not measured here:",
        "",
    ]
    lines += [f"- {what}: {why}." for what, why in LEFT_OUT]
    return "\n".join(lines)


def _rules(tally: Tally) -> str:
    names = [name for name, _ in tally.rules.most_common() if name]
    more = len(names) - _MOST_RULES
    return ", ".join(sorted(names[:_MOST_RULES])) + (f" and {more} more" if more > 0 else "")


def main(arguments: list[str]) -> int:
    """Measure; print, and write where asked; return 1 where a source stays below 99 %."""
    parser = argparse.ArgumentParser(prog="coverage")
    parser.add_argument("telemetry", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args(arguments)
    tallies = measure(chosen.telemetry, chosen.limit)
    for name, tally in sorted(tallies.items()):
        sys.stdout.write(
            f"{tally.share:8.2%} {tally.events:>9,} of {tally.records:>9,} {name} {dict(tally.reasons.most_common(4))}\n"
        )
        for reason, example in list(tally.examples.items())[:12]:
            sys.stdout.write(f"             {reason}: {example}\n")
    if chosen.write is not None:
        _write(chosen.write, table(tallies))
    return 0 if all(tally.share >= 0.99 for tally in tallies.values()) else 1  # noqa: PLR2004 - the promise of the document


def _write(path: Path, measured: str) -> None:
    text = path.read_text("utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    path.write_text(f"{before}{_BEGIN}\n{measured}\n{_END}{after}", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
