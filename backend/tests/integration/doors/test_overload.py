"""More than can be taken: each protocol says busy in its own words, nothing is lost of what was answered, and memory stays bounded."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.integration.doors.server import Server

FULL_BYTES = 1 << 20
ASKED = {
    "native": ("/api/ingest", b'{"a":"%s"}', "application/x-ndjson", 503),
    "hec": ("/services/collector", b'{"event":{"a":"%s"}}', "application/json", 503),
    "bulk": ("/_bulk", b'{"index":{"_index":"x"}}\n{"a":"%s"}\n', "application/x-ndjson", 429),
    "otlp": (
        "/v1/logs",
        b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"%s"}}]}]}]}',
        "application/json",
        503,
    ),
}


def _noise(size, seed):
    """Return letters that do not compress."""
    return random.Random(seed).randbytes(size // 2).hex().encode()


@pytest.fixture(scope="module")
def full(postgres, nats_url):
    """Return a server whose log is full, a token, and how many records it took."""
    server = Server(postgres.app_url, nats_url, FULL_BYTES).start()
    token, _ = server.token()
    taken = 0
    with httpx.Client(
        base_url=server.url, timeout=30, trust_env=False, headers={"Authorization": f"Bearer {token}"}
    ) as http:
        for number in range(100):
            answer = http.post("/api/ingest", content=b'{"a":"%s"}' % _noise(60_000, number))
            if answer.status_code != 200:
                break
            taken += 1
        assert answer.status_code == 503
        yield server, http, taken
    server.stop()


@pytest.mark.parametrize("door", ASKED)
def test_a_full_log_is_busy_at_every_door(full, door):
    """429 or 503 with Retry-After, in the protocol's form; never 500, never silence."""
    _, http, _ = full
    path, body, kind, status = ASKED[door]
    answer = http.post(path, content=body % _noise(60_000, door), headers={"Content-Type": kind})
    assert answer.status_code == status
    assert int(answer.headers["retry-after"]) >= 1
    content = answer.json()
    match door:
        case "native":
            assert content["type"] == "urn:minixdr:problem:busy"
        case "hec":
            assert content["code"] == 9
            health = http.get("/services/collector/health")
            assert (health.status_code, health.json()["code"]) == (503, 18)
        case "bulk":
            assert content["error"]["type"] == "es_rejected_execution_exception"
        case "otlp":
            assert content["code"] == 14


def test_what_was_answered_is_in_the_full_log(full):
    """And nothing else: what was told to come back is not there."""
    server, _, taken = full
    assert sum(len(batch.raws) for batch in server.batches()) == taken > 0


def test_memory_stays_bounded_under_three_times_too_much(postgres, nats_url):
    """Four organizations send 32 MiB at once from twelve connections: some are taken, the others hear busy."""
    server = Server(postgres.app_url, nats_url).start()
    try:
        tokens = [server.token()[0] for _ in range(4)]
        body = b"\n".join(b'{"a":"%s"}' % (b"x" * 1_000) for _ in range(32_000))
        before = server.memory_bytes()
        most = 0

        def send(number):
            nonlocal most
            headers = {"Authorization": f"Bearer {tokens[number % 4]}"}
            with httpx.Client(timeout=90, trust_env=False) as http:
                try:
                    return http.post(f"{server.url}/api/ingest", content=body, headers=headers).status_code
                except httpx.WriteError:
                    return "closed"  # the answer came before the body was sent
                finally:
                    most = max(most, server.memory_bytes())

        with ThreadPoolExecutor(12) as pool:
            statuses = Counter(pool.map(send, range(24)))
        assert set(statuses) <= {200, 503, "closed"}, statuses
        assert statuses[200] > 0
        assert statuses[503] + statuses["closed"] > 0
        assert most - before < 600 << 20
        assert server.alive()
    finally:
        server.stop()
