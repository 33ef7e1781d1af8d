"""How often rules and entities are seen, over three days around a moment: what makes a shared entity say something.

In: runs. Out: factors from 0 to 1. All counts are of distinct things in a day and its neighbors, so a finding changes nothing that is far
from it in time.
"""

from collections import defaultdict
from collections.abc import Iterable

from minixdr.correlate.runs import Run, Runs
from minixdr.correlate.weights import (
    ADDRESS,
    DAY_SLOTS,
    IDENTITY,
    MACHINE,
    PATIENCE,
    SCOPE,
    SHARED_NAME_WEIGHT,
    SHARED_NAMES,
    TYPES,
    breadth,
    noise,
    repetition,
)

_MANY = 1_000
"""More others than this make no difference: the factor is below 0.01 there."""
_Day = tuple[int, int]
_COUNTED = {IDENTITY: (MACHINE,), MACHINE: (IDENTITY, ADDRESS), ADDRESS: (IDENTITY, MACHINE)}
"""Whose number makes an entity a hub: a user on many machines, a machine with many visitors, an address with many users or targets."""


class Rarity:
    """What is known of how rare things are."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._slots: dict[tuple[int, int, int], set[int]] = defaultdict(set)
        self._rule_slots: dict[_Day, set[int]] = defaultdict(set)
        self._rule_entities: dict[_Day, set[int]] = defaultdict(set)
        self._others: dict[tuple[int, int, int], set[int]] = defaultdict(set)
        self._targets: dict[tuple[int, int, int], set[int]] = defaultdict(set)
        self._patience: list[float] = []
        self._repetitions: dict[tuple[int, int, int], tuple[float, float]] = {}
        self._hubs: dict[_Day, float] = {}
        self._noises: dict[_Day, float] = {}

    def see(self, runs: Iterable[Run]) -> None:
        """Count the runs; those without a time are no measure of how often something happens."""
        self._patience = [PATIENCE.get(rule.level, 1.0) for rule in self._runs.rules]
        self._repetitions.clear()
        self._hubs.clear()
        self._noises.clear()
        for run in runs:
            if run.slot is not None:
                self._see(run, run.slot)

    def _see(self, run: Run, slot: int) -> None:
        day, rule = slot // DAY_SLOTS, run.rule
        self._rule_slots[rule, day].add(slot)
        for number in run.anchors:
            group = self.group(number)
            if group == SCOPE:
                continue
            self._slots[rule, number, day].add(slot)
            if group == MACHINE:
                _note(self._rule_entities[rule, day], number)
            for other in run.anchors:
                other_group = self.group(other)
                if other == number or other_group == SCOPE:
                    continue
                if other_group in _COUNTED[group] and (group != MACHINE or other in run.actors):
                    _note(self._others[number, other_group, day], other)
                if number in run.actors and (other not in run.actors or other_group == IDENTITY):
                    _note(self._targets[rule, number, day], other)
        for number in run.artifacts:
            for other in run.anchors:
                _note(self._others[number, self.group(other), day], other)

    def group(self, number: int) -> int:
        """Return the group of an entity."""
        return TYPES[self._runs.entities[number][0]].group

    def repetition(self, run: Run, number: int) -> tuple[float, float]:
        """Return (weight, time) factors of the run's rule on the entity."""
        if run.slot is None:
            return 1.0, 1.0
        day = run.slot // DAY_SLOTS
        name = (run.rule, number, day)
        known = self._repetitions.get(name)
        if known is None:
            slots = sum(len(self._slots.get((run.rule, number, near), ())) for near in (day - 1, day, day + 1))
            known = self._repetitions[name] = repetition(max(1, slots), self._patience[run.rule])
        return known

    def hub(self, number: int, run: Run) -> float:
        """Return the factor of an entity that many others are seen with."""
        day = (run.slot or 0) // DAY_SLOTS
        known = self._hubs.get((number, day))
        if known is None:
            kind, value = self._runs.entities[number]
            others = max(_several(self._others, (number, group), day) for group in (IDENTITY, MACHINE, ADDRESS))
            known = breadth(others)
            if kind == "user" and value.lower() in SHARED_NAMES:
                known *= SHARED_NAME_WEIGHT / TYPES[kind].weight
            self._hubs[number, day] = known
        return known

    def noise(self, run: Run) -> float:
        """Return the factor of a rule that fires all day on machine after machine."""
        if run.slot is None:
            return 1.0
        day = run.slot // DAY_SLOTS
        known = self._noises.get((run.rule, day))
        if known is None:
            slots = sum(len(self._rule_slots.get((run.rule, near), ())) for near in (day - 1, day, day + 1))
            known = noise(slots, _several(self._rule_entities, (run.rule,), day), self._patience[run.rule])
            self._noises[run.rule, day] = known
        return known

    def rule_repetition(self, run: Run) -> tuple[float, float]:
        """Return (weight, time) factors of the run's rule, wherever it was seen."""
        if run.slot is None:
            return 1.0, 1.0
        day = run.slot // DAY_SLOTS
        slots = sum(len(self._rule_slots.get((run.rule, near), ())) for near in (day - 1, day, day + 1))
        return repetition(max(1, slots), self._patience[run.rule])

    def reach(self, run: Run) -> list[tuple[int, float]]:
        """Return the run's actors that the rule saw with many targets, and the factor for what else the run names.

        A scanner's finding on a machine says little about that machine's other findings, unless the scanner is in them too.
        """
        day = (run.slot or 0) // DAY_SLOTS
        reach = [(actor, breadth(_several(self._targets, (run.rule, actor), day))) for actor in run.actors]
        return [(actor, factor) for actor, factor in reach if factor < 1.0]


def _note(names: set[int], name: int) -> None:
    if len(names) < _MANY:
        names.add(name)


def _several(sets: dict, prefix: tuple[int, ...], day: int) -> int:  # type: ignore[type-arg]
    found: set[int] = set()
    for near in (day - 1, day, day + 1):
        found.update(sets.get((*prefix, near), ()))
    return min(len(found), _MANY)
