"""What the lake costs: staging, commits, compaction, bytes an event, looking one up. `python -m benchmarks.lake`.

Real records of all kinds that we have, each once, become events as in the platform. A PostgreSQL of its own has the catalog. CPU seconds are of this
process; other work on the machine makes them larger.
"""

import gc
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks.process import DATA, write
from minixdr import pipeline
from minixdr.adapters.lake.lake import IcebergLake
from minixdr.adapters.postgres.schema import upgrade
from minixdr.detect.compiled import compile_rules
from minixdr.detect.engine import Engine
from minixdr.ingest.reading import read
from minixdr.local.accounts import engine_account
from minixdr.local.databases import OWNER, SERVICE, prepare
from minixdr.local.engines import running
from minixdr.local.ports import free_port
from minixdr.local.postgres import SUPERUSER, Postgres
from minixdr.normalize.catalog import all_sources
from minixdr.pipeline import Detection
from minixdr.ports.lake import LakeEvent, LakeView, WaitingFile
from minixdr.ports.lake_columns import COLUMNS
from minixdr.schema.record import Batch

ORGANIZATION = "11111111-1111-1111-1111-111111111111"
START = datetime(2026, 5, 4, 1, tzinfo=UTC)
_PASSWORDS = {OWNER: "of-a-benchmark", SERVICE: "of-a-benchmark"}
_CORPUS = (
    ("windows/mordor/*.jsonl.zst", 300),
    ("story_aws_invictus/cloudtrail_raw/*.json", 600),
    ("aws/stratus_detonation/*", 600),
    ("network/*/*", 400),
    ("linux/**/*", 600),
    ("linux_web_saas/**/*", 60),
    ("k8s_audit/**/*", 60),
)
"""Files, and how many records of each: so that no kind outweighs the others, and a record has about 1 KB."""
_SKIPPED = frozenset({".md", ".pcap", ".pcapng", ".yml", ".yaml", ".tsv"})
_BATCH = 500
_BATCHES_OF_A_COMMIT = 40
_SNAPSHOTS = 180
"""As many as a quarter of an hour has, at one commit every five seconds."""


class Cost(NamedTuple):
    """What something took."""

    cpu: float
    wall: float


class Clock:
    """Adds up."""

    def __init__(self) -> None:
        self._start = time.process_time(), time.perf_counter()

    def read(self) -> Cost:
        """Return the seconds since it was made."""
        return Cost(time.process_time() - self._start[0], time.perf_counter() - self._start[1])


def events() -> list[LakeEvent]:
    """Return the events, file by file as a client would send them, 20,000 a second."""
    compiled = compile_rules([])
    detection = Detection(Engine(compiled.program, all_sources()), None, {}, ORGANIZATION)
    found: dict[str, LakeEvent] = {}
    for pattern, most in _CORPUS:
        for path in sorted(DATA.glob(pattern)):
            if not path.is_file() or path.suffix in _SKIPPED:
                continue
            taken = 0
            with path.open("rb") as file:
                for batch in read(file, path.name):
                    if taken >= most or not isinstance(batch, Batch):
                        continue
                    for _, event in pipeline.run(batch, detection, every=True).events[: most - taken]:
                        at = START + timedelta(microseconds=50 * len(found))
                        found.setdefault(event.event_id, LakeEvent(event, at, at, ""))
                        taken += 1
    return list(found.values())


def batches(rows: Sequence[LakeEvent]) -> Iterator[list[LakeEvent]]:
    """Yield the batches, with ids."""
    for number, start in enumerate(range(0, len(rows), _BATCH)):
        yield [msgspec.structs.replace(row, batch_id=f"{number:032x}") for row in rows[start : start + _BATCH]]


def main() -> None:
    """Measure and write the page."""
    rows = events()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        server = Postgres(folder / "postgres", free_port(), "of-a-benchmark", engine_account(None), {"fsync": "off"})
        server.create()
        with running(server, folder / "postgres.log"):
            prepare(server.url(SUPERUSER, "of-a-benchmark", "postgres"), _PASSWORDS, "lake")
            upgrade(server.url(OWNER, "of-a-benchmark", "lake"), lambda _: None)
            lake = IcebergLake(str(folder / "warehouse"), server.url(SERVICE, "of-a-benchmark", "lake"))
            try:
                measure(lake, rows)
            finally:
                lake.close()


