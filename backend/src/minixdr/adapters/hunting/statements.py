"""A checked query -> one SELECT over the lake's rows.

The text is made of this file's words and the names of columns in `ports/lake_columns.py`; whatever a person wrote, and every file's name, is bound.
"""
# ruff: noqa: S608 - every part is this module's own; tests feed it what an injection would need

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from minixdr.adapters.hunting.conditions import condition
from minixdr.adapters.hunting.values import Parameters, Values
from minixdr.app.hunt.check import COUNT, TIME
from minixdr.app.hunt.spans import usual_span
from minixdr.ports.hunting import ResultColumn
from minixdr.ports.lake_columns import COLUMNS, ColumnKind
from minixdr.schema.hunt import (
    Attribute,
    Comparison,
    Count,
    Distinct,
    Expression,
    Fields,
    Kind,
    Limit,
    Operator,
    Query,
    Sort,
    SortKey,
    Stage,
    Timechart,
    Top,
)

STAGED = "staged"
"""Name under which the rows that are in no file are registered."""
STAGED_ROW = "staged_row"
"""Column with their numbers, from 0."""
_UNSHOWN = frozenset({"organization_id", "raw", "raw_bytes", "body", "unmapped", "doubts"})
_OF_EVENTS = ", ".join(f'"{column.name}"' for column in COLUMNS if column.name not in _UNSHOWN)
_ALL = ", ".join(f'"{column.name}"' for column in COLUMNS if column.kind is not ColumnKind.BYTES)


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from and which of them are asked for."""

    organization_id: str
    first_at: datetime
    before: datetime
    files: Sequence[str]
    """The first one has all columns and no rows."""
    staged: bool

    @property
    def seconds(self) -> float:
        """How long the range is."""
        return (self.before - self.first_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Statement:
    """A SELECT, its parameters, and what its columns are."""

    sql: str
    values: list[Any]
    columns: list[ResultColumn]
    milliseconds: frozenset[int] = frozenset()
    """Places of columns of times that hold milliseconds since 1970."""
    whole_events: bool = False
    """The columns are the lake's, to be shown as events."""


@dataclass(frozen=True, slots=True)
class Picked:
    """Rows of a file, or of what is staged (None), by their numbers from 0."""

    file: str | None
    numbers: Sequence[int]


def statement(query: Query, source: Source, most_rows: int) -> Statement:
    """Return the SELECT; it gives one row more than `most_rows` where there are more."""
    return _Writer(source, query).all(most_rows + 1)


def counting(query: Query, source: Source, most_rows: int) -> Statement:
    """Return the SELECT of how many rows the query has, counting no further than that."""
    return _Writer(source, query).counted(most_rows)


def picking(query: Query, source: Source, most_rows: int) -> Statement | None:
    """Return the SELECT of where the rows are (file, number in it), None where the query makes a table of events.

    Events have many columns: to find the rows first, and read all of the few that are shown, is many times quicker.
    """
    return _Writer(source, query).places(most_rows + 1)


def reading(query: Query, source: Source, picked: Picked) -> Statement:
    """Return the SELECT of picked rows, in any order: file and number, then what the query shows."""
    return _Writer(source, query).picked(picked)


def stored(sources: Sequence[str], source: Source) -> Statement:
    """Return the SELECT of the records of log sources (none: of all), in any order."""
    parameters = Parameters()
    where = Comparison(Attribute("source", kind=Kind.TEXT), Operator.EQUAL, tuple(sources)) if sources else None
    text, values = parameters.used(f"SELECT {_STORED} FROM ({rows(source, parameters, where, _RECORD)})")
    return Statement(text, values, [])


_KIND = "source, class_uid, type_uid, metadata_event_code, api_service_name, api_operation"
_STORED = "event_id, time, source, format, origin, record, raw, raw_bytes, body"


def sampling(source: Source, received_since: datetime, each: int, most_kinds: int) -> Statement:
    """Return the SELECT of where the newest rows of each kind of event are (file, number in it)."""
    parameters = Parameters()
    inner = rows(source, parameters, None, f"{_KIND}, time, received_at")
    newest = f"max_by({{'filename': filename, 'file_row_number': file_row_number}}, time, {parameters.bind(each)})"
    kinds = (
        f"SELECT {newest} AS places FROM ({inner}) WHERE received_at >= {parameters.bind(received_since)} GROUP BY {_KIND} "
        f"ORDER BY count(*) DESC, {_KIND} LIMIT {parameters.bind(most_kinds)}"
    )
    text, values = parameters.used(
        f"SELECT place.filename, place.file_row_number FROM (SELECT unnest(places) AS place FROM ({kinds}))"
    )
    return Statement(text, values, [])


