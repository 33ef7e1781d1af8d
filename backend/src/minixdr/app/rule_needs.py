"""What each rule needs in order to fire: a log source, and fields without which its condition can never hold.

In: a program of rules, correlation rules. Out: needs by rule, and whether a condition can hold where some fields are never there, or
have one value.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import msgspec

from minixdr.detect.condition import leaves
from minixdr.detect.engine import Engine
from minixdr.detect.program import Program, Tree
from minixdr.detect.rule import AllOf, AnyOf, CorrelationSpec, Exists, Expression, IsNull, NoneOf, Reference, Test
from minixdr.schema.event import LogSource

Has = Callable[[str], bool]
"""Whether a field is ever there."""
Value = Callable[[str], Any]
"""The only value of a field, UNKNOWN where it may have several."""
UNKNOWN = object()


class RuleNeeds(msgspec.Struct, frozen=True):
    """What one rule needs."""

    log_source: LogSource
    fields: tuple[str, ...]
    """By the author's names; none where it looks for words anywhere in the record."""
    condition: Tree


class Needs:
    """The needs of a set of rules."""

    def __init__(self, program: Program, correlations: Sequence[CorrelationSpec]) -> None:
        self._program = program
        self.rules: dict[str, RuleNeeds] = {}
        self.correlations = {spec.analytic.rule_id: spec for spec in correlations}
        self._engine = Engine(program, ())
        """Tests values; matches no record. Not for several threads at once."""
        self._lock = Lock()
        self._tests: dict[int, list[bool]] = {}
        """Table -> whether each of its tests holds where the field is absent."""
        self._by_name: dict[str, str] = {}
        """What correlation rules call a rule -> its id."""
        for number, rule in enumerate(program.rules):
            rule_id = program.analytic(number).rule_id
            fields = tuple(dict.fromkeys(name for leaf in leaves(rule.condition) for name in self._fields(leaf)))
            self.rules[rule_id] = RuleNeeds(program.log_sources[rule.log_source], fields, rule.condition)
            self._by_name.update(dict.fromkeys(rule.names, rule_id))
        for spec in correlations:
            self._by_name.update(dict.fromkeys(spec.names, spec.analytic.rule_id))

    def related(self, rule_id: str) -> list[str]:
        """Return the ids of the rules that a correlation rule relates, in the order written; none for other rules."""
        spec = self.correlations.get(rule_id)
        return [] if spec is None else list(dict.fromkeys(self._by_name[n] for n in spec.rules if n in self._by_name))

    def related_by(self, rule_id: str) -> list[str]:
        """Return the ids of the correlation rules that relate a rule."""
        names = {name for name, named in self._by_name.items() if named == rule_id}
        return [other for other, spec in self.correlations.items() if not names.isdisjoint(spec.rules)]

    def can_fire(self, rule_id: str, fires: Has) -> bool:
        """Return whether a correlation rule can fire where only those rules do."""
        spec = self.correlations[rule_id]

        def named(name: str) -> bool:
            return name in self._by_name and fires(self._by_name[name])

        if spec.expression is not None:
            return _possible(spec.expression, named)
        every = spec.type in ("temporal", "temporal_ordered")
        return all(map(named, spec.rules)) if every else any(map(named, spec.rules))

    def can_hold(self, needs: RuleNeeds, has: Has, value: Value) -> bool:
        """Return whether the condition can hold of records that have no other fields than those, and that value of some."""
        with self._lock:
            return self._can(needs.condition, has, value)

    def _fields(self, leaf: Tree) -> tuple[str, ...]:
        if leaf[0] == "ref":
            test = self._program.references[leaf[1]]
            return test.field, test.other
        spec = self._program.tables[leaf[1]]
        return () if spec.is_keywords else (spec.field,)

    def _can(self, tree: Tree, has: Has, value: Value) -> bool:
        match tree[0]:
            case "and":
                return all(self._can(item, has, value) for item in tree[1])
            case "or":
                return any(self._can(item, has, value) for item in tree[1])
            case "not":
                return not self._must(tree[1], has, value)
            case "any" | "all" | "ref":
                told = self._told(tree, value)
                return told if told is not None else all(map(has, self._fields(tree))) or self._holds_of_nothing(tree)
        return bool(tree[0] != "false")

    def _must(self, tree: Tree, has: Has, value: Value) -> bool:
        """Return whether it holds of every record that has no other fields."""
        match tree[0]:
            case "and":
                return all(self._must(item, has, value) for item in tree[1])
            case "or":
                return any(self._must(item, has, value) for item in tree[1])
            case "not":
                return not self._can(tree[1], has, value)
            case "any" | "all" | "ref":
                told = self._told(tree, value)
                if told is not None:
                    return told
                fields = self._fields(tree)
                return bool(fields) and not any(map(has, fields)) and self._holds_of_nothing(tree)
        return bool(tree[0] == "true")

    def _told(self, leaf: Tree, value: Value) -> bool | None:
        """Return whether the test holds of the field's only value; None where it may have several."""
        if leaf[0] == "ref" or self._program.tables[leaf[1]].is_keywords:
            return None
        only = value(self._program.tables[leaf[1]].field)
        if only is UNKNOWN:
            return None
        signature = self._engine.table(leaf[1]).signature(only)
        held = (predicate in signature for predicate in leaf[2])
        return all(held) if leaf[0] == "all" else any(held)

    def _holds_of_nothing(self, leaf: Tree) -> bool:
        """Return whether the test holds where the field is absent."""
        if leaf[0] == "ref":
            return False
        spec = self._program.tables[leaf[1]]
        if spec.is_keywords:
            return False
        tests = self._tests.get(leaf[1])
        if tests is None:
            tests = self._tests[leaf[1]] = [_of_nothing(test) for test in spec.predicates]
        held = [tests[number] for number in leaf[2]]
        return all(held) if leaf[0] == "all" else any(held)


def _of_nothing(test: Test) -> bool:
    return isinstance(test, IsNull) or (isinstance(test, Exists) and not test.present)


def _possible(expression: Expression, named: Has) -> bool:
    match expression:
        case Reference():
            return named(expression.rule)
        case AllOf():
            return all(_possible(item, named) for item in expression.items)
        case AnyOf():
            return any(_possible(item, named) for item in expression.items)
        case NoneOf():
            return True
