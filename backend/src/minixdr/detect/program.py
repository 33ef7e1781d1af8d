"""Rules -> program: what the engine runs, small and quick to load.

Every distinct test on a field is one *predicate* of that field's table; a condition becomes a small tree over predicate numbers, in which the tests
of one field under one AND or OR are one node. Fields are the rule authors' names: which field of a record they mean is the log source's
to say, when a plan is made.

A condition is a list: ["any", table, [predicates]], ["all", table, [predicates]], ["and", [...]], ["or", [...]], ["not", c], ["ref", number].
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from minixdr.detect.rule import (
    And,
    Bool,
    Condition,
    Exists,
    FieldRef,
    IsNull,
    Keyword,
    KeywordRegex,
    Not,
    Number,
    Or,
    Regex,
    Rule,
    Test,
    Text,
    Wildcard,
)
from minixdr.detect.values import number_text
from minixdr.schema.event import LogSource
from minixdr.schema.finding import Analytic

KEYWORDS = ""
"""Name of the table of tests on any value of the record; no field has an empty name."""

Tree = list[Any]


class TableSpec(msgspec.Struct, frozen=True, array_like=True):
    """The predicates of one field, in the order of their numbers."""

    field: str
    predicates: list[Test]


class ProgramRule(msgspec.Struct, frozen=True, array_like=True):
    """A rule in the program; its number is its place."""

    log_source: int
    condition: Tree
    names: tuple[str, ...]
    reported: bool


class Program(msgspec.Struct, frozen=True, array_like=True):
    """Rules ready to run."""

    log_sources: list[LogSource]
    tables: list[TableSpec]
    references: list[FieldRef]
    rules: list[ProgramRule]
    analytics: list[Analytic]


def build(rules: Iterable[Rule]) -> Program:
    """Return the program of the rules."""
    builder = _Builder()
    for rule in rules:
        builder.add(rule)
    return Program(
        [LogSource(*parts) for parts in builder.log_sources],
        [TableSpec(field, list(tests)) for field, tests in builder.tables.items()],
        list(builder.references),
        builder.rules,
        builder.analytics,
    )


class _Builder:
    def __init__(self) -> None:
        self.log_sources: dict[tuple[str | None, ...], int] = {}
        self.tables: dict[str, dict[Test, int]] = {}
        self.table_numbers: dict[str, int] = {}
        self.references: dict[FieldRef, int] = {}
        self.rules: list[ProgramRule] = []
        self.analytics: list[Analytic] = []

    def add(self, rule: Rule) -> None:
        parts = (rule.log_source.category, rule.log_source.product, rule.log_source.service)
        log_source = self.log_sources.setdefault(parts, len(self.log_sources))
        self.rules.append(ProgramRule(log_source, self._tree(rule.condition), rule.names, rule.reported))
        self.analytics.append(rule.analytic)

    def _tree(self, node: Condition) -> Tree:
        match node:
            case And():
                return self._group("and", "all", node.items)
            case Or():
                return self._group("or", "any", node.items)
            case Not():
                return ["not", self._tree(node.item)]
            case FieldRef():
                return ["ref", self.references.setdefault(node, len(self.references))]
            case Keyword():
                return self._predicate(Text(KEYWORDS, node.pattern, node.cased))
            case KeywordRegex():
                return self._predicate(Regex(KEYWORDS, node.pattern, node.flags))
            case _:
                return self._predicate(canonical(node))

    def _group(self, kind: str, merged: str, items: tuple[Condition, ...]) -> Tree:
        """Flatten groups inside a group of the same kind, and join the predicates of one field."""
        flat: list[Tree] = []
        for item in items:
            tree = self._tree(item)
            flat.extend(tree[1] if tree[0] == kind else [tree])
        by_table: dict[int, list[int]] = {}
        rest: list[Tree] = []
        for tree in flat:
            if tree[0] in ("any", "all") and (len(tree[2]) == 1 or tree[0] == merged):
                by_table.setdefault(tree[1], []).extend(tree[2])
            else:
                rest.append(tree)
        joined = [[merged, table, sorted(set(predicates))] for table, predicates in by_table.items()] + rest
        return joined[0] if len(joined) == 1 else [kind, joined]

    def _predicate(self, test: Test) -> Tree:
        table = self.tables.setdefault(test.field, {})
        number = self.table_numbers.setdefault(test.field, len(self.table_numbers))
        return ["any", number, [table.setdefault(test, len(table))]]


def canonical(test: Test) -> Test:
    """Return the test in the one form that equal tests share: numbers and booleans are texts, what has no case is not cased."""
    match test:
        case Number():
            return Text(test.field, (number_text(test.value),))
        case Bool():
            return Text(test.field, ("true" if test.value else "false",))
        case Text(cased=False):
            return Text(test.field, tuple(part.lower() if isinstance(part, str) else part for part in test.pattern))
        case _:
            return test


def is_on_text(test: Test) -> bool:
    """Return whether the test is a function of a text (not of the field being there)."""
    return not isinstance(test, (IsNull, Exists))


def is_exact(test: Test) -> bool:
    """Return whether the test is equality with one literal."""
    return isinstance(test, Text) and not any(isinstance(part, Wildcard) for part in test.pattern)
