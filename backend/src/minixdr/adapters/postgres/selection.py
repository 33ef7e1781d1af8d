"""What the repositories' queries share: the organization, rows as structs, conditions that are only there where something is asked for."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.engine import CursorResult

from minixdr.adapters.postgres.tables.columns import storable
from minixdr.adapters.postgres.tables.findings import finding_entities
from minixdr.adapters.postgres.work import Work
from minixdr.normalize.entities import ENTITY_TYPES
from minixdr.ports.stores.entities import entity_id

T = TypeVar("T")


def organization_of(work: Work) -> UUID:
    """Return the transaction's organization. Raises ValueError where it has none: a fault of the program."""
    if work.scope.organization_id is None:
        raise ValueError("these rows are an organization's: the transaction has none")
    return work.scope.organization_id


def structs(result: CursorResult[Any], kind: type[T]) -> list[T]:
    """Return the rows as structs; columns are named as fields."""
    return [kind(**row) for row in result.mappings()]


def first(result: CursorResult[Any], kind: type[T]) -> T | None:
    """Return the first row as a struct, None where there is none."""
    row = result.mappings().first()
    return None if row is None else kind(**row)


def among(column: ColumnElement[Any], values: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    """Yield the condition that the column has one of the values; `none` stands for NULL."""
    if not values:
        return
    named = [value for value in values if value != "none"]
    yield or_(column.in_(named), column.is_(None)) if len(named) < len(values) else column.in_(named)


def contains(text: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that one of the columns has the text in it, whatever the case."""
    return or_(*(column.icontains(storable(text), autoescape=True) for column in columns))


def within(
    column: ColumnElement[Any], first_at: datetime | None, before: datetime | None
) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of a time range."""
    if first_at is not None:
        yield column >= first_at
    if before is not None:
        yield column < before


def entity_ids(kind: str | None, value: str) -> list[str]:
    """Return the ids that an entity of the value may have: of each type, where none is given."""
    return [entity_id(each, value) for each in ([kind] if kind else ENTITY_TYPES)]


def names_entity(finding_id: ColumnElement[Any], kind: str | None, value: str) -> ColumnElement[bool]:
    """Return the condition that a finding names the entity."""
    return exists(
        select(finding_entities.c.finding_id).where(
            finding_entities.c.finding_id == finding_id,
            finding_entities.c.entity_id.in_(entity_ids(kind, value)),
        )
    )


def matching(query: Select[*tuple[Any, ...]], conditions: Iterable[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    """Return the query with the conditions."""
    found = list(conditions)
    return query.where(and_(*found)) if found else query
