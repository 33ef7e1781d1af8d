"""The matcher: batches of records -> which rules they satisfy.

In: a program (`program.py`) with its databases, the log sources, a batch whose JSON may still be unparsed. Out:
`Matched`. Nothing is extracted that no rule asks for. A record is recognised by the shapes of the log sources; the
shape of the record before it is tried first.

A record on which a regular expression saw only the beginning of a value is counted in `shortened`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import orjson

from minixdr.detect import explain
from minixdr.detect.hyperscan_matcher import Databases
from minixdr.detect.keywords import KeywordTests, RecordKeywords, joined_values
from minixdr.detect.memory import Budget
from minixdr.detect.multipattern import matcher_for
from minixdr.detect.patterns import RegexTexts
from minixdr.detect.plan import Rules
from minixdr.detect.program import Program
from minixdr.detect.routes import Lane, Routes
from minixdr.detect.rule import Test
from minixdr.detect.table import Choose, FieldTable
from minixdr.detect.values import ABSENT, read
from minixdr.ingest.repair import Malformed, parse_json
from minixdr.normalize.source import Shape, Source
from minixdr.schema.record import Batch, JsonObject

REMEMBERED_BYTES = 96 * 1024 * 1024
"""What all memories hold together; with the rules a process stays below 400 MB."""
NOT_RECOGNISED = "no log source recognised"
NO_OBJECT = "not a JSON object"


class Match(msgspec.Struct, gc=False):
    """A record that satisfies rules."""

    index: int
    """Place in the batch."""
    lane: Lane
    body: JsonObject
    rules: Rules
    """Numbers of the rules, ascending."""

    @property
    def source(self) -> Source:
        """The record's log source."""
        return self.lane.source

    @property
    def shape(self) -> Shape:
        """The way in which it is written."""
        return self.lane.shape


class Matched(msgspec.Struct):
    """What became of a batch: every record is an event (a match or not), skipped or malformed."""

    matches: list[Match]
    skipped: list[tuple[int, str]]
    malformed: list[tuple[int, str]]
    sources: Counter[str]
    """Events by log source."""


class Engine:
    """Matches batches. Not for several threads at once: one engine per process."""

    def __init__(
        self,
        program: Program,
        sources: Sequence[Source],
        databases: Mapping[int, Databases] | None = None,
        remembered_bytes: int = REMEMBERED_BYTES,
        choose: Choose = matcher_for,
        *,
        linear: bool = False,
    ) -> None:
        """`databases`: what `compiled.py` kept, by number of the table; what is not there is compiled at first use. `linear`: regular expressions
        never backtrack (`linear.py`, which says which can be run so)."""
        self.program = program
        self.budget = Budget(remembered_bytes)
        self._databases = databases or {}
        self._choose = choose
        self._regex_texts = RegexTexts(linear=linear)
        self._tables: list[FieldTable | None] = [None] * len(program.tables)
        self._keywords = KeywordTests(self._tests_of, self._regex_texts)
        self._routes = Routes(program, self.table, self.budget, self._keywords)
        self._lanes_of: dict[tuple[str, str | None], list[Lane]] = {}
        self._lanes = [self._routes.lane(source, shape) for source in sources for shape in source.shapes]

    @property
    def shortened(self) -> int:
        """How many values were too long for a backtracking expression to see all of them."""
        return self._regex_texts.shortened

    def table(self, number: int) -> FieldTable:
        """Return the table of a field, made at first use."""
        table = self._tables[number]
        if table is None:
            spec = self.program.tables[number]
            table = FieldTable(spec, self.budget, self._databases.get(number), self._choose, self._regex_texts)
            self._tables[number] = table
        return table

    def _tests_of(self, number: int) -> list[Test]:
        return self.table(number).predicates

    def match(self, batch: Batch, *, every: bool = False) -> Matched:
        """Return what became of each record of the batch. With `every`, events that no rule matched are among the matches too, with no rules."""
        return _Run(batch, self._routes, self._keywords, self._lanes_for(batch), every=every).run()

    def _lanes_for(self, batch: Batch) -> list[Lane]:
        """Return the lanes of such batches, those met last first."""
        kind = (batch.format, batch.source)
        lanes = self._lanes_of.get(kind)
        if lanes is None:
            lanes = self._lanes_of[kind] = [
                lane
                for lane in self._lanes
                if (batch.source is None and batch.format in lane.source.formats) or lane.source.name == batch.source
            ]
        return lanes

    def source_of(self, batch: Batch, body: JsonObject) -> Source | None:
        """Return the log source of a record of the batch, None where it is not recognised."""
        return next((lane.source for lane in self._lanes_for(batch) if lane.fits(body)), None)

    def explain(self, match: Match, rule: int) -> dict[str, Any]:
        """Return the fields that decided, by the rule author's names, with the record's values."""
        lane, fields = self._lane_of(match)
        names = self._routes.names_for(lane, fields, rule)
        keywords = RecordKeywords(match.body, self._keywords)
        return explain.explain(self.program, rule, explain.Reading(self.table, fields, names, keywords))

    def values(self, match: Match, rule: int, fields: Iterable[str]) -> dict[str, Any]:
        """Return the values of the fields, named and read as the rule would; what the record lacks is absent."""
        lane, record_fields = self._lane_of(match)
        names = self._routes.names_for(lane, record_fields, rule)
        found = {field: read(record_fields, names.get(field, field)) for field in fields}
        return {field: value for field, value in found.items() if value is not ABSENT}

    def _lane_of(self, match: Match) -> tuple[Lane, Mapping[str, Any]]:
        return match.lane, match.lane.fields(match.body)


