"""`minixdr serve api` as a process: it starts, says how it is, ends what has begun, and keeps its numbers to itself."""

import asyncio
import base64
import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from minixdr.api.connection import BoundedConnection
from tests.api import SECRET_KEY
from tests.engines import TestDatabase

_START_SECONDS = 60


@dataclass
class Served:
    """A running api."""

    process: subprocess.Popen[str]
    port: int
    metrics_port: int
    log: Path

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ended(self, seconds: float) -> int | None:
        """Return the exit status; None where it still runs after so long."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def serving(
    database: TestDatabase, nats_url: str, folder: Path, *, written: socket.socket | None = None, **environment: str
) -> Iterator[Served]:
    """Run one, its log in a file, or written to a socket."""
    port, metrics_port, log = free_port(), free_port(), folder / "api.log"
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "MINIXDR_DATABASE_URL": database.app_url,
        "MINIXDR_NATS_URL": nats_url,
        "MINIXDR_WAREHOUSE": str(folder / "lake"),
        "MINIXDR_SECRET_KEY": base64.b64encode(SECRET_KEY).decode(),
        "MINIXDR_LOG_TRUSTED": "yes",
        "MINIXDR_LOG_MOST_BYTES": str(64 << 20),
        "MINIXDR_PORT": str(port),
        "MINIXDR_METRICS_PORT": str(metrics_port),
        **environment,
    }
    with log.open("w") as file:
        to = written or file
        command = [sys.executable, "-m", "minixdr.wiring", "serve", "api"]
        process = subprocess.Popen(command, env=given, stdout=to, stderr=to, text=True)
    served = Served(process, port, metrics_port, log)
    try:
        yield served
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def wait_until_ready(served: Served) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        assert served.process.poll() is None, served.log.read_text()
        try:
            if httpx.get(f"{served.base}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(served.log.read_text())


def test_it_serves_and_ends_what_has_begun(postgres: TestDatabase, nats_url: str, tmp_path: Path) -> None:
    """After SIGTERM it is not ready, still answers while it drains, then finishes the request it has, and leaves with 0."""
    with serving(postgres, nats_url, tmp_path, MINIXDR_DRAIN_SECONDS="2") as served:
        wait_until_ready(served)
        parts = httpx.get(f"{served.base}/readyz").json()["parts"]
        assert {"database", "log", "schema", "lake"} <= set(parts)
        slow = socket.create_connection(("127.0.0.1", served.port))
        body = json.dumps({"email": "nobody@example.org", "password": "x"}).encode()
        slow.sendall(
            b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
        )
        time.sleep(0.3)
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        draining = httpx.get(f"{served.base}/readyz")
        assert (draining.status_code, draining.json()["status"]) == (503, "draining")
        assert draining.headers["connection"] == "close"
        assert httpx.get(f"{served.base}/version").status_code == 200
        time.sleep(2.5)  # it accepts no more
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{served.base}/version")
        slow.sendall(body)
        assert slow.recv(100).startswith(b"HTTP/1.1 401 ")
        slow.close()
        assert served.ended(15) == 0, served.log.read_text()
        events = [line["event"] for line in served.lines()]
        assert events.index("api_was_asked_to_stop") < events.index("api_stopped")


def test_a_request_that_never_comes_does_not_hold_it_up(postgres: TestDatabase, nats_url: str, tmp_path: Path) -> None:
    """A second signal ends it at once; the bound would do so later."""
    with serving(postgres, nats_url, tmp_path) as served:
        wait_until_ready(served)
        with socket.create_connection(("127.0.0.1", served.port)) as slow:
            slow.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
            time.sleep(0.3)
            served.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert served.process.poll() is None
            served.process.send_signal(signal.SIGINT)
            assert served.process.wait(8) is not None


def test_a_signal_in_the_middle_of_a_line_of_the_log_is_heard(
    postgres: TestDatabase, nats_url: str, tmp_path: Path
) -> None:
    """Whoever takes the log is slow, so the process waits within a line, holding the log's lock; a signal comes; the log goes on: it ends."""
    with socket.create_server(("127.0.0.1", 0)) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        writing = socket.create_connection(slow.getsockname())
        writing.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        reading, _ = slow.accept()
    with reading, serving(postgres, nats_url, tmp_path, written=writing) as served:
        writing.close()
        wait_until_ready(served)
        with httpx.Client(timeout=2) as client, pytest.raises(httpx.TimeoutException):
            for _ in range(100_000):
                client.get(f"{served.base}/version")
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        threading.Thread(target=drain, args=(reading,)).start()
        assert served.ended(20) == 0


def drain(connection: socket.socket) -> None:
    """Read to the end."""
    with suppress(OSError):
        while connection.recv(1 << 16):
            pass


def test_numbers_have_an_address_of_their_own(postgres: TestDatabase, nats_url: str, tmp_path: Path) -> None:
    """They are not at the public one."""
    with serving(postgres, nats_url, tmp_path) as served:
        wait_until_ready(served)
        text = httpx.get(f"http://127.0.0.1:{served.metrics_port}/metrics").text
        assert 'minixdr_http_requests_total{method="GET",operation="getReadiness",status="200"}' in text
        assert "minixdr_log_waiting_batches " in text
        assert "process_resident_memory_bytes " in text
        assert httpx.get(f"{served.base}/metrics").status_code == 404


