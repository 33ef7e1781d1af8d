"""The stream of changes, of the application itself."""

import asyncio
import json
from typing import Any

import pytest

from minixdr.adapters.postgres.changes import PostgresChangeListener
from minixdr.api.v1 import changes as changes_api
from minixdr.schema.role import Role
from tests.engines import TestDatabase
from tests.integration.api.asking import Api, run


class Stream:
    """Reads `/changes` of the application itself."""

    def __init__(self, api: Api, last: str | None = None) -> None:
        self.events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._gone = asyncio.Event()
        headers = [(b"cookie", f"minixdr_session={api.who.cookie}".encode()), (b"host", b"minixdr.test")]
        if last is not None:
            headers.append((b"last-event-id", last.encode()))
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": "/api/v1/changes",
            "raw_path": b"/api/v1/changes", "query_string": b"", "root_path": "", "headers": headers, "client": ("127.0.0.1", 1),
            "server": ("minixdr.test", 80), "state": {},
        }  # fmt: skip
        self._asked = False
        self.task = asyncio.create_task(api.world.app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        for block in message.get("body", b"").decode().split("\n\n"):
            pairs = [line.partition(": ") for line in block.splitlines()]
            if pairs:
                self.events.put_nowait({name: value for name, _, value in pairs})

    async def next(self) -> dict[str, str]:
        """Return the next event, comments left out."""
        while True:
            event = await asyncio.wait_for(self.events.get(), 10)
            if "event" in event:
                return event

    async def close(self) -> None:
        self._gone.set()
        await asyncio.wait_for(self.task, 10)


def test_changes_are_followed_and_resumed(postgres: TestDatabase) -> None:
    """What happens while nobody listens is told to who comes back; what others do is not told."""

    async def test(api: Api) -> None:
        listener = PostgresChangeListener(postgres.app_url)
        object.__setattr__(api.world.platform, "changes", listener)
        (incident,) = (await api.ask("GET", "/incidents"))["items"]
        path = f"/incidents/{incident['incident_id']}"
        stream = Stream(api)
        first = await stream.next()
        assert first["event"] == "reset"
        async with api.world.platform.database.transaction(api.world.theirs.scope()) as tx:
            await tx.changes.add("incident.changed", {"incident_id": "theirs"})
        await api.ask("PATCH", path, {"state": "triage"}, headers={"If-Match": "*"})
        told = await stream.next()
        assert told["event"] == "incident.changed"
        assert json.loads(told["data"])["state"] == "triage"
        await stream.close()
        await api.ask("PATCH", path, {"state": "contained"}, headers={"If-Match": "*"})
        await api.ask("PATCH", path, {"state": "closed"}, headers={"If-Match": "*"})
        again = Stream(api, told["id"])
        states = [json.loads((await again.next())["data"])["state"] for _ in range(2)]
        assert states == ["contained", "closed"]
        await again.close()
        await listener.close()
        answer = await api.world.ask(api.who, "GET", "/api/v1/changes", headers={"Last-Event-ID": "nonsense"})
        assert answer.status_code == 400

    run(postgres, test, "eve")


def test_a_stream_ends_with_the_process(postgres: TestDatabase) -> None:
    """Whoever stops the api does not wait for those who listen."""

    async def test(api: Api) -> None:
        stream = Stream(api)
        await stream.next()
        api.world.app.state.draining = True
        await asyncio.wait_for(stream.task, 10)

    run(postgres, test)


def test_an_organization_has_so_many_streams(postgres: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it the answer is to come back later; who hangs up makes room."""
    monkeypatch.setattr(changes_api, "_MOST_OF_ONE", 1)

    async def test(api: Api) -> None:
        stream = Stream(api)
        await stream.next()
        answer = await api.world.ask(api.who, "GET", "/api/v1/changes")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        await stream.close()
        assert api.world.app.state.streams.total() == 0

    run(postgres, test)


def test_a_stream_ends_with_the_session(postgres: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is no longer let in is told nothing more."""
    monkeypatch.setattr(changes_api, "_BEAT_SECONDS", 0.3)

    async def test(api: Api) -> None:
        stream = Stream(api)
        await stream.next()
        async with api.world.platform.database.transaction(api.world.ours.scope(Role.ANALYST)) as tx:
            await tx.sessions.revoke(api.who.user_id, api.world.clock.now())
        await asyncio.wait_for(stream.task, 10)

    run(postgres, test)
