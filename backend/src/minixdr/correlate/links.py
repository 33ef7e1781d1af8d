"""Which runs are tied to which, how firmly and by what.

In: runs and how rare things are. Out: edges with a weight from 0 to 1. A pair's weight is 1 - (1 - w1)(1 - w2)... over the best shared
entity of each group (identity, machine, address, artifact, rule), each falling with the time between, and with repetition and breadth.
"""

from collections.abc import Collection, Iterable, Iterator
from math import exp, sqrt
from typing import NamedTuple

from minixdr.correlate.candidates import pairs
from minixdr.correlate.rarity import Rarity
from minixdr.correlate.runs import Run, Runs
from minixdr.correlate.weights import (
    ADDRESS,
    FILE_WEIGHT,
    HOUR,
    LEVEL_TIME,
    LEVEL_WEIGHT,
    LONGEST_GAP_SECONDS,
    MACHINE,
    RULE,
    RULE_WEIGHT,
    THRESHOLD,
)

_SAME_DEED = 0.5
"""An actor that does the same thing to hundreds is a hub because of that very thing (a scan, a spray)."""
_OTHER_ACTORS = 0.5
"""Two runs with different actors that share an address or a rule only: behind one NAT address are many."""
_UNKNOWN_LEVEL = 0.5
Best = dict[int, tuple[float, int]]
"""Group -> the best weight and its entity, -1 for the rule."""


class Edge(NamedTuple):
    """Two runs that are tied."""

    weight: float
    earlier: Run
    later: Run
    shared: tuple[int, ...]
    """Entity numbers, the best of each group; empty where only the rule is the same."""
    told: str | None = None
    """What a person said, where a person joined them."""


class Linker:
    """Makes edges."""

    def __init__(self, runs: Runs, rarity: Rarity) -> None:
        self._runs = runs
        self._rarity = rarity
        self._levels = [LEVEL_WEIGHT.get(rule.level, _UNKNOWN_LEVEL) for rule in runs.rules]
        self._times = [LEVEL_TIME.get(rule.level, _UNKNOWN_LEVEL) for rule in runs.rules]
        self._reach: dict[int, list[tuple[int, float]]] = {}

    def edges(self, among: Iterable[Run], days: Collection[int | None]) -> Iterator[Edge]:
        """Yield the edges at or above the threshold that lead to runs of these days; `among` holds the three days before them too."""
        for earlier, later in pairs(self._runs, self._rarity, among):
            if later.day in days:
                edge = self.weigh(earlier, later)
                if edge is not None and edge.weight >= THRESHOLD:
                    yield edge

    def weigh(self, earlier: Run, later: Run) -> Edge | None:
        """Return the edge of two runs, None where nothing ties them."""
        gap = max(0.0, later.first - earlier.last)
        if gap > LONGEST_GAP_SECONDS:
            return None
        best = self._best(earlier, later, gap)
        if not best:
            return None
        left = 1.0
        for group in sorted(best):  # always in the same order: floating point multiplication is not associative
            left *= 1.0 - best[group][0]
        total = (1.0 - left) * sqrt(self._levels[earlier.rule] * self._levels[later.rule])
        total *= self._rarity.noise(earlier) * self._rarity.noise(later)
        if best.keys() <= {ADDRESS, RULE} and self._other_actors(earlier, later):
            total *= _OTHER_ACTORS
        entities = self._runs.entities
        named = [(-weight, entities[number], number) for weight, number in best.values() if number >= 0]
        return Edge(total, earlier, later, tuple(number for _, _, number in sorted(named)))

    def _best(self, earlier: Run, later: Run, gap: float) -> Best:
        best: Best = {}
        shared = (
            earlier.cast.anchors
            if earlier.cast is later.cast
            else tuple(number for number in earlier.cast.anchors if number in later.cast.anchors)
        )
        penalty = self._penalty(earlier, shared) * self._penalty(later, shared)
        both_act = earlier.cast.actors & later.cast.actors
        for number in shared:
            weight = self._entity_weight(number, earlier, later, gap)
            self._offer(best, number, weight if number in both_act else weight * penalty)
        for number in earlier.artifacts:
            if number in later.artifacts:
                self._offer(best, number, self._entity_weight(number, earlier, later, gap) * penalty)
        if earlier.rule == later.rule:
            self._same_rule(best, earlier, later, gap)
        return best

    def _offer(self, best: Best, number: int, weight: float) -> None:
        group = self._runs.kinds[number].group
        known = best.get(group)
        entities = self._runs.entities
        if known is None or (-weight, entities[number]) < (-known[0], entities[known[1]]):
            best[group] = (weight, number)

    def _entity_weight(self, number: int, earlier: Run, later: Run, gap: float) -> float:
        kind, rarity = self._runs.kinds[number], self._rarity
        weight_a, time_a = rarity.repetition(earlier, number)
        weight_b, time_b = rarity.repetition(later, number)
        hub = self._hub(number, earlier, later)
        calm = min(rarity.calm(number, earlier), rarity.calm(number, later)) if kind.anchor else 1.0
        level = min(self._times[earlier.rule], self._times[later.rule])
        tau = kind.tau_hours * HOUR * level * calm * min(time_a, time_b)
        return kind.weight * hub * weight_a * weight_b * exp(-gap / tau)

    def _hub(self, number: int, earlier: Run, later: Run) -> float:
        if self._runs.kinds[number].group == MACHINE and not _strangers(earlier, later):
            return 1.0  # a machine with a thousand visitors is still one machine to what goes on inside
        hub = min(self._rarity.hub(number, earlier), self._rarity.hub(number, later))
        same_deed = earlier.rule == later.rule and number in earlier.cast.actors and number in later.cast.actors
        return max(hub, _SAME_DEED) if same_deed else hub

    def _same_rule(self, best: Best, earlier: Run, later: Run, gap: float) -> None:
        kind = RULE_WEIGHT
        if not earlier.cast.anchors:
            if earlier.file != later.file or earlier.cast is not later.cast:
                return
            kind = FILE_WEIGHT
        weight, time = self._rarity.rule_repetition(later)
        best[RULE] = (kind.weight * weight * exp(-gap / (kind.tau_hours * HOUR * time)), -1)

    def _penalty(self, run: Run, shared: Collection[int]) -> float:
        return min((factor for actor, factor in self._reached(run) if actor not in shared), default=1.0)

    def _reached(self, run: Run) -> list[tuple[int, float]]:
        reach = self._reach.get(id(run))
        if reach is None:
            reach = self._reach[id(run)] = self._rarity.reach(run)
        return reach

    def _other_actors(self, earlier: Run, later: Run) -> bool:
        """Return whether different identities act, unless one address tries identity after identity: then others are to be expected."""
        one, two = earlier.cast.identities, later.cast.identities
        if not one or not two or not one.isdisjoint(two):
            return False
        if earlier.rule != later.rule:
            return True
        kinds = self._runs.kinds
        sprayed = (actor for actor, _ in self._reached(earlier) if kinds[actor].group == ADDRESS)
        return not any(actor in later.cast.actors for actor in sprayed)


def _strangers(earlier: Run, later: Run) -> bool:
    """Return whether both have actors, and not one in common."""
    one, two = earlier.cast.actors, later.cast.actors
    return bool(one) and bool(two) and one.isdisjoint(two)
