"""Routes: which plan a record meets, by its source, shape and the values that choose (channel and event id, event name).

A lane is one shape of one source. The rules of a lane's log sources are gathered once; a route's key values, which
are constants for all its records, are folded into their conditions, and what is left is a plan. Records of different
keys share a plan where no rule tells them apart. An attacker may write any key: keys and plans are bounded, and
forgotten together.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec

from minixdr.detect.condition import Keywords, fold
from minixdr.detect.generated import compile_function
from minixdr.detect.keywords import KeywordFinder, KeywordTests
from minixdr.detect.memory import Budget
from minixdr.detect.plan import Answer, Fields, Plan, PlannedRule, Prepared, Rules, prepare
from minixdr.detect.program import KEYWORDS, Program
from minixdr.detect.table import FieldTable, Signature
from minixdr.detect.values import ABSENT, EXACT_FLOATS, reader
from minixdr.normalize.source import Shape, Source
from minixdr.schema.event import LogSource
from minixdr.schema.record import JsonObject

_MOST_KEYS = 16_384
"""Keys remembered in a lane; Windows has some thousand pairs of channel and event id."""
_MOST_PLANS = 2_048
"""All plans of all SigmaHQ rules are fewer."""

_TRUE, _FALSE = object(), object()

Names = Mapping[str, str]


Constants = Mapping[int, int]
"""Table of a field that chooses the route -> place of that field in the key."""


class Gathered(msgspec.Struct, frozen=True):
    """The rules of some log sources, before a route's constants are known."""

    groups: list[tuple[list[int], Names, Constants]]
    """(rules of one log source, rule author's field name -> the record's where they differ, what a route decides)."""


class Route(msgspec.Struct, frozen=True, gc=False):
    """What records of one key meet: the functions of a plan, the same names."""

    match: Callable[[Fields], Answer]
    finish: Callable[[Answer, Fields, Keywords, Collection[tuple[int, int]]], Rules]
    finder: KeywordFinder | None
    """What looks for the keywords of the rules, None where they have none."""


class Lane:
    """One shape of one source, with its routes."""

    def __init__(self, source: Source, shape: Shape) -> None:
        self.source = source
        self.shape = shape
        self.fits = shape.fits
        self.to_fields = shape.fields
        self.keys = tuple(shape.field_names.get(key, key) for key in source.routing.keys)
        self._readers = [reader(key) for key in self.keys]
        self.routes: dict[Any, Route | None] = {}
        """Route by key, None where no rule applies; only keys that are `plain`."""
        self.quick_key = self._generate_key()

    def _generate_key(self) -> Callable[[Fields], Any]:
        """Return the key as a dictionary's: True and False, which equal 1 and 0 there, become objects that no record holds."""
        scope: dict[str, Any] = {"ABSENT": ABSENT, "TRUE": _TRUE, "FALSE": _FALSE}
        lines = []
        for number, (key, read) in enumerate(zip(self.keys, self._readers, strict=True)):
            scope[f"n{number}"] = read if "." in key else key
            value = f"n{number}(fields)" if "." in key else f"fields.get(n{number}, ABSENT)"
            lines.append(f"    v{number} = {value}\n    if v{number} is True:\n        v{number} = TRUE\n")
            lines.append(f"    elif v{number} is False:\n        v{number} = FALSE\n")
        values = "".join(f"v{number}, " for number in range(len(self.keys)))
        function: Callable[[Fields], Any] = compile_function(
            f"def match(fields):\n{''.join(lines)}    return ({values})\n", scope
        )
        return function

    def fields(self, body: JsonObject) -> Fields:
        """Return the record's fields."""
        return body if self.to_fields is None else self.to_fields(body)

    def key(self, fields: Fields) -> tuple[Any, ...]:
        """Return the values that choose the route."""
        return tuple([read(fields) for read in self._readers])

    def names(self, log_source: LogSource) -> Names:
        """Return rule author's field name -> the record's, where they differ."""
        mine = self.shape.field_names
        return {**mine, **{name: mine.get(other, other) for name, other in log_source.field_names.items()}}


