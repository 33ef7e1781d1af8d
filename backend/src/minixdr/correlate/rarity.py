"""How often rules and entities are seen, over three days around a moment: what makes a shared entity say something.

In: runs. Out: factors from 0 to 1. All counts are of distinct things in a day and its neighbors, so a finding changes nothing that is far
from it in time.
"""

from collections.abc import Iterable, Sequence

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
    calm,
    noise,
    repetition,
)

_MANY = 1_000
"""More others than this make no difference: the factor is below 0.01 there."""
_SELDOM = 8
"""Quarter hours in which a rule is seen on an entity: what is seen more often has its own factor already."""
_RULE = 1 << 32
"""A rule and an entity are one number: rule * _RULE + entity."""
_FACTORS = {
    level: [repetition(max(1, slots), patience) for slots in range(3 * DAY_SLOTS + 1)]
    for level, patience in PATIENCE.items()
}
Noted = dict[int, int | set[int]]
"""One other, or several."""


class DayCounts:
    """What was seen on one day."""

    __slots__ = ("known", "others", "reached", "rule_places", "rule_slots", "rules_on", "slots")

    def __init__(self) -> None:
        self.slots: dict[int, int] = {}
        """Rule and entity -> the day's slots as bits."""
        self.rule_slots: dict[int, int] = {}
        self.rules_on: Noted = {}
        """Entity -> rules."""
        self.rule_places: Noted = {}
        """Rule -> the machines that it was seen on, or the identities, where it names no machine."""
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
        self._factors: list[Sequence[tuple[float, float]]] = []
        """Of each rule: its factors where it was seen in so many slots."""
        self._nears: dict[int, list[DayCounts]] = {}
        self._hubs: dict[tuple[int, int], float] = {}
        self._calms: dict[tuple[int, int], float] = {}
        self._reaches: dict[tuple[int, int], float] = {}
        self._noises: dict[tuple[int, int], float] = {}

    def see(self, runs: Iterable[Run]) -> None:
        """Count the runs; those without a time are no measure of how often something happens."""
        self._factors = [_FACTORS.get(rule.level, _FACTORS["medium"]) for rule in self._runs.rules]
        self._hubs.clear()
        self._calms.clear()
        self._reaches.clear()
        self._noises.clear()
        for run in runs:
            if run.slot is not None and run.day is not None:
                counts = self._days.get(run.day)
                if counts is None:
                    counts = self._days[run.day] = DayCounts()
                    self._nears.clear()
                _see(counts, run, 1 << run.slot % DAY_SLOTS)

    def repetition(self, run: Run, number: int) -> tuple[float, float]:
        """Return (weight, time) factors of the run's rule on the entity."""
        if run.day is None or self._runs.kinds[number].group == ARTIFACT:
            return 1.0, 1.0
        name, slots = run.rule * _RULE + number, 0
        for counts in self._near(run.day):
            bits = counts.slots.get(name)
            if bits:
                slots += bits.bit_count()
        return self._factors[run.rule][slots]

    def calm(self, number: int, run: Run) -> float:
        """Return the time factor of an entity on which now this, now that is seen: there only what is close in time belongs together."""
        day = run.day
        if day is None:
            return 1.0
        known = self._calms.get((number, day))
        if known is None:
            near = self._near(day)
            rules = set().union(*(_members(counts.rules_on, number) for counts in near))
            names = [rule * _RULE + number for rule in rules]
            seldom = [
                name for name in names if sum(counts.slots.get(name, 0).bit_count() for counts in near) <= _SELDOM
            ]
            slots = 0
            for counts in near:
                bits = 0
                for name in seldom:
                    bits |= counts.slots.get(name, 0)
                slots += bits.bit_count()
            known = self._calms[number, day] = calm(slots)
        return known

    def rule_repetition(self, run: Run) -> tuple[float, float]:
        """Return (weight, time) factors of the run's rule, wherever it was seen."""
        return (1.0, 1.0) if run.day is None else self._factors[run.rule][self._rule_slots(run.rule, run.day)]

    def _rule_slots(self, rule: int, day: int) -> int:
        return sum(counts.rule_slots.get(rule, 0).bit_count() for counts in self._near(day))

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
            places = _several([counts.rule_places for counts in self._near(day)], run.rule)
            patience = PATIENCE.get(self._runs.rules[run.rule].level, 1.0)
            known = self._noises[run.rule, day] = noise(self._rule_slots(run.rule, day), places, patience)
        return known

    def reach(self, run: Run) -> list[tuple[int, float]]:
        """Return the run's actors that the rule saw with many targets, and the factor for what else the run names.

        A scanner's finding on a machine says little about that machine's other findings, unless the scanner is in them too.
        """
        if not run.cast.actors:
            return []
        reach = [(actor, self._reach(run.rule * _RULE + actor, run.day or 0)) for actor in sorted(run.cast.actors)]
        return [(actor, factor) for actor, factor in reach if factor < 1.0]

    def _reach(self, name: int, day: int) -> float:
        known = self._reaches.get((name, day))
        if known is None:
            tables = [counts.reached for counts in self._near(day)]
            known = self._reaches[name, day] = breadth(_several(tables, name))
        return known

    def _near(self, day: int) -> list[DayCounts]:
        near = self._nears.get(day)
        if near is None:
            days = self._days
            near = self._nears[day] = [days[other] for other in (day - 1, day, day + 1) if other in days]
        return near


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
        for number in cast.anchors:
            _note(counts.rules_on, number, rule)
        for number in cast.seen_by:
            _note(counts.rule_places, rule, number)
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


def _members(noted: Noted, name: int) -> set[int]:
    others = noted.get(name)
    return others if isinstance(others, set) else set() if others is None else {others}


def _several(tables: list[Noted], name: int) -> int:
    return min(len(set().union(*(_members(noted, name) for noted in tables))), _MANY)
