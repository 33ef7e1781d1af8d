"""Findings -> runs: findings of one rule on the same entities within a quarter of an hour.

Everything later works on runs, of which there are far fewer. Texts are interned; what is kept of a single finding is its id and its time.
What a run holds is a function of the set of its findings, whatever the order they came in.
"""

from array import array
from collections.abc import Iterable
from math import inf

import msgspec

from minixdr.correlate.key import FindingKey
from minixdr.correlate.weights import DAY_SLOTS, SLOT_SECONDS, TYPES
from minixdr.schema.event import Entity

MOST_ANCHORS = 24
"""A finding that names more is cut there: one record cannot make the work of thousands."""
MOST_ARTIFACTS = 16
"""Of a run; the first by name are kept."""
Marks = tuple[str, ...]
ROLES = ("related", "target", "actor")
ACTOR = ROLES.index("actor")
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
        "actors", "anchors", "artifacts", "codes", "day", "file", "finding_ids", "first", "last", "marks", "order", "rule", "seconds", "slot",
    )  # fmt: skip

    def __init__(self, rule: int, slot: int | None, codes: tuple[int, ...], file: int, marks: Marks) -> None:
        self.rule = rule
        self.slot = slot
        """None for findings without a time."""
        self.day = None if slot is None else slot // DAY_SLOTS
        self.codes = codes
        self.anchors = tuple(sorted({code >> 2 for code in codes}))
        self.actors = frozenset(code >> 2 for code in codes if code & 3 == ACTOR)
        self.file = file
        """-1 where there are anchors."""
        self.marks = marks
        self.artifacts: frozenset[int] = frozenset()
        self.finding_ids: list[str] = []
        self.seconds = array("d")
        self.first = inf
        self.last = -inf
        self.order: tuple[float, str] = (inf, "")
        """Time and id of the first finding: the same whatever came first."""

    def take(self, finding_id: str, seconds: float) -> None:
        """Add a finding."""
        self.finding_ids.append(finding_id)
        self.seconds.append(seconds)
        self.first = min(self.first, seconds)
        self.last = max(self.last, seconds)
        if len(self.finding_ids) == 1 or (seconds, finding_id) < self.order:
            self.order = (seconds, finding_id)

    def drop(self, place: int) -> None:
        """Remove the finding at the place."""
        del self.finding_ids[place]
        del self.seconds[place]
        self.first, self.last = min(self.seconds, default=inf), max(self.seconds, default=-inf)
        self.order = min(zip(self.seconds, self.finding_ids, strict=True), default=(inf, ""))

    def in_order(self) -> list[tuple[float, str]]:
        """Return (seconds, finding id) in time order."""
        return sorted(zip(self.seconds, self.finding_ids, strict=True))


class Runs:
    """All runs, and the tables of what they name."""

    def __init__(self) -> None:
        self.rules: list[RuleFacts] = []
        self.entities: list[tuple[str, str]] = []
        self.files: list[str] = []
        self.by_key: dict[tuple[object, ...], Run] = {}
        self.run_of: dict[str, Run] = {}
        """Finding id -> its run."""
        self._rule_numbers: dict[RuleFacts, int] = {}
        self._entity_numbers: dict[tuple[str, str], int] = {}
        self._file_numbers: dict[str, int] = {}

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
        if not run.artifacts.issuperset(artifacts):
            self.name_artifacts(run, artifacts)
        return run

    def run(self, rule: int, slot: int | None, codes: tuple[int, ...], file: int, marks: Marks) -> Run:
        """Return the run of that rule, slot, anchors, file and marks, made where there is none."""
        name = (rule, slot, codes, file, marks)
        run = self.by_key.get(name)
        if run is None:
            run = self.by_key[name] = Run(rule, slot, codes, file, marks)
        return run

    def put(self, run: Run, finding_id: str, seconds: float) -> None:
        """Add a finding to a run."""
        run.take(finding_id, seconds)
        self.run_of[finding_id] = run

    def name_artifacts(self, run: Run, artifacts: Iterable[int]) -> None:
        """Add artifacts to a run."""
        names = run.artifacts.union(artifacts)
        if len(names) > MOST_ARTIFACTS:
            names = frozenset(sorted(names, key=self.entities.__getitem__)[:MOST_ARTIFACTS])
        run.artifacts = names

    def number(self, rules: Iterable[RuleFacts], entities: Iterable[tuple[str, str]], files: Iterable[str]) -> None:
        """Fill the tables of an empty one."""
        for facts in rules:
            self._rule_numbers[facts] = len(self.rules)
            self.rules.append(facts)
        for kind, value in entities:
            self.entity_number(kind, value)
        for file in files:
            self.file_number(file)

    def remark(self, finding_id: str, marks: Marks) -> None:
        """Move a finding to the run with these marks, made where there is none."""
        run = self.run_of[finding_id]
        if run.marks == marks:
            return
        place = run.finding_ids.index(finding_id)
        seconds = run.seconds[place]
        run.drop(place)
        other = self.run(run.rule, run.slot, run.codes, run.file, marks)
        self.put(other, finding_id, seconds)
        self.name_artifacts(other, run.artifacts)
        if not run.finding_ids:
            del self.by_key[run.rule, run.slot, run.codes, run.file, run.marks]

    def forget(self, runs: Iterable[Run]) -> None:
        """Remove runs and their findings; names stay in the tables."""
        for run in runs:
            del self.by_key[run.rule, run.slot, run.codes, run.file, run.marks]
            for finding_id in run.finding_ids:
                del self.run_of[finding_id]

    def entity_number(self, kind: str, value: str) -> int:
        """Return the number of an entity, a new one where it has none."""
        number = self._entity_numbers.get((kind, value))
        if number is None:
            number = self._entity_numbers[kind, value] = len(self.entities)
            self.entities.append((kind, value))
        return number

    def file_number(self, file: str) -> int:
        """Return the number of a file, a new one where it has none."""
        number = self._file_numbers.get(file)
        if number is None:
            number = self._file_numbers[file] = len(self.files)
            self.files.append(file)
        return number

    def _split(self, entities: tuple[Entity, ...]) -> tuple[tuple[int, ...], list[int]]:
        """Return the codes of the anchors (number * 4 + place in ROLES), sorted, and the numbers of the artifacts."""
        codes: set[int] = set()
        artifacts: list[int] = []
        for entity in entities:
            weight = TYPES.get(entity.type)
            if weight is None:
                continue
            number = self.entity_number(entity.type, entity.value)
            if weight.anchor:
                codes.add(number * 4 + _ROLE_CODES.get(entity.role, 0))
            else:
                artifacts.append(number)
        if len(codes) > MOST_ANCHORS:
            codes = set(sorted(codes, key=lambda code: (self.entities[code >> 2], code & 3))[:MOST_ANCHORS])
        return tuple(sorted(codes)), artifacts
