"""Condition trees of a program: fold constants, find witnesses, compile to functions.

A tree is a list (see `program.py`). A witness of a condition is a set of predicates such that the condition cannot
hold unless one of them does; None where there is none (a condition that only denies).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

from minixdr.detect.rule import FieldRef
from minixdr.detect.table import Signature
from minixdr.detect.values import read, texts

Tree = list[Any]
Costs = Callable[[int], Sequence[float]]
"""Of each predicate of a table, a guess of how often it holds."""
Witness = tuple[tuple[int, int], ...]
"""(table, predicate) pairs."""
TRUE: Tree = ["true"]
FALSE: Tree = ["false"]


class Keywords(Protocol):
    """The values of one record, against the predicates of the keyword table."""

    def any(self, table: int, predicates: Collection[int]) -> bool:
        """Return whether one of the predicates holds on some value."""
        ...


Decide = Callable[[Sequence[Signature]], bool]
"""Whether a condition holds, given the signatures of a plan's columns."""
Function = Callable[[Mapping[str, Any], Keywords], bool]
"""Whether what signatures left of a condition holds, given the fields and the keywords."""


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


def witness_of(tree: Tree, costs: Costs) -> Witness | None:
    """Return the witness that should hold least often."""
    found = _witness(tree, costs)
    return None if found is None else found[1]


def _witness(tree: Tree, costs: Costs) -> tuple[float, Witness] | None:
    kind = tree[0]
    if kind == "any":
        of_table = costs(tree[1])
        return sum([of_table[p] for p in tree[2]]), tuple([(tree[1], p) for p in tree[2]])
    if kind == "all":
        of_table = costs(tree[1])
        rarest = min(tree[2], key=of_table.__getitem__)
        return of_table[rarest], ((tree[1], rarest),)
    if kind == "and":
        options = [w for item in tree[1] if (w := _witness(item, costs)) is not None]
        return min(options, key=lambda option: option[0], default=None)
    if kind == "or":
        parts = [_witness(item, costs) for item in tree[1]]
        kept = [part for part in parts if part is not None]
        if len(kept) < len(parts):
            return None
        return sum(cost for cost, _ in kept), tuple(pair for _, witness in kept for pair in witness)
    return None


def compile_tree(tree: Tree, columns: Mapping[int, int | None]) -> Decide:
    """Return the condition as a function. `columns`: table -> place of its signature. No keywords or references may be in it."""
    kind = tree[0]
    match kind:
        case "true" | "false":
            constant = kind == "true"
            return lambda _: constant
        case "any" | "all":
            column = columns[tree[1]]
            if column is None:
                raise ValueError("a keyword is not decided by signatures")
            return _any(column, frozenset(tree[2])) if kind == "any" else _all(column, frozenset(tree[2]))
        case "not":
            item = compile_tree(tree[1], columns)
            return lambda signatures: not item(signatures)
    items = [compile_tree(item, columns) for item in tree[1]]
    return _and(items) if kind == "and" else _or(items)


def _any(column: int, predicates: frozenset[int]) -> Decide:
    if len(predicates) == 1:
        (predicate,) = predicates
        return lambda signatures: predicate in signatures[column]
    disjoint = predicates.isdisjoint
    return lambda signatures: not disjoint(signatures[column])


def _all(column: int, predicates: frozenset[int]) -> Decide:
    subset = predicates.issubset
    return lambda signatures: subset(signatures[column])


def _and(items: list[Decide]) -> Decide:
    def both(signatures: Sequence[Signature]) -> bool:
        for item in items:  # noqa: SIM110 - a loop is quicker than all() over a generator
            if not item(signatures):
                return False
        return True

    return both


def _or(items: list[Decide]) -> Decide:
    def either(signatures: Sequence[Signature]) -> bool:
        for item in items:  # noqa: SIM110 - a loop is quicker than any() over a generator
            if item(signatures):
                return True
        return False

    return either


def compile_rest(tree: Tree, references: Sequence[FieldRef], field_names: Mapping[str, str]) -> Function:
    """Return what signatures left of a condition as a function: keywords, relations of fields, and their groups."""
    kind = tree[0]
    match kind:
        case "any":
            return lambda _, keywords: keywords.any(tree[1], tree[2])
        case "all":
            return lambda _, keywords: all(keywords.any(tree[1], (predicate,)) for predicate in tree[2])
        case "ref":
            return reference(references[tree[1]], field_names)
        case "not":
            item = compile_rest(tree[1], references, field_names)
            return lambda fields, keywords: not item(fields, keywords)
    items = [compile_rest(item, references, field_names) for item in tree[1]]
    if kind == "and":
        return lambda fields, keywords: all(item(fields, keywords) for item in items)
    return lambda fields, keywords: any(item(fields, keywords) for item in items)


_RELATIONS: dict[str, Callable[[str, str], bool]] = {
    "equals": str.__eq__,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": str.__contains__,
}


def reference(test: FieldRef, field_names: Mapping[str, str]) -> Function:
    """Return the relation of two fields as a function."""
    mine, other = field_names.get(test.field, test.field), field_names.get(test.other, test.other)
    related = _RELATIONS[test.relation]
    fold_case: Callable[[str], str] = str if test.cased else str.lower

    def holds(fields: Mapping[str, Any], _keywords: Keywords) -> bool:
        left, right = read(fields, mine), read(fields, other)
        if type(left) is str and type(right) is str:
            return related(fold_case(left), fold_case(right))
        others = [fold_case(text) for text in texts(right)]
        return any(related(fold_case(text), b) for text in texts(left) for b in others)

    return holds
