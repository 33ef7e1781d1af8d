"""Clients that send a byte now and then, or read nothing of what they are answered: they cost little, others do not notice, and they are ended."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from tests.integration.doors.server import create_token
from tests.soak.machine import Machine
from tests.soak.run import Account, Say, check, environment_of, record

_HEADS = _BODIES = 300
_READERS = 50
_SECONDS = 75.0
"""Longer than a request's head (20 s) and its body (45 s, and 20 s after the answer) may take."""
_MOST_MORE_BYTES = 256 << 20
_LONGEST_ANSWER_SECONDS = 5.0
_ASKED = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 1_000


@dataclass
class _Seen:
    ended: dict[str, list[float]] = field(default_factory=lambda: {"head": [], "body": []})
    """After how many seconds the server ended each."""
    answers: list[float] = field(default_factory=list)
    """Seconds that each request of a client as others are took."""
    most_bytes: int = 0


def slow_clients(machine: Machine, say: Say) -> None:
    """Let them come, and one as others are."""
    url = environment_of(machine)["MINIXDR_DATABASE_URL"]
    token, organization_id = asyncio.run(create_token(url))
    account, seen = Account(), _Seen()
    before = machine.rss_bytes("api")
    asyncio.run(_run(machine, token, account, seen))
    heads, bodies = seen.ended["head"], seen.ended["body"]
    say(
        f"ended {len(heads)} of {_HEADS} heads after {max(heads, default=0):.0f} s, {len(bodies)} of {_BODIES} bodies after "
        f"{max(bodies, default=0):.0f} s; {len(seen.answers)} answers to others within {max(seen.answers):.2f} s; "
        f"api {before >> 20} MiB, then {seen.most_bytes >> 20} MiB at most"
    )
    assert len(heads) == _HEADS
    assert len(bodies) == _BODIES
    assert max(seen.answers) < _LONGEST_ANSWER_SECONDS
    assert seen.most_bytes - before < _MOST_MORE_BYTES
    check(machine, account, organization_id=organization_id, say=say)


async def _run(machine: Machine, token: str, account: Account, seen: _Seen) -> None:
    head = b"POST /api/ingest HTTP/1.1\r\nHost: x\r\n"
    body = head + f"Authorization: Bearer {token}\r\nContent-Length: 1000000\r\n\r\n".encode()
    async with asyncio.TaskGroup() as group:
        for _ in range(_HEADS):
            group.create_task(_trickle(machine.port, "head", head + b"X-Slow: ", seen))
        for _ in range(_BODIES):
            group.create_task(_trickle(machine.port, "body", body, seen))
        for _ in range(_READERS):
            group.create_task(_read_nothing(machine.port))
        group.create_task(_as_others(machine, token, account, seen))


async def _trickle(port: int, kind: str, first: bytes, seen: _Seen) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()
    ending = asyncio.create_task(reader.read())
    with suppress(ConnectionError):
        writer.write(first)
        while time.monotonic() - began < _SECONDS:
            await asyncio.wait({ending}, timeout=1)
            if ending.done():
                seen.ended[kind].append(time.monotonic() - began)
                break
            writer.write(b"x")
    ending.cancel()
    writer.close()


async def _read_nothing(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    began = time.monotonic()
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(_SECONDS):
            while True:
                writer.write(_ASKED)
                await writer.drain()
    await asyncio.sleep(max(_SECONDS - (time.monotonic() - began), 0))
    writer.transport.abort()


async def _as_others(machine: Machine, token: str, account: Account, seen: _Seen) -> None:
    end, number = time.monotonic() + _SECONDS, 0
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=machine.url, headers=headers, timeout=30, trust_env=False) as http:
        while time.monotonic() < end:
            name, began = f"s-{number}-0", time.monotonic()
            answer = await http.post("/api/ingest", json=record(name, found=True, time=datetime.now(UTC)))
            assert answer.status_code == httpx.codes.OK
            seen.answers.append(time.monotonic() - began)
            seen.most_bytes = max(seen.most_bytes, machine.rss_bytes("api"))
            account.acknowledged.add(name)
            number += 1
            await asyncio.sleep(0.2)
