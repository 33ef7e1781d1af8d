"""What no honest client sends, at every HTTP door of a real server: it is answered, never with a 5xx, and the server goes on."""

import http.client
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest

from tests.integration.doors.server import Server
from tests.security.malformed import bombs, inputs

_THREADS = 4
_MOST_MEMORY_BYTES = 700 << 20
"""Of the api process, about 130 MiB when idle, with one request of 60 MiB made to take as much as it can."""
_CHANNEL = "FE0ECFAD-13D5-401B-847D-77833BD77131"
DOORS = {
    "native": ("/api/ingest", {}),
    "native batch": ("/api/ingest", {"Content-Type": "application/vnd.minixdr.batch+msgpack"}),
    "hec event": ("/services/collector/event", {"X-Splunk-Request-Channel": _CHANNEL}),
    "hec raw": ("/services/collector/raw", {"X-Splunk-Request-Channel": _CHANNEL}),
    "hec ack": ("/services/collector/ack", {"X-Splunk-Request-Channel": _CHANNEL}),
    "bulk": ("/_bulk", {"Content-Type": "application/x-ndjson"}),
    "document": ("/elastic/logs/_doc", {"Content-Type": "application/json"}),
    "otlp protobuf": ("/v1/logs", {"Content-Type": "application/x-protobuf"}),
    "otlp json": ("/v1/logs", {"Content-Type": "application/json"}),
}


@pytest.fixture(scope="module")
def server(postgres, nats_url):
    made = Server(postgres.app_url, nats_url).start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def token(server):
    return server.token(hec_ack=True)[0]


class _Client:
    """A connection that is opened again where the server closed it."""

    def __init__(self, port, token):
        self._port, self._token = port, token
        self._connection = None

    def send(self, path, headers, made):
        """Return the status of the answer."""
        sent = {"Authorization": f"Bearer {self._token}", **headers}
        if made.encoding is not None:
            sent["Content-Encoding"] = made.encoding
        for again in (True, False):
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            try:
                self._connection.request("POST", path, made.body, sent)
                answer = self._connection.getresponse()
                answer.read()
            except (http.client.HTTPException, OSError):
                self.close()
                if not again:
                    raise
            else:
                return answer.status
        raise AssertionError

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _send_all(server, token, door, made):
    """Return how often each status was answered, and the names of the inputs that got a 5xx."""
    path, headers = DOORS[door]
    client = _Client(server.port, token)
    statuses = Counter()
    failed = []
    try:
        for item in made:
            status = client.send(path, headers, item)
            statuses[status] += 1
            if status >= 500:
                failed.append((item.name, status))
    finally:
        client.close()
    return statuses, failed


@pytest.mark.parametrize("door", DOORS)
def test_malformed_bodies_get_answers_of_their_protocol(server, token, door):
    """At least 2,000 inputs a door."""
    made = inputs()
    assert len(made) >= 2_000
    parts = [list(islice(made, start, None, _THREADS)) for start in range(_THREADS)]
    pid = server.pid
    with ThreadPoolExecutor(_THREADS) as pool:
        results = list(pool.map(lambda part: _send_all(server, token, door, part), parts))
    assert not [name for _, failed in results for name in failed]
    total = sum((statuses for statuses, _ in results), Counter())
    assert total.total() == len(made)
    assert sum(count for status, count in total.items() if 400 <= status < 500) > 100
    assert server.pid == pid
    assert server.alive()


@pytest.mark.parametrize("door", DOORS)
def test_bombs_are_stopped(server, token, door):
    """Decompression and decoding end at their bounds: 413, or what the protocol says of a bad body; memory stays."""
    server.peak_bytes()
    statuses, failed = _send_all(server, token, door, bombs())
    assert not failed
    assert set(statuses) <= {200, 400, 413, 415}, statuses
    assert server.peak_bytes() < _MOST_MEMORY_BYTES


@pytest.mark.parametrize(
    "wire",
    [
        b"POST /api/ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n{auth}\r\n{}",
        b"POST /api/ingest HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n{auth}\r\n{}",
        b"POST /api/ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n{auth}\r\n{}",
        b"POST /api/ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n{auth}\r\n{}",
        b"POST /api/ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n{auth}\r\n{}",
        b"POST /api/ingest HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n{auth}\r\nZZ\r\n{}\r\n0\r\n\r\n",
        b"POST /api/ingest HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n{auth}\r\n5\r\n{}",
        b"POST /services/collector HTTP/1.1\r\nHost: x\r\nAuthorization: Splunk \xff\xfe\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /services/collector?channel=%ff%00&time=\xff HTTP/1.1\r\nHost: x\r\n{auth}Content-Length: 2\r\n\r\n{}",
        b"POST /%ff%00/_bulk HTTP/1.1\r\nHost: x\r\n{auth}Content-Length: 2\r\n\r\n{}",
        b"POST /_bulk HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ====\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /_bulk HTTP/1.1\r\nHost: x\r\nAuthorization: ApiKey "
        + b"A" * 60_000
        + b"\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: \xff\r\n{auth}Content-Length: 2\r\n\r\n{}",
        b"PUT /api/ingest HTTP/1.1\r\nHost: x\r\n{auth}Content-Length: 2\r\n\r\n{}",
        b"POST /api/ingest HTTP/1.1\r\nHost: x\r\nX-Minixdr-Origin: \x01\xff\r\n{auth}Content-Length: 2\r\n\r\n{}",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_broken_requests_end_their_connection_alone(server, token, wire):
    """Wrong lengths, chunks and headers: an answer below 500 or none, and the next request is served."""
    auth = f"Authorization: Bearer {token}\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), 10) as connection:
        connection.sendall(wire.replace(b"{auth}", auth))
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    assert not answer or int(answer.split(b" ", 2)[1]) < 500, answer[:200]
    assert server.alive()
