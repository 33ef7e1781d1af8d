"""`minixdr serve worker` as a process: what it says of itself on its health port."""

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from minixdr import __version__
from minixdr.adapters.postgres.schema import NEWEST, OLDEST
from tests.api import SECRET_KEY
from tests.engines import TestDatabase, free_port

_START_SECONDS = 90
_DIGEST = f"sha256:{'0a' * 32}"


@contextmanager
def working(
    database_url: str, nats_url: str, folder: Path, **environment: str
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a worker; give it, and the address of its health port."""
    port = free_port()
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "MINIXDR_DATABASE_URL": database_url,
        "MINIXDR_NATS_URL": nats_url,
        "MINIXDR_WAREHOUSE": str(folder / "lake"),
        "MINIXDR_SECRET_KEY": base64.b64encode(SECRET_KEY).decode(),
        "MINIXDR_LOG_TRUSTED": "yes",
        "MINIXDR_LOG_MOST_BYTES": str(64 << 20),
        "MINIXDR_HEALTH_PORT": str(port),
        "MINIXDR_REVISION": "1f0c2ab93d4e",
        "MINIXDR_IMAGE_DIGEST": _DIGEST,
        **environment,
    }
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "minixdr.wiring", "serve", "worker"], env=given, stderr=log)
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _until(address: str, status: int) -> httpx.Response:
    until = time.monotonic() + _START_SECONDS
    answer = None
    while time.monotonic() < until:
        try:
            answer = httpx.get(address, timeout=5)
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code == status:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{address}: {answer and answer.text}")


def test_a_worker_says_how_it_is(postgres: TestDatabase, nats_url: str, tmp_path: Path) -> None:
    """Alive, started, ready with each part, its version, its numbers; after SIGTERM it leaves with 0."""
    with working(postgres.app_url, nats_url, tmp_path) as (process, base):
        ready = _until(f"{base}/readyz", 200).json()
        assert ready["status"] == "ready"
        assert set(ready["parts"]) == {"database", "log", "schema", "lake"}
        assert httpx.get(f"{base}/livez").json() == {"status": "ok"}
        assert httpx.get(f"{base}/startupz").json() == {"status": "ok", "pending": {}}
        assert httpx.get(f"{base}/version").json() == {
            "name": "minixdr",
            "version": __version__,
            "revision": "1f0c2ab93d4e",
            "image_digest": _DIGEST,
            "schema": {"oldest": OLDEST, "newest": NEWEST},
        }
        assert "minixdr_" in httpx.get(f"{base}/metrics").text
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_worker_without_a_database_is_alive(postgres: TestDatabase, nats_url: str, tmp_path: Path) -> None:
    """It has not started, is not ready and says what it waits for; to start it anew would help nobody, so it is alive. SIGTERM ends it at once."""
    away = f"postgresql://nobody:x@127.0.0.1:{free_port()}/none"
    with working(away, nats_url, tmp_path) as (process, base):
        _until(f"{base}/livez", 200)
        started = _until(f"{base}/startupz", 503).json()
        assert "platform" in started["pending"]
        ready = httpx.get(f"{base}/readyz")
        assert ready.status_code == 503
        assert ready.json()["parts"]["platform"]["state"] == "failed"
        assert httpx.get(f"{base}/livez").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 128 + signal.SIGTERM
