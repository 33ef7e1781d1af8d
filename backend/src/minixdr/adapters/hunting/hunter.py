"""Implements ports.hunting.Hunter with DuckDB."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from minixdr.adapters.hunting.engine import Engine, watched
from minixdr.adapters.hunting.forms import parts
from minixdr.adapters.hunting.rows import columns_of, rows_of
from minixdr.adapters.hunting.statements import STAGED, Source, Statement, counting, statement
from minixdr.ports.hunting import ExportForm, HuntInput, HuntResult, Watch
from minixdr.schema.hunt import Attribute, Comparison, Count, Limit, Operator, Query

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
        with self._started(query, given, most_rows, watch) as (made, found):
            table = found.to_arrow_table()
        rows = list(rows_of(made, table.slice(0, most_rows)))
        return HuntResult(columns_of(made), rows, table.num_rows > most_rows, time.perf_counter() - start)

    def export(self, query: Query, given: HuntInput, form: ExportForm, most_rows: int, watch: Watch) -> Iterator[bytes]:
        """Yield the parts of a file; see ports.hunting."""
        with self._started(query, given, most_rows, watch) as (made, found):
            yield from parts(made, found.to_arrow_reader(_BATCH_ROWS), form)

    def values(
        self, attribute: Attribute, prefix: str, given: HuntInput, most: int, watch: Watch
    ) -> Sequence[tuple[str, int]]:
        """Return frequent values; see ports.hunting."""
        where = Comparison(attribute, Operator.STARTS_WITH, (prefix,)) if prefix else None
        query = Query(where, (Count((attribute,)), Limit(most)))
        return [(str(value), count) for value, count in self.run(query, given, most, watch).rows]

    @contextmanager
    def _started(
        self, query: Query, given: HuntInput, most_rows: int, watch: Watch, *, counted: bool = False
    ) -> Iterator[tuple[Statement, duckdb.DuckDBPyRelation]]:
        files = [self._engine.empty_file, *given.files]
        source = Source(given.organization_id, given.first_at, given.before, files, given.staged is not None)
        made = statement(query, source, most_rows)
        cursor = self._engine.cursor()
        try:
            with watched(cursor, watch):
                if given.staged is not None:
                    cursor.register(STAGED, given.staged)
                sql = counting(made) if counted else made.sql
                yield made, cursor.sql(sql, params=made.parameters.values)
        finally:
            cursor.close()
