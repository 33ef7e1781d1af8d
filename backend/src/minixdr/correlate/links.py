"""Which runs are tied to which, how firmly and by what.

In: runs and how rare things are. Out: edges with a weight from 0 to 1. A pair's weight is 1 - (1 - w1)(1 - w2)... over the best shared
entity of each group (identity, machine, address, artifact, rule), each falling with the time between, and with repetition and breadth.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from math import exp, sqrt
from typing import NamedTuple

from minixdr.correlate.rarity import Rarity
from minixdr.correlate.runs import Run, Runs
from minixdr.correlate.weights import (
    ADDRESS,
    FILE_WEIGHT,
    HOUR,
    IDENTITY,
    LEVEL_WEIGHT,
    LONGEST_GAP_SECONDS,
    RULE,
    RULE_WEIGHT,
    SCOPE,
    THRESHOLD,
    TYPES,
)

_LOOK_BACK = 16
_RULES_BACK = 4
"""Of what came before on an entity, the last run of each of so many rules, among so many runs: more add nothing that those do not join."""
_QUIET_ENOUGH = 0.3
"""Below this factor an entity or a rule cannot reach the threshold by itself; it still counts beside another."""
_SAME_DEED = 0.5
"""An actor that does the same thing to hundreds is a hub because of that very thing (a scan, a spray)."""
_OTHER_ACTORS = 0.5
"""Two runs with different actors that share an address or a rule only: behind one NAT address are many."""


class Edge(NamedTuple):
    """Two runs that are tied."""

    weight: float
    earlier: Run
    later: Run
    shared: tuple[int, ...]
    """Entity numbers, the best of each group; empty where only the rule is the same."""
    told: str = ""
    """What a person said, where a person joined them."""


class Linker:
    """Makes edges."""

    def __init__(self, runs: Runs, rarity: Rarity) -> None:
        self._runs = runs
        self._rarity = rarity
        self._types = TYPES
        self._reach: dict[int, list[tuple[int, float]]] = {}

    def edges(self, among: Iterable[Run], days: Collection[int | None]) -> Iterator[Edge]:
        """Yield the edges at or above the threshold that lead to runs of these days; `among` holds the three days before them too."""
        for earlier, later in self._pairs(among):
            if later.day in days:
                edge = self.weigh(earlier, later)
                if edge is not None and edge.weight >= THRESHOLD:
                    yield edge

    def _pairs(self, among: Iterable[Run]) -> Iterator[tuple[Run, Run]]:
        lists: dict[tuple[str, int], list[Run]] = defaultdict(list)
        for run in sorted(among, key=lambda run: run.order):
            if run.slot is None or self._rarity.noise(run) < _QUIET_ENOUGH:
                continue
            lists["rule", run.rule].append(run)
            for number in (*run.anchors, *run.artifacts):
                if self._leads(run, number):
                    lists["entity", number].append(run)
        seen: set[tuple[int, int]] = set()
        for (kind, _), runs in lists.items():
            for place, later in enumerate(runs):
                for earlier in _before(runs, place) if kind == "entity" else runs[max(0, place - 1) : place]:
                    name = (id(earlier), id(later))
                    if name not in seen:
                        seen.add(name)
                        yield earlier, later

    def _leads(self, run: Run, number: int) -> bool:
        weight = TYPES[self._runs.entities[number][0]].weight * self._rarity.hub(number, run)
        return weight >= _QUIET_ENOUGH / 2 and self._rarity.repetition(run, number)[0] >= _QUIET_ENOUGH

    def weigh(self, earlier: Run, later: Run) -> Edge | None:
        """Return the edge of two runs, None where nothing ties them."""
        gap = max(0.0, later.first - earlier.last)
        if gap > LONGEST_GAP_SECONDS:
            return None
        best: dict[int, tuple[float, int]] = {}
        shared = set(earlier.anchors).intersection(later.anchors)
        penalty = self._penalty(earlier, shared) * self._penalty(later, shared)
        for number in shared:
            if self._rarity.group(number) == SCOPE:
                continue
            self._offer(
                best,
                number,
                self._entity_weight(number, earlier, later, gap) * self._unless_actor(number, earlier, later, penalty),
            )
        for number in earlier.artifacts & later.artifacts:
            self._offer(best, number, self._entity_weight(number, earlier, later, gap) * penalty)
        rules = self._runs.rules
        if earlier.rule == later.rule:
            self._same_rule(best, earlier, later, gap)
        if not best:
            return None
        left = 1.0
        for group in sorted(best):  # always in the same order: floating point multiplication is not associative
            left *= 1.0 - best[group][0]
        total = 1.0 - left
        if (
            not best.keys() - {ADDRESS, RULE}
            and self._other_actors(earlier, later)
            and not self._sprayed(earlier, later)
        ):
            total *= _OTHER_ACTORS
        total *= sqrt(LEVEL_WEIGHT.get(rules[earlier.rule].level, 0.5) * LEVEL_WEIGHT.get(rules[later.rule].level, 0.5))
        total *= self._rarity.noise(earlier) * self._rarity.noise(later)
        names = sorted(
            ((weight, self._runs.entities[n], n) for weight, n in best.values() if n >= 0),
            key=lambda item: (-item[0], item[1]),
        )
        return Edge(total, earlier, later, tuple(n for _, _, n in names))

    def _offer(self, best: dict[int, tuple[float, int]], number: int, weight: float) -> None:
        group = self._rarity.group(number)
        known = best.get(group)
        entities = self._runs.entities
        if known is None or (weight, entities[known[1]]) > (known[0], entities[number]):
            best[group] = (weight, number)

    def _entity_weight(self, number: int, earlier: Run, later: Run, gap: float) -> float:
        kind = TYPES[self._runs.entities[number][0]]
        weight_a, time_a = self._rarity.repetition(earlier, number)
        weight_b, time_b = self._rarity.repetition(later, number)
        hub = min(self._rarity.hub(number, earlier), self._rarity.hub(number, later))
        if earlier.rule == later.rule and number in earlier.actors and number in later.actors:
            hub = max(hub, _SAME_DEED)
        return kind.weight * hub * weight_a * weight_b * exp(-gap / (kind.tau_hours * HOUR * min(time_a, time_b)))

    def _same_rule(self, best: dict[int, tuple[float, int]], earlier: Run, later: Run, gap: float) -> None:
        kind = RULE_WEIGHT
        if not earlier.anchors:
            if earlier.file != later.file:
                return
            kind = FILE_WEIGHT
        weight, time = self._rarity.rule_repetition(later)
        best[RULE] = (kind.weight * weight * exp(-gap / (kind.tau_hours * HOUR * time)), -1)

    def _penalty(self, run: Run, shared: set[int]) -> float:
        return min((factor for actor, factor in self._reached(run) if actor not in shared), default=1.0)

    def _reached(self, run: Run) -> list[tuple[int, float]]:
        reach = self._reach.get(id(run))
        if reach is None:
            reach = self._reach[id(run)] = self._rarity.reach(run)
        return reach

    @staticmethod
    def _unless_actor(number: int, earlier: Run, later: Run, penalty: float) -> float:
        return 1.0 if number in earlier.actors and number in later.actors else penalty

    def _sprayed(self, earlier: Run, later: Run) -> bool:
        """Return whether an address tries one identity after the other: then other actors are what is to be expected."""
        if earlier.rule != later.rule:
            return False
        return any(
            actor in later.actors and self._rarity.group(actor) == ADDRESS for actor, _ in self._reached(earlier)
        )

    def _other_actors(self, earlier: Run, later: Run) -> bool:
        group = self._rarity.group
        one = {number for number in earlier.actors if group(number) == IDENTITY}
        two = {number for number in later.actors if group(number) == IDENTITY}
        return bool(one) and bool(two) and one.isdisjoint(two)


def _before(runs: list[Run], place: int) -> Iterator[Run]:
    """Yield the last run of each of the last few rules before the place."""
    rules: set[int] = set()
    later = runs[place]
    for earlier in reversed(runs[max(0, place - _LOOK_BACK) : place]):
        if later.first - earlier.last > LONGEST_GAP_SECONDS or len(rules) == _RULES_BACK:
            return
        if earlier.rule not in rules:
            rules.add(earlier.rule)
            yield earlier
