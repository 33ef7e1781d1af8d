"""Hunts over the API: a real database, a real lake."""

import asyncio
import csv
import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pyarrow.parquet as pq
import pytest

from minixdr.app.hunt.running import Hunting
from minixdr.ports.hunting import HuntStoppedError
from minixdr.schema.role import Role
from tests.api import World
from tests.engines import TestDatabase
from tests.hunts import hunting_world, keep_events, lake_of, trail
from tests.served import served

DAY = {"first_at": "2026-03-01T00:00:00Z", "before": "2026-03-03T00:00:00Z"}


@dataclass
class Place:
    """A world, and the loop it lives in."""

    world: World
    runner: asyncio.Runner
    ids: list[str]

    def ask(self, method: str, path: str, role: Role = Role.ANALYST, who: str = "ours", **options: Any) -> Any:
        tenant = getattr(self.world, who)
        return self.runner.run(self.world.ask(tenant.people[role], method, f"/api/v1{path}", **options))

    def run(self, query: str, who: str = "ours", **more: Any) -> Any:
        answer = self.ask("POST", "/hunts/run", who=who, json={"query": query, **DAY, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def place(postgres: TestDatabase, lake_folder: Path) -> Iterator[Place]:
    """Return a world with events of two organizations, some in the table, some staged."""
    with asyncio.Runner() as runner:
        entered = hunting_world(postgres, lake_folder)
        made = runner.run(entered.__aenter__())
        kept = [
            trail("alice", "CreateUser", "2026-03-01T10:00:00Z"),
            trail("alice", "AttachUserPolicy", "2026-03-01T10:05:00Z", "10.1.2.3"),
            trail("bob", "ListUsers", "2026-03-01T11:00:00Z", "2001:db8::5"),
            trail("=cmd|'/c calc'!A1", "ListUsers", "2026-03-02T01:00:00Z"),
        ]
        late = [trail("carol", "CreateUser", "2026-03-02T10:00:00Z")]
        events = runner.run(keep_events(made, made.ours, kept, commit=True))
        events += runner.run(keep_events(made, made.ours, late, commit=False))
        runner.run(
            keep_events(made, made.theirs, [trail("mallory", "CreateUser", "2026-03-01T10:00:00Z")], commit=True)
        )
        yield Place(made, runner, [row.event.event_id for row in events])
        runner.run(entered.__aexit__(None, None, None))


def test_a_hunt_reads_table_and_stage_newest_first(place: Place) -> None:
    """A record is searchable as soon as it is kept, before its file is part of the table too."""
    found = place.run('api.operation = "createuser"')
    names = [column["name"] for column in found["columns"]]
    events = [dict(zip(names, row, strict=True)) for row in found["rows"]]
    assert [event["attributes"]["actor.user.name"] for event in events] == ["carol", "alice"]
    assert events[1]["event_id"] == place.ids[0]
    assert events[1]["time"] == "2026-03-01T10:00:00Z"
    assert "user:alice" in events[1]["entities"]
    assert events[1]["attributes"]["src_endpoint.ip"] == "203.0.113.7"
    assert found["events"] == 5
    assert not found["truncated"]
    assert found["query"] == 'api.operation = "createuser"'


def test_the_other_organization_sees_its_own(place: Place) -> None:
    """Whatever is asked."""
    for query in (
        "",
        '"alice"',
        "| count by actor.user.name",
        'actor.user.name != "x" | fields actor.user.name',
        "not source exists",
    ):
        assert "alice" not in str(place.run(query, who="theirs")["rows"])
    assert place.run("| count by actor.user.name", who="theirs")["rows"] == [["mallory", 1]]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("| count", [[5]]),
        ("| count by api.operation | top 1", [["CreateUser", 2]]),
        ("| count by api.operation | sort api.operation desc | limit 2", [["ListUsers", 2], ["CreateUser", 2]]),
        ("| distinct actor.user.name", [["=cmd|'/c calc'!A1"], ["alice"], ["bob"], ["carol"]]),
        ('src_endpoint.ip in cidr ("10.0.0.0/8", "2001:db8::/32") | fields actor.user.name', [["bob"], ["alice"]]),
        ('entity = "user:Alice" | sort time | fields api.operation', [["CreateUser"], ["AttachUserPolicy"]]),
        ("| timechart span 1d", [["2026-03-01T00:00:00Z", 3], ["2026-03-02T00:00:00Z", 2]]),
        ('"made-by-bob" | fields record, unmapped.none', [[3, None]]),
        ("| limit 2 | count", [[2]]),
        ("| sort unmapped.nothing | count", [[5]]),
        ("| sort unmapped.requestParameters.userName desc, resources.uid | fields actor.user.name | limit 1", [["carol"]]),
        ('unmapped.requestParameters.userName endswith "-bob" | fields unmapped', [[{"requestParameters": {"userName": "made-by-bob"}}]]),
        ("| count by unmapped.requestParameters.userName | top 1", [["made-by-alice", 2]]),
        ("entities contains 'MADE-BY-BOB' | count", [[1]]),
        ('actor.user.name like "*l*" and not actor.user.name startswith "=" | count by actor.user.name, api.operation',
         [["alice", "AttachUserPolicy", 1], ["alice", "CreateUser", 1], ["carol", "CreateUser", 1]]),
    ],
)  # fmt: skip
def test_what_is_made_of_events(place: Place, query: str, rows: list[Any]) -> None:
    """Counting, sorting, charts."""
    assert place.run(query)["rows"] == rows