class Routes:
    """Makes and remembers the plans of a program."""

    def __init__(
        self, program: Program, table: Callable[[int], FieldTable], budget: Budget, keywords: KeywordTests
    ) -> None:
        self._keywords = keywords
        self._program = program
        self._table = table
        self._budget = budget
        self._by_log_source: dict[int, list[int]] = {}
        for number, rule in enumerate(program.rules):
            self._by_log_source.setdefault(rule.log_source, []).append(number)
        self._of_rule: dict[int, Prepared] = {}
        self._gathered: dict[Any, Gathered] = {}
        self._plans: dict[Any, Plan | None] = {}
        self._lanes: list[Lane] = []

    def lane(self, source: Source, shape: Shape) -> Lane:
        """Return a new lane."""
        lane = Lane(source, shape)
        self._lanes.append(lane)
        return lane

    def route(self, lane: Lane, fields: Fields) -> Route | None:
        """Return what a record with these fields meets, None where no rule applies."""
        key, quick = lane.key(fields), lane.quick_key(fields)
        plain = plain_key(key)
        if plain and quick in lane.routes:
            return lane.routes[quick]
        log_sources = _log_sources(lane, key)
        group = (id(lane), *((s.category, s.product, s.service, *sorted(s.field_names.items())) for s in log_sources))
        gathered = self._gathered.get(group)
        if gathered is None:
            gathered = self._gathered[group] = self._gather(lane, log_sources)
        known = [
            {table: self._table(table).signature(key[place]) for table, place in constants.items()}
            for _, _, constants in gathered.groups
        ]
        identity = (group, *[tuple(signatures.values()) for signatures in known])
        if identity not in self._plans:
            if len(self._plans) >= _MOST_PLANS:
                self._forget()
            self._plans[identity] = self._plan(gathered, known)
        plan = self._plans[identity]
        route = None if plan is None else Route(plan.match, plan.finish, plan.finder)
        if plain:
            if len(lane.routes) >= _MOST_KEYS:
                lane.routes.clear()
            lane.routes[quick] = route
        return route

    def _forget(self) -> None:
        self._plans.clear()
        for lane in self._lanes:
            lane.routes.clear()
        self._budget.forget_plans()

    def _gather(self, lane: Lane, log_sources: Sequence[LogSource]) -> Gathered:
        groups = []
        for wanted, numbers in self._by_log_source.items():
            mine = first_satisfying(log_sources, self._program.log_sources[wanted])
            if mine is not None:
                names = lane.names(mine)
                groups.append((numbers, names, self._constants(numbers, lane, names)))
        return Gathered(groups)

    def _constants(self, numbers: Sequence[int], lane: Lane, names: Names) -> Constants:
        found: dict[int, int] = {}
        for table in dict.fromkeys(table for number in numbers for table in self._prepared(number).tables):
            field = self._program.tables[table].field
            name = names.get(field, field)
            if name in lane.keys and field != KEYWORDS:
                found[table] = lane.keys.index(name)
        return found

    def _prepared(self, number: int) -> Prepared:
        prepared = self._of_rule.get(number)
        if prepared is None:
            prepared = self._of_rule[number] = prepare(self._program.rules[number].condition, self._table)
        return prepared

    def _plan(self, gathered: Gathered, known: Sequence[Mapping[int, Signature]]) -> Plan | None:
        rules = []
        for (numbers, names, _), signatures in zip(gathered.groups, known, strict=True):
            for number in numbers:
                prepared = self._prepared(number)
                if not signatures.keys().isdisjoint(prepared.tables):
                    folded = fold(prepared.condition, signatures)
                    if folded[0] == "false":
                        continue
                    prepared = prepare(folded, self._table)
                rules.append(PlannedRule(number, prepared, names))
        if not rules:
            return None
        return Plan(rules, self._table, self._program.references, self._budget, self._keywords)

    def names_for(self, lane: Lane, fields: Fields, rule: int) -> Names:
        """Return the names through which the rule reads the record's fields."""
        wanted = self._program.log_sources[self._program.rules[rule].log_source]
        mine = first_satisfying(_log_sources(lane, lane.key(fields)), wanted)
        return lane.shape.field_names if mine is None else lane.names(mine)


def _log_sources(lane: Lane, key: tuple[Any, ...]) -> tuple[LogSource, ...]:
    return lane.source.routing.log_sources(tuple(None if value is ABSENT else value for value in key))


def first_satisfying(log_sources: Sequence[LogSource], wanted: LogSource) -> LogSource | None:
    """Return the first log source to which a rule for `wanted` applies."""
    for source in log_sources:
        if (
            wanted.category in (None, source.category)
            and wanted.product in (None, source.product)
            and wanted.service in (None, source.service)
        ):
            return source
    return None


def plain_key(key: tuple[Any, ...]) -> bool:
    """Return whether the values may be a key of a dictionary: no list or object, no number so great that an equal one has another
    text."""
    return all(
        type(value) in (str, bool)
        or value is None
        or value is ABSENT
        or (type(value) in (int, float) and abs(value) < EXACT_FLOATS)
        for value in key
    )
