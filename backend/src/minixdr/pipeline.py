"""READ FIRST: what happens to a batch of records, in the order of the calls.

    ingest     bytes            -> records             ingest/     (before this: whoever reads gives batches)
    detect     records          -> matches             detect/engine.py
    normalize  matched record   -> event               normalize/sources/<vendor>_<product>.py
    detect     event            -> findings            detect/kinds/
    correlate  findings         -> incidents           correlate/  (when the batches of all files are through)

In `scan` only records that something matched become events; what no analytic asks for is not extracted. Where all events are kept (`every`),
all records become events.
No I/O, no clock: a batch and what is loaded go in, an `Outcome` comes out.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from minixdr.detect.engine import Engine, Match
from minixdr.detect.kinds import indicator, sigma
from minixdr.detect.kinds.indicator import Indicators
from minixdr.detect.kinds.sigma_correlation import Observation
from minixdr.ingest.repair import Malformed, parse_json
from minixdr.normalize.source import NotAnEvent, Source
from minixdr.schema.event import Event
from minixdr.schema.finding import LEVELS, Analytic, Finding
from minixdr.schema.record import Batch, Issue, JsonObject, Receipt, Record


@dataclass(frozen=True, slots=True)
class Detection:
    """What is loaded: the same for all batches of a run."""

    engine: Engine
    indicators: Indicators | None
    needed_fields: Mapping[str, tuple[str, ...]]
    """Name of a rule that correlation rules relate -> the fields that they read of its events."""
    organization_id: str
    own_indicators: Indicators | None = None
    """What the organization entered, beside the lists of all."""
    least_level: str = LEVELS[0]
    """Rules below it give no findings; correlation rules see their events all the same."""
    _uses: dict[int, "Use | None"] = field(default_factory=dict, repr=False, compare=False)

    def use(self, number: int) -> "Use | None":
        """Return what a match of the rule is for, None where it is for nothing."""
        if number not in self._uses:
            self._uses[number] = self._work_out(number)
        return self._uses[number]

    def _work_out(self, number: int) -> "Use | None":
        rule, analytic = self.engine.program.rules[number], self.engine.program.analytic(number)
        reported = rule.reported and LEVELS.index(analytic.level) >= LEVELS.index(self.least_level)
        fields = {field for name in rule.names for field in self.needed_fields.get(name, ())}
        related = any(name in self.needed_fields for name in rule.names)
        return (
            Use(number, analytic, rule.names, reported, tuple(sorted(fields)) if related else None)
            if reported or related
            else None
        )


class Use(msgspec.Struct, frozen=True):
    """What a rule's matches are for."""

    number: int
    analytic: Analytic
    names: tuple[str, ...]
    reported: bool
    needed: tuple[str, ...] | None
    """Fields that correlation rules read of them, None where no correlation rule relates the rule."""


@dataclass(slots=True)
class Outcome:
    """What became of a batch: received = events + skipped + malformed."""

    receipt: Receipt = field(default_factory=Receipt)
    sources: Counter[str] = field(default_factory=Counter)
    """Events by log source."""
    issues: list[Issue] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    events: list[tuple[int, Event]] = field(default_factory=list)
    """Place in the batch and event: every one where all were asked for, else none."""


def run(batch: Batch, detection: Detection, *, every: bool = False) -> Outcome:
    """Return what became of the batch, with `every` its events too."""
    matched = detection.engine.match(batch, every=every)
    outcome = Outcome(Receipt(received=len(batch.raws)), Counter(matched.sources))
    for kind, records in (("malformed", matched.malformed), ("skipped", matched.skipped)):
        outcome.issues.extend(_issues(batch, kind, records))
    outcome.receipt.malformed = len(matched.malformed)
    outcome.receipt.skipped = len(matched.skipped)
    events: dict[int, Event | None] = {}
    for match in matched.matches:
        uses = [use for number in match.rules if (use := detection.use(number)) is not None]
        if not uses and not every:
            continue
        event = _event(batch, match.index, match.source, match.body, detection, outcome)
        events[match.index] = event  # None too: a record is asked, and counted, once
        if event is None:
            continue
        if every:
            outcome.events.append((match.index, event))
        if uses:
            _conclude(match, event, uses, detection.engine, outcome)
    for indicators in (detection.indicators, detection.own_indicators):
        if indicators is not None:
            _match_indicators(batch, indicators, events, detection, outcome)
    receipt = outcome.receipt
    receipt.events = receipt.received - receipt.skipped - receipt.malformed
    return outcome


def _issues(batch: Batch, kind: str, records: list[tuple[int, str]]) -> Iterator[Issue]:
    """Yield one issue for each run of records in a row that have the same reason."""
    start = 0
    for place in range(1, len(records) + 1):
        index, reason = records[start]
        if place < len(records) and records[place] == (index + place - start, reason):
            continue
        last = records[place - 1][0]
        yield Issue(batch.file, batch.first + index, None, kind, reason, batch.first + last if last > index else None)
        start = place


def _event(
    batch: Batch, index: int, source: Source, body: JsonObject, detection: Detection, outcome: Outcome
) -> Event | None:
    beside = None if batch.beside is None else batch.beside[index]
    record = Record(
        file=batch.file,
        number=batch.first + index,
        raw=bytes(batch.raws[index]),
        body=body,
        format=batch.format,
        organization_id=detection.organization_id,
        reference_at=batch.reference_at,
        beside="" if beside is None else str(beside),
    )
    try:
        return source.normalize(record)
    except NotAnEvent as reason:
        outcome.receipt.skipped += 1
        outcome.sources[source.name] -= 1
        outcome.issues.append(Issue(batch.file, record.number, None, "skipped", str(reason)))
        return None


def _conclude(match: Match, event: Event, uses: Sequence[Use], engine: Engine, outcome: Outcome) -> None:
    """Add the findings of the rules that matched, and what correlation rules are to see of them."""
    for use in uses:
        finding = sigma.finding(use.analytic, event, engine.explain(match, use.number) if use.reported else {})
        if use.reported:
            outcome.findings.append(finding)
        if use.needed is not None:
            values = engine.values(match, use.number, use.needed)
            outcome.observations.append(_observation(use.names, finding, values))


def _observation(names: tuple[str, ...], finding: Finding, values: Mapping[str, Any]) -> Observation:
    return Observation(
        names=names,
        event_id=finding.event_ids[-1],
        time=finding.time,
        fields=values,
        file=finding.file,
        record=finding.record,
        source=finding.source,
        entities=finding.entities,
    )


def _match_indicators(
    batch: Batch, indicators: Indicators, events: dict[int, Event | None], detection: Detection, outcome: Outcome
) -> None:
    for index in indicators.candidates(batch.raws):
        if index not in events:
            events[index] = _recognised(batch, index, detection, outcome)
        event = events[index]
        if event is not None:
            outcome.findings.extend(indicator.findings(indicators, event))


def _recognised(batch: Batch, index: int, detection: Detection, outcome: Outcome) -> Event | None:
    """Return the event of a record that no rule matched; None where it has none (which is counted already)."""
    try:
        body = parse_json(batch.raws[index]) if batch.bodies is None else batch.bodies[index]
    except Malformed:
        return None
    source = detection.engine.source_of(batch, body)
    return None if source is None else _event(batch, index, source, body, detection, outcome)