def test_the_log_is_json_and_holds_no_secret(postgres: TestDatabase, nats_url: str, tmp_path: Path) -> None:
    """A line a request, with the id of the answer; neither passwords nor tokens nor addresses typed."""
    with serving(postgres, nats_url, tmp_path) as served:
        wait_until_ready(served)
        body = {"email": "hunter2@example.org", "password": "hunter2"}
        answer = httpx.post(f"{served.base}/api/v1/session?x=hunter2", json=body, headers={"Authorization": "hunter2"})
        time.sleep(1)  # the line is written after the answer
        found = [line for line in served.lines() if line.get("request_id") == answer.headers["x-request-id"]]
        assert [(line["event"], line["route"], line["status"]) for line in found] == [
            ("request_was_served", "createSession", 401)
        ]
        assert "hunter2" not in served.log.read_text()


def test_a_port_in_use_is_said(postgres: TestDatabase, nats_url: str, tmp_path: Path) -> None:
    """And which setting chooses another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with serving(postgres, nats_url, tmp_path, MINIXDR_PORT=port) as served:
            assert served.process.wait(_START_SECONDS) == 1
            assert (
                f"cannot listen at 127.0.0.1 port {port}: Address already in use (MINIXDR_HOST"
                in served.log.read_text()
            )


def test_many_ask_at_once(postgres: TestDatabase, nats_url: str, tmp_path: Path) -> None:
    """Signing in costs memory; twenty at once wait their turn, or are told to come back, and nobody gets an error of the server."""
    with serving(postgres, nats_url, tmp_path) as served:
        wait_until_ready(served)
        statuses: list[int] = []

        def ask() -> None:
            body = {"email": "nobody@example.org", "password": "x"}
            statuses.append(httpx.post(f"{served.base}/api/v1/session", json=body, timeout=30).status_code)

        threads = [threading.Thread(target=ask) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(statuses) <= {401, 429}
        assert len(statuses) == 20


def test_a_head_without_end_is_cut_off(postgres: TestDatabase, nats_url: str, tmp_path: Path) -> None:
    """Too large: 431. Large but right: served; and the same on a connection that is used again."""
    with serving(postgres, nats_url, tmp_path) as served:
        wait_until_ready(served)
        with httpx.Client() as client:
            for _ in range(3):
                assert client.get(f"{served.base}/version", headers={"X-Large": "x" * 30_000}).status_code == 200
        for flood in (b"X-%d: y\r\n", b"x%d" * 10):
            with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
                connection.sendall(b"GET /version HTTP/1.1\r\nHost: x\r\nX-Large: ")
                answer = b""
                try:
                    for number in range(100_000):
                        connection.sendall(flood.replace(b"%d", str(number).encode()))
                    answer = connection.recv(100)
                except ConnectionError:
                    answer = answer or b"HTTP/1.1 431 "  # it hung up while we still sent
                assert answer.startswith(b"HTTP/1.1 431 ")
        assert httpx.get(f"{served.base}/version").status_code == 200


def test_who_says_nothing_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection without a request, or with half a head, ends by itself."""
    monkeypatch.setattr("minixdr.api.connection.HEAD_SECONDS", 0.3)

    async def app(scope: object, receive: object, send: Callable[[dict[str, object]], Awaitable[None]]) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def run() -> None:
        config = uvicorn.Config(app, http=BoundedConnection, log_config=None, ws="none", lifespan="off")  # type: ignore[arg-type]
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            serving = asyncio.create_task(server._serve(sockets=[listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            for said in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT"):
                reader, writer = await asyncio.open_connection(*listening.getsockname())
                writer.write(said)
                answer = await asyncio.wait_for(reader.read(), 3)
                assert answer.startswith(b"HTTP/1.1 204") == said.endswith(b"GET / HT")
                writer.close()
            server.should_exit = True
            await serving

    asyncio.run(run())


def test_traces_go_to_a_receiver_where_one_is_named(postgres: TestDatabase, nats_url: str, tmp_path: Path) -> None:
    """By the caller's trace, without what was typed; health checks are left out."""
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with receiver() as (address, requests):
        with serving(postgres, nats_url, tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=address) as served:
            wait_until_ready(served)
            headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01", "Authorization": "Bearer hunter2"}
            httpx.get(f"{served.base}/api/v1/members?limit=hunter2", headers=headers)
            served.process.send_signal(signal.SIGTERM)
            assert served.ended(20) == 0, served.log.read_text()
        spans = [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        assert [(span.trace_id.hex(), span.name) for span in spans if span.kind == 2] == [
            (trace, "GET /api/v1/members")
        ]
        assert not any(b"hunter2" in request.SerializeToString() for request in requests)


@contextmanager
def receiver() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """Take traces by OTLP over HTTP."""
    requests: list[ExportTraceServiceRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            if self.path == "/v1/traces":
                requests.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
