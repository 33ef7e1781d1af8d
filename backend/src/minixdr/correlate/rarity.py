"""How often rules and entities are seen, over three days around a moment: what makes a shared entity say something.

In: runs. Out: factors from 0 to 1. All counts are of distinct things in a day and its neighbors, so a finding changes nothing that is far
from it in time.
"""

from collections.abc import Iterable

from minixdr.correlate.runs import Run, Runs
from minixdr.correlate.weights import (
    ADDRESS,
    ARTIFACT,
    DAY_SLOTS,
    IDENTITY,
    MACHINE,
    PATIENCE,
    SHARED_NAME_WEIGHT,
    SHARED_NAMES,
    breadth,
    noise,
    repetition,
)

_MANY = 1_000
"""More others than this make no difference: the factor is below 0.01 there."""
_RULE = 1 << 32
"""A rule and an entity are one number: rule * _RULE + entity."""
Noted = dict[int, int | set[int]]
"""One other, or several."""


class DayCounts:
    """What was seen on one day."""

    __slots__ = ("known", "others", "reached", "rule_machines", "rule_slots", "slots")

    def __init__(self) -> None:
        self.slots: dict[int, int] = {}
        """Rule and entity -> the day's slots as bits."""
        self.rule_slots: dict[int, int] = {}
        self.rule_machines: Noted = {}
        self.others: Noted = {}
        """Entity * 8 + group -> others of that group."""
        self.reached: Noted = {}
        """Rule and actor -> what it acted on."""
        self.known: set[int | tuple[int, int]] = set()
        """Casts that are counted in `others`, rules with casts that are in `reached`."""


class Rarity:
    """What is known of how rare things are."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._days: dict[int, DayCounts] = {}
        self._patience: list[float] = []
        self._repetitions: dict[tuple[int, int], tuple[float, float]] = {}
        self._rule_repetitions: dict[tuple[int, int], tuple[float, float]] = {}
        self._hubs: dict[tuple[int, int], float] = {}
        self._noises: dict[tuple[int, int], float] = {}

    def see(self, runs: Iterable[Run]) -> None:
        """Count the runs; those without a time are no measure of how often something happens."""
        self._patience = [PATIENCE.get(rule.level, 1.0) for rule in self._runs.rules]
        for known in (self._repetitions, self._rule_repetitions, self._hubs, self._noises):
            known.clear()
        for run in runs:
            if run.slot is not None and run.day is not None:
                counts = self._days.get(run.day)
                if counts is None:
                    counts = self._days[run.day] = DayCounts()
                _see(counts, run, 1 << run.slot % DAY_SLOTS)

    def repetition(self, run: Run, number: int) -> tuple[float, float]:
        """Return (weight, time) factors of the run's rule on the entity."""
        day = run.day
        if day is None or self._runs.kinds[number].group == ARTIFACT:
            return 1.0, 1.0
        name = (run.rule * _RULE + number, day)
        known = self._repetitions.get(name)
        if known is None:
            slots = sum(counts.slots.get(name[0], 0).bit_count() for counts in self._near(day))
            known = self._repetitions[name] = repetition(max(1, slots), self._patience[run.rule])
        return known

    def rule_repetition(self, run: Run) -> tuple[float, float]:
        """Return (weight, time) factors of the run's rule, wherever it was seen."""
        day = run.day
        if day is None:
            return 1.0, 1.0
        known = self._rule_repetitions.get((run.rule, day))
        if known is None:
            slots = sum(counts.rule_slots.get(run.rule, 0).bit_count() for counts in self._near(day))
            known = self._rule_repetitions[run.rule, day] = repetition(max(1, slots), self._patience[run.rule])
        return known

    def hub(self, number: int, run: Run) -> float:
        """Return the factor of an entity that many others are seen with."""
        day = run.day or 0
        known = self._hubs.get((number, day))
        if known is None:
            kind, value = self._runs.entities[number]
            near = self._near(day)
            groups = (MACHINE,) if self._runs.kinds[number].group == ARTIFACT else (IDENTITY, MACHINE, ADDRESS)
            known = breadth(max(_several([counts.others for counts in near], number * 8 + group) for group in groups))
            if kind == "user" and value.lower() in SHARED_NAMES:
                known *= SHARED_NAME_WEIGHT / self._runs.kinds[number].weight
            self._hubs[number, day] = known
        return known

    def noise(self, run: Run) -> float:
        """Return the factor of a rule that fires all day on machine after machine."""
        day = run.day
        if day is None:
            return 1.0
        known = self._noises.get((run.rule, day))
        if known is None:
            near = self._near(day)
            slots = sum(counts.rule_slots.get(run.rule, 0).bit_count() for counts in near)
            machines = _several([counts.rule_machines for counts in near], run.rule)
            known = self._noises[run.rule, day] = noise(slots, machines, self._patience[run.rule])
        return known

    def reach(self, run: Run) -> list[tuple[int, float]]:
        """Return the run's actors that the rule saw with many targets, and the factor for what else the run names.

        A scanner's finding on a machine says little about that machine's other findings, unless the scanner is in them too.
        """
        if not run.cast.actors:
            return []
        tables = [counts.reached for counts in self._near(run.day or 0)]
        reach = [(actor, breadth(_several(tables, run.rule * _RULE + actor))) for actor in sorted(run.cast.actors)]
        return [(actor, factor) for actor, factor in reach if factor < 1.0]

    def _near(self, day: int) -> list[DayCounts]:
        days = self._days
        return [days[near] for near in (day - 1, day, day + 1) if near in days]


def _see(counts: DayCounts, run: Run, bit: int) -> None:
    cast, rule = run.cast, run.rule
    counts.rule_slots[rule] = counts.rule_slots.get(rule, 0) | bit
    slots, first = counts.slots, rule * _RULE
    for number in cast.anchors:
        slots[first + number] = slots.get(first + number, 0) | bit
    for number in run.artifacts:
        for other in cast.seen_by:
            _note(counts.others, number * 8 + MACHINE, other)
    known = counts.known
    if (rule, id(cast)) not in known:
        known.add((rule, id(cast)))
        for number in cast.machines:
            _note(counts.rule_machines, rule, number)
        for actor, other in cast.reached:
            _note(counts.reached, first + actor, other)
        if id(cast) not in known:
            known.add(id(cast))
            for number, other in cast.others:
                _note(counts.others, number, other)


def _note(noted: Noted, name: int, other: int) -> None:
    before = noted.get(name)
    if before is None:
        noted[name] = other
    elif isinstance(before, set):
        if len(before) < _MANY:
            before.add(other)
    elif before != other:
        noted[name] = {before, other}


def _several(tables: list[Noted], name: int) -> int:
    found: set[int] = set()
    for noted in tables:
        others = noted.get(name)
        if isinstance(others, set):
            found |= others
        elif others is not None:
            found.add(others)
    return min(len(found), _MANY)