def test_any_time_range_is_one(place: Place) -> None:
    """From the begin of the calendar to its end."""
    within = {"first_at": "0001-01-01T00:00:00Z", "before": "9999-12-31T23:59:59+00:00"}
    answer = place.ask("POST", "/hunts/run", json={"query": "| count", **within})
    assert answer.json()["rows"] == [[5]]
    answer = place.ask("POST", "/hunts/histogram", json={"query": "", **within})
    assert answer.json()["type"] == "urn:minixdr:problem:invalid-query"
    backwards = {"first_at": DAY["before"], "before": DAY["first_at"]}
    assert place.ask("POST", "/hunts/run", json={"query": "", **backwards}).status_code == 422


def test_limits_are_said(place: Place) -> None:
    """Nothing is left out in silence."""
    found = place.run("", limit=2)
    assert len(found["rows"]) == 2
    assert found["truncated"]


def test_a_histogram_has_all_spans(place: Place) -> None:
    """Those without events too, by value where asked."""
    answer = place.ask(
        "POST", "/hunts/histogram", json={"query": "", "span_seconds": 43_200, "by": "api.operation", **DAY}
    )
    found = answer.json()
    assert found["starts"] == [
        "2026-03-01T00:00:00Z",
        "2026-03-01T12:00:00Z",
        "2026-03-02T00:00:00Z",
        "2026-03-02T12:00:00Z",
    ]
    assert found["counts"] == {"CreateUser": [1, 0, 1, 0], "ListUsers": [1, 0, 1, 0], "AttachUserPolicy": [1, 0, 0, 0]}
    assert sum(place.ask("POST", "/hunts/histogram", json={"query": "| limit 1", **DAY}).json()["counts"][""]) == 5


