"""Findings: lists with facets, one with what it rests on, what people say of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Text, case, func, literal_column, or_, select, tuple_, update

from minixdr.adapters.postgres.changes import PostgresChanges
from minixdr.adapters.postgres.selection import among, contains, first, matching, names_entity, structs, within
from minixdr.adapters.postgres.tables.findings import findings
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.findings import (
    FacetValue,
    FindingEvidence,
    FindingFilter,
    FindingRow,
    FindingWhole,
    Position,
)

_ROW = tuple(findings.c[name] for name in FindingRow.__struct_fields__)
_WHOLE = tuple(findings.c[name] for name in FindingWhole.__struct_fields__)
_PLAIN: Mapping[str, ColumnElement[str]] = {
    "rule": findings.c.rule_id,
    "level": findings.c.level,
    "source": findings.c.source,
    "state": findings.c.state,
    "kind": findings.c.kind,
    "verdict": findings.c.verdict,
    "day": literal_column("to_char(findings.time AT TIME ZONE 'UTC', 'YYYY-MM-DD')", Text),
}
_LISTS = {"tactic": findings.c.tactics, "technique": findings.c.techniques}


class PostgresFindings:
    """Implements ports.stores.findings.Findings."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._changes = PostgresChanges(work)

    async def list(self, wanted: FindingFilter, after: Position | None, most: int) -> Sequence[FindingRow]:
        """Return findings, newest first, that follow the position."""
        query = matching(select(*_ROW), _conditions(wanted))
        if after is not None:
            query = query.where(tuple_(findings.c.time, findings.c.finding_id) < tuple_(*after))
        query = query.order_by(findings.c.time.desc(), findings.c.finding_id.desc()).limit(most)
        return structs(await self._work.execute(query), FindingRow)

    async def facets(
        self, wanted: FindingFilter, names: Sequence[str], most: int
    ) -> Mapping[str, Sequence[FacetValue]]:
        """Return the commonest values of each facet among the findings wanted: one pass over them, and one more for the lists."""
        plain = [name for name in names if name in _PLAIN]
        found: dict[str, list[FacetValue]] = {name: [] for name in names}
        if plain:
            columns = [_PLAIN[name] for name in plain]
            named = case(*((func.grouping(column) == 0, name) for name, column in zip(plain, columns, strict=True)))
            value = func.coalesce(*columns, "none").label("value")
            title = func.max(findings.c.title).label("title")
            query = matching(
                select(named.label("facet"), value, func.count().label("count"), title), _conditions(wanted)
            ).group_by(func.grouping_sets(*(tuple_(column) for column in columns)))
            for row in (await self._work.execute(query)).mappings():
                name = row["title"] if row["facet"] == "rule" else None
                found[row["facet"]].append(FacetValue(row["value"], row["count"], name))
        for name in names:
            if name in _LISTS:
                each = func.unnest(_LISTS[name]).label("value")
                query = matching(select(each, func.count().label("count")), _conditions(wanted)).group_by(each)
                found[name] = structs(await self._work.execute(query), FacetValue)
        return {
            name: sorted(values, key=lambda each: (-each.count, each.value))[:most] for name, values in found.items()
        }

    async def get(self, finding_id: str, *, lock: bool = False) -> FindingWhole | None:
        """Return one."""
        query = select(*_WHOLE).where(findings.c.finding_id == finding_id)
        return first(await self._work.execute(query.with_for_update() if lock else query), FindingWhole)

    async def of_rules(self, rule_ids: Sequence[str], first_at: datetime, most: int) -> Sequence[FindingWhole]:
        """Return the newest findings of the rules."""
        query = select(*_WHOLE).where(findings.c.rule_id.in_(rule_ids), findings.c.time >= first_at)
        return structs(await self._work.execute(query.order_by(findings.c.time.desc()).limit(most)), FindingWhole)

    async def evidence(self, incident_id: str, most: int) -> Sequence[FindingEvidence]:
        """Return what the newest findings of an incident rest on."""
        query = (
            select(
                findings.c.finding_id,
                findings.c.time,
                findings.c.event_ids,
                findings.c.event["event_id"].astext.label("event_id"),
                findings.c.event["attributes"].label("attributes"),
            )
            .where(findings.c.incident_id == incident_id)
            .order_by(findings.c.time.desc(), findings.c.finding_id.desc())
            .limit(most)
        )
        return structs(await self._work.execute(query), FindingEvidence)

    async def judge(self, finding_id: str, verdict: str | None, note: str, judged_by: str, now: datetime) -> None:
        """Say what it was, and tell listeners."""
        await self._work.execute(
            update(findings)
            .where(findings.c.finding_id == finding_id)
            .values(verdict=verdict, verdict_note=note or None, verdict_by=judged_by, verdict_at=now)
        )
        await self._changes.add("finding.changed", {"finding_id": finding_id, "verdict": verdict})


def _conditions(wanted: FindingFilter) -> Iterator[ColumnElement[bool]]:
    yield from among(findings.c.rule_id, wanted.rule_ids)
    yield from among(findings.c.level, wanted.levels)
    yield from among(findings.c.source, wanted.sources)
    yield from among(findings.c.kind, wanted.kinds)
    yield from among(findings.c.state, wanted.states)
    yield from among(findings.c.verdict, wanted.verdicts)
    yield from within(findings.c.time, wanted.first_at, wanted.before)
    if wanted.tactic is not None:
        yield findings.c.tactics.contains([wanted.tactic])
    if wanted.technique is not None:
        yield findings.c.techniques.contains([wanted.technique])
    if wanted.entity_value is not None:
        yield names_entity(findings.c.finding_id, wanted.entity_type, wanted.entity_value)
    if wanted.incident_id is not None:
        yield findings.c.incident_id == wanted.incident_id
    if wanted.event_id is not None:
        yield findings.c.event_ids.contains([wanted.event_id])
    if wanted.text is not None:
        yield or_(contains(wanted.text, findings.c.title), findings.c.rule_id == wanted.text)
