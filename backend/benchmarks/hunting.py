"""Hunts over ten million events of a week: how long each takes, and what it reads.

Real records (Windows hosts, CloudTrail, Zeek, web and SSH servers) become events as in the platform; those are spread over a week, many times over,
each time with new ids, users, hosts and ends of command lines, into files as compaction leaves them.
"""

import io
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.process import DATA, write
from minixdr import pipeline
from minixdr.adapters.hunting.engine import Engine
from minixdr.adapters.hunting.hunter import DuckdbHunter
from minixdr.adapters.lake.arrow import PLAIN_SCHEMA
from minixdr.adapters.lake.data_files import ROW_GROUP_ROWS, SORTED_BY, conform
from minixdr.adapters.lake.data_files import _options as parquet_options
from minixdr.adapters.lake.staging import rows_to_table
from minixdr.adapters.lake.upkeep import FILE_ROWS
from minixdr.app.hunt.check import checked
from minixdr.app.hunt.columns import hunt_attributes
from minixdr.detect.compiled import compile_rules
from minixdr.detect.engine import Engine as Matching
from minixdr.ingest.reading import read
from minixdr.normalize.catalog import all_sources
from minixdr.pipeline import Detection
from minixdr.ports.hunting import HuntInput
from minixdr.ports.lake import LakeEvent
from minixdr.schema.record import Batch

EVENTS = 10_000_000
BASE_EVENTS = 120_000
DAYS = 7
START = datetime(2026, 5, 4, tzinfo=UTC)
ORGANIZATION = "11111111-1111-1111-1111-111111111111"
_RUNS = 5
_NAMES = ("actor_user_name", "user_name", "device_hostname")
_MOST_OF_A_FILE = 25_000
_PROCESSES = 0.15
"""Share of events that have a command line: more than in the captures, which are short and full of all else."""
HUNTS = (
    ("an entity's timeline of 7 days", 'entity = "user:wardog-17" | limit 100', 1.5),
    ("an address's timeline of 7 days", 'entity = "address:172.18.39.5" | limit 100', 1.5),
    ("top 20 users", "| count by actor.user.name | top 20", 0.5),
    ("top 20 operations of CloudTrail", 'source = "aws_cloudtrail" | count by api.operation | top 20', 0.5),
    ("top 20 images", "| top 20 by process.file.name", 0.5),
    ("a substring over command lines", 'process.cmd_line contains "-enc" | limit 100', 1.0),
    ("a substring in no command line", 'process.cmd_line contains "sekurlsa"', 1.0),
    (
        "a regular expression over command lines",
        'process.cmd_line matches "(?i)-e(nc|c)? [A-Za-z0-9+/=]{40}" | count',
        None,
    ),
    ("a network of addresses", 'src_endpoint.ip in cidr "172.16.0.0/12" | count by src_endpoint.ip | top 20', None),
    ("a histogram of all events", "| timechart span 1h by source", None),
    ("the newest 100 events", "| limit 100", None),
    ("an attribute without a column", "unmapped.LogonGuid exists | count", None),
    ("free text over raw records", '"mimikatz"', None),
)


class Patient:
    """Waits as long as it takes."""

    timeout_seconds = 600.0

    def on_stop(self, stop: object) -> None:
        """Nobody stops it."""


def main() -> None:
    """Measure and write the page."""
    kept = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as folder:
        place = kept or Path(folder)
        files = sorted(map(str, place.glob("*.parquet"))) or build(place)
        measure(place, files)


