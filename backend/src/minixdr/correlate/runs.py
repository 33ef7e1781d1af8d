"""Findings -> runs: findings of one rule on the same entities within a quarter of an hour.

Everything later works on runs, of which there are far fewer. Texts are interned; what is kept of a single finding is its id and its time.
What a run holds is a function of the set of its findings, whatever the order they came in.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from math import inf, isfinite

import msgspec

from minixdr.correlate.cast import Cast
from minixdr.correlate.key import FindingKey
from minixdr.correlate.weights import DAY_SLOTS, SLOT_SECONDS, TypeWeight, weight_of
from minixdr.schema.event import Entity

MOST_ANCHORS = 24
"""A finding that names more is cut there: one record cannot make the work of thousands."""
MOST_ARTIFACTS = 16
"""Of a run; the first by name are kept."""
Marks = tuple[str, ...]
ROLES = ("related", "target", "actor")
_ROLE_CODES = {role: code for code, role in enumerate(ROLES)}


class RuleFacts(msgspec.Struct, frozen=True):
    """What incidents say of a rule."""

    rule_id: str
    title: str
    level: str
    tactics: tuple[str, ...]
    techniques: tuple[str, ...]
    source: str


class Run:
    """Findings of one rule on the same anchors within one slot."""

    __slots__ = (
        "artifacts",
        "cast",
        "day",
        "file",
        "finding_ids",
        "first",
        "head",
        "last",
        "marks",
        "rule",
        "seconds",
        "slot",
        "sorted",
    )

    def __init__(self, rule: int, slot: int | None, cast: Cast, file: int, marks: Marks) -> None:
        self.rule = rule
        self.slot = slot
        """None for findings without a time."""
        self.day = None if slot is None else slot // DAY_SLOTS
        self.cast = cast
        self.file = file
        """-1 where there are anchors."""
        self.marks = marks
        self.artifacts: tuple[int, ...] = ()
        self.finding_ids: list[str] = []
        self.seconds = array("d")
        self.first = inf
        self.last = -inf
        self.sorted = True
        self.head = ""
        """Id of the first finding."""

    @property
    def order(self) -> tuple[float, str]:
        """Return time and id of the first finding: the same whatever came first."""
        return self.first, self.head

    def take(self, finding_id: str, seconds: float) -> None:
        """Add a finding."""
        if not self.finding_ids or (seconds, finding_id) < (self.first, self.head):
            self.first, self.head = seconds, finding_id
        self.sorted = self.sorted and (
            not self.finding_ids or (seconds, finding_id) > (self.last, self.finding_ids[-1])
        )
        self.last = max(self.last, seconds)
        self.finding_ids.append(finding_id)
        self.seconds.append(seconds)

    def drop(self, finding_id: str) -> float:
        """Remove a finding; return its time."""
        place = self.finding_ids.index(finding_id)
        seconds = self.seconds[place]
        del self.finding_ids[place]
        del self.seconds[place]
        self.first, self.head = min(zip(self.seconds, self.finding_ids, strict=True), default=(inf, ""))
        self.last = max(self.seconds, default=-inf)
        return seconds

    def sort(self) -> None:
        """Bring the findings into time order."""
        if not self.sorted:
            pairs = sorted(zip(self.seconds, self.finding_ids, strict=True))
            self.seconds = array("d", [seconds for seconds, _ in pairs])
            self.finding_ids = [finding_id for _, finding_id in pairs]
            self.sorted = True

    def nearest(self, seconds: float) -> tuple[float, str]:
        """Return time and id of the finding that is nearest to the moment."""
        self.sort()
        place = bisect_left(self.seconds, seconds)
        near = range(max(0, place - 1), min(len(self.seconds), place + 1))
        best = min(near, key=lambda item: abs(self.seconds[item] - seconds) if isfinite(seconds) else 0.0)
        return self.seconds[best], self.finding_ids[best]


class Runs:
    """All runs, and the tables of what they name."""

    def __init__(self) -> None:
        self.rules: list[RuleFacts] = []
        self.entities: list[tuple[str, str]] = []
        self.kinds: list[TypeWeight] = []
        """What the type of each entity is worth."""
        self.files: list[str] = []
        self.by_key: dict[tuple[object, ...], Run] = {}
        self.run_of: dict[str, Run] = {}
        """Finding id -> its run."""
        self._rule_numbers: dict[RuleFacts, int] = {}
        self._entity_numbers: dict[tuple[str, str], int] = {}
        self._file_numbers: dict[str, int] = {}
        self._casts: dict[tuple[int, ...], Cast] = {}

    def add(self, key: FindingKey, marks: Marks = ()) -> Run | None:
        """Return the run that takes the finding, None where the finding is known."""
        if key.finding_id in self.run_of:
            return None
        facts = RuleFacts(key.rule_id, key.title, key.level, key.tactics, key.techniques, key.source)
        rule = self._rule_numbers.get(facts)
        if rule is None:
            rule = self._rule_numbers[facts] = len(self.rules)
            self.rules.append(facts)
        codes, artifacts = self._split(key.entities)
        file = -1 if codes else self.file_number(key.file)
        slot = None if key.seconds is None else int(key.seconds // SLOT_SECONDS)
        run = self.run(rule, slot, codes, file, marks)
        self.put(run, key.finding_id, inf if key.seconds is None else key.seconds)
        if artifacts and artifacts != run.artifacts:
            self.name_artifacts(run, artifacts)
        return run

    def run(self, rule: int, slot: int | None, codes: tuple[int, ...], file: int, marks: Marks) -> Run:
        """Return the run of that rule, slot, anchors, file and marks, made where there is none."""
        name = (rule, slot, codes, file, marks)
        run = self.by_key.get(name)
        if run is None:
            cast = self._casts.get(codes)
            if cast is None:
                cast = self._casts[codes] = Cast(codes, self.kinds)
            run = self.by_key[name] = Run(rule, slot, cast, file, marks)
        return run

    def put(self, run: Run, finding_id: str, seconds: float) -> None:
        """Add a finding to a run."""
        run.take(finding_id, seconds)
        self.run_of[finding_id] = run

    def name_artifacts(self, run: Run, artifacts: Iterable[int]) -> None:
        """Add artifacts to a run."""
        names = {*run.artifacts, *artifacts}
        if len(names) > MOST_ARTIFACTS:
            names = set(sorted(names, key=self.entities.__getitem__)[:MOST_ARTIFACTS])
        run.artifacts = tuple(sorted(names))

    def number(self, rules: Iterable[RuleFacts], entities: Iterable[tuple[str, str]], files: Iterable[str]) -> None:
        """Fill the tables of an empty one. Raises KeyError where a type of entity is unknown."""
        for facts in rules:
            self._rule_numbers[facts] = len(self.rules)
            self.rules.append(facts)
        for kind, value in entities:
            weight = weight_of(kind, value)
            if weight is None:
                raise KeyError(kind)
            self.entity_number(kind, value, weight)
        for file in files:
            self.file_number(file)

    def remark(self, finding_id: str, marks: Marks) -> None:
        """Move a finding to the run with these marks, made where there is none."""
        run = self.run_of[finding_id]
        if run.marks == marks:
            return
        seconds = run.drop(finding_id)
        other = self.run(run.rule, run.slot, run.cast.codes, run.file, marks)
        self.put(other, finding_id, seconds)
        self.name_artifacts(other, run.artifacts)
        if not run.finding_ids:
            self._remove(run)

    def forget(self, runs: Iterable[Run]) -> None:
        """Remove runs and their findings; names stay in the tables."""
        for run in runs:
            self._remove(run)
            for finding_id in run.finding_ids:
                del self.run_of[finding_id]

    def entity_number(self, kind: str, value: str, weight: TypeWeight) -> int:
        """Return the number of an entity, a new one where it has none."""
        name = (kind, value)
        number = self._entity_numbers.get(name)
        if number is None:
            number = self._entity_numbers[name] = len(self.entities)
            self.entities.append(name)
            self.kinds.append(weight)
        return number

    def file_number(self, file: str) -> int:
        """Return the number of a file, a new one where it has none."""
        number = self._file_numbers.get(file)
        if number is None:
            number = self._file_numbers[file] = len(self.files)
            self.files.append(file)
        return number

    def _remove(self, run: Run) -> None:
        del self.by_key[run.rule, run.slot, run.cast.codes, run.file, run.marks]

    def _split(self, entities: tuple[Entity, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the codes of the anchors (number * 4 + place in ROLES) and the numbers of the artifacts, sorted."""
        codes: set[int] = set()
        artifacts: set[int] = set()
        for entity in entities:
            weight = weight_of(entity.type, entity.value)
            if weight is None:
                continue
            number = self.entity_number(entity.type, entity.value, weight)
            if weight.anchor:
                codes.add(number * 4 + _ROLE_CODES.get(entity.role, 0))
            else:
                artifacts.add(number)
        if len(codes) > MOST_ANCHORS:
            codes = set(sorted(codes, key=lambda code: (self.entities[code >> 2], code & 3))[:MOST_ANCHORS])
        return tuple(sorted(codes)), tuple(sorted(artifacts))
