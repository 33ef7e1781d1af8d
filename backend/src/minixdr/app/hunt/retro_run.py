"""Runs a retro-hunt: stored records, read again by the engine that reads new ones, day by day.

Matches are counted exactly; of findings the first are kept. Nothing but the job is written.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from minixdr.app.hunt.retro_rules import Ready
from minixdr.detect.engine import Engine
from minixdr.detect.kinds.sigma_correlation import Correlator, Observation, needed_fields
from minixdr.normalize.catalog import all_sources
from minixdr.pipeline import Detection, run
from minixdr.ports.hunting import StoredRecord
from minixdr.schema.finding import Finding
from minixdr.schema.record import Batch

MOST_FINDINGS = 1_000
"""Kept of one retro-hunt, about 1 MB."""
_MOST_MATCHED_CHARACTERS = 2_000
_PLAIN = "json"


class Account(msgspec.Struct):
    """What was found so far."""

    events: int = 0
    """Records that were read."""
    unread: int = 0
    """Of them: records that the sources of this version no longer read as events."""
    matches: int = 0
    by_rule: Counter[str] = msgspec.field(default_factory=Counter)
    by_source: Counter[str] = msgspec.field(default_factory=Counter)
    by_day: Counter[str] = msgspec.field(default_factory=Counter)
    findings: list[dict[str, Any]] = msgspec.field(default_factory=list)

    def result(self, elapsed_seconds: float) -> dict[str, Any]:
        """Return what the job keeps."""
        return {
            "events": self.events,
            "unread": self.unread,
            "matches": self.matches,
            "by_rule": dict(self.by_rule.most_common()),
            "by_source": dict(self.by_source.most_common()),
            "by_day": dict(sorted(self.by_day.items())),
            "findings": self.findings,
            "truncated": self.matches > len(self.findings),
            "elapsed_seconds": round(elapsed_seconds, 3),
        }


class RetroHunt:
    """One run. Not for several threads at once."""

    def __init__(self, ready: Ready, organization_id: str) -> None:
        engine = Engine(ready.compiled.program, all_sources(), ready.compiled.databases, linear=True)
        self._detection = Detection(engine, None, needed_fields(ready.correlations), organization_id)
        self._correlator = Correlator(ready.correlations, lateness_seconds=0)
        self._wanted = {analytic.rule_id for analytic in ready.wanted}
        self._day: list[Observation] = []
        self.account = Account()

    def read(self, records: Sequence[StoredRecord]) -> None:
        """Take records, of one day after the other, in any order within a day."""
        self.account.events += len(records)
        for batch, of_batch in _batches(records):
            outcome = run(batch, self._detection)
            self.account.unread += outcome.receipt.skipped + outcome.receipt.malformed
            for finding in outcome.findings:
                stored = of_batch[finding.record - batch.first]
                place = _place((stored.event_id,), stored.origin, stored.number)
                self._take(finding, stored.time, place)
            self._day += [_as_stored(seen, of_batch[seen.record - batch.first]) for seen in outcome.observations]

    def end_day(self) -> None:
        """All records of the day were read: relate its events to each other and to those of the days before."""
        ordered, self._day = sorted(self._day, key=_order), []
        self._conclude(self._correlator.add(ordered))
        if ordered and ordered[-1].time is not None:
            self._conclude(self._correlator.advance(ordered[-1].time))

    def end(self) -> None:
        """All days were read."""
        self._conclude(self._correlator.finish())

    def _conclude(self, findings: Sequence[Finding]) -> None:
        for finding in findings:
            self._take(finding, finding.time, _place(finding.event_ids, finding.file, finding.record))

    def _take(self, finding: Finding, time: datetime | None, place: dict[str, Any]) -> None:
        if finding.analytic.rule_id not in self._wanted:
            return
        account = self.account
        account.matches += 1
        account.by_rule[finding.analytic.rule_id] += 1
        account.by_source[finding.source] += 1
        if time is not None:
            account.by_day[time.astimezone(UTC).date().isoformat()] += 1
        if len(account.findings) < MOST_FINDINGS:
            account.findings.append(_shown(finding, time) | place)


def _batches(records: Sequence[StoredRecord]) -> Iterator[tuple[Batch, list[StoredRecord]]]:
    """Yield the records as batches of one source and format, which are read as the doors' are; with each its records, by place."""
    groups: dict[tuple[str, str], list[StoredRecord]] = defaultdict(list)
    for record in records:
        groups[record.source, record.format].append(record)
    for (source, form), group in groups.items():
        bodies = None if form == _PLAIN else [_body(record) for record in group]
        yield Batch("", form, 1, [record.raw for record in group], bodies, source), group


def _body(record: StoredRecord) -> dict[str, Any]:
    return {"message": record.raw.decode("utf-8", "replace")} if record.body is None else dict(record.body)


def _as_stored(seen: Observation, record: StoredRecord) -> Observation:
    """Return the observation with the id and time that the lake has: they may rest on what a protocol said beside the record."""
    return msgspec.structs.replace(
        seen, event_id=record.event_id, time=record.time, file=record.origin, record=record.number
    )


def _order(observation: Observation) -> float:
    return 0.0 if observation.time is None else observation.time.timestamp()


def _place(event_ids: Sequence[str], origin: str, number: int) -> dict[str, Any]:
    return {"event_ids": list(event_ids), "origin": origin, "record": number}


def _shown(finding: Finding, time: datetime | None) -> dict[str, Any]:
    analytic = finding.analytic
    return {
        "rule_id": analytic.rule_id,
        "title": analytic.title,
        "level": analytic.level,
        "time": None if time is None else time.isoformat(),
        "source": finding.source,
        "matched": {name: _short(value) for name, value in finding.matched.items()},
        "entities": [f"{entity.type}:{entity.value}" for entity in finding.entities],
    }


def _short(value: Any) -> Any:
    """Return the value, a long one cut: the lake has all of it."""
    if isinstance(value, (dict, list)):
        value = msgspec.json.encode(value).decode() if len(str(value)) > _MOST_MATCHED_CHARACTERS else value
    return value[:_MOST_MATCHED_CHARACTERS] if isinstance(value, str) else value
