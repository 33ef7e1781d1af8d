"""The verdict on a complete frame: conditions that only the whole time can decide."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from minixdr.detect.kinds.sigma_correlation.condition import holds
from minixdr.detect.kinds.sigma_correlation.group import (
    Entry,
    Group,
    average,
    longest_chain,
    median,
    percentile,
    shares,
)

if TYPE_CHECKING:
    from minixdr.detect.kinds.sigma_correlation.tracker import Tracker

_SHOWN_VALUES = 20
"""Values that a finding lists."""


class Verdict(NamedTuple):
    """The condition holds."""

    value: Any
    entries: tuple[Entry, ...]


def judge(tracker: "Tracker", group: Group) -> Verdict | None:
    """Return the verdict, None where the condition does not hold."""
    if tracker.shares:
        return _judge_shares(tracker, group)
    if tracker.conjunctions or tracker.spec.expression is not None:
        return _judge_expression(tracker, group)
    value = _measure(tracker, group)
    return Verdict(value, tuple(group.entries)) if holds(value, tracker.tests) else None


def _measure(tracker: "Tracker", group: Group) -> int | float:
    match tracker.spec.type:
        case "event_count":
            return group.size
        case "value_sum":
            return group.total
        case "value_count" | "temporal":
            return len(group.counts)
        case "temporal_ordered":
            return longest_chain(group.entries, tracker.order)
    numbers = [number for entry in group.entries for number in entry.value]
    match tracker.spec.type:
        case "value_avg":
            return average(numbers)
        case "value_median":
            return median(numbers)
        case "value_percentile":
            return percentile(numbers, tracker.spec.percentile or 0)
    raise ValueError(f"{tracker.spec.type} is no correlation type")


def _judge_shares(tracker: "Tracker", group: Group) -> Verdict | None:
    chosen = {value for value, share in shares(group.counts).items() if holds(share, tracker.tests)}
    if not chosen:
        return None
    entries = tuple(entry for entry in group.entries if chosen.intersection(entry.value))
    return Verdict(sorted(", ".join(value) for value in chosen)[:_SHOWN_VALUES], entries)


def _judge_expression(tracker: "Tracker", group: Group) -> Verdict | None:
    for present, absent in tracker.conjunctions:
        if present <= group.counts.keys() and not absent & group.counts.keys():
            chain = sorted(present)
            if tracker.spec.type == "temporal" or _in_order(group.entries, chain):
                return Verdict(len(group.counts), tuple(group.entries))
    return None


def _in_order(entries: Iterable[Entry], chain: Sequence[int]) -> bool:
    return longest_chain(entries, chain) == len(chain)
