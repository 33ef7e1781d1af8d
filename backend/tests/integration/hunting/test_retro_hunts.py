"""Retro-hunts: a rule over the past finds what it would have found then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import zstandard

from minixdr import pipeline
from minixdr.detect.compiled import compile_rules
from minixdr.detect.engine import Engine
from minixdr.detect.loading import load
from minixdr.normalize.catalog import all_sources
from minixdr.pipeline import Detection
from minixdr.ports.database import Scope
from minixdr.schema.record import Batch
from minixdr.schema.role import Role
from minixdr.workers import jobs
from minixdr.workers.jobs import run_jobs
from tests.api import World
from tests.engines import TestDatabase
from tests.hunts import hunting_world, keep_events, trail

RULE = """
title: User Created
id: 5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0aaa
logsource: {product: aws, service: cloudtrail}
detection:
  selection: {eventSource: iam.amazonaws.com, eventName: CreateUser}
  condition: selection
level: medium
"""
TWICE = """
title: Users Created By One
id: 5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0bbb
correlation:
  type: event_count
  rules: [5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0aaa]
  group-by: [userIdentity.userName]
  timespan: 2d
  condition: {gte: 2}
level: high
"""
PLATFORM_RULE = "5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0001"
"""The one rule of the tests' platform."""
WITHIN = {"first_at": "2026-03-01T00:00:00Z", "before": "2026-03-04T00:00:00Z"}
RECORDS = [
    trail("alice", "CreateUser", "2026-03-01T23:00:00Z"),
    trail("alice", "CreateUser", "2026-03-02T01:00:00Z"),
    trail("bob", "CreateUser", "2026-03-02T02:00:00Z"),
    trail("bob", "ListUsers", "2026-03-02T03:00:00Z"),
    trail("late", "CreateUser", "2026-03-09T03:00:00Z"),
]


