"""Condition trees of a program: fold constants, find witnesses, compile to functions.

A tree is a list (see `program.py`). A witness of a condition is a set of predicates such that the condition cannot hold unless one of them does; None
where there is none (a condition that only denies).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

from minixdr.detect.program import KEYWORDS
from minixdr.detect.rule import FieldRef, Regex, Test, Text
from minixdr.detect.table import Signature
from minixdr.detect.values import read, texts

Tree = list[Any]
Tests = Callable[[int], Sequence[Test]]
"""The predicates of a table."""
Witness = tuple[tuple[int, int], ...]
"""(table, predicate) pairs."""
TRUE: Tree = ["true"]
FALSE: Tree = ["false"]


class Keywords(Protocol):
    """The values of one record, against the predicates of the keyword table."""

    def any(self, table: int, predicates: Collection[int]) -> bool:
        """Return whether one of the predicates holds on some value."""
        ...


Function = Callable[[Sequence[Signature], Mapping[str, Any], Keywords], bool]
"""Whether a condition holds, given the signatures of a plan's columns, the fields, and the keywords."""


def fold(tree: Tree, known: Mapping[int, Signature]) -> Tree:
    """Return the condition with the tables of known signatures decided."""
    kind = tree[0]
    if kind in ("any", "all"):
        signature = known.get(tree[1])
        if signature is None:
            return tree
        holds = signature.issuperset(tree[2]) if kind == "all" else not signature.isdisjoint(tree[2])
        return TRUE if holds else FALSE
    if kind == "not":
        inner = fold(tree[1], known)
        return FALSE if inner is TRUE else TRUE if inner is FALSE else tree if inner is tree[1] else ["not", inner]
    if kind in ("and", "or"):
        neutral, final = (TRUE, FALSE) if kind == "and" else (FALSE, TRUE)
        items = []
        for item in tree[1]:
            folded = fold(item, known)
            if folded is final:
                return final
            if folded is not neutral:
                items.append(folded)
        return neutral if not items else items[0] if len(items) == 1 else [kind, items]
    return tree


def leaves(tree: Tree) -> Iterator[Tree]:
    """Yield the nodes that test something."""
    stack = [tree]
    while stack:
        node = stack.pop()
        kind = node[0]
        if kind == "not":
            stack.append(node[1])
        elif kind in ("and", "or"):
            stack.extend(node[1])
        elif kind in ("any", "all", "ref"):
            yield node


def witness_of(tree: Tree, tests: Tests) -> Witness | None:
    """Return the witness that should hold least often."""
    found = _witness(tree, tests)
    return None if found is None else found[1]


def _witness(tree: Tree, tests: Tests) -> tuple[float, Witness] | None:
    kind = tree[0]
    if kind == "any":
        predicates = tests(tree[1])
        return sum(commonness(predicates[p]) for p in tree[2]), tuple((tree[1], p) for p in tree[2])
    if kind == "all":
        predicates = tests(tree[1])
        rarest = min(tree[2], key=lambda p: commonness(predicates[p]))
        return commonness(predicates[rarest]), ((tree[1], rarest),)
    if kind == "and":
        options = [w for item in tree[1] if (w := _witness(item, tests)) is not None]
        return min(options, key=lambda option: option[0], default=None)
    if kind == "or":
        parts = [_witness(item, tests) for item in tree[1]]
        kept = [part for part in parts if part is not None]
        if len(kept) < len(parts):
            return None
        return sum(cost for cost, _ in kept), tuple(pair for _, witness in kept for pair in witness)
    return None


_COMMON_FIELDS = {"Image": 3.0, "ParentImage": 3.0, "OriginalFileName": 3.0, "EventID": 10.0, "Channel": 10.0}
"""Fields of few values that repeat: a predicate on them holds more often than its length suggests."""
_KEYWORD = 0.1
"""What finds a keyword looks at the whole record at once, so a witness there costs nothing where it is absent."""
_SHORT_KEYWORD = 4


