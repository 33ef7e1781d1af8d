"""What the system page and the sources page are told, over a real database and lake."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from minixdr.app.ingest_addresses import IngestAddresses, SyslogAddresses
from minixdr.app.signs_of_life import Facts
from minixdr.ports.database import Scope
from minixdr.ports.log import LogFullError, LogState
from minixdr.ports.stores.leases import Heartbeat
from minixdr.schema.role import Role
from tests.api import ListLog, World, world
from tests.engines import TestDatabase
from tests.hunts import hunting_world, keep_events, trail

pytestmark = pytest.mark.anyio
_VERSION = "0.0.test"


@pytest.fixture
async def whole(postgres: TestDatabase, tmp_path: Path) -> AsyncIterator[World]:
    """Return a world with a lake, a log that can be asked, and nobody alive."""
    async with hunting_world(postgres, tmp_path) as entered:
        async with entered.platform.database.transaction(Scope(system=True)) as tx:
            await tx.heartbeats.forget(entered.clock.now() + timedelta(days=1))
        yield entered


async def alive(made: World, name: str, seen_at: datetime, *, kind: str = "worker", **changes: Any) -> None:
    facts: Mapping[str, Any] = Facts(1, 1, changes.pop("rules_digest", None), 1).document()
    sign = {"version": _VERSION, "started_at": seen_at - timedelta(hours=1), "seen_at": seen_at, "details": facts}
    async with made.platform.database.transaction(Scope()) as tx:
        await tx.heartbeats.beat(Heartbeat(name=name, kind=kind, **(sign | changes)))


async def system(made: World, role: Role = Role.VIEWER) -> dict[str, Any]:
    answer = await made.ask(made.ours.people[role], "GET", "/api/v1/system")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_all_is_well(whole: World) -> None:
    """Versions, schema and rules side by side."""
    now = whole.clock.now()
    await alive(whole, "host-1:11", now)
    await alive(whole, "host-1:12", now, kind="api")
    found = await system(whole)
    assert (found["state"], found["version"], found["models"]) == ("ok", _VERSION, [])
    assert [(each["kind"], each["host"], each["stale"]) for each in found["processes"]] == [
        ("worker", "host-1", False),
        ("api", "host-1", False),
    ]
    assert not any("host" in each["id"] or ":" in each["id"] for each in found["processes"])
    assert {each["schema_newest"] for each in found["processes"]} == {1}
    assert found["workers"]["heard"] == 1
    database = found["database"]
    assert (database["revision"], database["newest_known"], database["in_range"]) == (1, 1, True)
    assert found["rules"]["platform_count"] == 1
    assert found["lake"]["last_commit_at"] is None


async def test_what_is_wrong_is_said_with_what_to_do(whole: World) -> None:
    """A process that is silent, one of another version, one with other rules, and no worker at all."""
    now = whole.clock.now()
    nobody = await system(whole)
    assert (nobody["state"], nobody["workers"]["state"]) == ("failed", "failed")
    assert "No worker is heard" in nobody["workers"]["problem"]
    await alive(whole, "a:1", now - timedelta(minutes=5))
    await alive(whole, "b:1", now, version="9.9")
    found = await system(whole)
    silent, old = found["processes"]
    assert silent["stale"] and "5 min" in silent["problem"]
    assert "9.9" in old["problem"] and "upgrade" in old["advice"]
    assert (found["state"], found["workers"]["heard"], found["workers"]["stale"]) == ("degraded", 1, 1)
    await alive(whole, "b:1", now)
    assert (await system(whole))["state"] == "ok", "one that was replaced is no fault"
    for part in (silent, old, nobody["workers"]):
        assert part["advice"]


async def test_other_rules_than_the_apis_are_said(whole: World) -> None:
    """They were changed, and one of the two was not started again."""
    assert whole.platform.rules is not None
    (await whole.platform.rules.get()).digest = "aaaa"
    await alive(whole, "a:1", whole.clock.now(), rules_digest="bbbb")
    (worker,) = (await system(whole))["processes"]
    assert "other rules" in worker["problem"]


async def test_what_waits_is_the_organizations_own(whole: World) -> None:
    """Staged events of others are not told; when the table last changed is."""
    await alive(whole, "a:1", whole.clock.now())
    record = trail("canary", "CreateAccessKey", "2026-03-02T09:00:00Z")
    await keep_events(whole, whole.theirs, [record], commit=False)
    assert (await system(whole))["lake"]["staged_files"] == 0
    await keep_events(whole, whole.ours, [record], commit=False)
    lake = (await system(whole))["lake"]
    assert (lake["staged_files"], lake["staged_events"]) == (1, 1)
    await keep_events(whole, whole.ours, [record], commit=True)
    assert (await system(whole))["lake"]["last_commit_at"] is not None


class FullLog(ListLog):
    """A log that says how full it is."""

    def __init__(self, size_bytes: int | None) -> None:
        super().__init__()
        self._size_bytes = size_bytes

    async def state(self) -> LogState:
        if self._size_bytes is None:
            raise LogFullError("away at nats://user:secret@10.0.0.1")
        return LogState(7, self._size_bytes, 100)


@pytest.mark.parametrize(("size_bytes", "state"), [(10, "ok"), (80, "degraded"), (99, "failed"), (None, "failed")])
async def test_how_full_the_log_is(postgres: TestDatabase, size_bytes: int | None, state: str) -> None:
    """Everybody is told the state; the numbers, which are of all organizations, admins alone; and where it is, nobody."""
    async with world(postgres, log=FullLog(size_bytes)) as made:
        viewer, admin = await system(made), await system(made, Role.ADMIN)
    assert viewer["log"]["state"] == admin["log"]["state"] == state
    assert viewer["log"]["pending_batches"] is viewer["log"]["pending_bytes"] is viewer["log"]["most_bytes"] is None
    if size_bytes is not None:
        assert (admin["log"]["pending_batches"], admin["log"]["pending_bytes"]) == (7, size_bytes)
    assert "nats://" not in str(viewer)
    assert viewer["lake"]["state"] == "failed", "this api reads no lake"


async def test_clients_are_told_the_real_addresses(postgres: TestDatabase) -> None:
    """Of each door that is open; absent where it is not."""
    told = IngestAddresses("https://ingest.example.com", SyslogAddresses(udp="ingest.example.com:514"))
    async with world(postgres, ingest=told) as made:
        answer = await made.ask(made.ours.people[Role.VIEWER], "GET", "/api/v1/ingest-addresses")
    found = answer.json()
    assert found["native"] == "https://ingest.example.com/api/ingest"
    assert found["hec"]["event_url"] == "https://ingest.example.com/services/collector/event"
    assert found["otlp"] == "https://ingest.example.com/v1/logs"
    assert found["bulk"] == "https://ingest.example.com/elastic"
    assert found["syslog"] == {"tcp": None, "udp": "ingest.example.com:514", "tls": None}
    assert found["only_this_machine"] is False


async def test_doors_are_where_clients_are_told(postgres: TestDatabase) -> None:
    """Each address is one that a door answers: without a token, not as one that is not there."""
    async with world(postgres, ingest=IngestAddresses("http://minixdr.test")) as made:
        told = (await made.ask(made.ours.people[Role.VIEWER], "GET", "/api/v1/ingest-addresses")).json()
        doors = (
            told["native"],
            told["hec"]["event_url"],
            told["hec"]["raw_url"],
            told["otlp"],
            f"{told['bulk']}/_bulk",
        )
        statuses = {(await made.ask(None, "POST", door)).status_code for door in doors}
    assert statuses == {401}