@asynccontextmanager
async def working(made: World) -> AsyncIterator[None]:
    """Run the loop of jobs."""
    stop = asyncio.Event()
    loop = asyncio.create_task(run_jobs(made.platform, "worker-1", stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(loop, 30)


async def _ask(made: World, method: str, path: str, **options: Any) -> Any:
    answer = await made.ask(made.ours.people[Role.ANALYST], method, f"/api/v1{path}", **options)
    assert answer.status_code < 300, answer.text
    return answer.json()


async def _result(made: World, **asked: Any) -> Any:
    """Start a retro-hunt and return it at its end."""
    started = await _ask(made, "POST", "/retro-hunts", json={**WITHIN, **asked})
    return await _end(made, started["id"])


async def _end(made: World, job_id: str) -> Any:
    for _ in range(600):
        job = await _ask(made, "GET", f"/retro-hunts/{job_id}")
        if job["state"] in {"done", "failed", "cancelled"}:
            return job
        await asyncio.sleep(0.05)
    raise AssertionError(job)


def test_a_rule_over_the_past(postgres: TestDatabase, lake_folder: Path) -> None:
    """Its matches are counted by day, within the range, of this organization alone; nothing live changes."""

    async def test() -> None:
        async with hunting_world(postgres, lake_folder) as made, working(made):
            rows = await keep_events(made, made.ours, RECORDS[:2], commit=True)
            rows += await keep_events(made, made.ours, RECORDS[2:], commit=False)
            await keep_events(made, made.theirs, RECORDS, commit=True)
            job = await _result(made, rule=RULE)
            assert job["error"] is None
            assert (job["state"], job["progress"], job["titles"]) == ("done", 1.0, ["User Created"])
            result = job["result"]
            assert (result["events"], result["unread"], result["matches"]) == (4, 0, 3)
            assert result["by_day"] == {"2026-03-01": 1, "2026-03-02": 2}
            assert sorted(finding["event_ids"][0] for finding in result["findings"]) == sorted(
                row.event.event_id for row in rows[:3]
            )
            assert result["findings"][0]["matched"]["eventName"] == "CreateUser"
            async with made.platform.database.transaction(made.ours.scope()) as tx:
                assert not await tx.jobs.waiting()
                assert not (await _ask(made, "GET", "/findings"))["items"]

    asyncio.run(test())


def test_a_correlation_rule_over_the_past(postgres: TestDatabase, lake_folder: Path) -> None:
    """Events of several days are related."""

    async def test() -> None:
        async with hunting_world(postgres, lake_folder) as made, working(made):
            rows = await keep_events(made, made.ours, RECORDS, commit=True)
            job = await _result(made, rule=f"{RULE}---\n{TWICE}")
            assert job["titles"] == ["Users Created By One"]
            (finding,) = job["result"]["findings"]
            assert finding["title"] == "Users Created By One"
            assert finding["event_ids"] == [rows[0].event.event_id, rows[1].event.event_id]
            assert job["result"]["matches"] == 1

    asyncio.run(test())


REFUSED = [
    ({"rule": "title: x"}, "line 1: no `detection`"),
    ({"rule": ""}, "no rule"),
    ({"rule": "a: [}"}, "line 1"),
    ({}, "one of the two"),
    ({"rule": RULE, "rule_id": "x"}, "one of the two"),
    ({"rule": TWICE}, "5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0aaa"),
    ({"rule": RULE, "before": "2026-01-01T00:00:00Z"}, "before"),
]


def test_what_is_no_rule_is_refused_at_once(postgres: TestDatabase, lake_folder: Path) -> None:
    """Not when a worker takes it."""

    async def test() -> None:
        async with hunting_world(postgres, lake_folder) as made:
            person = made.ours.people[Role.ANALYST]
            for asked, says in REFUSED:
                answer = await made.ask(person, "POST", "/api/v1/retro-hunts", json={**WITHIN, **asked})
                assert answer.status_code == 422, answer.text
                assert says in answer.json()["detail"]

    asyncio.run(test())


def test_a_rule_by_its_id(postgres: TestDatabase, lake_folder: Path) -> None:
    """A rule of the organization or the platform is run as it is now; one that is unknown is said to be."""

    async def test() -> None:
        async with hunting_world(postgres, lake_folder) as made, working(made):
            await keep_events(made, made.ours, RECORDS, commit=True)
            own = RULE.replace("0aaa", "0ccc")
            owner = made.ours.people[Role.OWNER]
            written = await made.ask(owner, "POST", "/api/v1/own-rules", json={"text": own})
            assert written.status_code == 201, written.text
            job = await _result(made, rule_id="5b0a1f0e-6a3f-4d0e-9a66-0d7d2a1f0ccc", name="again")
            assert (job["name"], job["result"]["matches"]) == ("again", 3)
            key = trail("alice", "CreateAccessKey", "2026-03-02T05:00:00Z")
            await keep_events(made, made.ours, [key], commit=False)
            job = await _result(made, rule_id=PLATFORM_RULE)
            assert (job["titles"], job["result"]["matches"]) == (["Access Key Created"], 1)
            unknown = await made.ask(owner, "POST", "/api/v1/retro-hunts", json={**WITHIN, "rule_id": "nobody's"})
            assert unknown.status_code == 404

    asyncio.run(test())


def test_a_job_is_cancelled(postgres: TestDatabase, lake_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it waits, and while it runs; what has ended stays as it is."""
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0.05)

    async def test() -> None:
        async with hunting_world(postgres, lake_folder) as made:
            await keep_events(made, made.ours, RECORDS, commit=True)
            started = await _ask(made, "POST", "/retro-hunts", json={**WITHIN, "rule": RULE})
            assert (await _ask(made, "POST", f"/retro-hunts/{started['id']}/cancel"))["state"] == "cancelled"
            person = made.ours.people[Role.ANALYST]
            again = await made.ask(person, "POST", f"/api/v1/retro-hunts/{started['id']}/cancel")
            assert again.status_code == 409
            slow = _Slow(made)
            async with working(made):
                started = await _ask(made, "POST", "/retro-hunts", json={**WITHIN, "rule": RULE})
                await asyncio.to_thread(slow.begun.wait, 10)
                await _ask(made, "POST", f"/retro-hunts/{started['id']}/cancel")
                await asyncio.to_thread(slow.stopped.wait, 10)
                assert slow.stopped.is_set()
            assert (await _end(made, started["id"]))["state"] == "cancelled"

    asyncio.run(test())


class _Slow:
    """Makes the hunter of a world read on until it is told to stop."""

    def __init__(self, made: World) -> None:
        import threading  # noqa: PLC0415

        self.begun, self.stopped = threading.Event(), threading.Event()
        hunting = made.platform.hunting
        assert hunting is not None
        hunting._hunter = self  # type: ignore[assignment]

    def records(self, sources: Any, given: Any, watch: Any) -> Any:
        watch.on_stop(self.stopped.set)
        self.begun.set()
        self.stopped.wait(20)
        return iter(())


def test_a_job_whose_worker_died_is_done_by_another(
    postgres: TestDatabase, lake_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its begin, once the dead one was silent long enough."""
    monkeypatch.setattr(jobs, "SILENT_SECONDS", 0.2)

    async def test() -> None:
        async with hunting_world(postgres, lake_folder) as made:
            await keep_events(made, made.ours, RECORDS, commit=True)
            started = await _ask(made, "POST", "/retro-hunts", json={**WITHIN, "rule": RULE})
            async with made.platform.database.transaction(Scope(system=True)) as tx:
                assert await tx.jobs.take(("retro_hunt",), "died", 0.2, 3) is not None
            await asyncio.sleep(0.3)
            async with working(made):
                job = await _end(made, started["id"])
            assert (job["state"], job["result"]["matches"]) == ("done", 3)

    asyncio.run(test())


def test_real_records_match_as_when_they_came(shared_data: Path, postgres: TestDatabase, lake_folder: Path) -> None:
    """All rules of a folder over a real capture: the same events by the same rules as the pipeline found."""
    capture = shared_data / "windows" / "mordor" / "cmd_mshta_vbscript_execute_psh.jsonl.zst"
    folder = shared_data / "rules" / "sigmahq" / "rules" / "windows" / "process_creation"
    paths = sorted([*folder.glob("*mshta*.yml"), *folder.glob("*powershell*.yml"), *folder.glob("*susp*script*.yml")])
    texts = [(path.name, path.read_bytes()) for path in paths]
    raws = zstandard.ZstdDecompressor().decompress(capture.read_bytes(), max_output_size=1 << 28).splitlines()
    expected = _found(raws, texts)
    assert expected

    async def test() -> None:
        async with hunting_world(postgres, lake_folder) as made, working(made):
            await keep_events(made, made.ours, raws, commit=True)
            found = set()
            for start in range(0, len(texts), 40):
                text = b"\n---\n".join(text for _, text in texts[start : start + 40]).decode()
                job = await _result(made, rule=text, first_at="2020-01-01T00:00:00Z", before="2021-01-01T00:00:00Z")
                assert job["error"] is None
                found |= {
                    (finding["rule_id"], finding["matched"].get("Image")) for finding in job["result"]["findings"]
                }
                assert job["result"]["unread"] == 0
            assert found == expected

    asyncio.run(test())


def _found(raws: list[bytes], texts: list[tuple[str, bytes]]) -> set[tuple[str, Any]]:
    compiled = compile_rules(load(texts, {}).rules)
    detection = Detection(Engine(compiled.program, all_sources(), compiled.databases), None, {}, "test")
    outcome = pipeline.run(Batch("x", "json", 1, raws), detection)
    return {(finding.analytic.rule_id, finding.matched.get("Image")) for finding in outcome.findings}
