"""Incidents: lists, one with its reasons, what people change of it. Conversation and history are in `incident_notes.py`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, case, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, REAL
from sqlalchemy.types import Text

from minixdr.adapters.postgres.changes import PostgresChanges
from minixdr.adapters.postgres.incident_notes import PostgresIncidentNotes
from minixdr.adapters.postgres.selection import among, contains, first, matching, names_entity, structs
from minixdr.adapters.postgres.service_levels import Deadlines, clock, count, deadlines, restart_merged
from minixdr.adapters.postgres.tables.findings import finding_entities, findings
from minixdr.adapters.postgres.tables.incidents import incidents
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.entities import entity_id
from minixdr.ports.stores.findings import FacetValue
from minixdr.ports.stores.incidents import (
    IncidentChange,
    IncidentFilter,
    IncidentRow,
    IncidentWhole,
    Position,
    Similar,
)
from minixdr.schema.finding import LEVELS

_CLOSED = ("resolved", "closed")
_ENTITY_WEIGHT = 3
_MOST_COMPARED = 50
"""Entities of an incident by which others are looked for: the most telling come first."""
_MOST_BIG_NUMBER = 2**63 - 1
_NONE = "none"

_title = func.coalesce(incidents.c.title_override, incidents.c.title)
_severity = func.coalesce(incidents.c.severity_override, incidents.c.severity)
_ROW = (
    incidents.c.incident_id,
    incidents.c.number,
    _title.label("title"),
    _severity.label("severity"),
    incidents.c.severity.label("computed_severity"),
    incidents.c.risk,
    incidents.c.tactics,
    incidents.c.techniques,
    incidents.c.entities,
    func.cardinality(incidents.c.finding_ids).label("finding_count"),
    incidents.c.first_at,
    incidents.c.last_at,
    incidents.c.created_at,
    incidents.c.updated_at,
    incidents.c.version,
    incidents.c.state,
    incidents.c.assignee_id,
    incidents.c.verdict,
    incidents.c.closed_at,
    incidents.c.redirect_to,
)
_WHOLE = (*_ROW, incidents.c.risk_reasons, incidents.c.finding_ids, incidents.c.joins)


class PostgresIncidents(PostgresIncidentNotes):
    """Implements ports.stores.incidents.Incidents."""

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self._changes = PostgresChanges(work)

    async def list(self, wanted: IncidentFilter, sort: str, after: Position | None, most: int) -> Sequence[IncidentRow]:
        """Return incidents; see ports.stores.incidents."""
        due = await deadlines(self._work)
        query = matching(select(*_ROW, *due.shown), _conditions(wanted, due))
        query = _sorted(query, sort, after, due).limit(most)
        return structs(await self._work.execute(query), IncidentRow)

    async def count(self, wanted: IncidentFilter) -> int:
        """Return how many; see ports.stores.incidents."""
        due = await deadlines(self._work)
        query = matching(select(func.count()).select_from(incidents), _conditions(wanted, due))
        return int((await self._work.execute(query)).scalar_one())

    async def facets(
        self, wanted: IncidentFilter, names: Sequence[str], most: int
    ) -> Mapping[str, Sequence[FacetValue]]:
        """Count the values of facets; see ports.stores.incidents."""
        due = await deadlines(self._work)
        found: dict[str, Sequence[FacetValue]] = {}
        for name in names:
            value = _facet(name, due).label("value")
            others = msgspec.structs.replace(wanted, **_UNFILTERED[name])
            query = matching(select(value, func.count().label("count")), _conditions(others, due))
            query = query.group_by(value).order_by(func.count().desc(), value).limit(most)
            found[name] = structs(await self._work.execute(query), FacetValue)
        return found

    async def get(self, incident_id: str, *, lock: bool = False) -> IncidentWhole | None:
        """Return the incident; see ports.stores.incidents."""
        due = await deadlines(self._work)
        query = select(*_WHOLE, *due.shown).where(incidents.c.incident_id == incident_id)
        return first(await self._work.execute(query.with_for_update() if lock else query), IncidentWhole)

    async def change(self, incident_id: str, change: IncidentChange, now: datetime) -> None:
        """Change it; see ports.stores.incidents."""
        given = {
            _COLUMNS.get(name, name): value
            for name, value in msgspec.structs.asdict(change).items()
            if value is not msgspec.UNSET
        }
        if "state" in given:
            closed = given["state"] in _CLOSED
            given |= clock(given["state"], now, closed=closed)
            given["closed_at"] = func.coalesce(incidents.c.closed_at, now) if closed else None
            if not closed:
                await restart_merged(self._work, incident_id, now)
        changed = await self._work.execute(
            update(incidents)
            .where(incidents.c.incident_id == incident_id)
            .values(**given, updated_at=now, version=incidents.c.version + 1)
            .returning(
                incidents.c.version,
                incidents.c.number,
                _title.label("title"),
                _severity.label("severity"),
                incidents.c.state,
            )
        )
        if "state" in given:
            await count(self._work, incident_id)
        await self._changes.add("incident.changed", {"incident_id": incident_id, **dict(changed.mappings().one())})

    async def similar(self, incident_id: str, most: int) -> Sequence[Similar]:
        """Return those that share most with it; see ports.stores.incidents."""
        mine = await self.get(incident_id)
        if mine is None:
            return ()
        shared = await self._sharing(mine, most)
        query = select(*_ROW, *(await deadlines(self._work)).shown).where(incidents.c.incident_id.in_(list(shared)))
        rows = structs(await self._work.execute(query), IncidentRow)
        by_id = {row.incident_id: row for row in rows}
        return [
            Similar(
                by_id[name], [_plain(entity) for entity in mine.entities if _key(entity) in keys], sorted(techniques)
            )
            for name, (keys, techniques) in shared.items()
            if name in by_id
        ]

    async def _sharing(self, mine: IncidentWhole, most: int) -> dict[str, tuple[set[tuple[str, str]], set[str]]]:
        """Return incident -> what it shares, the closest first."""
        keys = [_key(entity) for entity in mine.entities[:_MOST_COMPARED]]
        others = select(incidents.c.incident_id, incidents.c.entities, incidents.c.techniques).where(
            incidents.c.incident_id != mine.incident_id,
            incidents.c.redirect_to.is_(None),
            or_(
                incidents.c.incident_id.in_(_naming(mine.entities[:_MOST_COMPARED])),
                incidents.c.techniques.overlap(cast(list(mine.techniques), ARRAY(Text))),
            ),
        )
        weighed: list[tuple[int, str, set[tuple[str, str]], set[str]]] = []
        for row in await self._work.execute(others.order_by(incidents.c.last_at.desc().nulls_last()).limit(1_000)):
            entities = {_key(entity) for entity in row.entities}.intersection(keys)
            techniques = set(row.techniques).intersection(mine.techniques)
            weight = _ENTITY_WEIGHT * len(entities) + len(techniques)
            if weight:
                weighed.append((-weight, row.incident_id, entities, techniques))
        return {
            name: (entities, techniques)
            for _, name, entities, techniques in sorted(weighed, key=lambda w: w[:2])[:most]
        }


_COLUMNS = {"title": "title_override", "severity": "severity_override"}


def _key(entity: Mapping[str, str]) -> tuple[str, str]:
    return entity["type"], entity["value"]


def _plain(entity: Mapping[str, str]) -> Mapping[str, str]:
    return {"type": entity["type"], "value": entity["value"]}


def _naming(entities: Sequence[Mapping[str, str]]) -> Select[Any]:
    """Return the incidents of the findings that name one of the entities."""
    ids = [entity_id(entity["type"], entity["value"]) for entity in entities]
    return (
        select(findings.c.incident_id)
        .join(finding_entities, finding_entities.c.finding_id == findings.c.finding_id)
        .where(finding_entities.c.entity_id.in_(ids), findings.c.incident_id.is_not(None))
    )


def _conditions(wanted: IncidentFilter, due: Deadlines) -> Iterator[ColumnElement[bool]]:
    yield incidents.c.redirect_to.is_(None)
    yield from among(incidents.c.state, wanted.states)
    yield from among(_severity, wanted.severities)
    yield from among(incidents.c.verdict, wanted.verdicts)
    if wanted.assignee is not None:
        yield incidents.c.assignee_id == wanted.assignee
    if wanted.unassigned:
        yield incidents.c.assignee_id.is_(None)
    if wanted.tactic is not None:
        yield incidents.c.tactics.contains([wanted.tactic])
    if wanted.technique is not None:
        yield incidents.c.techniques.contains([wanted.technique])
    if wanted.entity_value is not None:
        named = select(findings.c.incident_id).where(
            findings.c.incident_id.is_not(None),
            names_entity(findings.c.finding_id, wanted.entity_type, wanted.entity_value),
        )
        yield incidents.c.incident_id.in_(named)
    if wanted.text is not None:
        number = wanted.text.removeprefix("#")
        by_number = number.isascii() and number.isdecimal() and int(number) <= _MOST_BIG_NUMBER
        found = contains(wanted.text, incidents.c.title, incidents.c.title_override)
        yield or_(found, incidents.c.number == int(number)) if by_number else found
    if wanted.first_at is not None:
        yield incidents.c.last_at >= wanted.first_at
    if wanted.before is not None:
        yield incidents.c.first_at < wanted.before
    if wanted.created_before is not None:
        yield incidents.c.created_at < wanted.created_before
    if wanted.breached is not None:
        yield due.breached.is_not(None) if wanted.breached else due.breached.is_(None)


_UNFILTERED: Mapping[str, Mapping[str, Any]] = {
    "state": {"states": ()},
    "severity": {"severities": ()},
    "verdict": {"verdicts": ()},
    "assignee": {"assignee": None, "unassigned": False},
    "tactic": {"tactic": None},
    "technique": {"technique": None},
    "breached": {"breached": None},
}
"""What a facet's own filter is taken away with."""


