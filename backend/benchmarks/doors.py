"""What a record costs at each HTTP door, and how soon it is answered. `python -m benchmarks.doors`.

A real api process over a real PostgreSQL and NATS (which syncs each batch). Eight connections send bodies of 500 records of 1 KB without a pause,
then of one record. CPU seconds are of the api process alone: the aim, 25,000 records/s on one core, is their reciprocal.
"""

import gzip
import json
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

import orjson
import psutil
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from tests.integration.doors.server import Server

from benchmarks.process import write
from minixdr.adapters.postgres.schema import upgrade
from minixdr.local.accounts import engine_account
from minixdr.local.databases import OWNER, SERVICE, prepare
from minixdr.local.engines import running
from minixdr.local.nats import Nats
from minixdr.local.ports import free_port
from minixdr.local.postgres import SUPERUSER, Postgres

_PASSWORDS = {OWNER: "of-a-benchmark", SERVICE: "of-a-benchmark"}
_CONNECTIONS = 8
_RECORDS = 500
_VALUE_BYTES = 350
"""Of hexadecimal digits that compress to half, not better: real records compress to a fifth or a tenth."""


class Load(NamedTuple):
    """What is sent."""

    title: str
    path: str
    headers: dict[str, str]
    records: int
    body: Callable[[int], bytes]
    """Makes the body of a request with this number."""


def record(number: int) -> dict[str, object]:
    """Return a record of about 1 KB that no other is."""
    return {
        "eventVersion": "1.08", "eventID": f"00000000-0000-4000-8000-{number:012d}", "eventTime": "2026-01-02T03:04:05Z",
        "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "awsRegion": "us-east-1", "sourceIPAddress": "198.51.100.7",
        "requestParameters": {"key": random.Random(number).randbytes(_VALUE_BYTES).hex()},
        "userIdentity": {"type": "IAMUser", "userName": f"user-{number % 50}"},
    }  # fmt: skip


def _numbers(request: int, records: int) -> Iterator[int]:
    return iter(range(request * records, (request + 1) * records))


def _lines(request: int) -> bytes:
    return b"\n".join(orjson.dumps(record(number)) for number in _numbers(request, _RECORDS))


def _hec(request: int, records: int = _RECORDS) -> bytes:
    events = (
        {"time": 1_700_000_000.5, "host": "web", "event": record(number)} for number in _numbers(request, records)
    )
    return b"".join(map(orjson.dumps, events))


def _bulk(request: int) -> bytes:
    return b"".join(
        b'{"create":{"_index":"logs"}}\n%b\n' % orjson.dumps(record(number)) for number in _numbers(request, _RECORDS)
    )


def _otlp(request: int) -> bytes:
    made = ExportLogsServiceRequest()
    records = made.resource_logs.add().scope_logs.add().log_records
    for number in _numbers(request, _RECORDS):
        records.add(time_unix_nano=1_700_000_000_000_000_000 + number).body.string_value = json.dumps(record(number))
    return made.SerializeToString()


_LOADS = (
    Load("native, JSON lines", "/api/ingest", {}, _RECORDS, _lines),
    Load(
        "native, JSON lines, gzip",
        "/api/ingest",
        {"Content-Encoding": "gzip"},
        _RECORDS,
        lambda n: gzip.compress(_lines(n), 1),
    ),
    Load("HEC", "/services/collector", {}, _RECORDS, _hec),
    Load("bulk", "/_bulk", {}, _RECORDS, _bulk),
    Load("OTLP, protobuf", "/v1/logs", {"Content-Type": "application/x-protobuf"}, _RECORDS, _otlp),
    Load("HEC, one record a request", "/services/collector", {}, 1, lambda number: _hec(number, 1)),
)


class _Sending:
    """Connections that send one load at once."""

    def __init__(self, server: Server, token: str, load: Load) -> None:
        self._server, self._token, self._load = server, token, load
        self.waits: list[float] = []
        self.statuses: set[int] = set()

    def run(self, first: int) -> tuple[float, float]:
        """Send for a while; return (seconds, CPU seconds of the server)."""
        bodies = [
            [self._load.body(first + part * 1_000 + number) for number in range(self._many())]
            for part in range(_CONNECTIONS)
        ]
        process = psutil.Process(self._server.pid)
        before, began = sum(process.cpu_times()[:2]), time.perf_counter()
        threads = [threading.Thread(target=self._send, args=(part,)) for part in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - began, sum(process.cpu_times()[:2]) - before

    def _many(self) -> int:
        return 40 if self._load.records > 1 else 300

    def _send(self, bodies: list[bytes]) -> None:
        connection = HTTPConnection("127.0.0.1", self._server.port, timeout=60)
        headers = {"Authorization": f"Bearer {self._token}", **self._load.headers}
        for body in bodies:
            began = time.perf_counter()
            connection.request("POST", self._load.path, body, headers)
            answer = connection.getresponse()
            answer.read()
            self.statuses.add(answer.status)
            self.waits.append(time.perf_counter() - began)
        connection.close()


def main() -> None:
    """Measure and write the page."""
    rows = [
        [
            "door",
            "records/s (everything on this machine)",
            "records/s per core of the api",
            "answered after p50, p99",
            "statuses",
        ]
    ]
    with tempfile.TemporaryDirectory(prefix="minixdr-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        postgres = Postgres(folder / "postgres", free_port(), "of-a-benchmark", engine_account(None))
        nats = Nats(folder / "nats", free_port(), "of-a-benchmark", engine_account(None))
        for engine in (postgres, nats):
            engine.create()
        with running(postgres, folder / "postgres.log"), running(nats, folder / "nats.log"):
            prepare(postgres.url(SUPERUSER, "of-a-benchmark", "postgres"), _PASSWORDS, "minixdr")
            upgrade(postgres.url(OWNER, _PASSWORDS[OWNER], "minixdr"), lambda _: None)
            server = Server(postgres.url(SERVICE, _PASSWORDS[SERVICE], "minixdr"), nats.url).start()
            try:
                token, _ = server.token()
                for number, load in enumerate(_LOADS):
                    rows.append(_measured(server, token, load, number * 1_000_000))
            finally:
                server.stop()
    write("doors", "The HTTP doors", [(__doc__ or "").strip()], rows)


def _measured(server: Server, token: str, load: Load, first: int) -> list[str]:
    sending = _Sending(server, token, load)
    seconds, cpu = sending.run(first)
    records = len(sending.waits) * load.records
    cuts = quantiles(sending.waits, n=100)
    return [
        load.title,
        f"{records / seconds:,.0f}",
        f"{records / cpu:,.0f}",
        f"{cuts[49] * 1e3:.0f} ms, {cuts[98] * 1e3:.0f} ms",
        ", ".join(map(str, sorted(sending.statuses))),
    ]


if __name__ == "__main__":
    main()
