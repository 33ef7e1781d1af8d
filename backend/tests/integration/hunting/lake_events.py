"""Events in files as the lake writes them, for hunts to read."""

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from minixdr import pipeline
from minixdr.adapters.lake.arrow import PLAIN_SCHEMA
from minixdr.adapters.lake.data_files import conform
from minixdr.adapters.lake.staging import rows_to_table
from minixdr.detect.compiled import compile_rules
from minixdr.detect.engine import Engine
from minixdr.ingest.reading import read
from minixdr.normalize.catalog import all_sources
from minixdr.pipeline import Detection
from minixdr.ports.lake import LakeEvent
from minixdr.schema.record import Batch

RECEIVED_AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
FIRST_AT = datetime(1990, 1, 1, tzinfo=UTC)
BEFORE = datetime(2040, 1, 1, tzinfo=UTC)


def lake_events(paths: Iterable[Path], organization_id: str) -> Iterator[LakeEvent]:
    """Yield the events of log files."""
    compiled = compile_rules([])
    detection = Detection(Engine(compiled.program, all_sources()), None, {}, organization_id)
    for path in paths:
        with io.BytesIO(path.read_bytes()) as stream:
            for batch in read(stream, path.name):
                if not isinstance(batch, Batch):
                    continue
                for _, event in pipeline.run(batch, detection, every=True).events:
                    yield LakeEvent(event, event.time or RECEIVED_AT, RECEIVED_AT, "b" * 32)


def table_of(events: list[LakeEvent], organization_id: str) -> pa.Table:
    """Return the rows as the lake has them."""
    rows = rows_to_table(events)
    count = len(events)
    for name, value in (("organization_id", organization_id), ("batch_id", "b" * 32)):
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.array([value] * count, pa.string()))
    return conform(rows)


def write(path: Path, table: pa.Table) -> str:
    """Write a Parquet file; return its address."""
    assert table.schema == PLAIN_SCHEMA
    pq.write_table(
        table.sort_by([("source", "ascending"), ("time", "ascending")]), path, row_group_size=128, compression="zstd"
    )
    return str(path)


class NoWatch:
    """Waits as long as it takes."""

    timeout_seconds = 60.0

    def on_stop(self, stop: Any) -> None:
        """Nobody stops it."""


HOUR = timedelta(hours=1)
