"""Groups of runs -> incidents, as a person reads them."""

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from heapq import merge
from math import isfinite

from minixdr.correlate.cast import ACTOR
from minixdr.correlate.grouping import Group
from minixdr.correlate.links import Edge
from minixdr.correlate.rarity import Rarity
from minixdr.correlate.risk import RuleShare, rank, risk_of, severity_of, tactic_weights
from minixdr.correlate.runs import ROLES, Run, Runs
from minixdr.correlate.title import label, title_of
from minixdr.schema.attack import ORDER
from minixdr.schema.event import Entity
from minixdr.schema.incident import Incident, Join

MOST_ENTITIES = 1_000
"""Of an incident; the most telling are kept."""
_LAST = 99


def incident_id(first_finding_id: str) -> str:
    """Return 32 hex digits of the first finding's id."""
    return blake2b(b"incident\0" + first_finding_id.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class Describer:
    """Makes incidents."""

    def __init__(self, runs: Runs, rarity: Rarity) -> None:
        self._runs = runs
        self._rarity = rarity

    def incident(self, group: Group) -> Incident:
        """Return the group as an incident."""
        runs = sorted(group.runs, key=lambda run: run.order)
        shares = self._shares(runs)
        entities = self._entities(runs)
        tactics = tactic_weights(shares)
        risk, reasons = risk_of(shares)
        finding_ids = tuple(finding for _, finding in merge(*(run.in_order() for run in runs)))
        return Incident(
            incident_id=incident_id(finding_ids[0]),
            title=title_of(shares, tactics, entities),
            severity=severity_of(shares),
            risk=risk,
            risk_reasons=reasons,
            tactics=tuple(sorted(tactics, key=lambda tactic: (ORDER.get(tactic, _LAST), tactic))),
            techniques=tuple(sorted({technique for share in shares for technique in share.facts.techniques})),
            entities=entities,
            finding_ids=finding_ids,
            first_at=_moment(min(run.first for run in runs)),
            last_at=_moment(max((run.last for run in runs if isfinite(run.last)), default=float("inf"))),
            joins=tuple(self._joins(runs, group.edges)),
        )

    def _shares(self, runs: list[Run]) -> list[RuleShare]:
        by_rule: dict[int, list[Run]] = defaultdict(list)
        for run in runs:
            by_rule[run.rule].append(run)
        shares = [
            RuleShare(
                self._runs.rules[rule],
                sum(len(run.finding_ids) for run in members),
                len(members),
                max(self._rareness(run) for run in members),
            )
            for rule, members in by_rule.items()
        ]
        return sorted(shares, key=lambda share: (-rank(share.facts.level), share.facts.title, share.facts.rule_id))

    def _rareness(self, run: Run) -> float:
        factors = [self._rarity.repetition(run, number)[0] for number in run.cast.anchors]
        return self._rarity.noise(run) * max(factors, default=1.0)

    def _entities(self, runs: list[Run]) -> tuple[Entity, ...]:
        roles: dict[int, int] = {}
        told: Counter[int] = Counter()
        for number, _rule, role in {(code >> 2, run.rule, code & 3) for run in runs for code in run.cast.codes}:
            roles[number] = max(role, roles.get(number, 0))
            told[number] += 1
        for number, _ in {(number, run.rule) for run in runs for number in run.artifacts}:
            roles.setdefault(number, 0)
            told[number] += 1
        table = self._runs.entities

        def telling(number: int) -> tuple[float, tuple[str, str]]:
            weight = self._runs.kinds[number].weight * (1.5 if roles[number] == ACTOR else 1.0)
            return -weight * told[number], table[number]

        chosen = sorted(roles, key=telling)[:MOST_ENTITIES]
        return tuple(Entity(*table[number], ROLES[roles[number]]) for number in chosen)

    def _joins(self, runs: list[Run], edges: list[Edge]) -> Iterator[Join]:
        """Yield one join a run, each to a run that was reached before it from the first one."""
        near: dict[int, list[Edge]] = defaultdict(list)
        for edge in edges:
            near[id(edge.earlier)].append(edge)
            near[id(edge.later)].append(edge)
        how: dict[int, tuple[Run, Edge] | None] = {id(runs[0]): None}
        waiting = deque([runs[0]])
        while waiting:
            run = waiting.popleft()
            for edge in near[id(run)]:
                other = edge.later if edge.earlier is run else edge.earlier
                if id(other) not in how:
                    how[id(other)] = run, edge
                    waiting.append(other)
        for run in runs:
            yield self._join(run, how[id(run)])

    def _join(self, run: Run, how: tuple[Run, Edge] | None) -> Join:
        ordered = run.in_order()
        repeats = tuple(finding for _, finding in ordered[1:])
        if how is None:
            return Join(ordered[0][1], None, (), None, 0.0, "the first finding", repeats)
        other, edge = how
        seconds, joined = _nearest(other.in_order(), ordered[0][0])
        gap = abs(ordered[0][0] - seconds) if isfinite(seconds) and isfinite(ordered[0][0]) else None
        entities = tuple(self._entity(number, run) for number in edge.shared)
        reason = _reason(edge, entities, gap, same_rule=run.rule == other.rule)
        return Join(ordered[0][1], joined, entities, gap, round(edge.weight, 3), reason, repeats)

    def _entity(self, number: int, run: Run) -> Entity:
        role = max((code & 3 for code in run.cast.codes if code >> 2 == number), default=0)
        return Entity(*self._runs.entities[number], ROLES[role])


def _nearest(ordered: list[tuple[float, str]], seconds: float) -> tuple[float, str]:
    place = bisect_left(ordered, (seconds, ""))
    near = ordered[max(0, place - 1) : place + 1]
    return min(near, key=lambda item: (abs(item[0] - seconds) if isfinite(seconds) else 0.0, item[1]))


def _reason(edge: Edge, entities: tuple[Entity, ...], gap: float | None, *, same_rule: bool) -> str:
    apart = "" if gap is None else f", {span(gap)} apart" if gap >= 1 else ", at the same time"
    if edge.told is not None:
        return f"joined by a person: {edge.told}"
    names = " and ".join(label(entity) for entity in entities)
    if edge.weight == 0:
        return f"the same rule again{' on ' + names if names else ''}{apart}"
    if not names:
        return f"the same rule{apart}"
    return f"{names} in both{', the same rule' if same_rule else ''}{apart}"


def span(seconds: float) -> str:
    """Return `4 min`."""
    for unit, size, below in (("s", 1, 120), ("min", 60, 7_200), ("h", 3_600, 172_800)):
        if seconds < below:
            return f"{round(seconds / size)} {unit}"
    return f"{round(seconds / 86_400)} days"


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isfinite(seconds) else None
