"""DuckDB reads the warehouse, and nothing else."""

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import duckdb
import httpx
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.arrow import ArrowFSWrapper
from moto.server import ThreadedMotoServer

from minixdr.adapters.hunting.engine import Engine, EngineLimits, watched
from minixdr.adapters.hunting.hunter import DuckdbHunter
from minixdr.adapters.lake.arrow import PLAIN_SCHEMA
from minixdr.adapters.lake.warehouse import S3Options, Warehouse
from minixdr.app.hunt.check import checked
from minixdr.app.hunt.columns import hunt_attributes
from minixdr.app.hunt.running import Stopping
from minixdr.ports.hunting import ExportForm, HuntInput, HuntStoppedError, HuntTooLargeError, HuntTooLongError
from minixdr.ports.lake import DamagedFileError, LakeAwayError
from minixdr.schema.hunt import Query
from tests.hunts import events_of, trail
from tests.integration.hunting.lake_events import BEFORE, FIRST_AT, NoWatch, table_of, write

MINE = "11111111-1111-1111-1111-111111111111"
_SLOW = "SELECT count(*) FROM range(100000000000) a WHERE hash(a.range) = 1"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Return an engine that may read one folder."""
    (tmp_path / "lake").mkdir()
    made = Engine([str(tmp_path / "lake")], PLAIN_SCHEMA, EngineLimits(memory_bytes=64 << 20, spill_bytes=1 << 20))
    yield made
    made.close()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_parquet('{folder}/lake-of-another/x.parquet')",
        "SELECT * FROM read_parquet('{folder}/lake/../secret.parquet')",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '64GB'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SELECT * FROM events_of",
    ],
)
def test_nothing_else_is_reached(statement: str, engine: Engine, tmp_path: Path) -> None:
    """Even by whoever could write statements, which nobody can."""
    for place in ("lake-of-another/x.parquet", "secret.parquet"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        write(tmp_path / place, table_of(events_of([trail("a", "b", "2026-03-01T10:00:00Z")], MINE, FIRST_AT), MINE))
    with pytest.raises(duckdb.Error):
        engine.cursor().execute(statement.format(folder=tmp_path))
    assert not (tmp_path / "out.csv").exists()


def test_what_runs_is_ended(engine: Engine) -> None:
    """When nobody waits, when its time is up; the next statement runs."""
    stopping = Stopping(60)
    threading.Timer(0.2, stopping.stop).start()
    with pytest.raises(HuntStoppedError):
        _ask(engine, _SLOW, stopping)
    with pytest.raises(HuntStoppedError):
        _ask(engine, _SLOW, stopping)  # stopped before it began
    start = time.perf_counter()
    with pytest.raises(HuntTooLongError):
        _ask(engine, _SLOW, Stopping(0.2))
    assert time.perf_counter() - start < 5
    assert _ask(engine, "SELECT 1", Stopping(5)) == [(1,)]


def test_memory_and_disk_are_bounded(engine: Engine) -> None:
    """A hunt that needs more is told so."""
    with pytest.raises(HuntTooLargeError):
        _ask(engine, "SELECT count(*) FROM (SELECT DISTINCT md5(range::VARCHAR) FROM range(5000000))", Stopping(60))


def _ask(engine: Engine, statement: str, watch: Stopping) -> object:
    cursor = engine.cursor()
    with watched([cursor], watch):
        return cursor.execute(statement).fetchall()


def test_files_older_than_a_column_and_damaged_files(engine: Engine, tmp_path: Path) -> None:
    """A column that a file lacks is absent there; a file that is none is said, not left out."""
    events = events_of([trail("alice", "CreateUser", "2026-03-01T10:00:00Z")], MINE, FIRST_AT)
    table = table_of(events, MINE)
    old = str(tmp_path / "lake" / "old.parquet")
    pq.write_table(table.drop_columns(["api_operation", "answers_rdata"]), old)
    new = write(tmp_path / "lake" / "new.parquet", table)
    hunter = DuckdbHunter(engine)
    query = checked("api.operation exists | count", hunt_attributes(), hunter.regex_error)
    assert hunter.run(query, HuntInput(MINE, FIRST_AT, BEFORE, [old, new], None), 10, NoWatch()).rows == [[1]]
    assert len(hunter.run(Query(), HuntInput(MINE, FIRST_AT, BEFORE, [old], None), 10, NoWatch()).rows) == 1
    (tmp_path / "lake" / "bad.parquet").write_bytes(b"PAR1 nothing PAR1")
    for name, error in (("bad.parquet", DamagedFileError), ("gone.parquet", LakeAwayError)):
        given = HuntInput(MINE, FIRST_AT, BEFORE, [str(tmp_path / "lake" / name)], None)
        with pytest.raises(error):
            hunter.run(Query(), given, 10, NoWatch())


def test_a_lake_in_a_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read through the storage's own client; nothing beside the warehouse's prefix."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-a-test")
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
        httpx.post(f"{address}/moto-api/reset").raise_for_status()  # what it holds is the process's, whichever server
        client.create_bucket(Bucket="logs")
        warehouse = Warehouse("s3://logs/lake", S3Options("us-east-1", address))
        events = events_of([trail("alice", "CreateUser", "2026-03-01T10:00:00Z")], MINE, FIRST_AT)
        content = _parquet(table_of(events, MINE))
        warehouse.write("a.parquet", content)
        client.put_object(Bucket="logs", Key="lake-of-another/a.parquet", Body=content)
        client.close()
        engine = Engine([warehouse.address], PLAIN_SCHEMA, filesystem=ArrowFSWrapper(warehouse.files))
        hunter = DuckdbHunter(engine)
        query = checked("| fields actor.user.name", hunt_attributes(), hunter.regex_error)
        given = HuntInput(MINE, FIRST_AT, BEFORE, [warehouse.uri("a.parquet")], None)
        assert hunter.run(query, given, 10, NoWatch()).rows == [["alice"]]
        assert b"".join(hunter.export(query, given, ExportForm.CSV, 10, NoWatch())) == b"actor.user.name\r\nalice\r\n"
        outside = HuntInput(MINE, FIRST_AT, BEFORE, ["s3://logs/lake-of-another/a.parquet"], None)
        with pytest.raises(LakeAwayError):
            hunter.run(query, outside, 10, NoWatch())
        engine.close()
    finally:
        server.stop()


def _parquet(table: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()
