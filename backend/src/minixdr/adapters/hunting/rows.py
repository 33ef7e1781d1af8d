"""Rows as DuckDB gives them -> rows as people and programs read them.

An event shows its attributes as one object by path, whether they have a column or not.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pyarrow as pa  # type: ignore[import-untyped]

from minixdr.adapters.hunting.statements import Statement
from minixdr.app.lake.read import attributes_of
from minixdr.ports.hunting import ResultColumn
from minixdr.schema.hunt import Kind

_OF_COLUMNS = (
    ResultColumn("event_id", Kind.TEXT),
    ResultColumn("time", Kind.TIME),
    ResultColumn("source", Kind.TEXT),
    ResultColumn("class_uid", Kind.NUMBER),
    ResultColumn("entities", Kind.TEXT),
)
EVENT_COLUMNS = (*_OF_COLUMNS, ResultColumn("attributes", Kind.ANY))
"""What a query without `fields` and without counting shows of each event. `unmapped` is as large as all else together, and seldom looked at: it is
shown where it is asked for."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def columns_of(made: Statement) -> Sequence[ResultColumn]:
    """Return what the rows' columns are."""
    return EVENT_COLUMNS if made.whole_events else made.columns


def rows_of(made: Statement, batch: pa.RecordBatch | pa.Table) -> Iterator[list[Any]]:
    """Yield the rows."""
    if made.whole_events:
        for row in batch.to_pylist():
            yield _event(row)
        return
    parsed = frozenset(place for place, column in enumerate(made.columns) if column.kind is Kind.ANY)
    columns = [column.to_pylist() for column in batch.columns]
    for row in zip(*columns, strict=True):
        yield [_value(value, place in made.milliseconds, place in parsed) for place, value in enumerate(row)]


def _event(row: dict[str, Any]) -> list[Any]:
    return [*(row[column.name] for column in _OF_COLUMNS), attributes_of(row)]


def _value(value: Any, milliseconds: bool, parsed: bool) -> Any:  # noqa: FBT001 - both say how the column is kept
    if milliseconds and isinstance(value, int):
        try:
            return _EPOCH + timedelta(milliseconds=value)
        except OverflowError:
            return None  # no time of this calendar
    if parsed and isinstance(value, str):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value  # a text out of a group: DuckDB took it out of its JSON already
    return value