def stored_at(source: Source, picked: Picked) -> Statement:
    """Return the SELECT of the records of picked rows, in any order."""
    parameters = Parameters()
    listed = ", ".join(map(parameters.bind, picked.numbers))
    if picked.file is None:
        some = f"SELECT {_STORED} FROM {STAGED} WHERE {STAGED_ROW} IN ({listed})"
    else:
        files = _files(parameters, [source.files[0], picked.file])
        some = f"SELECT {_STORED} FROM {files} WHERE file_row_number IN ({listed})"
    text, values = parameters.used(some)
    return Statement(text, values, [])


_RECORD = ", ".join(f'"{column.name}"' for column in COLUMNS)


def rows(source: Source, parameters: Parameters, where: Expression | None, columns: str = "") -> str:
    """Return a SELECT of the rows of the organization and range that satisfy the expression."""
    bounds = (
        f"organization_id = {parameters.bind(source.organization_id)} AND time >= {parameters.bind(source.first_at)} "
        f"AND time < {parameters.bind(source.before)}"
    )
    asked = bounds if where is None else f"{bounds} AND {condition(where, parameters)}"
    shown = columns or _ALL
    parts = [f"SELECT {shown}, {_PLACE} FROM {_files(parameters, source.files)} WHERE {asked}"]
    if source.staged:
        parts.append(f"SELECT {shown}, {_STAGED_PLACE} FROM {STAGED} WHERE {asked}")
    return " UNION ALL ".join(parts)


_PLACE = "filename, file_row_number"
_STAGED_PLACE = f"NULL AS filename, {STAGED_ROW} AS file_row_number"


def _files(parameters: Parameters, files: Sequence[str]) -> str:
    return (
        f"read_parquet({parameters.bind(list(files))}, union_by_name = true, filename = true, file_row_number = true)"
    )


@dataclass(slots=True)
class _State:
    """What the stages so far made."""

    rows: str
    """A SELECT."""
    order: str
    """Of its rows: total, so that a limit always cuts at the same place."""
    table: dict[str, str] | None = None
    """Name of a column as the query has it -> its name in `rows`; None while the rows are events."""
    keys: tuple[Attribute, ...] = ()
    """What the table was grouped by."""
    fields: tuple[Attribute, ...] | None = None


_EVENT_ORDER = "time DESC, event_id"