def _facet(name: str, due: Deadlines) -> ColumnElement[Any]:
    values: Mapping[str, ColumnElement[Any]] = {
        "state": incidents.c.state,
        "severity": _severity,
        "verdict": func.coalesce(incidents.c.verdict, _NONE),
        "assignee": func.coalesce(cast(incidents.c.assignee_id, Text), _NONE),
        "tactic": func.unnest(incidents.c.tactics),
        "technique": func.unnest(incidents.c.techniques),
        "breached": func.coalesce(due.breached, _NONE),
    }
    return values[name]


def _sorted(query: Select[Any], sort: str, after: Position | None, due: Deadlines) -> Select[Any]:
    if sort == "severity":
        return _by_severity(query, after)
    if sort == "risk":
        order = (incidents.c.risk.desc(), incidents.c.incident_id.desc())
        if after is not None:
            risk = cast(after[0], REAL)
            follows = and_(incidents.c.risk == risk, incidents.c.incident_id < after[-1])
            query = query.where(or_(incidents.c.risk < risk, follows))
        return query.order_by(*order)
    time: ColumnElement[Any] = {
        "last_at": incidents.c.last_at,
        "created_at": incidents.c.created_at,
        "age": incidents.c.created_at,
        "respond_by": due.respond_by,
        "deadline": due.deadline,
    }[sort]
    return _by_time(query, time, after, latest_first=sort in {"last_at", "created_at"})


def _by_severity(query: Select[Any], after: Position | None) -> Select[Any]:
    """Return the query by severity, the gravest first; of the same one, what was made last."""
    rank = case({level: rank for rank, level in enumerate(LEVELS)}, value=_severity)
    made, name = incidents.c.created_at, incidents.c.incident_id
    if after is not None and len(after) == 3:  # noqa: PLR2004 - a SeverityPosition
        least, at, last = after
        older = or_(made < at, and_(made == at, name > last))
        query = query.where(or_(rank < least, and_(rank == least, older)))
    return query.order_by(rank.desc(), made.desc(), name)


def _by_time(
    query: Select[Any], time: ColumnElement[Any], after: Position | None, *, latest_first: bool
) -> Select[Any]:
    """Return the query in the order of a time; what has none comes last."""
    if after is not None:
        at, incident_id = after[0], after[-1]
        follows = and_(time.is_(None) if at is None else time == at, incidents.c.incident_id > incident_id)
        if at is not None:
            follows = or_(time < at if latest_first else time > at, time.is_(None), follows)
        query = query.where(follows)
    order = time.desc() if latest_first else time.asc()
    return query.order_by(order.nulls_last(), incidents.c.incident_id)
