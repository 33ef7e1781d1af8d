"""A second, slow reading of Sigma correlations, written from the rules of `detect/kinds/sigma_correlation` and nothing else.

It looks at all observations again for every decision. No state, no eviction.
"""

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any

from minixdr.detect.kinds.sigma_correlation import Observation
from minixdr.detect.rule import AllOf, AnyOf, CorrelationSpec, NoneOf, Reference

Found = tuple[tuple[str, ...], tuple[str, ...]]
"""Group and event ids of a finding."""


def evaluate(spec: CorrelationSpec, observations: Iterable[Observation]) -> list[Found]:
    """Return the findings of one rule (no nesting, one group per event), in any order."""
    unique = {(o.time.timestamp(), o.event_id, o.names): o for o in observations if set(o.names) & set(spec.rules)}
    groups: dict[tuple[str, ...], list[Any]] = {}
    for key in sorted(unique):
        o = unique[key]
        values = [o.fields.get(name) for name in spec.group_by]
        if any(value is None for value in values):
            continue
        if spec.fields and o.fields.get(spec.fields[0]) is None:
            continue
        groups.setdefault(tuple(str(value).lower() for value in values), []).append((key[0], o))
    found = []
    for group, events in groups.items():
        judge = _sliding if _can_slide(spec) else _frames
        found.extend((group, ids) for ids in judge(spec, events))
    return found


def _can_slide(spec: CorrelationSpec) -> bool:
    if spec.type not in ("event_count", "value_count", "value_sum", "temporal", "temporal_ordered"):
        return False
    if spec.expression is not None:
        return not _negates(spec.expression)
    return spec.operator in ("gt", "gte") and all(name in ("gt", "gte") for name, _ in spec.bounds)


def _negates(node: Any, *, negated: bool = False) -> bool:
    """Return whether a rule must be absent (twice negated is not negated)."""
    match node:
        case Reference():
            return negated
        case NoneOf(item):
            return _negates(item, negated=not negated)
    return any(_negates(item, negated=negated) for item in node.items)


def _sliding(spec: CorrelationSpec, events: Sequence[Any]) -> Iterable[tuple[str, ...]]:
    silent_until = float("-inf")
    for place, (now, _) in enumerate(events):
        window = [e for e in events[: place + 1] if e[0] >= now - spec.timespan_seconds]
        if now > silent_until and _holds(spec, window):
            silent_until = now + spec.timespan_seconds
            yield _ids(window)


def _frames(spec: CorrelationSpec, events: Sequence[Any]) -> Iterable[tuple[str, ...]]:
    rest = list(events)
    while rest:
        end = rest[0][0] + spec.timespan_seconds
        frame = [e for e in rest if e[0] <= end]
        rest = rest[len(frame) :]
        if _holds(spec, frame):
            yield _ids(frame)


def _ids(events: Sequence[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(o.event_id for _, o in events))


def _holds(spec: CorrelationSpec, events: Sequence[Any]) -> bool:
    if spec.type in ("temporal", "temporal_ordered"):
        return _holds_temporal(spec, events)
    value = _value(spec, events)
    tests = [(spec.operator, spec.threshold), *spec.bounds]
    return all(
        {"lt": value < n, "lte": value <= n, "gt": value > n, "gte": value >= n, "eq": value == n, "neq": value != n}[
            op
        ]
        for op, n in tests
    )


def _value(spec: CorrelationSpec, events: Sequence[Any]) -> float:
    distinct: list[Any] = []
    for _, o in events:
        if not any(o.event_id == other.event_id for other in distinct):
            distinct.append(o)
    if spec.type == "event_count":
        return len(distinct)
    values = [o.fields[spec.fields[0]] for o in distinct]
    if spec.type == "value_count":
        return len({str(value).lower() for value in values})
    numbers = sorted(values)
    if spec.type == "value_sum":
        return sum(numbers)
    if spec.type == "value_avg":
        return sum(numbers) / len(numbers)
    if spec.type == "value_median":
        middle = len(numbers) // 2
        return numbers[middle] if len(numbers) % 2 else (numbers[middle - 1] + numbers[middle]) / 2
    return numbers[max(0, ceil(len(numbers) * spec.percentile / 100) - 1)]


def _holds_temporal(spec: CorrelationSpec, events: Sequence[Any]) -> bool:
    occurred = {rule for rule in spec.rules for _, o in events if rule in o.names}
    if spec.type == "temporal":
        if spec.expression is not None:
            return _true(spec.expression, occurred, occurred)
        return _compared(spec, len(occurred))
    times = {rule: [t for t, o in events if rule in o.names] for rule in spec.rules}
    chains = [chain for chain in _subsets(spec.rules) if _in_order(chain, times)]
    if spec.expression is not None:
        return any(_true(spec.expression, set(chain), occurred) for chain in chains)
    return _compared(spec, max(len(chain) for chain in chains))


def _compared(spec: CorrelationSpec, value: int) -> bool:
    tests = [(spec.operator, spec.threshold), *spec.bounds]
    return all(
        {"lt": value < n, "lte": value <= n, "gt": value > n, "gte": value >= n, "eq": value == n, "neq": value != n}[
            op
        ]
        for op, n in tests
    )


def _true(node: Any, present: set[str], occurred: set[str], *, negated: bool = False) -> bool:
    match node:
        case Reference(rule):
            return rule not in occurred if negated else rule in present
        case NoneOf(item):
            return _true(item, present, occurred, negated=not negated)
        case AllOf(items):
            return (any if negated else all)(_true(item, present, occurred, negated=negated) for item in items)
        case AnyOf(items):
            return (all if negated else any)(_true(item, present, occurred, negated=negated) for item in items)
    raise AssertionError(node)


def _subsets(rules: Sequence[str]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for rule in rules:
        found += [(*each, rule) for each in found]
    return found


def _in_order(chain: Sequence[str], times: dict[str, list[float]]) -> bool:
    now = float("-inf")
    for rule in chain:
        later = [t for t in times[rule] if t >= now]
        if not later:
            return False
        now = min(later)
    return True
