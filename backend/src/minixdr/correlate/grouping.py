"""Edges -> groups of runs: the firmest ties first, with guards against chains; then what is left over, by its rule.

Kruskal's algorithm in a fixed order (weight, then time and id), so the groups are a function of the set of findings.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from math import log2

from minixdr.correlate.links import Edge
from minixdr.correlate.rarity import Rarity
from minixdr.correlate.runs import Run, Runs
from minixdr.correlate.weights import DAY_SLOTS, HOUR, SLOT_SECONDS, THRESHOLD

_LONGEST_SECONDS = 14 * DAY_SLOTS * SLOT_SECONDS
"""A person works on one incident for weeks at most; what goes on longer starts a new one."""
_WEEK_SLOTS = 7 * DAY_SLOTS
"""What is left over is listed by the week: a list that goes on for months is no incident."""
_LEFTOVER_GAP_SECONDS = 24 * HOUR
_NOISE_GAP_SECONDS = 1 * HOUR
_FIRMER = 0.1
"""Two groups that already stand need more than a thread between them: so much more of the threshold for each doubling of the smaller one."""
_FIRMEST = 2.0
_NOISY = 0.5
_ANYWHERE = -1
_NO_MARKS: frozenset[str] = frozenset()
_QUIET_LEVELS = frozenset({"informational", "low"})


class Group:
    """Runs that belong together."""

    __slots__ = ("edges", "first", "last", "marks", "rules", "runs")

    def __init__(self, run: Run, rules: frozenset[int]) -> None:
        self.runs = [run]
        self.edges: list[Edge] | None = None
        """The ties that made it; most groups have none."""
        self.first = run.first
        self.last = run.last
        self.rules = rules
        self.marks = frozenset(run.marks) if run.marks else _NO_MARKS

    def take(self, other: "Group", edge: Edge) -> None:
        """Add another group, tied by the edge."""
        self.runs.extend(other.runs)
        edges = self.edges = self.edges or []
        edges.extend(other.edges or ())
        edges.append(edge)
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)
        if other.rules != self.rules:
            self.rules |= other.rules
        if other.marks:
            self.marks |= other.marks


class Grouping:
    """Groups under construction."""

    def __init__(self, runs: Iterable[Run]) -> None:
        rules: dict[int, frozenset[int]] = {}
        self._group_of = {id(run): Group(run, rules.setdefault(run.rule, frozenset((run.rule,)))) for run in runs}

    def groups(self) -> list[Group]:
        """Return the groups, each once."""
        return list({id(group): group for group in self._group_of.values()}.values())

    def told(self, edges: Iterable[Edge]) -> None:
        """Join the groups that a person joined, whatever speaks against it; last, so that each is whole."""
        for edge in edges:
            self._join(edge)

    def evident(self, edges: Sequence[Edge], void: frozenset[str]) -> None:
        """Join what edges tie, the firmest first. `void`: separations that a person took back by joining both sides."""
        firmest_first = sorted(edges, key=lambda edge: (-edge.weight, edge.earlier.order, edge.later.order))
        threads = [edge for edge in firmest_first if not self._tie(edge, void)]
        for rope in self._ropes(threads):
            self._tie(rope, void)

    def _tie(self, edge: Edge, void: frozenset[str]) -> bool:
        """Join the groups of an edge where it is firm enough for their size; return whether they are one."""
        one, two = self._group_of[id(edge.earlier)], self._group_of[id(edge.later)]
        if one is two:
            return True
        needed = THRESHOLD * min(_FIRMEST, 1 + _FIRMER * log2(min(len(one.runs), len(two.runs))))
        if edge.weight < needed or not _within(one, two, _LONGEST_SECONDS) or apart(one.marks, two.marks, void):
            return False
        self._join(edge)
        return True

    def _ropes(self, threads: Iterable[Edge]) -> list[Edge]:
        """Return, for each two groups, the firmest of the edges between them with the weight of all that say different things."""
        between: dict[tuple[int, int], dict[tuple[int, ...], Edge]] = defaultdict(dict)
        for edge in threads:
            ends = id(self._group_of[id(edge.earlier)]), id(self._group_of[id(edge.later)])
            if ends[0] != ends[1]:
                says = edge.shared or (-1 - edge.earlier.rule,)
                between[min(ends), max(ends)].setdefault(says, edge)
        ropes = []
        for strands in between.values():
            left = 1.0
            for edge in strands.values():
                left *= 1.0 - edge.weight
            ropes.append(next(iter(strands.values()))._replace(weight=1.0 - left))
        return sorted(ropes, key=lambda edge: (-edge.weight, edge.earlier.order, edge.later.order))

    def leftover(self, edges: Iterable[Edge], void: frozenset[str]) -> None:
        """Join groups of one and the same rule: what stayed alone is read as a list, not as a hundred incidents."""
        for edge in edges:
            one, two = self._group_of[id(edge.earlier)], self._group_of[id(edge.later)]
            if one is two or one.rules != two.rules or len(one.rules) > 1 or apart(one.marks, two.marks, void):
                continue
            self._join(edge)

    def _join(self, edge: Edge) -> None:
        one, two = self._group_of[id(edge.earlier)], self._group_of[id(edge.later)]
        if one is two:
            return
        if len(one.runs) < len(two.runs):  # the smaller one moves: each run moves log2(n) times at most
            one, two = two, one
        one.take(two, edge)
        for run in two.runs:
            self._group_of[id(run)] = one


def apart(one: frozenset[str], two: frozenset[str], void: frozenset[str]) -> bool:
    """Return whether a person separated what the marks stand for. A mark is `<separation>/<side>`."""
    if not one or not two:
        return False
    for mark in one:
        separation, _, side = mark.rpartition("/")
        other = f"{separation}/{'right' if side == 'left' else 'left'}"
        if separation not in void and other in two:
            return True
    return False


def _within(one: Group, two: Group, seconds: float) -> bool:
    # runs without a time have infinite ends; they only ever meet their like
    return not max(one.last, two.last) - min(one.first, two.first) > seconds


def leftover_edges(runs: Runs, rarity: Rarity, among: Iterable[Run], days: Collection[int | None]) -> Iterator[Edge]:
    """Yield edges from a run of these days to the run before it of the same rule.

    On the same anchor: within a day. Of a rule that is noise, or of no weight: anywhere, within an hour. Without anchors: in the same file.
    """
    lists: dict[tuple[int, int], list[Run]] = defaultdict(list)
    for run in sorted(among, key=lambda run: (run.first, run.head)):
        for number in run.cast.listed:
            lists[run.rule, number].append(run)
        if run.file >= 0:
            lists[run.rule, -2 - run.file].append(run)
        if runs.rules[run.rule].level in _QUIET_LEVELS or rarity.noise(run) < _NOISY:
            lists[run.rule, _ANYWHERE].append(run)
    for (_, number), members in lists.items():
        longest = _NOISE_GAP_SECONDS if number == _ANYWHERE else _LEFTOVER_GAP_SECONDS
        shared = (number,) if number >= 0 else ()
        for earlier, later in pairwise(members):
            if later.day in days and _same_week(earlier, later) and not later.first - earlier.last > longest:
                yield Edge(0.0, earlier, later, shared)


def leftover_order(runs: Runs, edge: Edge) -> tuple[float, float, str, str, tuple[str, str]]:
    """Return the place of an edge among others: the shortest gap first."""
    earlier, later = edge.earlier, edge.later
    gap = 0.0 if later.slot is None else later.first - earlier.last
    return gap, earlier.first, earlier.head, later.head, runs.entities[edge.shared[0]] if edge.shared else ("", "")


def _same_week(earlier: Run, later: Run) -> bool:
    if earlier.slot is None or later.slot is None:
        return earlier.slot is later.slot
    return earlier.slot // _WEEK_SLOTS == later.slot // _WEEK_SLOTS
