"""Rows by their event ids, by DuckDB.

First the ids alone, with the files they are in: the filter on `event_id` goes into Parquet's reader, which skips row groups by their Bloom
filters. Then the wanted columns, of the few rows in the few files that were found.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from fsspec.implementations.arrow import ArrowFSWrapper  # type: ignore[import-untyped]

from minixdr.adapters.lake.arrow import PLAIN_SCHEMA
from minixdr.adapters.lake.table import translated
from minixdr.adapters.lake.warehouse import Warehouse
from minixdr.ports.lake import LakeAwayError

_MEMORY = "512MiB"
_FIND = "SELECT event_id, filename FROM read_parquet($files) WHERE event_id IN (SELECT unnest($ids))"
_ROWS = "SELECT {columns} FROM read_parquet($files, union_by_name = true) WHERE event_id IN (SELECT unnest($ids))"


class Lookup:
    """Looks rows up. For several threads."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._lock = threading.Lock()
        self._database: duckdb.DuckDBPyConnection | None = None
        self._scratch: TemporaryDirectory[str] | None = None

    def rows(self, files: Sequence[str], columns: Sequence[str], event_ids: Sequence[str]) -> pa.Table:
        """Return the rows of the files with these event ids; see ports.lake."""
        wanted = pa.schema([PLAIN_SCHEMA.field(column) for column in dict.fromkeys(columns)])
        if not files or not event_ids:
            return wanted.empty_table()
        found = self._ask(_FIND, files, event_ids)
        if found.num_rows == 0:
            return wanted.empty_table()
        if wanted.names == ["event_id"]:
            return found.select(wanted.names).cast(wanted)
        named = ", ".join(f'"{name}"' for name in wanted.names)
        places = sorted(set(found["filename"].to_pylist()))
        rows = self._ask(_ROWS.format(columns=named), [*places, self._empty_file()], found["event_id"].to_pylist())
        return rows.cast(wanted)

    def _ask(self, statement: str, files: Sequence[str], event_ids: Sequence[str]) -> pa.Table:
        with translated():
            try:
                cursor = self._cursor()
                return cursor.sql(statement, params={"files": list(files), "ids": list(event_ids)}).to_arrow_table()
            except duckdb.Error as error:
                raise LakeAwayError(f"the lake's files cannot be read: {str(error).splitlines()[0]}") from error

    def _cursor(self) -> Any:
        with self._lock:
            if self._database is None:
                options = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
                self._database = duckdb.connect(":memory:", config={**options, "memory_limit": _MEMORY, "threads": "2"})
                self._database.execute("SET GLOBAL TimeZone = 'UTC'")
                if not self._warehouse.is_local:
                    self._database.register_filesystem(ArrowFSWrapper(self._warehouse.files))
            return self._database.cursor()

    def _empty_file(self) -> str:
        """Return a file without rows: read beside others it gives all columns to files that are older than a column."""
        with self._lock:
            if self._scratch is None:
                self._scratch = TemporaryDirectory(prefix="minixdr-lookup-")
                pq.write_table(PLAIN_SCHEMA.empty_table(), Path(self._scratch.name) / "empty.parquet")
            return str(Path(self._scratch.name) / "empty.parquet")

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None
            if self._scratch is not None:
                self._scratch.cleanup()
                self._scratch = None