class _Writer:
    def __init__(self, source: Source, query: Query) -> None:
        self._source = source
        self._query = query
        self._parameters = Parameters()

    def all(self, most: int) -> Statement:
        """Return the SELECT of what the query shows."""
        state = self._state()
        shown, columns, milliseconds = self._shown(state)
        sql = f"SELECT {shown} FROM ({state.rows}) ORDER BY {state.order} LIMIT {self._parameters.bind(most)}"
        return self._made(sql, columns, milliseconds, state)

    def counted(self, most: int) -> Statement:
        """Return the SELECT of the number of rows."""
        state = self._state()
        sql = f"SELECT count(*) FROM (SELECT 1 FROM ({state.rows}) LIMIT {self._parameters.bind(most)})"
        return self._made(sql, [], frozenset(), state)

    def places(self, most: int) -> Statement | None:
        """Return the SELECT of where the rows are."""
        state = self._state()
        if state.table is not None:
            return None
        sql = f"SELECT {_PLACE} FROM ({state.rows}) ORDER BY {state.order} LIMIT {self._parameters.bind(most)}"
        return self._made(sql, [], frozenset(), state)

    def picked(self, picked: Picked) -> Statement:
        """Return the SELECT of these rows."""
        state = self._state()
        shown, columns, milliseconds = self._shown(state)
        listed = ", ".join(map(self._parameters.bind, picked.numbers))
        if picked.file is None:
            some = f"SELECT {_ALL}, {_STAGED_PLACE} FROM {STAGED} WHERE {STAGED_ROW} IN ({listed})"
        else:
            files = _files(self._parameters, [self._source.files[0], picked.file])
            some = f"SELECT {_ALL}, {_PLACE} FROM {files} WHERE file_row_number IN ({listed})"
        return self._made(f"SELECT {_PLACE}, {shown} FROM ({some})", columns, milliseconds, state)

    def _state(self) -> _State:
        state = _State(rows(self._source, self._parameters, self._query.where), _EVENT_ORDER)
        for stage in self._query.stages:
            state = self._after(state, stage)
        return state

    def _made(self, sql: str, columns: list[ResultColumn], milliseconds: frozenset[int], state: _State) -> Statement:
        text, values = self._parameters.used(sql)
        return Statement(text, values, columns, milliseconds, state.table is None and state.fields is None)

    def _after(self, state: _State, stage: Stage) -> _State:
        match stage:
            case Fields():
                return replace(state, fields=stage.attributes)
            case Sort():
                keys = [self._key(state, key) for key in stage.keys]
                return replace(state, order=", ".join([*keys, state.order]))
            case Limit():
                return self._cut(state, stage.count)
            case Top():
                return self._cut(replace(state, order=_most_frequent(state)), stage.count)
            case Count():
                return self._grouped(state, stage.by, counted=True)
            case Distinct():
                return self._grouped(state, stage.attributes, counted=False)
            case Timechart():
                return self._chart(state, stage)

    def _cut(self, state: _State, count: int) -> _State:
        cut = f"SELECT * FROM ({state.rows}) ORDER BY {state.order} LIMIT {self._parameters.bind(count)}"
        return replace(state, rows=cut)

    def _key(self, state: _State, key: SortKey) -> str:
        table = state.table
        expression = Values(key.attribute, self._parameters).first() if table is None else table[key.attribute.path]
        return f"{expression} {'DESC' if key.descending else 'ASC'} NULLS LAST"

    def _grouped(self, state: _State, by: tuple[Attribute, ...], *, counted: bool) -> _State:
        if not by:
            return _State(f"SELECT count(*) AS {_COUNTED} FROM ({state.rows})", _COUNTED, {COUNT: _COUNTED})
        names = [f"k{place}" for place in range(len(by))]
        count = f", count(*) AS {_COUNTED}" if counted else ""
        grouped = f"SELECT {', '.join(names)}{count} FROM ({self._keyed(state, by)}) GROUP BY {', '.join(names)}"
        table = {key.path: name for key, name in zip(by, names, strict=True)}
        order = ", ".join(names)
        if not counted:
            return _State(grouped, order, table, by)
        return _State(grouped, f"{_COUNTED} DESC, {order}", table | {COUNT: _COUNTED}, by)

    def _keyed(self, state: _State, by: tuple[Attribute, ...], also: str = "") -> str:
        """Return a SELECT of the keys `k0`, `k1` ... of each event that has them all; of a list each different item, in a row of its own."""
        values = [Values(key, self._parameters) for key in by]
        first = [f"{one.first() if one.one else one.each()} AS k{place}" for place, one in enumerate(values)]
        made = f"SELECT {', '.join([*first, also] if also else first)} FROM ({state.rows})"
        for place, one in enumerate(values):
            if not one.one:
                made = f"SELECT * REPLACE (unnest(k{place}) AS k{place}) FROM ({made})"
        present = " AND ".join(f"k{place} IS NOT NULL" for place in range(len(by)))
        return f"SELECT * FROM ({made}) WHERE {present}"

    def _chart(self, state: _State, stage: Timechart) -> _State:
        span = self._parameters.bind(stage.span_seconds or usual_span(self._source.seconds))
        bucket = f"CAST(floor(epoch(time) / {span}) AS BIGINT) * {span} * 1000 AS {_BUCKET}"
        if stage.by is None:
            made = f"SELECT {_BUCKET}, count(*) AS {_COUNTED} FROM (SELECT {bucket} FROM ({state.rows})) GROUP BY {_BUCKET}"
            return _State(made, _BUCKET, {TIME: _BUCKET, COUNT: _COUNTED})
        keyed = self._keyed(state, (stage.by,), bucket)
        made = f"SELECT {_BUCKET}, k0, count(*) AS {_COUNTED} FROM ({keyed}) GROUP BY {_BUCKET}, k0"
        table = {TIME: _BUCKET, stage.by.path: "k0", COUNT: _COUNTED}
        return _State(made, f"{_BUCKET}, {_COUNTED} DESC, k0", table, (stage.by,))

    def _shown(self, state: _State) -> tuple[str, list[ResultColumn], frozenset[int]]:
        """Return the SELECT's list, what its columns are, and which of them are milliseconds."""
        if state.table is None and state.fields is None:
            return _OF_EVENTS, [], frozenset()
        if state.table is None:
            values = [Values(attribute, self._parameters) for attribute in state.fields or ()]
            columns = [ResultColumn(one.path, one.kind) for one in values]
            milliseconds = {place for place, one in enumerate(values) if one.kind is Kind.TIME and one.in_milliseconds}
            return ", ".join(one.shown() for one in values), columns, frozenset(milliseconds)
        kinds = {key.path: key.kind for key in state.keys} | {COUNT: Kind.NUMBER}
        late = {key.path for key in state.keys if Values(key, self._parameters).in_milliseconds}
        columns = [
            ResultColumn(name, Kind.TIME if column == _BUCKET else kinds[name]) for name, column in state.table.items()
        ]
        milliseconds = {
            place
            for place, (name, column) in enumerate(state.table.items())
            if column == _BUCKET or (columns[place].kind is Kind.TIME and name in late)
        }
        return ", ".join(state.table.values()), columns, frozenset(milliseconds)


_COUNTED = "counted"
_BUCKET = "bucket"


def _most_frequent(state: _State) -> str:
    return ", ".join([f"{_COUNTED} DESC", *(f"k{place}" for place in range(len(state.keys)))])
