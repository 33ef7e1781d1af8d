"""More than a platform can take, at all HTTP doors at once, from one organization; another one still gets through.

What is sent is several times what one worker matches, so the log reaches its bound and every door has to say busy. Each request is sent again
until it is taken: what is in the lake in the end is what was sent, once.
"""

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from tests.integration.doors.server import create_token
from tests.soak.machine import Machine
from tests.soak.run import Account, Say, check, environment_of, record

_SECONDS = 25.0
_CONNECTIONS = 12
"""Of each door."""
_RECORDS = 500
_FOUND_EVERY = 100
MOST_API_BYTES = 768 << 20
"""128 MiB of bodies are held at once, which need three times as much while they are decoded and published; and the process itself."""
_LONGEST_WAIT_SECONDS = 15.0
"""Until the other organization's record is taken."""
_BUSY = {"native": 503, "hec": 503, "bulk": 429, "otlp": 503}


@dataclass
class _Seen:
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    unsaid: Counter[str] = field(default_factory=Counter)
    """Answers that were not given: connections that broke."""
    waits: list[float] = field(default_factory=list)
    most_bytes: int = 0
    ends: float = 0.0


def overload(machine: Machine, say: Say, seconds: float = _SECONDS) -> None:
    """Flood, then count."""
    url = environment_of(machine)["MINIXDR_DATABASE_URL"]
    flooding, flooder = asyncio.run(create_token(url))
    calm, other = asyncio.run(create_token(url))
    flood, quiet, seen = Account(), Account(), _Seen(ends=time.monotonic() + seconds)
    asyncio.run(_run(machine, (flooding, flood), (calm, quiet), seen))
    say(
        f"answers {dict(seen.statuses)}, broken {dict(seen.unsaid)}; api at most {seen.most_bytes >> 20} MiB; "
        f"the other organization waited {max(seen.waits):.1f} s at most for each of {len(seen.waits)} records"
    )
    assert not seen.unsaid, "connections broke without an answer"
    wrong = {key for key in seen.statuses if key[1] not in {200, _BUSY[key[0]]}}
    assert not wrong, f"answers that no client understands as busy: {wrong}"
    for door, status in _BUSY.items():
        assert seen.statuses[door, status], f"{door} never said busy: that was no overload"
        assert seen.statuses[door, 200], f"nothing got through at {door}"
    assert max(seen.waits) < _LONGEST_WAIT_SECONDS, "one organization shut another out"
    assert seen.most_bytes < MOST_API_BYTES
    check(machine, flood, organization_id=flooder, say=say)
    check(machine, quiet, organization_id=other, say=say)


async def _run(machine: Machine, flood: tuple[str, Account], quiet: tuple[str, Account], seen: _Seen) -> None:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=machine.url, timeout=90, trust_env=False, limits=limits) as http:
        watching = asyncio.create_task(_watch(machine, seen))
        senders = [_flood(http, door, number, *flood, seen) for door in _BUSY for number in range(_CONNECTIONS)]
        await asyncio.gather(_trickle(http, *quiet, seen), *senders)
        watching.cancel()


async def _watch(machine: Machine, seen: _Seen) -> None:
    while True:
        seen.most_bytes = max(seen.most_bytes, machine.rss_bytes("api"))
        await asyncio.sleep(0.25)


async def _flood(http: httpx.AsyncClient, door: str, number: int, token: str, account: Account, seen: _Seen) -> None:
    count = 0
    while time.monotonic() < seen.ends:
        ids = [f"{door}{number}-{count}-{place}" for place in range(_RECORDS)]
        body, path, kind = _request(door, _records(ids))
        headers = {"authorization": f"Bearer {token}", "content-type": kind}
        while not await _taken(http, door, path, body, headers, seen):
            await asyncio.sleep(0.1)  # sooner than it was told
        account.acknowledged.update(ids)
        count += 1


async def _trickle(http: httpx.AsyncClient, token: str, account: Account, seen: _Seen) -> None:
    number = 0
    while time.monotonic() < seen.ends:
        began = time.monotonic()
        body, path, kind = _request("native", _records([f"q-{number}-0"]))
        headers = {"authorization": f"Bearer {token}", "content-type": kind}
        while not await _taken(http, "native", path, body, headers, seen):
            await asyncio.sleep(0.25)
        seen.waits.append(time.monotonic() - began)
        account.acknowledged.add(f"q-{number}-0")
        number += 1
        await asyncio.sleep(0.25)


async def _taken(
    http: httpx.AsyncClient, door: str, path: str, body: bytes, headers: dict[str, str], seen: _Seen
) -> bool:
    try:
        answer = await http.post(path, content=body, headers=headers)
    except httpx.HTTPError as error:
        seen.unsaid[repr(error)] += 1
        return False
    seen.statuses[door, answer.status_code] += 1
    if answer.status_code != httpx.codes.OK:
        assert "retry-after" in answer.headers, (door, answer.status_code, answer.text[:300])
        assert int(answer.headers["retry-after"]) >= 1
        return False
    assert door != "bulk" or answer.json()["errors"] is False
    return True


def _records(ids: list[str]) -> list[dict[str, object]]:
    """Return records that hardly compress: the log is full sooner."""
    now = datetime.now(UTC)
    return [
        record(each, found=place % _FOUND_EVERY == 0, time=now)
        | {"requestParameters": {"key": random.randbytes(200).hex()}}
        for place, each in enumerate(ids)
    ]


def _request(door: str, records: list[dict[str, object]]) -> tuple[bytes, str, str]:
    """Return the body of a request at a door, its path and its type."""
    lines = [json.dumps(each) for each in records]
    match door:
        case "native":
            return "\n".join(lines).encode(), "/api/ingest", "application/x-ndjson"
        case "hec":
            return "".join(f'{{"event":{line}}}' for line in lines).encode(), "/services/collector", "application/json"
        case "bulk":
            made = "".join(f'{{"index":{{"_index":"aws"}}}}\n{line}\n' for line in lines)
            return made.encode(), "/_bulk", "application/x-ndjson"
        case _:
            logs = [{"body": {"stringValue": line}} for line in lines]
            body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": logs}]}]})
            return body.encode(), "/v1/logs", "application/json"
