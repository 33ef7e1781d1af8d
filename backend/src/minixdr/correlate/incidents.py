"""Findings come in batches, incidents change: the stage's state.

In: finding keys in any order and any batches, and what people decide. Out: the incidents, which are a function of the set of findings and
decisions alone. A batch costs the work of the days around it: what is a week away from a new finding is kept as it is.
Not covered: a rule's or an entity's whole history (rarity looks at three days), and findings that come after `forget` dropped their incident.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from minixdr.correlate import decisions
from minixdr.correlate.decisions import Apart, Decision, Together
from minixdr.correlate.describe import Describer
from minixdr.correlate.grouping import Group, Grouping, leftover_edges, leftover_order
from minixdr.correlate.islands import Islands
from minixdr.correlate.key import FindingKey
from minixdr.correlate.links import Edge, Linker
from minixdr.correlate.rarity import Rarity
from minixdr.correlate.runs import Marks, Run, Runs
from minixdr.correlate.state import State, restored, saved
from minixdr.schema.incident import Incident

_REACH_DAYS = 6
"""How far a finding changes anything: its day is in the counts of the next one, and from there an edge leads three days on, each begun."""
_CONTEXT_DAYS = 4
"""What may lie before a run that an edge leads to: three days, begun."""
Day = int | None


class Changes(msgspec.Struct, frozen=True):
    """What became different."""

    changed: tuple[Incident, ...]
    """New ones and those that are not as they were, in the order of their first findings."""
    gone: Mapping[str, str | None]
    """Incident that is no more -> the one that now holds its first finding, None where that is forgotten."""


class UnknownIncidentError(KeyError):
    """No incident has this id."""


class Incidents:
    """All incidents that are open to change."""

    def __init__(self) -> None:
        self._runs = Runs()
        self._decisions: dict[str, Decision] = {}
        self._marks: dict[str, Marks] = {}
        self._incidents: dict[str, Incident] = {}
        self._clear()

    def _clear(self) -> None:
        self._rarity = Rarity(self._runs)
        self._days: dict[Day, dict[int, Run]] = defaultdict(dict)
        self._evident: dict[Day, list[Edge]] = {}
        self._leftover: dict[Day, list[Edge]] = {}
        self._incident_of: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._incidents)

    def incidents(self) -> tuple[Incident, ...]:
        """Return the incidents, in the order of their first findings; those without a time last."""
        return _in_order(self._incidents.values())

    def add(self, keys: Iterable[FindingKey]) -> Changes:
        """Return what the findings changed. Findings that are known change nothing."""
        touched: dict[int, Run] = {}
        for key in keys:
            run = self._runs.add(key, self._marks.get(key.finding_id, ()))
            if run is not None:
                touched[id(run)] = run
        return self._take(touched.values())

    def merge(self, one: str, two: str, reason: str) -> tuple[str, Changes]:
        """Return the decision's id and what joining two incidents changed. Raises UnknownIncidentError."""
        first, second = (self._known(name).finding_ids[0] for name in (one, two))
        return self._decide(decisions.together(first, second, reason))

    def split(self, incident_id: str, finding_ids: Iterable[str], reason: str) -> tuple[str, Changes]:
        """Return the decision's id and what taking these findings out of their incident changed.

        Raises UnknownIncidentError; ValueError where the findings are not some, but not all, of the incident's.
        """
        whole = set(self._known(incident_id).finding_ids)
        left = set(finding_ids)
        if not left or not left < whole:
            raise ValueError("name some of the incident's findings, not all and no others")
        return self._decide(decisions.apart(left, whole - left, reason))

    def undo(self, decision_id: str) -> Changes:
        """Return what taking a decision back changed. Raises KeyError where there is none of this id."""
        decision = self._decisions.pop(decision_id)
        if isinstance(decision, Apart):
            self._remark(decision)
        return self._rebuild()

    def decisions(self) -> tuple[Decision, ...]:
        """Return what people decided."""
        return tuple(self._decisions[name] for name in sorted(self._decisions))

    def forget(self, before_seconds: float) -> Changes:
        """Return what dropping the incidents that ended before that time changed: the work and the memory of a state that lives for years."""
        old = {
            incident.incident_id
            for incident in self._incidents.values()
            if incident.last_at is not None and incident.last_at.timestamp() < before_seconds
        }
        self._runs.forget([run for run in list(self._runs.by_key.values()) if self._incident_of[id(run)] in old])
        return self._rebuild()

    def save(self) -> State:
        """Return the state as plain values."""
        return saved(self._runs, list(self.decisions()))

    @classmethod
    def restore(cls, state: State) -> "Incidents":
        """Return the incidents of a saved state. Raises WrongStateError."""
        made = cls()
        made._runs = restored(state)
        made._decisions = {decision.decision_id: decision for decision in state.decisions}
        for decision in made._decisions.values():
            if isinstance(decision, Apart):
                made._collect_marks(decision)
        made._rebuild()
        return made

    def _known(self, incident_id: str) -> Incident:
        incident = self._incidents.get(incident_id)
        if incident is None:
            raise UnknownIncidentError(incident_id)
        return incident

    def _decide(self, decision: Decision) -> tuple[str, Changes]:
        self._decisions[decision.decision_id] = decision
        if isinstance(decision, Apart):
            self._remark(decision)
        return decision.decision_id, self._rebuild()

    def _remark(self, decision: Apart) -> None:
        names = [name for name, _ in decision.marks()]
        for name in names:
            self._marks.pop(name, None)
        for other in self._decisions.values():
            if isinstance(other, Apart):
                self._collect_marks(other, set(names))
        for name in names:
            if name in self._runs.run_of:
                self._runs.remark(name, self._marks.get(name, ()))

    def _collect_marks(self, decision: Apart, names: set[str] | None = None) -> None:
        for name, mark in decision.marks():
            if names is None or name in names:
                self._marks[name] = tuple(sorted({*self._marks.get(name, ()), mark}))

    def _rebuild(self) -> Changes:
        self._clear()
        return self._take(self._runs.by_key.values(), everything=True)

    def _take(self, touched: Iterable[Run], *, everything: bool = False) -> Changes:
        days: set[Day] = set()
        fresh = list(touched)
        for run in fresh:
            day = run.day
            days.add(day)
            self._days[day][id(run)] = run
        self._rarity.see(fresh)
        window = {near for day in days for near in _around(day, _REACH_DAYS)} & self._days.keys()
        self._link(window)
        return self._group(window, everything=everything)

    def _link(self, window: set[Day]) -> None:
        """Make the edges that lead to runs of these days anew."""
        linker = Linker(self._runs, self._rarity)
        for days in _stretches(window):
            context = set(days) | {
                day - back for day in days if day is not None for back in range(1, _CONTEXT_DAYS + 1)
            }
            runs = [run for day in context for run in self._days.get(day, {}).values()]
            for kept, edges in (
                (self._evident, linker.edges(runs, days)),
                (self._leftover, leftover_edges(self._runs, self._rarity, runs, days)),
            ):
                kept.update({day: [] for day in days})
                for edge in edges:
                    kept[edge.later.day].append(edge)

    def _group(self, window: set[Day], *, everything: bool) -> Changes:
        told = self._told()
        islands = Islands()
        for edges in (*self._evident.values(), *self._leftover.values(), told):
            islands.join((id(edge.earlier), id(edge.later)) for edge in edges)
        touched = {islands.of(number) for day in window for number in self._days[day]}
        runs = [run for day in self._days.values() for run in day.values() if islands.of(id(run)) in touched]
        grouping = Grouping(runs)
        chosen = {id(run) for run in runs}
        void = self._void(told)
        grouping.evident([edge for edges in self._evident.values() for edge in edges if id(edge.later) in chosen], void)
        left = [edge for edges in self._leftover.values() for edge in edges if id(edge.later) in chosen]
        left.sort(key=lambda edge: leftover_order(self._runs, edge))
        grouping.leftover(left, void)
        grouping.told(edge for edge in told if id(edge.later) in chosen)
        return self._replace(runs, grouping.groups(), everything=everything)

    def _replace(self, runs: list[Run], groups: list[Group], *, everything: bool) -> Changes:
        """Put the groups' incidents in the place of those that the runs were in."""
        if everything:
            old, self._incidents = self._incidents, {}
        else:
            names = {self._incident_of[id(run)] for run in runs if id(run) in self._incident_of}
            old = {name: self._incidents.pop(name) for name in names}
        describer = Describer(self._runs, self._rarity)
        changed = []
        for group in groups:
            incident = describer.incident(group)
            self._incidents[incident.incident_id] = incident
            self._incident_of.update((id(run), incident.incident_id) for run in group.runs)
            if old.get(incident.incident_id) != incident:
                changed.append(incident)
        gone = {name: self._holder(incident) for name, incident in old.items() if name not in self._incidents}
        return Changes(_in_order(changed), dict(sorted(gone.items())))

    def _holder(self, incident: Incident) -> str | None:
        run = self._runs.run_of.get(incident.finding_ids[0])
        return None if run is None else self._incident_of[id(run)]

    def _told(self) -> list[Edge]:
        edges = []
        for decision in self.decisions():
            if isinstance(decision, Together):
                one, two = self._runs.run_of.get(decision.one), self._runs.run_of.get(decision.two)
                if one is not None and two is not None and one is not two:
                    edges.append(Edge(1.0, one, two, (), decision.reason))
        return edges

    def _void(self, told: list[Edge]) -> frozenset[str]:
        """Return the separations that a person took back by joining both sides."""
        grouping = Grouping([run for edge in told for run in (edge.earlier, edge.later)])
        grouping.told(told)
        sides: set[str] = set()
        for group in grouping.groups():
            separations = [mark.rpartition("/")[0] for mark in group.marks]
            sides.update(name for name in separations if separations.count(name) > 1)
        return frozenset(sides)


def _around(day: Day, reach: int) -> Iterable[Day]:
    return (None,) if day is None else range(day - reach, day + reach + 1)


def _stretches(days: set[Day]) -> list[list[Day]]:
    """Return the days in stretches, so that what lies far apart is looked at apart; no day at the end."""
    stretches: list[list[Day]] = []
    for day in sorted(day for day in days if day is not None):
        last = stretches[-1][-1] if stretches else None
        if last is not None and day - last <= _CONTEXT_DAYS:
            stretches[-1].append(day)
        else:
            stretches.append([day])
    return [*stretches, [None]] if None in days else stretches


def _in_order(incidents: Iterable[Incident]) -> tuple[Incident, ...]:
    def place(incident: Incident) -> tuple[bool, float, str]:
        first = incident.first_at
        return first is None, 0.0 if first is None else first.timestamp(), incident.incident_id

    return tuple(sorted(incidents, key=place))
