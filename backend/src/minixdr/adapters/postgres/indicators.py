"""Own indicators of an organization. What changes which are looked for raises its `indicators_version` in the same transaction."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    not_,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from minixdr.adapters.postgres.json import dumps
from minixdr.adapters.postgres.selection import among, contains, first, matching, organization_of, structs
from minixdr.adapters.postgres.tables.indicators import indicators
from minixdr.adapters.postgres.tables.people import organizations
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.indicators import (
    ActiveIndicator,
    IndicatorFilter,
    IndicatorRow,
    IndicatorText,
    NewIndicator,
    Position,
)

_ROW = tuple(indicators.c[name] for name in IndicatorRow.__struct_fields__)
_ACTIVE = tuple(indicators.c[name] for name in ActiveIndicator.__struct_fields__)
_AT_ONCE = 5_000
"""Rows of one statement."""
_COLUMNS = NewIndicator.__struct_fields__
_SAID = IndicatorText.__struct_fields__
_TYPES = {"expires_at": "timestamptz", "enabled": "boolean"}
_INSERT = f"""
    INSERT INTO indicators (organization_id, created_by, {", ".join(_COLUMNS)})
    SELECT :organization_id, :by, row.* FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (
        {", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in _COLUMNS)}
    ) ORDER BY row.indicator_id
    ON CONFLICT (organization_id, indicator_id)
"""  # noqa: S608 - our own words
_ADD = text(f"{_INSERT} DO NOTHING")
_ADD_OR_REPLACE = text(
    f"{_INSERT} DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _SAID)}, "
    "updated_at = now(), version = indicators.version + 1"
)


class PostgresIndicators:
    """Implements ports.stores.indicators.Indicators."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def version(self) -> int:
        """Return the organization's `indicators_version`."""
        query = select(organizations.c.indicators_version).where(organizations.c.id == organization_of(self._work))
        version: int = (await self._work.execute(query)).scalar_one()
        return version

    async def _raise_version(self) -> None:
        mine = organizations.c.id == organization_of(self._work)
        await self._work.execute(
            update(organizations).where(mine).values(indicators_version=organizations.c.indicators_version + 1)
        )

    async def list(
        self, wanted: IndicatorFilter, after: Position | None, most: int, now: datetime
    ) -> Sequence[IndicatorRow]:
        """Return indicators, those added last first."""
        query = matching(select(*_ROW), _conditions(wanted, now))
        if after is not None:
            query = query.where(tuple_(indicators.c.created_at, indicators.c.indicator_id) < tuple_(*after))
        query = query.order_by(indicators.c.created_at.desc(), indicators.c.indicator_id.desc()).limit(most)
        return structs(await self._work.execute(query), IndicatorRow)

    async def get(self, indicator_id: str, *, lock: bool = False) -> IndicatorRow | None:
        """Return one."""
        query = select(*_ROW).where(indicators.c.indicator_id == indicator_id)
        return first(await self._work.execute(query.with_for_update() if lock else query), IndicatorRow)

    async def count(self) -> int:
        """Return how many there are."""
        found: int = (await self._work.execute(select(func.count()).select_from(indicators))).scalar_one()
        return found

    async def counts(self, now: datetime) -> Mapping[tuple[str, str], int]:
        """Return how many there are by type and state."""
        state = case((_expired(now), "expired"), (indicators.c.enabled, "active"), else_="disabled").label("state")
        query = select(indicators.c.type, state, func.count().label("count")).group_by(indicators.c.type, state)
        rows = (await self._work.execute(query)).mappings()
        return {(row["type"], row["state"]): row["count"] for row in rows}

    async def kinds(self) -> Sequence[str]:
        """Return the kinds that there are some of."""
        return (await self._work.execute(select(indicators.c.kind).distinct())).scalars().all()

    async def lock(self) -> None:
        """Let nobody else add any until the transaction ends."""
        mine = organizations.c.id == organization_of(self._work)
        await self._work.execute(select(organizations.c.id).where(mine).with_for_update(key_share=True))

    async def add(self, new: Sequence[NewIndicator], by: str, *, replace: bool) -> tuple[int, int]:
        """Keep these; see the port."""
        rows = list({each.indicator_id: each for each in new}.values())
        before = await self.known([each.indicator_id for each in rows])
        statement = _ADD_OR_REPLACE if replace else _ADD
        for start in range(0, len(rows), _AT_ONCE):
            some = [msgspec.structs.asdict(each) for each in rows[start : start + _AT_ONCE]]
            given = {"organization_id": organization_of(self._work), "by": by, "rows": dumps(some).decode()}
            await self._work.execute(statement, given)
        await self._raise_version()
        return len(rows) - before, before

    async def known(self, indicator_ids: Sequence[str]) -> int:
        """Return how many of these there are."""
        found = 0
        for start in range(0, len(indicator_ids), _AT_ONCE):
            some = indicators.c.indicator_id == func.any(_array(indicator_ids[start : start + _AT_ONCE]))
            found += (await self._work.execute(select(func.count()).select_from(indicators).where(some))).scalar_one()
        return found

    async def change(self, indicator_id: str, said: IndicatorText) -> IndicatorRow:
        """Replace what is said of one."""
        values: dict[str, Any] = {name: getattr(said, name) for name in _SAID}
        values |= {"updated_at": func.now(), "version": indicators.c.version + 1}
        changed = update(indicators).where(indicators.c.indicator_id == indicator_id).values(values).returning(*_ROW)
        made = await self._work.execute(changed)
        await self._raise_version()
        return IndicatorRow(**made.mappings().one())

    async def remove(self, indicator_ids: Sequence[str]) -> int:
        """Remove these."""
        gone = await self._work.execute(
            delete(indicators).where(indicators.c.indicator_id == func.any(_array(indicator_ids)))
        )
        await self._raise_version()
        return gone.rowcount

    async def of_source(self, source: str, most: int) -> Sequence[str]:
        """Return ids of those from a source."""
        query = select(indicators.c.indicator_id).where(indicators.c.source == source).limit(most)
        return (await self._work.execute(query)).scalars().all()

    async def active(self, now: datetime, after: str, most: int) -> Sequence[ActiveIndicator]:
        """Return those that are looked for."""
        query = (
            select(*_ACTIVE)
            .where(indicators.c.indicator_id > after, indicators.c.enabled, not_(_expired(now)))
            .order_by(indicators.c.indicator_id)
            .limit(most)
        )
        return structs(await self._work.execute(query), ActiveIndicator)

    async def add_hits(self, hits: Mapping[str, int], now: datetime) -> None:
        """Count findings; in the order of their ids, so that two workers do not wait for each other in a circle."""
        for indicator_id, number in sorted(hits.items()):
            last_at = func.greatest(indicators.c.last_hit_at, now)
            await self._work.execute(
                update(indicators)
                .where(indicators.c.indicator_id == indicator_id)
                .values(hits=indicators.c.hits + number, last_hit_at=last_at)
            )


def _array(texts: Sequence[str]) -> ColumnElement[Any]:
    """Return one parameter for many texts: a list of parameters is compiled anew for each length."""
    return bindparam(None, list(texts), type_=ARRAY(Text))


def _expired(now: datetime) -> ColumnElement[bool]:
    return and_(indicators.c.expires_at.is_not(None), indicators.c.expires_at <= now)


def _conditions(wanted: IndicatorFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    yield from among(indicators.c.type, wanted.types)
    yield from among(indicators.c.level, wanted.levels)
    if wanted.text is not None:
        yield or_(contains(wanted.text, indicators.c.value, indicators.c.title))
    if wanted.source is not None:
        yield indicators.c.source == wanted.source
    if wanted.enabled is not None:
        yield indicators.c.enabled.is_(wanted.enabled)
    if wanted.expired is not None:
        yield _expired(now) if wanted.expired else not_(_expired(now))
    if wanted.hit is not None:
        yield indicators.c.hits > 0 if wanted.hit else indicators.c.hits == 0
