"""A correlation's condition: comparisons of a number, and extended conditions as conjunctions."""

import operator
from collections.abc import Callable, Sequence
from itertools import product
from math import ceil
from typing import Any

from minixdr.detect.rule import AllOf, AnyOf, CorrelationSpec, Expression, NoneOf, Reference

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge, "eq": operator.eq, "neq": operator.ne,
}  # fmt: skip
_MOST_CONJUNCTIONS = 256
"""An extended condition of Sigma's own examples has fewer than 5; beyond this one event would cost too much."""
_GROWING = frozenset({"gt", "gte"})
GROWING_TYPES = frozenset({"event_count", "value_count", "value_sum", "temporal", "temporal_ordered"})

Conjunction = tuple[frozenset[int], frozenset[int]]
"""Places of the rules that must occur, and of those that must not."""


def comparisons(spec: CorrelationSpec) -> tuple[tuple[Callable[[Any, Any], bool], int | float], ...]:
    """Return the comparisons that must all hold."""
    return tuple((_OPERATORS[name], number) for name, number in ((spec.operator, spec.threshold), *spec.bounds))


def holds(value: int | float, tests: Sequence[tuple[Callable[[Any, Any], bool], int | float]]) -> bool:
    """Return whether the number satisfies all comparisons."""
    return all(test(value, number) for test, number in tests)


def grows(spec: CorrelationSpec, conjunctions: Sequence[Conjunction]) -> bool:
    """Return whether more events can only make the condition truer, so that it may be decided at each event."""
    if spec.type not in GROWING_TYPES:
        return False
    if spec.expression is not None:
        return not any(absent for _, absent in conjunctions)
    return all(name in _GROWING for name in (spec.operator, *(name for name, _ in spec.bounds)))


def least_entries(spec: CorrelationSpec) -> int:
    """Return how many entries a group must be able to hold for the condition to be reachable."""
    return max(ceil(number) + 1 for number in (spec.threshold, *(number for _, number in spec.bounds)))


def conjunctions_of(spec: CorrelationSpec, places: Sequence[str]) -> tuple[Conjunction, ...]:
    """Return an extended condition as alternatives. Raises ValueError where there are too many."""
    if spec.expression is None:
        return ()
    index = {name: place for place, name in enumerate(places)}
    found = _alternatives(spec.expression, index, positive=True)
    return tuple(dict.fromkeys((present, absent) for present, absent in found if not present & absent))


def _alternatives(node: Expression, index: dict[str, int], *, positive: bool) -> list[Conjunction]:
    match node:
        case Reference(rule):
            one = frozenset({index[rule]})
            return [(one, frozenset())] if positive else [(frozenset(), one)]
        case NoneOf(item):
            return _alternatives(item, index, positive=not positive)
        case AllOf(items) | AnyOf(items):
            parts = [_alternatives(item, index, positive=positive) for item in items]
            if isinstance(node, AllOf) != positive:  # De Morgan: not (a and b) = not a or not b
                found = [conjunction for part in parts for conjunction in part]
            else:
                found = [(frozenset[int](), frozenset[int]())]
                for part in parts:
                    if len(found) * len(part) > _MOST_CONJUNCTIONS:
                        raise ValueError("the condition has too many alternatives")
                    found = [(a | c, b | d) for (a, b), (c, d) in product(found, part)]
            if len(found) > _MOST_CONJUNCTIONS:
                raise ValueError("the condition has too many alternatives")
            return found
