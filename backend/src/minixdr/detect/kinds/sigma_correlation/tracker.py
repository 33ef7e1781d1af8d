"""One correlation rule at work: observations in, conclusions out."""

from collections.abc import Callable, Sequence
from itertools import combinations
from math import ceil, floor
from typing import Any, NamedTuple

from minixdr.detect.kinds.sigma_correlation.condition import comparisons, conjunctions_of, grows, holds, least_entries
from minixdr.detect.kinds.sigma_correlation.frame import Verdict, judge
from minixdr.detect.kinds.sigma_correlation.group import NEVER, Entry, Group, advance_chain, count, discount
from minixdr.detect.kinds.sigma_correlation.observation import Bounds, Counters, Observation
from minixdr.detect.kinds.sigma_correlation.reading import Key, field_of, is_usual, keys_of, numbers_of
from minixdr.detect.rule import CorrelationSpec

NUMERIC = frozenset({"value_sum", "value_avg", "value_median", "value_percentile"})
_MOST_CHAINS = 256
_KEPT_AFTER_EVICTION = 0.75
"""Eviction makes room for a quarter at once, so that it costs little per event."""
_NOTHING: tuple[Any, ...] = ()


class Reader(NamedTuple):
    """Where a related rule's events hold what the correlation rule reads."""

    place: int
    group: tuple[str, ...]
    value: tuple[str, ...]
    extra: tuple[str, ...]


class Conclusion(NamedTuple):
    """A correlation rule holds for a group."""

    tracker: "Tracker"
    seconds: float
    """When it was decided."""
    group: Group
    entries: tuple[Entry, ...]
    value: Any
    silent: bool
    """True while the group is silent: no finding, but correlation rules over this one see it."""


