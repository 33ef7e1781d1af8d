"""Groups of runs -> incidents, as a person reads them."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from heapq import nsmallest
from math import isfinite, sqrt

from minixdr.correlate.cast import ACTOR
from minixdr.correlate.grouping import Group
from minixdr.correlate.links import Edge
from minixdr.correlate.rarity import Rarity
from minixdr.correlate.risk import RuleShare, rank, risk_of, severity_of, tactic_weights
from minixdr.correlate.runs import ROLES, Run, Runs
from minixdr.correlate.title import label, title_of
from minixdr.correlate.weights import noun
from minixdr.schema.attack import ORDER
from minixdr.schema.event import Entity
from minixdr.schema.incident import Incident, Join

MOST_ENTITIES = 1_000
"""Of an incident; the most telling are kept."""
_LAST = 99
_ACTORS_TELL = 1.5


def incident_id(first_finding_id: str) -> str:
    """Return 32 hex digits of the first finding's id."""
    return blake2b(b"incident\0" + first_finding_id.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class Describer:
    """Makes incidents."""

    def __init__(self, runs: Runs, rarity: Rarity) -> None:
        self._runs = runs
        self._rarity = rarity
        self._known: dict[tuple[int, int], Entity] = {}

    def incident(self, group: Group) -> Incident:
        """Return the group as an incident."""
        runs = sorted(group.runs, key=lambda run: (run.first, run.head))
        for run in runs:
            run.sort()
        shares = self._shares(runs)
        entities, counts = self._entities(runs)
        tactics = tactic_weights(shares)
        risk, reasons = risk_of(shares)
        findings = sorted(pair for run in runs for pair in zip(run.seconds, run.finding_ids, strict=True))
        finding_ids = tuple(finding for _, finding in findings)
        return Incident(
            incident_id=incident_id(finding_ids[0]),
            title=title_of(shares, tactics, entities, counts),
            severity=severity_of(shares),
            risk=risk,
            risk_reasons=reasons,
            tactics=tuple(sorted(tactics, key=lambda tactic: (ORDER.get(tactic, _LAST), tactic))),
            techniques=tuple(sorted({technique for share in shares for technique in share.facts.techniques})),
            entities=entities,
            finding_ids=finding_ids,
            first_at=_moment(min(run.first for run in runs)),
            last_at=_moment(max((run.last for run in runs if isfinite(run.last)), default=float("inf"))),
            joins=tuple(self._joins(runs, group.edges or [])),
        )

    def _shares(self, runs: list[Run]) -> list[RuleShare]:
        findings: Counter[int] = Counter()
        numbers: Counter[int] = Counter()
        alike: dict[tuple[int, int, int | None], Run] = {}
        for run in runs:
            findings[run.rule] += len(run.finding_ids)
            numbers[run.rule] += 1
            alike[run.rule, id(run.cast), run.day] = run
        rareness: dict[int, float] = defaultdict(float)
        for run in alike.values():
            rareness[run.rule] = max(rareness[run.rule], self._rareness(run))
        rules = self._runs.rules
        shares = [RuleShare(rules[rule], findings[rule], numbers[rule], rareness[rule]) for rule in numbers]
        return sorted(shares, key=lambda share: (-rank(share.facts.level), share.facts.title, share.facts.rule_id))

    def _rareness(self, run: Run) -> float:
        factors = [self._rarity.repetition(run, number)[0] for number in run.cast.anchors]
        return self._rarity.noise(run) * max(factors, default=1.0)

    def _entities(self, runs: list[Run]) -> tuple[tuple[Entity, ...], Counter[tuple[str, bool]]]:
        """Return the most telling entities, and how many there are of each noun, and of those that act."""
        roles: dict[int, int] = {}
        named: set[tuple[int, int]] = set()
        often: Counter[int] = Counter()
        for (rule, codes), count in Counter((run.rule, run.cast.codes) for run in runs).items():
            for code in codes:
                number = code >> 2
                roles[number] = max(code & 3, roles.get(number, 0))
                named.add((number, rule))
                often[number] += count
        for run in runs:
            for number in run.artifacts:
                roles.setdefault(number, 0)
                named.add((number, run.rule))
                often[number] += 1
        told = Counter(number for number, _ in named)
        table, kinds = self._runs.entities, self._runs.kinds

        def telling(number: int) -> tuple[float, tuple[str, str]]:
            acts = _ACTORS_TELL if roles[number] == ACTOR else 1.0
            return -kinds[number].weight * acts * told[number] * sqrt(often[number] / len(runs)), table[number]

        counts = Counter(
            (noun(*table[number]), acts) for number, role in roles.items() for acts in {False, role == ACTOR}
        )
        chosen = nsmallest(MOST_ENTITIES, roles, key=telling)
        return tuple(self._entity(number, roles[number]) for number in chosen), counts

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
        repeats: tuple[str, ...] = ()
        if len(run.finding_ids) > 1:
            repeats = tuple(run.finding_ids[1:])
        if how is None:
            return Join(run.head, None, (), None, 0.0, "the first finding", repeats)
        other, edge = how
        seconds, joined = other.nearest(run.first)
        gap = abs(run.first - seconds) if isfinite(seconds) and isfinite(run.first) else None
        entities = tuple(self._entity(number, _role(run, number)) for number in edge.shared)
        reason = _reason(edge, entities, gap, same_rule=run.rule == other.rule)
        return Join(run.head, joined, entities, gap, round(edge.weight, 3), reason, repeats)

    def _entity(self, number: int, role: int) -> Entity:
        entity = self._known.get((number, role))
        if entity is None:
            entity = self._known[number, role] = Entity(*self._runs.entities[number], ROLES[role])
        return entity


def _role(run: Run, number: int) -> int:
    return max((code & 3 for code in run.cast.codes if code >> 2 == number), default=0)


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
