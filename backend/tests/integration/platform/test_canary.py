"""`minixdr canary`: an event goes in at the door of a real platform, and its finding comes out; where it does not, it is said how far it came."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest

from minixdr import __version__
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.app.canary import ORGANIZATION_ID, RULE_ID, SLUG, Canary, Outcome
from minixdr.app.signs_of_life import Facts
from minixdr.ports.database import Scope
from minixdr.ports.door import Accepted, DoorBusyError, DoorRefusedError
from minixdr.ports.stores.leases import Heartbeat
from tests.engines import TestDatabase, free_port
from tests.integration.api.test_serve import serving, wait_until_ready
from tests.integration.platform.test_worker_health import _DIGEST, _until, working


@pytest.fixture
def empty(postgres: TestDatabase) -> TestDatabase:
    """Return a database without organizations, in which nobody is heard."""
    with psycopg.connect(postgres.superuser_url) as connection:
        connection.execute("TRUNCATE organizations, heartbeats CASCADE")
    return postgres


def _command(database_url: str, url: str, result: Path) -> tuple[int, dict[str, object]]:
    """Return exit status and answer; what is printed is what is written."""
    environment = {"PATH": os.environ["PATH"], "MINIXDR_DATABASE_URL": database_url, "MINIXDR_CANARY_URL": url}
    command = [sys.executable, "-m", "minixdr.wiring", "canary", "--result", str(result), "--wait", "30"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert json.loads(done.stdout) == json.loads(result.read_text()), done.stderr
    return done.returncode, json.loads(done.stdout)


def test_an_event_comes_out_as_a_finding(empty: TestDatabase, nats_url: str, tmp_path: Path) -> None:
    """Twice in one organization of its own, which makes no platform one that is set up; its incident is nobody's else."""
    (tmp_path / "w").mkdir()
    with (
        serving(empty, nats_url, tmp_path) as api,
        working(empty.app_url, nats_url, tmp_path / "w") as (_, worker),
    ):
        wait_until_ready(api)
        _until(f"{worker}/readyz", 200)
        for _ in range(2):
            status, answer = _command(empty.app_url, api.base, tmp_path / "result")
            assert (status, answer["ok"], answer["problem"]) == (0, True, None)
            assert 0 < float(str(answer["found_after_seconds"])) < 30
            assert datetime.fromisoformat(str(answer["event_sent_at"])) <= datetime.now(UTC)
            [build] = list(answer["workers"])  # type: ignore[call-overload]
            assert (build["version"], build["image_digest"], build["count"]) == (__version__, _DIGEST, 1)
        assert httpx.get(f"{api.base}/api/v1/setup").json()["needed"] is True
    with psycopg.connect(empty.owner_url) as connection:
        connection.execute("SELECT set_config('minixdr.organization_id', %s, false)", [str(ORGANIZATION_ID)])
        assert connection.execute("SELECT slug FROM organizations").fetchall() == [(SLUG,)]
        assert connection.execute("SELECT rule_id, level FROM findings").fetchall() == [(RULE_ID, "informational")] * 2
        assert connection.execute("SELECT count(*) FROM api_tokens").fetchall() == [(1,)]
        assert connection.execute("SELECT count(*) FROM memberships").fetchall() == [(0,)]


def test_a_database_that_is_away_is_said(tmp_path: Path) -> None:
    """In the result too: it is all that a Job leaves."""
    away = f"postgresql://nobody:hunter2@127.0.0.1:{free_port()}/none"
    status, answer = _command(away, "http://127.0.0.1:9", tmp_path / "result")
    assert (status, answer["ok"]) == (3, False)
    assert "MINIXDR_DATABASE_URL" in str(answer["problem"])
    assert "hunter2" not in str(answer["problem"])


class _Door:
    """A door that takes an event and forgets it, or does not take it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.tokens: list[str] = []

    def open(self, token: str) -> "_Door":
        self.tokens.append(token)
        return self

    def send(self, body: bytes) -> Accepted:
        if self.error is not None:
            raise self.error
        return Accepted(1, ["0" * 32])

    def close(self) -> None:
        pass


def _run(database: TestDatabase, door: _Door, *, worker: bool = False) -> Outcome:
    async def run() -> Outcome:
        opened = PostgresDatabase(database.app_url)
        now = datetime.now(UTC)
        try:
            if worker:
                details = Facts(1, 1, None, None, "1f0c2ab93d4e").document()
                beat = Heartbeat(
                    name="w:1", kind="worker", version="0.2.0", started_at=now, seen_at=now, details=details
                )
                async with opened.transaction(Scope()) as tx:
                    await tx.heartbeats.beat(beat)
            return await Canary(opened, door.open, lambda: datetime.now(UTC), found_seconds=1).run()
        finally:
            await opened.close()

    return asyncio.run(run())


def test_it_says_how_far_the_event_came(empty: TestDatabase) -> None:
    """Refused, not taken, taken by nobody, taken up by no worker: each is another thing to look at, and none of it is `ok`."""
    refused = _run(empty, _Door(DoorRefusedError("the server says 401: unknown token")))
    assert (refused.ok, refused.event_sent_at) == (False, None)
    assert "refused the event: the server says 401" in str(refused.problem)
    assert "took nothing for 1 seconds" in str(_run(empty, _Door(DoorBusyError("no route"))).problem)
    alone = _run(empty, _Door())
    assert alone.event_sent_at is not None
    assert "no worker is heard" in str(alone.problem)
    door = _Door()
    heard = _run(empty, door, worker=True)
    assert "no worker took it up within 1 seconds" in str(heard.problem)
    assert [(build.version, build.revision, build.count) for build in heard.workers] == [("0.2.0", "1f0c2ab93d4e", 1)]
    with psycopg.connect(empty.owner_url) as connection:
        connection.execute("SELECT set_config('minixdr.organization_id', %s, false)", [str(ORGANIZATION_ID)])
        [(prefix,)] = connection.execute("SELECT prefix FROM api_tokens").fetchall()
    assert not door.tokens[0].startswith(prefix)  # the token was good for this one event


def test_an_organization_of_people_is_not_taken(empty: TestDatabase) -> None:
    """Whoever named theirs as the canary's is named gets no events of ours."""

    async def make() -> None:
        opened = PostgresDatabase(empty.app_url)
        async with opened.transaction(Scope(system=True)) as tx:
            await tx.organizations.create(uuid4(), SLUG, "Deployment canary")
        await opened.close()

    asyncio.run(make())
    door = _Door()
    outcome = _run(empty, door)
    assert "give it another" in str(outcome.problem)
    assert door.tokens == []


def test_canaries_take_turns(empty: TestDatabase) -> None:
    """Two at once share no token: the second waits for the first, or says that it did in vain."""

    async def run() -> tuple[Outcome, ...]:
        opened = PostgresDatabase(empty.app_url)
        now = lambda: datetime.now(UTC)  # noqa: E731
        try:
            first = Canary(opened, _Door().open, now, found_seconds=3)
            second = Canary(opened, _Door(DoorRefusedError("its turn")).open, now, found_seconds=1)
            patient = Canary(opened, _Door(DoorRefusedError("its turn")).open, now, found_seconds=30)
            going = asyncio.create_task(first.run())
            await asyncio.sleep(1)
            return await asyncio.gather(going, second.run(), patient.run())
        finally:
            await opened.close()

    _, second, patient = asyncio.run(run())
    assert "another canary has been on its way" in str(second.problem)
    assert "its turn" in str(patient.problem)
