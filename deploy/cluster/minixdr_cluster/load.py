"""Load on the load balancer from a process of its own: reads that must all succeed, and records of which each acknowledged one must be kept.

    with Load(url, host, token) as load: ...
    load.result

Half of the readers keep their connection, half open one a request; nothing is sent twice, so each failure is counted. A failure is no answer, a
status of 500 or more, or one that is not the path's.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

READS = {"/api/version": {200}, "/": {200, 307}, "/version": {200}}
RECORDS = 20
"""A request."""
_PAUSE_SECONDS = 0.03
_DOOR_PAUSE_SECONDS = 0.1
_TIMEOUT_SECONDS = 20.0


@dataclass
class Result:
    """What came of it."""

    requests: int
    failures: list[dict[str, Any]]
    acknowledged: int
    """Records."""
    batches: list[str]
    seconds: float
    slowest_seconds: float
    versions: dict[str, int]
    """How often which version answered."""

    @property
    def failed(self) -> int:
        """Return how many failed."""
        return len(self.failures)

    def line(self) -> str:
        """Return it in a line."""
        kinds = Counter(f"{each['path']} {each['what']}" for each in self.failures)
        what = "; ".join(f"{count} x {kind}" for kind, count in kinds.most_common(5))
        return (
            f"{self.failed} of {self.requests} requests failed in {self.seconds:.0f} s, slowest {self.slowest_seconds:.2f} s, "
            f"{self.acknowledged} records acknowledged, answered by {self.versions}{': ' + what if what else ''}"
        )


@dataclass
class Load:
    """Runs while the block lasts."""

    url: str
    host: str
    token: str
    folder: Path
    result: Result | None = None
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def __enter__(self) -> "Load":
        command = [sys.executable, "-m", "minixdr_cluster.load", self.url, self.host, str(self._path)]
        environment = dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[1]), "LOAD_TOKEN": self.token}
        self._process = subprocess.Popen(command, env=environment, process_group=0)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(60)
        if status:
            raise RuntimeError(f"the load ended with status {status}")
        self.result = Result(**json.loads(self._path.read_text("utf-8")))

    @property
    def _path(self) -> Path:
        return self.folder / "load.json"


@dataclass
class _Count:
    requests: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    acknowledged: int = 0
    batches: list[str] = field(default_factory=list)
    slowest: float = 0.0
    versions: "Counter[str]" = field(default_factory=Counter)

    async def send(self, client: httpx.AsyncClient, request: httpx.Request, good: set[int]) -> httpx.Response | None:
        began = time.monotonic()
        self.requests += 1
        try:
            answer = await client.send(request)
            what = "" if answer.status_code in good else f"status {answer.status_code}"
        except httpx.HTTPError as error:
            answer, what = None, type(error).__name__
        took = time.monotonic() - began
        self.slowest = max(self.slowest, took)
        if what:
            at = round(time.time(), 2)
            self.failures.append({"path": request.url.path, "what": what, "at": at, "seconds": round(took, 2)})
            return None
        return answer


def _client(url: str, host: str, *, keeps: bool) -> httpx.AsyncClient:
    limits = httpx.Limits(max_keepalive_connections=20 if keeps else 0)
    return httpx.AsyncClient(
        base_url=url, headers={"Host": host}, timeout=_TIMEOUT_SECONDS, limits=limits, trust_env=False
    )


async def _read(count: _Count, url: str, host: str, path: str, stop: asyncio.Event, *, keeps: bool) -> None:
    async with _client(url, host, keeps=keeps) as client:
        while not stop.is_set():
            answer = await count.send(client, client.build_request("GET", path), READS[path])
            if answer is not None and path.endswith("version"):
                said = answer.json()
                count.versions[f"{said['name']} {said['version']}"] += 1
            await asyncio.sleep(_PAUSE_SECONDS)


def _record(identifier: str) -> dict[str, Any]:
    """Return a record of CloudTrail that no rule finds anything in."""
    return {
        "eventVersion": "1.08",
        "eventID": identifier,
        "eventTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.18.0.1",
        "userAgent": "aws-cli/2.15",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/build", "userName": "build"},
        "eventType": "AwsApiCall",
        "recipientAccountId": "123456789012",
    }


async def _send(count: _Count, url: str, host: str, name: str, token: str, stop: asyncio.Event) -> None:
    number = 0
    async with _client(url, host, keeps=True) as client:
        while not stop.is_set():
            number += 1
            lines = [json.dumps(_record(f"{name}-{number}-{each}")) for each in range(RECORDS)]
            headers = {"Authorization": f"Bearer {token}"}
            request = client.build_request("POST", "/api/ingest", content="\n".join(lines), headers=headers)
            answer = await count.send(client, request, {200})
            if answer is not None:
                count.acknowledged += RECORDS
                count.batches += answer.json()["batches"]
            await asyncio.sleep(_DOOR_PAUSE_SECONDS)


async def _main(url: str, host: str, path: Path, token: str) -> None:
    stop, count, began = asyncio.Event(), _Count(), time.monotonic()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    work = [_read(count, url, host, each, stop, keeps=keeps) for each in READS for keeps in (True, False)]
    if token:
        work.append(_send(count, url, host, f"run{os.getpid()}", token, stop))
    await asyncio.gather(*work)
    result = Result(
        count.requests,
        count.failures,
        count.acknowledged,
        count.batches,
        round(time.monotonic() - began, 1),
        round(count.slowest, 3),
        dict(count.versions),
    )
    path.write_text(json.dumps(result.__dict__), "utf-8")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), os.environ.get("LOAD_TOKEN", "")))
