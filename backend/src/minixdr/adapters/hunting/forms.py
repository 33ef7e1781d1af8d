"""Batches of rows -> the parts of a file: CSV, JSON lines, Parquet."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from minixdr.adapters.hunting.rows import columns_of, rows_of
from minixdr.adapters.hunting.statements import Statement
from minixdr.ports.hunting import ExportForm

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""With these a cell begins that a spreadsheet may run. Source: OWASP, CSV injection."""


def parts(made: Statement, reader: pa.RecordBatchReader, form: ExportForm) -> Iterator[bytes]:
    """Yield the file's parts."""
    match form:
        case ExportForm.CSV:
            return _csv(made, reader)
        case ExportForm.JSONL:
            return _jsonl(made, reader)
        case ExportForm.PARQUET:
            return _parquet(reader, [column.name for column in made.columns])


def _csv(made: Statement, reader: pa.RecordBatchReader) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_cell(column.name) for column in columns_of(made)])
    for batch in reader:
        writer.writerows([_cell(value) for value in row] for row in rows_of(made, batch))
        yield _taken(text)
    rest = _taken(text)
    if rest:
        yield rest


def _taken(text: io.StringIO) -> bytes:
    content = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return content


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, (dict, list)):
        value = orjson.dumps(value).decode()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _jsonl(made: Statement, reader: pa.RecordBatchReader) -> Iterator[bytes]:
    names = [column.name for column in columns_of(made)]
    for batch in reader:
        yield b"".join(_line(names, row) for row in rows_of(made, batch))


def _line(names: Sequence[str], row: Sequence[Any]) -> bytes:
    return orjson.dumps(dict(zip(names, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)


def _parquet(reader: pa.RecordBatchReader, names: Sequence[str]) -> Iterator[bytes]:
    schema = reader.schema
    if names:
        schema = pa.schema([field.with_name(name) for field, name in zip(schema, names, strict=True)])
    sink = _Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """A file that gives away what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self._content = bytearray()
        self._position = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Return how much was written."""
        return self._position

    def write(self, content: Any) -> int:
        """Take bytes."""
        size = memoryview(content).nbytes
        self._content += content
        self._position += size
        return size

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        content = bytes(self._content)
        self._content.clear()
        return content