class Tracker:
    """The state of one correlation rule."""

    def __init__(
        self, number: int, spec: CorrelationSpec, extra: tuple[str, ...], bounds: Bounds, counters: Counters
    ) -> None:
        self.number = number
        self.spec = spec
        self.places = tuple(dict.fromkeys(spec.rules))
        self.extra = tuple(name for name in extra if name not in spec.group_by)
        self.nested = False
        """Whether other correlation rules relate this one."""
        self.conjunctions = conjunctions_of(spec, self.places)
        self.growing = grows(spec, self.conjunctions)
        self.tests = comparisons(spec)
        self.temporal = spec.type in ("temporal", "temporal_ordered")
        self.shares = spec.type == "value_percentile" and spec.percentile is None
        self.numeric = spec.type in NUMERIC and not self.shares
        if spec.type == "temporal" and spec.expression is None and spec.threshold == len(spec.rules):
            self.tests = comparisons_of_all(self, spec)
        self.order = tuple(self.places.index(name) for name in spec.rules)
        self.chains = self._chains() if self.growing and spec.type == "temporal_ordered" else ()
        self.groups: dict[Key, Group] = {}
        self.wait: Callable[[float, Key], None] = _nobody
        """Told when a frame must be judged, and of which group."""
        self.kept = 0
        """Entries of all groups."""
        self._span = float(spec.timespan_seconds)
        self._bounds = bounds
        self._counters = counters
        self._most_entries = max(
            bounds.entries_per_group, least_entries(spec) if self.growing and not self.temporal else 0
        )

    def _chains(self) -> tuple[tuple[int, ...], ...]:
        """Return the sequences of related rules of which one must occur in order."""
        if self.spec.expression is not None:
            return tuple(tuple(sorted(present)) for present, _ in self.conjunctions)
        least = max(
            1,
            *(
                floor(n) + 1 if name == "gt" else ceil(n)
                for name, n in ((self.spec.operator, self.spec.threshold), *self.spec.bounds)
            ),
        )
        if least > len(self.order):
            return ()
        chains = []
        for steps in combinations(self.order, least):
            chains.append(steps)
            if len(chains) > _MOST_CHAINS:
                raise ValueError("the condition has too many alternatives")
        return tuple(dict.fromkeys(chains))

    def reader(self, names: tuple[str, ...]) -> Reader | None:
        """Return where the events of the rule with these names hold what is read; None where the rule is not related."""
        for place, name in enumerate(self.places):
            if name in names:
                spec = self.spec
                return Reader(
                    place,
                    tuple(field_of(spec, wanted, names) for wanted in spec.group_by),
                    tuple(field_of(spec, wanted, names) for wanted in spec.fields),
                    tuple(field_of(spec, wanted, names) for wanted in self.extra),
                )
        return None

    def observe(self, seconds: float, observation: Observation, reader: Reader) -> Sequence[Conclusion]:
        """Take an observation and return what now holds."""
        fields, limit = observation.fields, self._bounds.combinations
        all_shown: Sequence[Key]
        if len(reader.group) == 1 and is_usual(text := fields.get(reader.group[0])):
            all_shown = ((text,),)
        else:
            all_shown = keys_of(fields, reader.group, limit, self._crowded)
        if not all_shown:
            self._counters.ungrouped += 1
            return _NOTHING
        value = _NOTHING
        if reader.value:
            if self.numeric:
                value = numbers_of(fields, reader.value)
            else:
                value = tuple(_lower(key) for key in keys_of(fields, reader.value, limit, self._crowded))
            if not value:
                self._counters.valueless += 1
                return _NOTHING
        extra = (
            tuple(tuple(key[0] for key in keys_of(fields, (name,), limit, self._crowded)) for name in reader.extra)
            if reader.extra
            else _NOTHING
        )
        entry = Entry(seconds, observation.event_ids or observation.event_id, reader.place, value, extra)
        if len(all_shown) == 1:
            conclusion = self._take(all_shown[0], entry, observation)
            return _NOTHING if conclusion is None else (conclusion,)
        concluded = (self._take(shown, entry, observation) for shown in all_shown)
        return [conclusion for conclusion in concluded if conclusion is not None]

    def _take(self, shown: Key, entry: Entry, observation: Observation) -> Conclusion | None:
        seconds = entry.seconds
        key = _lower(shown)
        group = self.groups.get(key)
        if group is None:
            group = self._open(key, shown, seconds)
        entries = group.entries
        if self.growing:
            start = seconds - self._span
            while entries and entries[0].seconds < start:
                self._drop(group)
        if entries and not self.temporal:
            before = entries[-1]
            if before.event_ids == entry.event_ids and before.value == entry.value and before.seconds == seconds:
                return None  # one event that satisfies two of the related rules is one event
        self._append(group, entry)
        group.seen[entry.place].append((seconds, observation))
        return self._decide(group, entry) if self.growing else None

    def _append(self, group: Group, entry: Entry) -> None:
        group.entries.append(entry)
        group.size += 1
        self.kept += 1
        group.last[entry.place] = group.touched = entry.seconds
        if self.temporal:
            count(group.counts, (entry.place,))
            for chain, best in zip(self.chains, group.best, strict=True):
                advance_chain(chain, best, group.last, entry.place, entry.seconds)
        elif self.numeric:
            group.total += sum(entry.value)
        elif entry.value:
            count(group.counts, entry.value)
        if len(group.entries) > self._most_entries:
            self._forget(group)
        if self.kept > self._bounds.entries_per_rule:
            self._evict(entry.seconds, keep=group)

    def _forget(self, group: Group) -> None:
        """Drop the oldest entry for want of room. What a frame counts stays counted."""
        self._counters.forgotten_entries += 1
        if self.growing:
            self._drop(group)
        else:
            group.entries.popleft()
            self.kept -= 1

    def _drop(self, group: Group) -> None:
        """Drop the oldest entry."""
        entry = group.entries.popleft()
        self.kept -= 1
        if self.temporal:
            discount(group.counts, (entry.place,))
        elif self.numeric:
            group.total = group.total - sum(entry.value) if group.entries else 0
        elif entry.value:
            discount(group.counts, entry.value)

    def _decide(self, group: Group, entry: Entry) -> Conclusion | None:
        """Return a conclusion where the condition holds over the timespan that ends with this entry."""
        verdict = self._verdict(group, entry.seconds)
        if verdict is None:
            return None
        value, since = verdict
        if entry.seconds <= group.silent_until:
            return Conclusion(self, entry.seconds, group, (entry,), value, silent=True) if self.nested else None
        group.silent_until = entry.seconds + self._span
        entries = tuple(group.entries) if since == NEVER else tuple(e for e in group.entries if e.seconds >= since)
        return Conclusion(self, entry.seconds, group, entries, value, silent=False)

    def _verdict(self, group: Group, seconds: float) -> tuple[Any, float] | None:
        """Return the value reached and the time from which events count, None where the condition does not hold."""
        kind = self.spec.type
        if kind == "temporal_ordered":
            for chain, best in zip(self.chains, group.best, strict=True):
                if best and best[-1] >= seconds - self._span:
                    return len(chain), best[-1]
            return None
        if self.conjunctions:
            occurred = group.counts
            return (len(occurred), NEVER) if any(p <= occurred.keys() for p, _ in self.conjunctions) else None
        value = (
            len(group.entries) if kind == "event_count" else group.total if kind == "value_sum" else len(group.counts)
        )
        return (value, NEVER) if holds(value, self.tests) else None

    def judge(self, key: Key, end: float) -> list[Conclusion]:
        """Return what holds of a frame that is complete."""
        group = self.groups.get(key)
        if group is None or group.frame_end != end:
            return []  # evicted meanwhile
        del self.groups[key]
        self.kept -= len(group.entries)
        verdict: Verdict | None = judge(self, group)
        return [] if verdict is None else [Conclusion(self, end, group, verdict.entries, verdict.value, silent=False)]

    def _open(self, key: Key, shown: Key, seconds: float) -> Group:
        if len(self.groups) >= self._bounds.groups_per_rule:
            self._evict(seconds, keep=None)
        group = self.groups[key] = Group(shown, len(self.places))
        group.best = [[NEVER] * len(chain) for chain in self.chains]
        if not self.growing:
            group.frame_end = seconds + self._span
            self.wait(group.frame_end, key)
        return group

    def _evict(self, seconds: float, keep: Group | None) -> None:
        """Forget groups whose time is over; where that is not enough, those that were quiet longest."""
        over = seconds - self._span
        by_age = sorted((group.touched, key) for key, group in self.groups.items() if group is not keep)
        if self.growing:
            for touched, key in by_age:
                if touched < over and self.groups[key].silent_until < seconds:
                    self._remove(key)
        most_groups = self._bounds.groups_per_rule * _KEPT_AFTER_EVICTION
        most_entries = self._bounds.entries_per_rule * _KEPT_AFTER_EVICTION
        for _, key in by_age:
            if len(self.groups) <= most_groups and self.kept <= most_entries:
                return
            if key in self.groups:
                self._counters.evicted_groups += 1
                self._remove(key)
        while keep is not None and self.kept > most_entries and len(keep.entries) > 1:
            self._forget(keep)

    def _remove(self, key: Key) -> None:
        self.kept -= len(self.groups.pop(key).entries)

    def _crowded(self) -> None:
        self._counters.combinations += 1


def check(spec: CorrelationSpec) -> None:
    """Raises ValueError where the rule cannot be run."""
    Tracker(0, spec, (), Bounds(), Counters())


def comparisons_of_all(tracker: Tracker, spec: CorrelationSpec) -> tuple[Any, ...]:
    """Return the comparison `all related rules`, where one of them may be named twice."""
    (test, _), *more = comparisons(spec)
    return ((test, len(tracker.places)), *more)


def _nobody(end: float, key: Key) -> None:
    """Stands in until a correlator listens."""


def _lower(key: Key) -> Key:
    return tuple([part.lower() for part in key])
