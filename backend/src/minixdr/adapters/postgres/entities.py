"""Entities and cloud assets, to be looked at."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, and_, cast, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import REAL

from minixdr.adapters.postgres.selection import among, contains, first, matching, structs
from minixdr.adapters.postgres.tables.findings import entities, finding_entities, findings
from minixdr.adapters.postgres.tables.incidents import cloud_assets, incidents
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.entities import CloudAssetFilter, CloudAssetRow, DayRule, EntityFilter, EntityRow, Peer

_ENTITY = tuple(entities.c[name] for name in EntityRow.__struct_fields__)
_ASSET = tuple(cloud_assets.c[name] for name in CloudAssetRow.__struct_fields__)


class PostgresEntities:
    """Implements ports.stores.entities.Entities."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def list(
        self, wanted: EntityFilter, sort: str, after: tuple[float | datetime, str] | None, most: int
    ) -> Sequence[EntityRow]:
        """Return entities by `risk` or `last_seen_at`, greatest first."""
        column: ColumnElement[object] = entities.c[sort]
        query = matching(select(*_ENTITY), _entity_conditions(wanted))
        if after is not None:
            place = cast(after[0], REAL) if sort == "risk" else after[0]
            same = and_(column == place, entities.c.entity_id < after[1])
            query = query.where(or_(column < place, same))
        query = query.order_by(column.desc(), entities.c.entity_id.desc()).limit(most)
        return structs(await self._work.execute(query), EntityRow)

    async def get(self, entity_id: str) -> EntityRow | None:
        """Return one."""
        return first(await self._work.execute(select(*_ENTITY).where(entities.c.entity_id == entity_id)), EntityRow)

    async def incidents(self, entity_id: str, most: int) -> Sequence[str]:
        """Return the ids of the incidents whose findings name it, newest first."""
        latest = func.max(finding_entities.c.time)
        query = (
            select(findings.c.incident_id)
            .join(finding_entities, finding_entities.c.finding_id == findings.c.finding_id)
            .join(incidents, incidents.c.incident_id == findings.c.incident_id)
            .where(finding_entities.c.entity_id == entity_id, incidents.c.redirect_to.is_(None))
            .group_by(findings.c.incident_id)
            .order_by(latest.desc(), findings.c.incident_id)
            .limit(most)
        )
        return (await self._work.execute(query)).scalars().all()

    async def days(
        self, entity_id: str, first_at: datetime, before: datetime, most: int
    ) -> tuple[Sequence[DayRule], int]:
        """Return what rules found of it by day; see the port."""
        newest = _newest(entity_id, first_at, before, most)
        day = func.date_trunc("day", findings.c.time, "UTC").label("day")
        key = (day, findings.c.rule_id, findings.c.level, findings.c.state)
        query = (
            select(
                *key,
                func.max(findings.c.title).label("title"),
                func.max(findings.c.source).label("source"),
                func.max(findings.c.tactics).label("tactics"),
                func.count().label("findings"),
            )
            .join(newest, newest.c.finding_id == findings.c.finding_id)
            .group_by(*key)
            .order_by(day, findings.c.rule_id, findings.c.level, findings.c.state)
        )
        rows = structs(await self._work.execute(query), DayRule)
        return rows, sum(row.findings for row in rows)

    async def peers(
        self, entity_id: str, first_at: datetime, before: datetime, most_findings: int, most: int
    ) -> tuple[Sequence[Peer], int]:
        """Return who is named with it; see the port."""
        newest = _newest(entity_id, first_at, before, most_findings)
        counted = func.count(finding_entities.c.finding_id.distinct())
        query = (
            select(
                entities.c.entity_id,
                entities.c.type,
                entities.c.value,
                entities.c.risk,
                counted.label("findings"),
                func.count(findings.c.incident_id.distinct()).label("incidents"),
                func.max(finding_entities.c.time).label("last_shared_at"),
            )
            .select_from(newest)
            .join(finding_entities, finding_entities.c.finding_id == newest.c.finding_id)
            .join(findings, findings.c.finding_id == newest.c.finding_id)
            .join(entities, entities.c.entity_id == finding_entities.c.entity_id)
            .where(finding_entities.c.entity_id != entity_id)
            .group_by(entities.c.organization_id, entities.c.entity_id)
            .order_by(counted.desc(), entities.c.risk.desc(), entities.c.entity_id)
            .limit(most)
        )
        rows = structs(await self._work.execute(query), Peer)
        looked = (await self._work.execute(select(func.count()).select_from(newest))).scalar_one()
        return rows, looked


class PostgresCloudAssets:
    """Implements ports.stores.entities.CloudAssets."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def list(
        self, wanted: CloudAssetFilter, after: tuple[str, UUID] | None, most: int
    ) -> Sequence[CloudAssetRow]:
        """Return assets, by uid."""
        query = matching(select(*_ASSET), _asset_conditions(wanted))
        if after is not None:
            query = query.where(tuple_(cloud_assets.c.uid, cloud_assets.c.id) > tuple_(*after))
        query = query.order_by(cloud_assets.c.uid, cloud_assets.c.id).limit(most)
        return structs(await self._work.execute(query), CloudAssetRow)

    async def get(self, asset_id: UUID) -> CloudAssetRow | None:
        """Return one."""
        return first(await self._work.execute(select(*_ASSET).where(cloud_assets.c.id == asset_id)), CloudAssetRow)


def _newest(entity_id: str, first_at: datetime, before: datetime, most: int) -> Subquery:
    """Return the ids of the newest findings that name the entity. One that names it in two roles is there once."""
    rows = (
        select(finding_entities.c.finding_id)
        .where(
            finding_entities.c.entity_id == entity_id,
            finding_entities.c.time >= first_at,
            finding_entities.c.time < before,
        )
        .order_by(finding_entities.c.time.desc())
        .limit(most)
        .subquery()
    )
    return select(rows.c.finding_id).distinct().subquery()


def _entity_conditions(wanted: EntityFilter) -> Iterator[ColumnElement[bool]]:
    yield from among(entities.c.type, wanted.types)
    if wanted.text is not None:
        yield contains(wanted.text, entities.c.value)
    if wanted.least_risk is not None:
        yield entities.c.risk >= wanted.least_risk
    if wanted.first_at is not None:
        yield entities.c.last_seen_at >= wanted.first_at


def _asset_conditions(wanted: CloudAssetFilter) -> Iterator[ColumnElement[bool]]:
    for name in ("provider", "account", "region", "type"):
        value = getattr(wanted, name)
        if value is not None:
            yield cloud_assets.c[name] == value
    if wanted.tag is not None:
        yield cloud_assets.c.tags.contains({wanted.tag[0]: wanted.tag[1]})
    if wanted.text is not None:
        yield contains(wanted.text, cloud_assets.c.name, cloud_assets.c.uid)
    if not wanted.deleted:
        yield cloud_assets.c.deleted_at.is_(None)