def commonness(test: Test) -> float:
    """Return a guess of how often the test holds, by the length of its literals."""
    if isinstance(test, Text):
        length = max((len(part) for part in test.pattern if isinstance(part, str)), default=0)
        factor = _COMMON_FIELDS.get(test.field, 1.0)
        if test.field == KEYWORDS:
            factor = _KEYWORD if length >= _SHORT_KEYWORD else 1.0 / _KEYWORD
        return factor * 8.0 / (1.0 + length) ** 1.5
    if isinstance(test, Regex):
        return 1.5 if test.field != KEYWORDS else 1.5 / _KEYWORD
    return 6.0


def compile_tree(
    tree: Tree,
    columns: Mapping[int, int | None],
    references: Sequence[FieldRef],
    field_names: Mapping[str, str],
) -> Function:
    """Return the condition as a function. `columns`: table -> place of its signature, None for the keyword tables."""
    kind = tree[0]
    match kind:
        case "true" | "false":
            constant = kind == "true"
            return lambda _signatures, _fields, _keywords: constant
        case "any" | "all":
            column = columns[tree[1]]
            if column is None:
                return _keyword(kind, tree[1], tree[2])
            return _any(column, frozenset(tree[2])) if kind == "any" else _all(column, frozenset(tree[2]))
        case "not":
            return _not(compile_tree(tree[1], columns, references, field_names))
        case "ref":
            return _reference(references[tree[1]], field_names)
    items = [compile_tree(item, columns, references, field_names) for item in tree[1]]
    return _and(items) if kind == "and" else _or(items)


def _any(column: int, predicates: frozenset[int]) -> Function:
    if len(predicates) == 1:
        (predicate,) = predicates
        return lambda signatures, _fields, _keywords: predicate in signatures[column]
    disjoint = predicates.isdisjoint
    return lambda signatures, _fields, _keywords: not disjoint(signatures[column])


def _all(column: int, predicates: frozenset[int]) -> Function:
    subset = predicates.issubset
    return lambda signatures, _fields, _keywords: subset(signatures[column])


def _keyword(kind: str, table: int, predicates: Collection[int]) -> Function:
    if kind == "any":
        return lambda _signatures, _fields, keywords: keywords.any(table, predicates)
    return lambda _signatures, _fields, keywords: all(keywords.any(table, (p,)) for p in predicates)


def _not(item: Function) -> Function:
    return lambda signatures, fields, keywords: not item(signatures, fields, keywords)


def _and(items: list[Function]) -> Function:
    def both(signatures: Sequence[Signature], fields: Mapping[str, Any], keywords: Keywords) -> bool:
        for item in items:  # noqa: SIM110 - a loop is quicker than all() over a generator
            if not item(signatures, fields, keywords):
                return False
        return True

    return both


def _or(items: list[Function]) -> Function:
    def either(signatures: Sequence[Signature], fields: Mapping[str, Any], keywords: Keywords) -> bool:
        for item in items:  # noqa: SIM110 - a loop is quicker than any() over a generator
            if item(signatures, fields, keywords):
                return True
        return False

    return either


_RELATIONS: dict[str, Callable[[str, str], bool]] = {
    "equals": str.__eq__,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": str.__contains__,
}


def _reference(test: FieldRef, field_names: Mapping[str, str]) -> Function:
    mine, other = field_names.get(test.field, test.field), field_names.get(test.other, test.other)
    related = _RELATIONS[test.relation]
    fold_case: Callable[[str], str] = str if test.cased else str.lower

    def holds(_signatures: Sequence[Signature], fields: Mapping[str, Any], _keywords: Keywords) -> bool:
        others = [fold_case(text) for text in texts(read(fields, other))]
        return any(related(fold_case(text), b) for text in texts(read(fields, mine)) for b in others)

    return holds
