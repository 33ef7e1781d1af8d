"""The matcher: batches of records -> which rules they satisfy.

In: a program (`detect/program.py`), the log sources, a batch whose JSON may still be unparsed. Out: `Matched`. Nothing is extracted that no rule asks
for. A record is recognised by the shapes of the log sources; the same source as the record before it is tried first.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import orjson

from minixdr.detect.condition import fold
from minixdr.detect.keywords import KeywordScanner
from minixdr.detect.multipattern import Databases
from minixdr.detect.plan import Plan, Rules
from minixdr.detect.program import KEYWORDS, Program
from minixdr.detect.table import NOTHING, Budget, FieldTable, Signature
from minixdr.detect.values import read, scalars
from minixdr.ingest.repair import Malformed, parse_json
from minixdr.normalize.source import Shape, Source
from minixdr.schema.event import LogSource
from minixdr.schema.record import Batch, JsonObject

REMEMBERED_BYTES = 96 * 1024 * 1024
"""What all caches hold together; with the rules a process stays below 400 MB."""
_MOST_ROUTES = 8_192
NOT_RECOGNISED = "no log source recognised"


class Match(msgspec.Struct, gc=False):
    """A record that satisfies rules."""

    index: int
    """Place in the batch."""
    source: Source
    shape: Shape
    body: JsonObject
    rules: Rules


class Matched(msgspec.Struct):
    """What became of a batch: every record is a match, an event without a match, skipped or malformed."""

    matches: list[Match]
    skipped: list[tuple[int, str]]
    malformed: list[tuple[int, str]]
    sources: dict[str, int]
    """Records by log source."""


class Route:
    """All records of one source, shape and key values."""

    __slots__ = ("field_names", "log_sources", "plan")

    def __init__(self, plan: Plan | None, log_sources: tuple[LogSource, ...]) -> None:
        self.plan = plan
        self.log_sources = log_sources


class Lane:
    """One shape of one source, with its routes."""

    __slots__ = ("fields", "fits", "keys", "routes", "shape", "source")

    def __init__(self, source: Source, shape: Shape) -> None:
        self.source = source
        self.shape = shape
        self.fits = shape.fits
        self.fields = shape.fields
        self.keys = tuple(shape.field_names.get(key, key) for key in source.routing.keys)
        self.routes: dict[Any, Plan | None] = {}


class Engine:
    """Matches batches. Not for several threads at once: one engine per process."""

    def __init__(
        self,
        program: Program,
        sources: Sequence[Source],
        databases: Mapping[str, Databases] | None = None,
        remembered_bytes: int = REMEMBERED_BYTES,
    ) -> None:
        self.program = program
        self.sources = sources
        self.budget = Budget(remembered_bytes)
        self._databases = dict(databases or {})
        self._tables: list[FieldTable | None] = [None] * len(program.tables)
        self._keyword_table = next((n for n, t in enumerate(program.tables) if t.field == KEYWORDS), None)
        self._by_log_source: dict[int, list[int]] = {}
        for number, rule in enumerate(program.rules):
            self._by_log_source.setdefault(rule.log_source, []).append(number)
        self._lanes = [Lane(source, shape) for source in sources for shape in source.shapes]
        self._plans: dict[Any, Plan | None] = {}
        self._scanner = KeywordScanner([] if self._keyword_table is None else program.tables[self._keyword_table].predicates)

    def table(self, number: int) -> FieldTable:
        """Return the table of a field, made at first use."""
        table = self._tables[number]
        if table is None:
            spec = self.program.tables[number]
            table = FieldTable(spec, self.budget, self._databases.get(spec.field))
            self._tables[number] = table
        return table

    def compile_all(self) -> dict[str, Databases]:
        """Return the multi-pattern databases of all fields, to keep between runs."""
        tables = [self.table(number) for number in range(len(self.program.tables))]
        return {table.field: table.databases for table in tables if table.databases is not None}

    def match(self, batch: Batch) -> Matched:
        """Return what became of each record of the batch."""
        matched = Matched([], [], [], {})
        lanes = self._lanes_for(batch)
        suspects = self._scanner.suspects(batch)
        lane: Lane | None = None
        counted = 0
        raws, bodies = batch.raws, batch.bodies
        loads = orjson.loads
        for index in range(len(raws)):
            if bodies is None:
                try:
                    body = loads(raws[index])
                except orjson.JSONDecodeError:
                    try:
                        body = parse_json(raws[index])
                    except Malformed as error:
                        matched.malformed.append((index, str(error)))
                        continue
            else:
                body = bodies[index]
            if type(body) is not dict:
                matched.malformed.append((index, "not a JSON object"))
                continue
            if lane is None or not lane.fits(body):
                if lane is not None and counted:
                    matched.sources[lane.source.name] = matched.sources.get(lane.source.name, 0) + counted
                    counted = 0
                lane = next((lane for lane in lanes if lane.fits(body)), None)
                if lane is None:
                    matched.skipped.append((index, NOT_RECOGNISED))
                    continue
            counted += 1
            fields = body if lane.fields is None else lane.fields(body)
            try:
                plan = lane.routes[tuple([fields.get(key) for key in lane.keys])]
            except (KeyError, TypeError):
                plan = self._route(lane, fields)
            if plan is None:
                continue
            if suspects is not None and plan.keywords and suspects.get(index, NOTHING) & plan.keywords:
                rules = plan.slow(fields, self._keyword_signature(plan, body))
            else:
                rules = plan.match(fields)
            if rules:
                matched.matches.append(Match(index, lane.source, lane.shape, body, rules))
        if lane is not None and counted:
            matched.sources[lane.source.name] = matched.sources.get(lane.source.name, 0) + counted
        return matched

    def _lanes_for(self, batch: Batch) -> list[Lane]:
        if batch.source is not None:
            return [lane for lane in self._lanes if lane.source.name == batch.source]
        return [lane for lane in self._lanes if batch.format in lane.source.formats]

    def _keyword_signature(self, plan: Plan, body: JsonObject) -> Signature:
        if self._keyword_table is None:
            return NOTHING
        table = self.table(self._keyword_table)
        found: set[int] = set()
        for text in scalars(body):
            found |= table.signature(text)
        return frozenset(found & plan.keywords)

    def _route(self, lane: Lane, fields: Mapping[str, Any]) -> Plan | None:
        values = tuple(_hashable(read(fields, key)) for key in lane.keys)
        if values in lane.routes:
            return lane.routes[values]
        log_sources = lane.source.routing.log_sources(values)
        known: dict[int, Signature] = {}
        for number, spec in enumerate(self.program.tables):
            if spec.field in lane.source.routing.keys:
                value = values[lane.source.routing.keys.index(spec.field)]
                known[number] = self.table(number).signature(value)
        identity = (id(lane), tuple((s.category, s.product, s.service) for s in log_sources), tuple(sorted(known.items(), key=lambda item: item[0])))
        if identity not in self._plans:
            if len(self._plans) > _MOST_ROUTES:
                self._plans.clear()
            self._plans[identity] = self._plan(lane, log_sources, known)
        plan = self._plans[identity]
        if len(lane.routes) > _MOST_ROUTES:
            lane.routes.clear()
        lane.routes[values] = plan
        return plan

    def _plan(self, lane: Lane, log_sources: tuple[LogSource, ...], known: Mapping[int, Signature]) -> Plan | None:
        rules = []
        shape_names = lane.shape.field_names
        for wanted_number, numbers in self._by_log_source.items():
            wanted = self.program.log_sources[wanted_number]
            mine = next((source for source in log_sources if satisfies(source, wanted)), None)
            if mine is None:
                continue
            names = dict(shape_names)
            names.update({name: shape_names.get(other, other) for name, other in mine.field_names.items()})
            for number in numbers:
                tree = fold(self.program.rules[number].condition, known)
                if tree[0] != "false":
                    rules.append((number, tree, names))
        if not rules:
            return None
        rules.sort(key=lambda rule: rule[0])
        return Plan(rules, self.table, self._keyword_table, self.program.references, self.budget)

    def field_names(self, match: Match, rule: int) -> Mapping[str, str]:
        """Return the names through which the rule read the match's fields."""
        fields = match.body if match.shape.fields is None else match.shape.fields(match.body)
        values = tuple(_hashable(read(fields, match.shape.field_names.get(k, k))) for k in match.source.routing.keys)
        wanted = self.program.log_sources[self.program.rules[rule].log_source]
        mine = next((s for s in match.source.routing.log_sources(values) if satisfies(s, wanted)), None)
        names = dict(match.shape.field_names)
        if mine is not None:
            names.update({name: names.get(other, other) for name, other in mine.field_names.items()})
        return names


def satisfies(source: LogSource, wanted: LogSource) -> bool:
    """Return whether a rule for `wanted` applies to records of `source`."""
    return (
        wanted.category in (None, source.category)
        and wanted.product in (None, source.product)
        and wanted.service in (None, source.service)
    )


def _hashable(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)[:200] if isinstance(value, (dict, list)) else None


Explain = Callable[[int, Mapping[str, Any], Mapping[str, str]], dict[str, Any]]
