"""Filters: which findings an organization does not want to see, by the same engine that matches rules.

In: conditions (`loading/filter_text.py`) and the rules each names. A filter reads an event's record by the names, and through the log source, that
the rule reads it by, so it says what it would say inside the rule. A finding that has no record (a correlation rule's) is read by what it
matched: its group-by fields.
"""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import msgspec

from minixdr.detect.engine import Engine
from minixdr.detect.program import build
from minixdr.detect.rule import Condition, Rule
from minixdr.normalize.source import NotAnEvent, Routing, Shape, Source
from minixdr.schema.event import Event, LogSource
from minixdr.schema.finding import Analytic, Finding
from minixdr.schema.record import Batch, Record

_REMEMBERED_BYTES = 4 * 1024 * 1024
"""Filters meet findings, which are few."""
_ANY = LogSource()
_Parts = tuple[str | None, str | None, str | None]


class Filter(msgspec.Struct, frozen=True):
    """A filter ready to be compiled."""

    filter_id: str
    rule_ids: frozenset[str]
    withheld: Condition
    """What holds of the events that are not to be reported."""


class Filters:
    """Filters of one organization. Several threads may ask: matching and correlating rule on findings side by side."""

    def __init__(
        self, filters: Sequence[Filter], log_sources: Mapping[str, LogSource], sources: Sequence[Source]
    ) -> None:
        """`log_sources`: rule id -> the log source it names; a rule that is not in it (an indicator list) reads any record."""
        self._log_sources = log_sources
        self._filters: list[tuple[str, frozenset[str], _Parts]] = []
        rules: list[Rule] = []
        for each in filters:
            wanted = {_parts(source): source for source in map(self._log_source, each.rule_ids)} | {_parts(_ANY): _ANY}
            for parts, log_source in wanted.items():
                rules.append(Rule(_analytic(each.filter_id), log_source, each.withheld))
                self._filters.append((each.filter_id, each.rule_ids, parts))
        self._engine = Engine(build(rules), [*sources, _MATCHED], remembered_bytes=_REMEMBERED_BYTES, linear=True)
        self._lock = Lock()
        self._of_rule = {rule_id for each in filters for rule_id in each.rule_ids}

    def withholding(self, finding: Finding) -> tuple[str, ...]:
        """Return the ids of the filters that withhold the finding."""
        rule_id = finding.analytic.rule_id
        if rule_id not in self._of_rule:
            return ()
        read_as = _parts(_ANY if finding.event is None else self._log_source(rule_id))
        with self._lock:
            matched = self._engine.match(_batch(finding)).matches
        held = [self._filters[number] for match in matched for number in match.rules]
        return tuple(filter_id for filter_id, rule_ids, parts in held if rule_id in rule_ids and parts == read_as)

    def _log_source(self, rule_id: str) -> LogSource:
        return self._log_sources.get(rule_id, _ANY)


def _batch(finding: Finding) -> Batch:
    event = finding.event
    if event is None:
        return Batch("", _MATCHED.name, 1, [b"{}"], [dict(finding.matched)], source=_MATCHED.name)
    record = event.record
    return Batch(record.file, record.format, record.number, [record.raw], [record.body], source=event.source)


def _parts(source: LogSource) -> _Parts:
    return source.category, source.product, source.service


def _analytic(filter_id: str) -> Analytic:
    return Analytic(rule_id=filter_id, title="filter", kind="sigma", level="informational")


def _no_event(_: Record) -> Event:
    raise NotAnEvent("what a finding matched is no record")


def _any(_: tuple[Any, ...]) -> tuple[LogSource, ...]:
    return (_ANY,)


_MATCHED = Source(
    name="matched_fields",
    title="Matched fields of a finding",
    formats=frozenset(),
    shapes=(Shape("plain", lambda _: True),),
    routing=Routing((), _any),
    normalize=_no_event,
)