def measure(lake: IcebergLake, rows: list[LakeEvent]) -> None:
    """Run it all, and write the page."""
    lake.prepare()
    given = list(batches(rows))
    count = len(rows)
    clock = Clock()
    staged = [lake.stage(ORGANIZATION, batch[0].batch_id, batch) for batch in given]
    stage = clock.read()
    waiting = [
        WaitingFile(number, ORGANIZATION, file.name, file.rows, file.first_at, file.last_at)
        for number, file in enumerate(staged, 1)
    ]
    clock = Clock()
    commits = 0
    for start in range(0, len(waiting), _BATCHES_OF_A_COMMIT):
        lake.commit(waiting[start : start + _BATCHES_OF_A_COMMIT], lake.moment(), 1)
        commits += 1
    commit = clock.read()
    committed_bytes = view(lake).size_bytes
    clock = Clock()
    while lake.compact(START + timedelta(days=3), 1).files_before:
        pass
    compact = clock.read()
    compacted = view(lake)
    one = look_up(lake, compacted.files, rows, 1)
    many = look_up(lake, compacted.files, rows, 1_000)
    late = late_commits(lake, len(waiting), rows)
    raw = sum(len(row.event.record.raw) for row in rows)
    sources = Counter(row.event.source for row in rows).most_common(6)
    kinds = ", ".join(f"{name} {share / count:.0%}" for name, share in sources)
    table = [
        ["", "CPU us an event", "ms", "bytes an event"],
        [f"stage, {_BATCH} events a file, synced", micro(stage.cpu, count), f"{stage.wall / len(given) * 1e3:.1f} a file",
         f"{sum(file.size_bytes for file in staged) / count:.0f}"],
        [f"commit, {_BATCH * _BATCHES_OF_A_COMMIT:,} events each", micro(commit.cpu, count), f"{commit.wall / commits * 1e3:.0f} a commit",
         f"{committed_bytes / count:.0f}"],
        ["compact", micro(compact.cpu, count), "", f"{compacted.size_bytes / count:.0f}"],
        [f"commit of one file, {_SNAPSHOTS} snapshots kept", "", f"{late.cpu * 1e3:.0f} CPU, {late.wall * 1e3:.0f} wall", ""],
        ["all columns of one event by id", "", f"{one.wall * 1e3:.0f}", ""],
        ["which of 1,000 ids are there", "", f"{many.wall * 1e3:.0f}", ""],
    ]  # fmt: skip
    write("lake", "The lake", [
        f"{count:,} real events of {raw / count:,.0f} bytes a record ({kinds} ...), each once. What is counted as bytes of an event is everything:",
        "columns, the raw record, Bloom filters, the files' own metadata.",
    ], table)  # fmt: skip


def view(lake: IcebergLake) -> LakeView:
    """Return the files of all events."""
    return lake.view(ORGANIZATION, START - timedelta(days=1), START + timedelta(days=1))


def look_up(lake: IcebergLake, files: Sequence[str], rows: Sequence[LakeEvent], count: int) -> Cost:
    """Return what it takes to find events by their ids, the median of five; one: with all its columns."""
    columns = [column.name for column in COLUMNS] if count == 1 else ["event_id"]
    costs = []
    for turn in range(5):
        ids = [row.event.event_id for row in random.Random(turn).sample(rows, count)]
        clock = Clock()
        found = lake.read_files(files, columns, ids)
        costs.append(clock.read())
        assert found.num_rows == count, found.num_rows
    return sorted(costs)[2]


def late_commits(lake: IcebergLake, last: int, rows: Sequence[LakeEvent]) -> Cost:
    """Return what a small commit takes once so many snapshots are kept."""
    costs = []
    for number in range(_SNAPSHOTS):
        event = msgspec.structs.replace(rows[0].event, event_id=f"{number:032x}")
        row = msgspec.structs.replace(rows[0], event=event, batch_id=f"{number:032x}")
        file = lake.stage(ORGANIZATION, row.batch_id, [row])
        waiting = WaitingFile(last + 1 + number, ORGANIZATION, file.name, 1, file.first_at, file.last_at)
        clock = Clock()
        lake.commit([waiting], lake.moment(), 1)
        costs.append(clock.read())
    return sorted(costs[-9:])[4]


def micro(seconds: float, count: int) -> str:
    """Return microseconds an event."""
    return f"{seconds / count * 1e6:.1f}"


if __name__ == "__main__":
    main()
