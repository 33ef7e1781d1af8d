"""All findings at once -> incidents."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from minixdr.correlate.key import FindingKey
from minixdr.schema.attack import ORDER
from minixdr.schema.finding import LEVELS
from minixdr.schema.incident import Incident, Join

_RANKS = {level: rank for rank, level in enumerate(LEVELS)}
_WINDOW_SECONDS = 3_600.0
_JOINING = frozenset(
    {"user", "session", "access_key", "host", "address", "file_hash", "container", "pod", "resource", "process"}
)


def correlate(keys: Iterable[FindingKey]) -> tuple[Incident, ...]:
    """Return the incidents of the findings, in the order of their first finding."""
    ordered = sorted(
        {key.finding_id: key for key in keys}.values(), key=lambda key: (key.seconds or 0.0, key.finding_id)
    )
    parent = list(range(len(ordered)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    last: dict[tuple[str, str], int] = {}
    joins: dict[int, Join] = {}
    for index, key in enumerate(ordered):
        for entity in key.entities:
            if entity.type not in _JOINING:
                continue
            before = last.get((entity.type, entity.value))
            last[entity.type, entity.value] = index
            if before is None or key.seconds is None or ordered[before].seconds is None:
                continue
            gap = key.seconds - (ordered[before].seconds or 0.0)
            if gap > _WINDOW_SECONDS:
                continue
            if index not in joins:
                reason = f"{entity.type.replace('_', ' ')} {entity.value} in both, {round(gap)} s apart"
                joins[index] = Join(key.finding_id, ordered[before].finding_id, (entity,), gap, 1.0, reason)
            parent[max(root(index), root(before))] = min(root(index), root(before))
    groups: dict[int, list[int]] = defaultdict(list)
    for index in range(len(ordered)):
        groups[root(index)].append(index)
    return tuple(
        _incident([ordered[place] for place in places], [joins.get(place) for place in places])
        for places in groups.values()
    )


def _incident(keys: list[FindingKey], joins: list[Join | None]) -> Incident:
    severity = max((key.level for key in keys), key=lambda level: _RANKS.get(level, 0))
    tactics = sorted(
        {tactic for key in keys for tactic in key.tactics}, key=lambda tactic: (ORDER.get(tactic, 99), tactic)
    )
    times = [key.seconds for key in keys if key.seconds is not None]
    quiet = 1.0
    for title in {(key.rule_id, key.level) for key in keys}:
        quiet *= 1.0 - (0.02, 0.05, 0.15, 0.4, 0.7)[_RANKS.get(title[1], 0)]
    return Incident(
        incident_id=keys[0].finding_id,
        title=keys[0].title,
        severity=severity,
        risk=round(100 * (1 - quiet), 1),
        tactics=tuple(tactics),
        techniques=tuple(sorted({technique for key in keys for technique in key.techniques})),
        entities=tuple(dict.fromkeys(entity for key in keys for entity in key.entities))[:20],
        finding_ids=tuple(key.finding_id for key in keys),
        first_at=datetime.fromtimestamp(min(times), UTC) if times else None,
        last_at=datetime.fromtimestamp(max(times), UTC) if times else None,
        joins=tuple(
            join or Join(key.finding_id, None, (), None, 0.0, "first of the incident")
            for key, join in zip(keys, joins, strict=True)
        ),
    )
