"""Implements ports.hunting.Hunter with DuckDB."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from queue import SimpleQueue
from typing import Any

import duckdb
import orjson
import pyarrow as pa  # type: ignore[import-untyped]

from minixdr.adapters.hunting.engine import Engine, watched
from minixdr.adapters.hunting.forms import parts
from minixdr.adapters.hunting.rows import columns_of, rows_of
from minixdr.adapters.hunting.statements import (
    STAGED,
    STAGED_ROW,
    Picked,
    Source,
    Statement,
    counting,
    picking,
    reading,
    sampling,
    statement,
    stored,
    stored_at,
)
from minixdr.ports.hunting import ExportForm, HuntInput, HuntResult, StoredRecord, Watch
from minixdr.schema.hunt import Attribute, Comparison, Count, Limit, Operator, Query

Place = tuple[str | None, int]
"""A file (None: what is staged) and a row's number in it."""
_BATCH_ROWS = 2_000
"""Of an export: a part of the file is made of so many."""


class DuckdbHunter:
    """Runs hunts. Its methods may be called by several threads at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def regex_error(self, pattern: str) -> str | None:
        """Return why RE2 cannot run it; see ports.hunting."""
        try:
            self._engine.cursor().execute("SELECT regexp_matches('', $1)", [pattern])
        except duckdb.Error as error:
            return str(error).removeprefix("Invalid Input Error: ").splitlines()[0]
        return None

    def run(self, query: Query, given: HuntInput, most_rows: int, watch: Watch) -> HuntResult:
        """Return what the query finds; see ports.hunting."""
        start = time.perf_counter()
        source = self._source(given)
        shape = statement(query, source, most_rows)
        where = picking(query, source, most_rows)
        with self._cursors(given, watch, self._engine.threads) as cursors:
            if where is None:
                table = _ask(cursors[0], shape).to_arrow_table()
                rows, count = list(rows_of(shape, table.slice(0, most_rows))), table.num_rows
            else:
                places = _places(_ask(cursors[0], where).to_arrow_table())
                rows, count = _read(cursors, query, source, places[:most_rows]), len(places)
        return HuntResult(columns_of(shape), rows, count > most_rows, time.perf_counter() - start)

    def count(self, query: Query, given: HuntInput, most_rows: int, watch: Watch) -> int:
        """Return how many rows there are; see ports.hunting."""
        made = counting(query, self._source(given), most_rows)
        with self._cursors(given, watch, 1) as (cursor,):
            return int(_ask(cursor, made).to_arrow_table()[0][0].as_py())

    def export(self, query: Query, given: HuntInput, form: ExportForm, most_rows: int, watch: Watch) -> Iterator[bytes]:
        """Yield the parts of a file; see ports.hunting."""
        made = statement(query, self._source(given), most_rows - 1)
        with self._cursors(given, watch, 1) as (cursor,):
            yield from parts(made, _ask(cursor, made).to_arrow_reader(_BATCH_ROWS), form)

    def records(self, sources: Sequence[str], given: HuntInput, watch: Watch) -> Iterator[Sequence[StoredRecord]]:
        """Yield stored records; see ports.hunting."""
        made = stored(sources, self._source(given))
        with self._cursors(given, watch, 1) as (cursor,):
            for batch in _ask(cursor, made).to_arrow_reader(_BATCH_ROWS):
                yield [_record(row) for row in batch.to_pylist()]

    def samples(
        self, given: HuntInput, received_since: datetime, each: int, most_kinds: int, watch: Watch
    ) -> Iterator[Sequence[StoredRecord]]:
        """Yield the newest records of each kind of event; see ports.hunting."""
        source = self._source(given)
        with self._cursors(given, watch, 1) as (cursor,):
            places = _places(_ask(cursor, sampling(source, received_since, each, most_kinds)).to_arrow_table())
            for picked in _picked(places):
                for start in range(0, len(picked.numbers), _BATCH_ROWS):
                    part = Picked(picked.file, picked.numbers[start : start + _BATCH_ROWS])
                    table = _ask(cursor, stored_at(source, part)).to_arrow_table()
                    yield [_record(row) for row in table.to_pylist()]

    def values(
        self, attribute: Attribute, prefix: str, given: HuntInput, most: int, watch: Watch
    ) -> Sequence[tuple[str, int]]:
        """Return frequent values; see ports.hunting."""
        where = Comparison(attribute, Operator.STARTS_WITH, (prefix,)) if prefix else None
        query = Query(where, (Count((attribute,)), Limit(most)))
        return [(str(value), count) for value, count in self.run(query, given, most, watch).rows]

    def _source(self, given: HuntInput) -> Source:
        files = [self._engine.empty_file, *reversed(given.files)]  # the newest first: a limit leaves out what is older
        return Source(given.organization_id, given.first_at, given.before, files, given.staged is not None)

    @contextmanager
    def _cursors(self, given: HuntInput, watch: Watch, count: int) -> Iterator[list[duckdb.DuckDBPyConnection]]:
        with ExitStack() as closing:
            cursors = [closing.enter_context(self._engine.cursor()) for _ in range(count)]
            if given.staged is not None:
                numbers = pa.array(range(given.staged.num_rows), pa.int64())
                staged = given.staged.append_column(STAGED_ROW, numbers)
                for cursor in cursors:
                    cursor.register(STAGED, staged)
            with watched(cursors, watch):
                yield cursors


def _record(row: dict[str, Any]) -> StoredRecord:
    raw = row["raw_bytes"]
    return StoredRecord(
        event_id=row["event_id"],
        time=row["time"],
        source=row["source"],
        format=row["format"] or "",
        origin=row["origin"] or "",
        number=row["record"] or 0,
        raw=row["raw"].encode() if raw is None else raw,
        body=None if row["body"] is None else orjson.loads(row["body"]),
    )


def _ask(cursor: duckdb.DuckDBPyConnection, made: Statement) -> duckdb.DuckDBPyRelation:
    return cursor.sql(made.sql, params=made.values)


def _read(
    cursors: Sequence[duckdb.DuckDBPyConnection], query: Query, source: Source, places: Sequence[Place]
) -> list[list[Any]]:
    """Return the rows at these places, in their order. One file's rows are one task: DuckDB does such small reads with one thread each."""
    free: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
    for cursor in cursors:
        free.put(cursor)

    def read(picked: Picked) -> dict[Place, list[Any]]:
        cursor = free.get()
        try:
            made = reading(query, source, picked)
            table = _ask(cursor, made).to_arrow_table()
            return dict(zip(_places(table), rows_of(made, table.drop_columns(table.column_names[:2])), strict=True))
        finally:
            free.put(cursor)

    found: dict[Place, list[Any]] = {}
    with ThreadPoolExecutor(len(cursors)) as threads:
        for rows in threads.map(read, _picked(places)):
            found |= rows
    return [found[place] for place in places]


def _places(table: pa.Table) -> list[Place]:
    return list(zip(table["filename"].to_pylist(), table["file_row_number"].to_pylist(), strict=True))


def _picked(places: Sequence[Place]) -> list[Picked]:
    found: dict[str | None, list[int]] = {}
    for file, number in places:
        found.setdefault(file, []).append(number)
    return [Picked(file, numbers) for file, numbers in found.items()]