class _Run:
    """One batch."""

    def __init__(self, batch: Batch, routes: Routes, keywords: KeywordTests, lanes: list[Lane], *, every: bool) -> None:
        self.every = every
        self.raws = batch.raws
        self.bodies = batch.bodies
        self.routes = routes
        self.keywords = keywords
        self.lanes = lanes
        self.matched = Matched([], [], [], Counter())

    def run(self) -> Matched:  # noqa: C901, PLR0912 - see below
        """Return what became of the records. The one loop that every record goes through: its length buys two calls a record."""
        bodies, found, counts, every = self.bodies, self.matched.matches, self.matched.sources, self.every
        loads = orjson.loads
        lane: Lane | None = None
        counted = 0
        for index, raw in enumerate(self.raws):
            if bodies is not None:
                body = bodies[index]
            else:  # one at a time: the objects of a whole batch would leave the processor's cache
                try:
                    body = loads(raw)
                except orjson.JSONDecodeError:
                    body = self._repaired(raw, index)
            if type(body) is not dict:
                if body is not _MALFORMED:
                    self.matched.malformed.append((index, NO_OBJECT))
                continue
            if lane is None or not lane.fits(body):
                if lane is not None:
                    counts[lane.source.name] += counted
                counted = 0
                lane = self._recognise(body)
                if lane is None:
                    self.matched.skipped.append((index, NOT_RECOGNISED))
                    continue
            counted += 1
            fields = body if lane.to_fields is None else lane.to_fields(body)
            try:
                route = lane.routes[lane.quick_key(fields)]
            except (KeyError, TypeError):  # a new key, or a value that is no key
                route = self.routes.route(lane, fields)
            if route is None:
                if every:
                    found.append(Match(index, lane, body, ()))
                continue
            answer = route.match(fields)
            finder = route.finder
            hits = () if finder is None else finder.search(raw if bodies is None else joined_values(body))
            if hits or type(answer) is not tuple:
                suspected = finder.keywords(hits) if finder is not None else ()
                answer = route.finish(answer, fields, RecordKeywords(body, self.keywords), suspected)
            if answer or every:
                found.append(Match(index, lane, body, answer))
        if lane is not None:
            counts[lane.source.name] += counted
        return self.matched

    def _repaired(self, raw: bytes, index: int) -> Any:
        try:
            return parse_json(raw)
        except Malformed as error:
            self.matched.malformed.append((index, str(error)))
            return _MALFORMED

    def _recognise(self, body: JsonObject) -> Lane | None:
        for place, lane in enumerate(self.lanes):
            if lane.fits(body):
                if place:  # what was met last comes first: the lines of few sources alternate in a file
                    self.lanes.insert(0, self.lanes.pop(place))
                return lane
        return None


_MALFORMED = object()