def test_exports(place: Place) -> None:
    """A file holds what the query finds; no cell is a formula."""
    asked = {"query": "| sort time | fields time, actor.user.name, src_endpoint.ip", **DAY}
    answer = place.ask("POST", "/hunts/export", json={**asked, "format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["time", "actor.user.name", "src_endpoint.ip"]
    assert rows[1][1:] == ["alice", "203.0.113.7"]
    assert rows[4][1] == "'=cmd|'/c calc'!A1"
    assert answer.headers["x-minixdr-rows"] == "5"
    assert answer.headers["x-minixdr-truncated"] == "false"
    lines = place.ask("POST", "/hunts/export", json={"query": "", "format": "jsonl", "limit": 3, **DAY})
    assert lines.headers["x-minixdr-truncated"] == "true"
    assert [orjson.loads(line)["event_id"] for line in lines.text.splitlines()] == [
        place.ids[4],
        place.ids[3],
        place.ids[2],
    ]
    table = pq.read_table(io.BytesIO(place.ask("POST", "/hunts/export", json={**asked, "format": "parquet"}).content))
    assert table["actor.user.name"].to_pylist() == ["alice", "alice", "bob", "=cmd|'/c calc'!A1", "carol"]
    counted = place.ask("POST", "/hunts/export", json={"query": "| count by api.operation", "format": "csv", **DAY})
    assert counted.text.splitlines()[1] == "CreateUser,2"


@pytest.mark.parametrize("path", ["/hunts/run", "/hunts/histogram", "/hunts/export"])
def test_a_wrong_query_is_a_problem_with_its_place(path: str, place: Place) -> None:
    """A person is pointed to the mistake."""
    more = {"format": "csv"} if path.endswith("export") else {}
    answer = place.ask("POST", path, json={"query": 'actr.user.name = "x"', **DAY, **more})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"] == "urn:minixdr:problem:invalid-query"
    assert problem["position"] == {"start": 0, "end": 14}
    assert problem["suggestions"][0] == "actor.user.name"


@pytest.mark.parametrize(
    "query",
    [
        'user.name matches "(?=x)"',
        'user.name matches "(((((a{1,1000}){1,1000}){1,1000})"',
        "| timechart span 1s",
        "a" * 16_000,
        "(" * 3_000,
        "\x00",
        "'\ud800'",
        '| count by unmapped.`"); DROP TABLE events; --`',
        "unmapped.`$1` = '$2'",
        'origin = "\x00"',
        "| sort raw desc | limit 1",
    ],
)
def test_hostile_queries_are_answered(query: str, place: Place) -> None:
    """By rows or by a problem, never by a failure."""
    answer = place.ask("POST", "/hunts/run", content=orjson.dumps({"query": "?", **DAY}).replace(b'"?"', _json(query)),
                       headers={"Content-Type": "application/json"})  # fmt: skip
    assert answer.status_code in {200, 400, 422}, answer.text


def _json(text: str) -> bytes:
    import json  # noqa: PLC0415 - orjson writes no lone surrogates

    return json.dumps(text).encode()


def test_validate_and_complete(place: Place) -> None:
    """What an editor asks while somebody types."""
    assert place.ask("POST", "/hunts/validate", json={"query": "source = 'X'"}).json() == {
        "valid": True, "query": 'source = "X"', "error": None,
    }  # fmt: skip
    wrong = place.ask("POST", "/hunts/validate", json={"query": "source = X"}).json()
    assert (wrong["valid"], wrong["error"]["start"], wrong["error"]["suggestions"]) == (False, 9, ['"X"'])
    fields = place.ask("GET", "/hunts/fields?prefix=api.oper").json()["items"]
    assert fields[0] == {"name": "api.operation", "kind": "text", "column": True}
    values = place.ask("GET", "/hunts/values", params={"attribute": "api.operation", "prefix": "cr", **DAY}).json()
    assert values == {"items": [{"value": "CreateUser", "count": 2}]}
    assert place.ask("GET", "/hunts/values", params={"attribute": "nonsense", **DAY}).status_code == 422


def test_one_event_and_its_record(place: Place) -> None:
    """By id, whole, from the table and from the stage; no other organization's."""
    for event_id, user in ((place.ids[0], "alice"), (place.ids[4], "carol")):
        event = place.ask("GET", f"/events/{event_id}").json()
        assert event["attributes"]["actor.user.name"] == user
        assert orjson.loads(event["raw"])["userIdentity"]["userName"] == user
        raw = place.ask("GET", f"/events/{event_id}/raw", params={"around": event["time"]})
        assert raw.text == event["raw"]
        assert raw.headers["content-type"] == "application/octet-stream"
        assert place.ask("GET", f"/events/{event_id}", who="theirs").status_code == 404
    assert place.ask("GET", f"/events/{place.ids[0]}", params={"around": "9999-12-31T23:59:59Z"}).status_code == 200
    assert place.ask("GET", f"/events/{'0' * 32}", params={"around": "2026-03-01T00:00:00Z"}).status_code == 404


def test_saved_hunts(place: Place) -> None:
    """Private ones are their author's; shared ones everybody's to read, the author's and admins' to change."""
    made = place.ask(
        "POST", "/saved-hunts", json={"name": "mine", "query": "| count", "time_range": {"last_seconds": 60}}
    )
    assert made.status_code == 201, made.text
    path = f"/saved-hunts/{made.json()['id']}"
    assert place.ask("GET", path, Role.ADMIN).status_code == 404
    tag = {"If-Match": made.headers["etag"]}
    assert place.ask("PATCH", path, json={"shared": True}).status_code == 428
    shared = place.ask("PATCH", path, json={"shared": True, "name": "ours"}, headers=tag)
    assert (shared.json()["name"], shared.json()["query"]) == ("ours", "| count")
    assert place.ask("PATCH", path, json={"shared": False}, headers=tag).status_code == 412
    assert [hunt["name"] for hunt in place.ask("GET", "/saved-hunts", Role.VIEWER).json()["items"]] == ["ours"]
    assert place.ask("GET", path, who="theirs").status_code == 404
    assert place.ask("DELETE", path, Role.VIEWER).status_code == 403
    assert place.ask("DELETE", path, Role.OWNER).status_code == 204
    assert place.ask("POST", "/saved-hunts", json={"name": "x", "query": "| cuont"}).status_code == 422


def test_a_full_line_says_come_back(postgres: TestDatabase, lake_folder: Path) -> None:
    """More hunts than run and wait are refused, those in line are answered."""

    async def test() -> None:
        async with hunting_world(postgres, lake_folder, running=1, waiting=3) as made:
            await keep_events(made, made.ours, [trail("alice", "CreateUser", "2026-03-01T10:00:00Z")], commit=True)
            person = made.ours.people[Role.VIEWER]
            asked = [made.ask(person, "POST", "/api/v1/hunts/run", json={"query": "", **DAY}) for _ in range(6)]
            answers = await asyncio.gather(*asked)
            codes = sorted(answer.status_code for answer in answers)
            assert codes[0] == 200
            assert set(codes) == {200, 429}
            assert all(answer.headers["retry-after"] for answer in answers if answer.status_code == 429)
            assert (await made.ask(person, "POST", "/api/v1/hunts/run", json={"query": "", **DAY})).status_code == 200

    asyncio.run(test())


def test_without_a_lake_it_is_said(postgres: TestDatabase) -> None:
    """A process that reads no events does not show an empty list."""
    from tests.api import world  # noqa: PLC0415

    async def test() -> None:
        async with world(postgres) as made:
            answer = await made.ask(
                made.ours.people[Role.VIEWER], "POST", "/api/v1/hunts/run", json={"query": "", **DAY}
            )
            assert answer.status_code == 503
            assert answer.json()["type"] == "urn:minixdr:problem:no-hunting"

    asyncio.run(test())


def test_hunts_that_take_too_long_end(postgres: TestDatabase, lake_folder: Path) -> None:
    """The bound is kept, and said."""

    async def test() -> None:
        async with hunting_world(postgres, lake_folder, timeout_seconds=0.000001) as made:
            await keep_events(made, made.ours, [trail("alice", "CreateUser", "2026-03-01T10:00:00Z")], commit=True)
            answer = await made.ask(
                made.ours.people[Role.VIEWER], "POST", "/api/v1/hunts/run", json={"query": "", **DAY}
            )
            assert answer.status_code == 422
            assert answer.json()["type"] == "urn:minixdr:problem:hunt-too-long"

    asyncio.run(test())


class _Slow:
    """A hunter that finds nothing until it is told to stop."""

    def __init__(self) -> None:
        self.begun, self.stopped = threading.Event(), threading.Event()

    def regex_error(self, pattern: str) -> None:
        return None

    def run(self, query: Any, given: Any, most_rows: int, watch: Any) -> Any:
        watch.on_stop(self.stopped.set)
        self.begun.set()
        assert self.stopped.wait(30)
        raise HuntStoppedError("stopped")


def test_a_hunt_whose_client_hung_up_ends(postgres: TestDatabase, lake_folder: Path) -> None:
    """Nobody waits: its place is for others."""
    slow = _Slow()
    with lake_of(postgres, lake_folder) as options:
        hunting = Hunting(slow, running=1, waiting=0)  # type: ignore[arg-type]
        with (
            served(postgres, lake=options["lake"], hunting=hunting) as made,
            httpx.Client(base_url=made.base) as client,
        ):
            client.headers["Authorization"] = f"Bearer {made.world.ours.tokens[Role.VIEWER]}"
            with pytest.raises(httpx.ReadTimeout):
                client.post("/api/v1/hunts/run", json={"query": "", **DAY}, timeout=1)
            assert slow.begun.is_set()
            assert slow.stopped.wait(10)
        hunting.close()