def measure(place: Path, files: list[str]) -> None:
    """Run each hunt several times."""
    engine = Engine([str(place)], PLAIN_SCHEMA)
    hunter = DuckdbHunter(engine)
    given = HuntInput(ORGANIZATION, START, START + timedelta(days=DAYS), files, None)
    size = sum(Path(file).stat().st_size for file in files)
    events = sum(pq.read_metadata(file).num_rows for file in files)
    table = [["hunt", "query", "rows", "first, s", "median, s", "CPU-s", "aim, s"]]
    for name, text, aim in HUNTS:
        query = checked(text, hunt_attributes(), hunter.regex_error)
        seconds, used = [], []
        for _ in range(_RUNS):
            before = time.process_time()
            result = hunter.run(query, given, 10_000, Patient())
            used.append(time.process_time() - before)
            seconds.append(result.elapsed_seconds)
            if seconds[0] > 5:
                break
        median = sorted(seconds)[len(seconds) // 2]
        shown = "" if aim is None else f"{aim:g}"
        row = [
            name,
            "`" + text.replace("|", "\\|") + "`",
            f"{len(result.rows):,}",
            f"{seconds[0]:.2f}",
            f"{median:.2f}",
            f"{sorted(used)[len(used) // 2]:.2f}",
            shown,
        ]
        print(row, flush=True)
        table.append(row)
    engine.close()
    about = (
        f"{events:,} events of {DAYS} days in {len(files)} files, {size / events:.0f} bytes an event. Two threads, 1 GiB of memory. The first run "
        "finds the files in the operating system's cache or not, as it happens; the median is of five. The two cores are shared with other work "
        f"(load {os.getloadavg()[1]:.1f} meanwhile): what a hunt takes alone lies between half and all of its CPU seconds."
    )
    write("hunting", "Hunting", [about], table)


def build(place: Path) -> list[str]:
    """Write the files; return their paths."""
    base = base_table()
    started = _processes(base)
    print(f"{base.num_rows:,} real events, {len(started):,} with a command line", flush=True)
    source = random.Random(1)
    rows_of_day = EVENTS // DAYS
    files = []
    for day in range(DAYS):
        for part in range(0, rows_of_day, FILE_ROWS):
            rows = min(FILE_ROWS, rows_of_day - part)
            first = START + timedelta(days=day) + timedelta(days=1) * (part / rows_of_day)
            span = timedelta(days=1) * (rows / rows_of_day)
            path = str(place / f"{day}-{part:08d}-{uuid4().hex}.parquet")
            table = variant(base, started, rows, first, span, source)
            with pq.ParquetWriter(path, PLAIN_SCHEMA, **parquet_options(rows)) as writer:
                writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
            files.append(path)
        print(f"day {day + 1} of {DAYS}", flush=True)
    return files


def base_table() -> pa.Table:
    """Return real events as rows."""
    compiled = compile_rules([])
    detection = Detection(Matching(compiled.program, all_sources()), None, {}, ORGANIZATION)
    tables, count = [], 0
    for path in _paths():
        rows = []
        for batch in read(io.BytesIO(path.read_bytes()), path.name):
            if isinstance(batch, Batch):
                rows += [
                    LakeEvent(event, event.time or START, START, "b" * 32)
                    for _, event in pipeline.run(batch, detection, every=True).events
                ]
            if len(rows) >= _MOST_OF_A_FILE:
                break
        if rows:
            tables.append(conform(rows_to_table(rows[:_MOST_OF_A_FILE])))
            count += tables[-1].num_rows
    return pa.concat_tables(tables)


def _paths() -> Iterator[Path]:
    yield from sorted((DATA / "story_aws_invictus" / "cloudtrail_raw").glob("*.json"))
    yield from sorted((DATA / "windows" / "mordor").glob("*.jsonl.zst"))[::3]
    yield from sorted((DATA / "network" / "apt29_zeek").glob("*conn.log"))
    yield from sorted((DATA / "network" / "ocsf_raw_zeek").glob("*.log"))
    yield from sorted((DATA / "linux" / "loghub").rglob("*.log"))
    yield from sorted((DATA / "aws" / "stratus_detonation").glob("*.json"))


def variant(
    base: pa.Table, started: list[int], rows: int, first: datetime, span: timedelta, source: random.Random
) -> pa.Table:
    """Return so many rows of the base in a span of time, with new ids, users, hosts and command lines."""
    taken = base.take(
        pa.array(
            [
                source.choice(started) if source.random() < _PROCESSES else source.randrange(base.num_rows)
                for _ in range(rows)
            ]
        )
    )
    start, length = int(first.timestamp() * 1e6), int(span.total_seconds() * 1e6)
    times = sorted(start + source.randrange(length) for _ in range(rows))
    marks = pa.array([f"-{source.randrange(100)}" for _ in range(rows)])
    columns = {
        "event_id": pa.array([f"{source.getrandbits(128):032x}" for _ in range(rows)]),
        "organization_id": pa.array([ORGANIZATION] * rows),
        "batch_id": pa.array([f"{number // 500:032x}" for number in range(rows)]),
        "time": pa.array(times, pa.timestamp("us", tz="UTC")),
        "received_at": pa.array(times, pa.timestamp("us", tz="UTC")),
        "entities": _marked(taken["entities"].combine_chunks(), marks),
        "process_cmd_line": pc.binary_join_element_wise(
            taken["process_cmd_line"], pa.array([f"{source.randrange(1 << 16):x}" for _ in range(rows)]), " "
        ),
    }
    columns |= {name: pc.binary_join_element_wise(taken[name], marks, "") for name in _NAMES}
    for name, column in columns.items():
        taken = taken.set_column(taken.schema.get_field_index(name), PLAIN_SCHEMA.field(name), column)
    return taken.sort_by([(name, "ascending") for name in SORTED_BY])


def _processes(base: pa.Table) -> list[int]:
    """Return the places of the events with a command line."""
    return [place for place, there in enumerate(base["process_cmd_line"].is_valid().to_pylist()) if there]


def _marked(entities: pa.ListArray, marks: pa.Array) -> pa.ListArray:
    items = entities.flatten()
    of_item = marks.take(pc.list_parent_indices(entities))
    changed = pc.or_(pc.starts_with(items, "user:"), pc.starts_with(items, "host:"))
    return pa.ListArray.from_arrays(
        entities.offsets,
        pc.if_else(changed, pc.binary_join_element_wise(items, of_item, ""), items),
        mask=entities.is_null(),
    )


if __name__ == "__main__":
    begun = time.perf_counter()
    main()
    print(f"{time.perf_counter() - begun:.0f} s")
