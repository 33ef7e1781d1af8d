"""Condition trees of a program: fold constants, find witnesses, compile to functions of signatures.

A witness of a condition is a set of predicates such that the condition cannot hold unless one of them does; None where there is none (a
condition that only denies).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from minixdr.detect.rule import FieldRef, Regex, Test, Text
from minixdr.detect.table import FieldTable, Signature
from minixdr.detect.values import read, texts

Tree = list[Any]
Witness = tuple[tuple[int, int], ...]
TRUE: Tree = ["true"]
FALSE: Tree = ["false"]


class Evaluate:
    """Says whether a condition holds, given the signatures of a plan's columns."""

    __slots__ = ("depends_on_fields", "function")

    def __init__(self, function: Callable[[Sequence[Signature], Mapping[str, Any]], bool], *, depends: bool) -> None:
        self.function = function
        self.depends_on_fields = depends

    def __call__(self, signatures: Sequence[Signature], fields: Mapping[str, Any]) -> bool:
        return self.function(signatures, fields)


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


def tables_of(tree: Tree) -> Iterator[int]:
    """Yield the tables that the condition asks, with repeats."""
    stack = [tree]
    while stack:
        node = stack.pop()
        kind = node[0]
        if kind in ("any", "all"):
            yield node[1]
        elif kind == "not":
            stack.append(node[1])
        elif kind in ("and", "or"):
            stack.extend(node[1])


def witness_of(tree: Tree, tables: Callable[[int], FieldTable]) -> Witness | None:
    """Return the witness that should hold least often."""
    found = _witness(tree, tables)
    return None if found is None else found[1]


def _witness(tree: Tree, tables: Callable[[int], FieldTable]) -> tuple[float, Witness] | None:
    kind = tree[0]
    if kind == "any":
        predicates = tables(tree[1]).predicates
        return sum(commonness(predicates[p]) for p in tree[2]), tuple((tree[1], p) for p in tree[2])
    if kind == "all":
        predicates = tables(tree[1]).predicates
        rarest = min(tree[2], key=lambda p: commonness(predicates[p]))
        return commonness(predicates[rarest]), ((tree[1], rarest),)
    if kind == "and":
        options = [w for item in tree[1] if (w := _witness(item, tables)) is not None]
        return min(options, key=lambda option: option[0], default=None)
    if kind == "or":
        parts = [_witness(item, tables) for item in tree[1]]
        if any(part is None for part in parts):
            return None
        kept = [part for part in parts if part is not None]
        return sum(cost for cost, _ in kept), tuple(pair for _, witness in kept for pair in witness)
    return None


_COMMON_FIELDS = {"Image": 3.0, "ParentImage": 3.0, "OriginalFileName": 3.0, "EventID": 10.0, "Channel": 10.0, "Provider_Name": 5.0}
"""Fields whose few values repeat: a predicate on them holds more often than its length suggests."""


def commonness(test: Test) -> float:
    """Return a guess of how often the test holds, by the length of its literals."""
    if isinstance(test, Text):
        length = max((len(part) for part in test.pattern if isinstance(part, str)), default=0)
        return _COMMON_FIELDS.get(test.field, 1.0) * 8.0 / (1.0 + length) ** 1.5
    if isinstance(test, Regex):
        return 1.5
    return 6.0


def compile_tree(
    tree: Tree, columns: Mapping[int, int], references: Sequence[FieldRef], field_names: Mapping[str, str]
) -> Evaluate:
    """Return the condition as a function of the columns' signatures (and of the fields, where it relates two of them)."""
    return Evaluate(_compile(tree, columns, references, field_names), depends=_has_reference(tree))


def _has_reference(tree: Tree) -> bool:
    kind = tree[0]
    if kind == "ref":
        return True
    if kind == "not":
        return _has_reference(tree[1])
    return kind in ("and", "or") and any(_has_reference(item) for item in tree[1])


Function = Callable[[Sequence[Signature], Mapping[str, Any]], bool]


def _compile(
    tree: Tree, columns: Mapping[int, int], references: Sequence[FieldRef], field_names: Mapping[str, str]
) -> Function:
    kind = tree[0]
    match kind:
        case "true" | "false":
            constant = kind == "true"
            return lambda _signatures, _fields: constant
        case "any":
            return _any(columns[tree[1]], frozenset(tree[2]))
        case "all":
            return _all(columns[tree[1]], frozenset(tree[2]))
        case "not":
            return _not(_compile(tree[1], columns, references, field_names))
        case "ref":
            return _reference(references[tree[1]], field_names)
    items = [_compile(item, columns, references, field_names) for item in tree[1]]
    return _and(items) if kind == "and" else _or(items)


def _any(column: int, predicates: frozenset[int]) -> Function:
    if len(predicates) == 1:
        (predicate,) = predicates
        return lambda signatures, _: predicate in signatures[column]
    disjoint = predicates.isdisjoint
    return lambda signatures, _: not disjoint(signatures[column])


def _all(column: int, predicates: frozenset[int]) -> Function:
    subset = predicates.issubset
    return lambda signatures, _: subset(signatures[column])


def _not(item: Function) -> Function:
    return lambda signatures, fields: not item(signatures, fields)


def _and(items: list[Function]) -> Function:
    def both(signatures: Sequence[Signature], fields: Mapping[str, Any]) -> bool:
        for item in items:  # noqa: SIM110 - a loop is quicker than all() over a generator
            if not item(signatures, fields):
                return False
        return True

    return both


def _or(items: list[Function]) -> Function:
    def either(signatures: Sequence[Signature], fields: Mapping[str, Any]) -> bool:
        for item in items:  # noqa: SIM110 - a loop is quicker than any() over a generator
            if item(signatures, fields):
                return True
        return False

    return either


def _reference(test: FieldRef, field_names: Mapping[str, str]) -> Function:
    mine, other = field_names.get(test.field, test.field), field_names.get(test.other, test.other)
    relations: dict[str, Callable[[str, str], bool]] = {
        "equals": lambda a, b: a == b,
        "startswith": lambda a, b: a.startswith(b),
        "endswith": lambda a, b: a.endswith(b),
        "contains": lambda a, b: b in a,
    }
    related = relations[test.relation]
    fold_case = (lambda text: text) if test.cased else str.lower

    def holds(_signatures: Sequence[Signature], fields: Mapping[str, Any]) -> bool:
        others = [fold_case(text) for text in texts(read(fields, other))]
        return any(related(fold_case(text), b) for text in texts(read(fields, mine)) for b in others)

    return holds
