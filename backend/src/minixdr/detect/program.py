"""Rules -> program: what the engine runs, small and quick to load.

Every distinct test on a field is one *predicate* of that field's table; a condition becomes a small tree over
predicate numbers, in which the tests of one field under one AND or OR are one node. Fields are the rule authors'
names: which field of a record they mean is the log source's to say, when a plan is made.

A condition is a list: ["any", table, [predicates]], ["all", table, [predicates]], ["and", [...]], ["or", [...]],
["not", c], ["ref", number].
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from minixdr.detect.rule import (
    And,
    Bool,
    Condition,
    FieldRef,
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
    product: str
    """Product that the rules name, "" for none: what cannot meet is not tested together."""
    encoded: bytes
    """MessagePack of the tests: most tables are never asked, so they are decoded when they are."""

    @property
    def predicates(self) -> list[Test]:
        """Return the tests."""
        return _TESTS.decode(self.encoded)

    @property
    def is_keywords(self) -> bool:
        """Return whether the tests are on any value of the record."""
        return self.field == KEYWORDS


_TESTS = msgspec.msgpack.Decoder(list[Test])


class ProgramRule(msgspec.Struct, frozen=True, array_like=True):
    """A rule in the program; its number is its place."""

    log_source: int
    condition: Tree
    names: tuple[str, ...]
    """What correlation rules may call it."""
    reported: bool
    """False where it only feeds correlation rules."""


class Program(msgspec.Struct, frozen=True, array_like=True):
    """Rules ready to run."""

    log_sources: list[LogSource]
    tables: list[TableSpec]
    references: list[FieldRef]
    rules: list[ProgramRule]
    analytics: list[bytes]
    """MessagePack of each rule's analytic: only those of rules that match are decoded."""

    def analytic(self, rule: int) -> Analytic:
        """Return what a finding says of the rule."""
        return _ANALYTIC.decode(self.analytics[rule])


_ANALYTIC = msgspec.msgpack.Decoder(Analytic)


def build(rules: Iterable[Rule]) -> Program:
    """Return the program of the rules."""
    builder = _Builder()
    for rule in rules:
        builder.add(rule)
    return Program(
        [LogSource(category, product, service) for category, product, service in builder.log_sources],
        [TableSpec(*name, msgspec.msgpack.encode(list(tests))) for name, tests in builder.tables.items()],
        list(builder.references),
        builder.rules,
        builder.analytics,
    )


class _Builder:
    def __init__(self) -> None:
        self.log_sources: dict[tuple[str | None, str | None, str | None], int] = {}
        self.tables: dict[tuple[str, str], dict[Test, int]] = {}
        self.table_numbers: dict[tuple[str, str], int] = {}
        self.references: dict[FieldRef, int] = {}
        self.rules: list[ProgramRule] = []
        self.analytics: list[bytes] = []
        self.product = ""

    def add(self, rule: Rule) -> None:
        parts = (rule.log_source.category, rule.log_source.product, rule.log_source.service)
        log_source = self.log_sources.setdefault(parts, len(self.log_sources))
        self.product = rule.log_source.product or ""
        self.rules.append(ProgramRule(log_source, self._tree(rule.condition), rule.names, rule.reported))
        self.analytics.append(msgspec.msgpack.encode(rule.analytic))

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
                return self._predicate(node)

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
        joined: list[Tree] = [[merged, table, sorted(set(numbers))] for table, numbers in by_table.items()]
        joined += rest
        return joined[0] if len(joined) == 1 else [kind, joined]

    def _predicate(self, test: Test) -> Tree:
        test = canonical(test)
        name = (test.field, self.product)
        table = self.tables.setdefault(name, {})
        number = self.table_numbers.setdefault(name, len(self.table_numbers))
        return ["any", number, [table.setdefault(test, len(table))]]


def canonical(test: Test) -> Test:
    """Return the test in the one form that equal tests share: numbers and booleans are texts, what has no case is
    not cased, neighbours in a pattern are joined."""
    match test:
        case Number():
            return Text(test.field, (number_text(test.value),))
        case Bool():
            return Text(test.field, ("true" if test.value else "false",))
        case Text():
            return Text(test.field, _joined(test.pattern, cased=test.cased), test.cased)
        case _:
            return test


def _joined(pattern: tuple[str | Wildcard, ...], *, cased: bool) -> tuple[str | Wildcard, ...]:
    parts: list[str | Wildcard] = []
    for part in pattern:
        before = parts[-1] if parts else None
        if isinstance(part, str):
            folded = part if cased else part.lower()
            if isinstance(before, str):
                parts[-1] = before + folded
            elif folded:
                parts.append(folded)
        elif not (part.many and isinstance(before, Wildcard) and before.many):
            parts.append(part)
    return tuple(parts)


def is_exact(test: Test) -> bool:
    """Return whether the test is equality with one literal."""
    return isinstance(test, Text) and not any(isinstance(part, Wildcard) for part in test.pattern)
