"""Incidents, findings, rules, filters, receipts and changes over HTTP and a real database."""

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from minixdr.adapters.postgres.changes import PostgresChangeListener
from minixdr.api.v1 import changes as changes_api
from minixdr.schema.role import Role
from tests.api import Human, World, world
from tests.engines import TestDatabase
from tests.integration.postgres.kept import KEY_CREATED, keep, kept_findings, keys_created
from tests.integration.test_scan import RULE, cloudtrail
from tests.security.isolation.nouns import _dead_letter, _receipt

_FILTER = {
    "name": "scanner",
    "rule_ids": [KEY_CREATED],
    "text": "selection: {userIdentity.userName: scanner}",
    "reason": "ours",
}


class Api:
    """Somebody of ours, asking."""

    def __init__(self, made: World, role: Role = Role.ANALYST) -> None:
        self.world = made
        self.who: Human = made.ours.people[role]

    async def ask(self, method: str, path: str, body: Any = None, status: int = 200, **options: Any) -> Any:
        if body is not None:
            options["json"] = body
        answer = await self.world.ask(self.who, method, f"/api/v1{path}", **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        self.tag = answer.headers.get("etag")
        return answer.json() if answer.content and "json" in answer.headers["content-type"] else answer.text


def run(database: TestDatabase, test: Callable[[Api], Awaitable[None]], *users: str) -> None:
    """Run a test as an analyst of an organization in which these users created access keys."""

    async def inside() -> None:
        async with world(database) as made:
            if users:
                ours = made.ours.organization_id
                records = [
                    record | {"eventTime": record["eventTime"].replace("-04T", "-02T")}
                    for record in keys_created(*users)
                ]
                await keep(made.platform.database, ours, kept_findings(*records, organization_id=ours))  # type: ignore[arg-type]
            await test(Api(made))

    asyncio.run(inside())


def test_an_incident_is_worked_on(postgres: TestDatabase) -> None:
    """From the list to a verdict, with what was done in its history; an old tag changes nothing."""

    async def test(api: Api) -> None:
        (incident,) = (await api.ask("GET", "/incidents?state=new&sort=risk&tactic=TA0003"))["items"]
        path = f"/incidents/{incident['incident_id']}"
        whole = await api.ask("GET", path)
        tag = api.tag
        assert whole["joins"]
        assert whole["risk_reasons"]
        assert (await api.ask("PATCH", path, {"state": "triage"}, 428))["type"].endswith("precondition-required")
        mine = str(api.who.user_id)
        changed = await api.ask("PATCH", path, {"state": "triage", "assignee_id": mine}, headers={"If-Match": tag})
        assert (changed["state"], changed["assignee_id"]) == ("triage", mine)
        await api.ask("PATCH", path, {"state": "closed"}, 412, headers={"If-Match": tag})
        strange = {"assignee_id": str(api.world.theirs.people[Role.OWNER].user_id)}
        await api.ask("PATCH", path, strange, 422, headers={"If-Match": "*"})
        closed = {"state": "closed", "verdict": "benign", "severity": "low", "title": "Ours"}
        changed = await api.ask("PATCH", path, closed, headers={"If-Match": "*"})
        assert changed["closed_at"] is not None
        assert (changed["severity"], changed["computed_severity"], changed["title"]) == ("low", "medium", "Ours")
        history = (await api.ask("GET", f"{path}/history"))["items"]
        done = {item["action"]: item["details"] for item in history}
        assert done["state"] == {"from": "triage", "to": "closed"}
        assert done["assignee"]["to"] == mine
        assert done["severity"] == {"from": "medium", "to": "low"}
        assert (await api.ask("GET", "/incidents?state=new"))["items"] == []
        assert len((await api.ask("GET", f"/incidents?assignee={mine}&verdict=benign&text=our"))["items"]) == 1
        assert (await api.ask("GET", "/incidents?assignee=none"))["items"] == []
        timeline = await api.ask("GET", f"{path}/timeline")
        assert [item["time"] for item in timeline["items"]] == sorted(item["time"] for item in timeline["items"])
        exported = await api.ask("GET", f"{path}/export")
        assert exported["incident"]["incident_id"] == incident["incident_id"]
        assert exported["findings"][0]["event"]["attributes"]

    run(postgres, test, "eve", "eve")


def test_nothing_changes_without_a_change(postgres: TestDatabase) -> None:
    """Setting what is set already writes no history and keeps the tag."""

    async def test(api: Api) -> None:
        (incident,) = (await api.ask("GET", "/incidents"))["items"]
        path = f"/incidents/{incident['incident_id']}"
        await api.ask("GET", path)
        tag = api.tag
        await api.ask("PATCH", path, {"state": "new", "severity": None, "verdict": None}, headers={"If-Match": tag})
        assert api.tag == tag
        assert (await api.ask("GET", f"{path}/history"))["items"] == []

    run(postgres, test, "eve")


def test_comments_are_their_authors(postgres: TestDatabase) -> None:
    """Others read them and cannot change them; what a comment was stays in the history."""

    async def test(api: Api) -> None:
        (incident,) = (await api.ask("GET", "/incidents"))["items"]
        path = f"/incidents/{incident['incident_id']}"
        comment = await api.ask("POST", f"{path}/comments", {"text": "bad"}, 201)
        place = f"{path}/comments/{comment['comment_id']}"
        await Api(api.world, Role.OWNER).ask("PATCH", place, {"text": "good"}, 403)
        await api.ask("PATCH", f"{path}/comments/{uuid4()}", {"text": "good"}, 404)
        assert (await api.ask("PATCH", place, {"text": "good"}))["edited_at"]
        history = (await api.ask("GET", f"{path}/history"))["items"]
        assert history[-1]["details"]["before"] == "bad"
        await api.ask("POST", f"{path}/comments", {"text": "a\u0000b"}, 422)
        await api.ask("POST", f"{path}/evidence", {"kind": "url", "url": "javascript:alert(1)"}, 422)
        await api.ask("POST", f"{path}/evidence", {"kind": "finding", "event_id": "0" * 32}, 422)
        evidence = await api.ask("POST", f"{path}/evidence", {"kind": "url", "url": "https://example.com/7"}, 201)
        assert (await api.ask("GET", f"{path}/evidence"))["items"] == [evidence]
        await api.ask("DELETE", f"{path}/evidence/{evidence['evidence_id']}", status=204)
        await api.ask("DELETE", f"{path}/evidence/{evidence['evidence_id']}", status=404)

    run(postgres, test, "eve")


def test_merging_and_splitting_write_decisions(postgres: TestDatabase) -> None:
    """The correlator applies them; nonsense is refused at once; one is taken back once."""

    async def test(api: Api) -> None:
        rows = (await api.ask("GET", "/incidents"))["items"]
        (two,) = [row for row in rows if row["finding_count"] == 2]
        (one,) = [row for row in rows if row["finding_count"] == 1]
        path = f"/incidents/{two['incident_id']}"
        await api.ask("POST", f"{path}/merge", {"other": two["incident_id"], "reason": "x"}, 422)
        await api.ask("POST", f"{path}/merge", {"other": "0" * 32, "reason": "x"}, 422)
        decision = await api.ask("POST", f"{path}/merge", {"other": one["incident_id"], "reason": "same key"}, 202)
        assert decision["incident_ids"] == [two["incident_id"], one["incident_id"]]
        assert decision["applied_at"] is None
        finding_ids = (await api.ask("GET", path))["finding_ids"]
        await api.ask("POST", f"{path}/split", {"finding_ids": finding_ids, "reason": "x"}, 422)
        split = await api.ask("POST", f"{path}/split", {"finding_ids": finding_ids[:1], "reason": "backup"}, 202)
        assert split["finding_ids"] == finding_ids[:1]
        listed = (await api.ask("GET", f"{path}/decisions"))["items"]
        assert {each["decision_id"] for each in listed} == {decision["decision_id"], split["decision_id"]}
        place = f"/decisions/{decision['decision_id']}"
        assert (await api.ask("POST", f"{place}/undo", status=202))["undone_at"]
        await api.ask("POST", f"{place}/undo", status=409)
        assert (await api.ask("GET", place))["undone_by"] == f"user:{api.who.user_id}"

    async def with_a_late_one(api: Api) -> None:
        ours = api.world.ours.organization_id
        late = keys_created("bob")
        late[0] |= {"eventTime": "2026-06-04T05:00:00Z", "sourceIPAddress": "198.51.100.3"}
        await keep(api.world.platform.database, ours, kept_findings(*late, organization_id=ours))  # type: ignore[arg-type]
        await test(api)

    run(postgres, with_a_late_one, "eve", "eve")


def test_pages_are_bound_to_their_filters(postgres: TestDatabase) -> None:
    """Following `next_cursor` shows each finding once; a cursor of other filters is refused."""

    async def test(api: Api) -> None:
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await api.ask("GET", f"/findings?limit=2{cursor and '&cursor=' + cursor}")
            seen += [item["finding_id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor:
                await api.ask("GET", f"/findings?limit=2&level=high&cursor={cursor}", status=400)
        assert len(seen) == len(set(seen)) == 5
        facets = (await api.ask("GET", "/findings/facets?facet=rule&facet=level"))["facets"]
        assert facets == {"rule": [{"value": KEY_CREATED, "count": 5}], "level": [{"value": "medium", "count": 5}]}
        judged = await api.ask("PUT", f"/findings/{seen[0]}/verdict", {"verdict": "false_positive", "note": "n"})
        assert judged["verdict_by"] == f"user:{api.who.user_id}"
        (rule,) = (await api.ask("GET", "/rules?found=true"))["items"]
        assert (rule["findings"], rule["false_positives"], rule["precision"]) == (5, 1, 0.0)

    run(postgres, test, "a", "b", "c", "d", "e")


def test_a_file_holds_no_formula(postgres: TestDatabase) -> None:
    """A title that a spreadsheet would run gets an apostrophe in front."""

    async def test(api: Api) -> None:
        (incident,) = (await api.ask("GET", "/incidents"))["items"]
        path = f"/incidents/{incident['incident_id']}"
        await api.ask("PATCH", path, {"title": '=HYPERLINK("x")'}, headers={"If-Match": "*"})
        rows = list(csv.DictReader((await api.ask("GET", "/incidents.csv")).splitlines()))
        assert [row["title"] for row in rows] == ['\'=HYPERLINK("x")']
        assert rows[0]["tactics"] == "TA0003"

    run(postgres, test, "eve")


def test_a_rule_is_tuned(postgres: TestDatabase) -> None:
    """Switch, level, and a filter that is tried before it is kept; each raises the version that workers watch."""

    async def test(api: Api) -> None:
        async def version() -> int:
            async with api.world.platform.database.transaction(api.world.ours.scope()) as tx:
                return await tx.rules.version()

        (rule,) = (await api.ask("GET", "/rules?text=access"))["items"]
        assert (rule["enabled"], rule["level"], rule["status"]) == (True, "medium", "test")
        assert "selection" in (await api.ask("GET", f"/rules/{KEY_CREATED}"))["text"]
        tag = api.tag
        place = f"/rules/{KEY_CREATED}/setting"
        await api.ask("PUT", place, {"enabled": True, "level": "high"}, 428)
        changed = await api.ask("PUT", place, {"enabled": True, "level": "high"}, headers={"If-Match": tag})
        assert (changed["level"], changed["own_level"]) == ("high", "medium")
        await api.ask("PUT", place, {"enabled": False, "level": None}, 412, headers={"If-Match": tag})
        assert await version() == 1
        coverage = await api.ask("GET", "/rule-coverage")
        assert [technique["technique_id"] for technique in coverage["techniques"]] == ["T1098"]
        await api.ask("PUT", place, {"enabled": False, "level": None}, headers={"If-Match": "*"})
        assert (await api.ask("GET", "/rule-coverage"))["techniques"] == []
        await api.ask(
            "PUT", "/rules/unknown/setting", {"enabled": False, "level": None}, 404, headers={"If-Match": "*"}
        )

        tried = await api.ask(
            "POST", "/rule-filters/preview", {"rule_ids": [KEY_CREATED], "text": _FILTER["text"], "days": 30}
        )
        assert (tried["tried"], tried["withheld"], len(tried["examples"])) == (3, 2, 2)
        problem = await api.ask("POST", "/rule-filters", {**_FILTER, "text": "a: {b: 1}\na: {b: 2}"}, 422)
        assert problem["errors"][0]["pointer"] == "#/text"
        assert "line 2" in problem["errors"][0]["detail"], problem
        await api.ask("POST", "/rule-filters", {**_FILTER, "rule_ids": ["unknown"]}, 422)
        past = api.world.clock.now() - timedelta(days=1)
        await api.ask("POST", "/rule-filters", {**_FILTER, "expires_at": past.isoformat()}, 422)
        kept = await api.ask("POST", "/rule-filters", _FILTER, 201)
        tag = api.tag
        assert kept["owner_id"] == str(api.who.user_id)
        place = f"/rule-filters/{kept['id']}"
        assert (await api.ask("GET", "/rules"))["items"][0]["filters"] == 1
        changed = await api.ask("PUT", place, {**_FILTER, "reason": "still"}, headers={"If-Match": tag})
        assert changed["version"] == 2
        assert (await api.ask("DELETE", place, headers={"If-Match": "*"}))["revoked_at"]
        await api.ask("PUT", place, _FILTER, 409, headers={"If-Match": "*"})
        assert (await api.ask("GET", "/rule-filters?active=true"))["items"] == []
        assert len((await api.ask("GET", "/rule-filters?active=false"))["items"]) == 1
        assert await version() == 5
        audit = await Api(api.world, Role.ADMIN).ask("GET", "/audit")
        done = {item["action"] for item in audit["items"]}
        assert done >= {"rule.set", "filter.added", "filter.changed", "filter.revoked"}

    run(postgres, test, "scanner", "scanner", "deploy")


_OWN_ID = "0a1f0e5b-6a3f-4d0e-9a66-0d7d2a1f0077"
_OWN = RULE.strip().replace(KEY_CREATED, _OWN_ID).replace("access_key_created", "ours")
_OVER = f"""title: Many
id: 0a1f0e5b-6a3f-4d0e-9a66-0d7d2a1f0078
correlation:
    type: event_count
    rules: [{_OWN_ID}]
    group-by: [userIdentity.arn]
    timespan: 10m
    condition: {{gte: 2}}
level: high
"""


def test_an_organization_writes_rules(postgres: TestDatabase) -> None:
    """Errors name their line, samples must pass, a rule that another needs stays."""

    async def test(api: Api) -> None:
        for text, said, line in (
            ("title: x\n\tid: y", "not YAML", 2),
            ("title: x\nid: " + _OWN_ID, "no `detection`", 1),
            (_OWN.replace("condition: selection", "condition: nothing"), "nothing", 1),
            (_OWN.replace(f"id: {_OWN_ID}\n", ""), "no `id`", 1),
            (f"{_OWN}\n---\n{_OWN.replace('0077', '0076').replace('name: ours', '')}", "several rules", None),
            (_OVER, "unknown rules", 1),
        ):
            checked = await api.ask("POST", "/own-rules/check", {"text": text})
            assert not checked["runs"], text
            assert said in checked["problems"][0]["reason"]
            assert checked["problems"][0]["line"] == line, checked
        finds = {"kind": "positive", "record": json.dumps(cloudtrail(1, "CreateAccessKey", "iam"))}
        misses = {"kind": "negative", "record": json.dumps(cloudtrail(1))}
        wrong = {"kind": "positive", "record": json.dumps(cloudtrail(1))}
        checked = await api.ask("POST", "/own-rules/check", {"text": _OWN, "samples": [finds, misses, wrong]})
        assert checked["samples"] == [None, None, "the rule does not find this positive sample"]
        problem = await api.ask("POST", "/own-rules", {"text": _OWN, "samples": [wrong]}, 422)
        assert problem["errors"][0]["pointer"] == "#/samples/0"
        await api.ask("POST", "/own-rules", {"text": RULE}, 409)
        kept = await api.ask("POST", "/own-rules", {"text": _OWN, "samples": [finds, misses]}, 201)
        assert (kept["rule_id"], kept["title"], kept["level"]) == (_OWN_ID, "Access Key Created", "medium")
        over = await api.ask("POST", "/own-rules", {"text": _OVER}, 201)
        await api.ask("DELETE", f"/own-rules/{_OWN_ID}", status=409, headers={"If-Match": "*"})
        names = {rule["rule_id"]: rule for rule in (await api.ask("GET", "/rules?origin=own"))["items"]}
        assert set(names) == {_OWN_ID, over["rule_id"]}
        assert not names[_OWN_ID]["reported"]
        await api.ask(
            "PUT", f"/own-rules/{_OWN_ID}", {"text": _OWN.replace("0077", "0099")}, 422, headers={"If-Match": "*"}
        )
        changed = await api.ask(
            "PUT", f"/own-rules/{_OWN_ID}", {"text": _OWN, "enabled": True}, headers={"If-Match": "*"}
        )
        assert changed["version"] == 2
        await api.ask("DELETE", f"/own-rules/{over['rule_id']}", status=204, headers={"If-Match": "*"})
        await api.ask("DELETE", f"/own-rules/{_OWN_ID}", status=204, headers={"If-Match": "*"})
        await api.ask("GET", f"/own-rules/{_OWN_ID}", status=404)

    run(postgres, test)


def test_what_came_in_adds_up(postgres: TestDatabase) -> None:
    """Receipts, completeness and sources say the same; a source is silent only against what is usual for it."""

    async def test(api: Api) -> None:
        batch_id = await _receipt(api.world)
        receipt = await api.ask("GET", f"/receipts/{batch_id}")
        assert (receipt["received"], receipt["events"], receipt["malformed"]) == (2, 1, 1)
        assert (await api.ask("GET", "/receipts?incomplete=true&door=hec&source=canary"))["items"] == [receipt]
        api.world.clock.turn(minutes=1)
        for by in ("source", "door", "origin"):
            total = (await api.ask("GET", f"/completeness?by={by}"))["total"]
            assert total == {"received": 2, "events": 1, "skipped": 0, "malformed": 1, "duplicates": 0}
        sources = {source["name"]: source for source in (await api.ask("GET", "/sources"))["items"]}
        assert (sources["canary"]["silent_seconds"], sources["canary"]["silent"]) == (60, False)
        await api.ask("GET", "/completeness?first_at=2026-01-01T00:00:00Z&before=2027-01-01T00:00:00Z", status=422)
        await api.ask("GET", "/completeness?first_at=2026-01-01T00:00:00", status=422)
        overview = await api.ask("GET", "/overview")
        assert sum(source["received"] for source in overview["sources"]) == 2

    run(postgres, test)


def test_a_dead_letter_is_replayed_once(postgres: TestDatabase) -> None:
    """The log gets the batch as it was; a batch that the log still remembers is not marked as replayed."""

    async def test(api: Api) -> None:
        admin = Api(api.world, Role.ADMIN)
        letter = await _dead_letter(api.world)
        replayed = await admin.ask("POST", f"/dead-letters/{letter}/replay", status=202)
        assert replayed["state"] == "replayed"
        log: Any = api.world.platform.log
        assert list(log.batches) == [replayed["batch_id"]]
        await admin.ask("POST", f"/dead-letters/{letter}/replay", status=409)
        await admin.ask("POST", f"/dead-letters/{letter}/discard", status=409)
        again = await _dead_letter(api.world)
        log.batches[(await admin.ask("GET", f"/dead-letters/{again}"))["batch_id"]] = None
        await admin.ask("POST", f"/dead-letters/{again}/replay", status=409)
        assert (await admin.ask("GET", f"/dead-letters/{again}"))["state"] == "open"
        assert (await admin.ask("POST", f"/dead-letters/{again}/discard"))["state"] == "discarded"
        assert [row["id"] for row in (await admin.ask("GET", "/dead-letters?state=discarded"))["items"]] == [str(again)]

    run(postgres, test)


def test_entities_and_the_overview(postgres: TestDatabase) -> None:
    """An entity shows its incidents; the first page counts what is open."""

    async def test(api: Api) -> None:
        rows = (await api.ask("GET", "/entities?sort=last_seen_at&text=eve&type=user"))["items"]
        entity = rows[0]
        whole = await api.ask("GET", f"/entities/{entity['entity_id']}")
        assert len(whole["incidents"]) == 1
        by_value = await api.ask("GET", "/entities/by-value", params={"type": entity["type"], "value": entity["value"]})
        assert by_value == whole
        named = {"entity_type": entity["type"], "entity": entity["value"]}
        assert len((await api.ask("GET", "/findings", params=named))["items"]) == 1
        overview = await api.ask("GET", "/overview?days=7")
        assert [(row["severity"], row["total"], row["new"]) for row in overview["open_incidents"]] == [("medium", 1, 1)]
        assert sum(bucket["count"] for bucket in overview["findings"]) == 1
        assert overview["tactics"] == [{"tactic_id": "TA0003", "count": 1}]

    run(postgres, test, "eve")


@pytest.mark.parametrize(
    "query",
    ["state=nonsense", "tactic=x", "entity_type=nonsense", "first_at=yesterday", "limit=0", "limit=9999", "cursor=x", "text=%00", "sort=title"],
)  # fmt: skip
def test_nonsense_is_refused(postgres: TestDatabase, query: str) -> None:
    """With a problem that names the parameter."""

    async def test(api: Api) -> None:
        answer = await api.world.ask(api.who, "GET", f"/api/v1/incidents?{query}")
        assert answer.status_code in {400, 422}
        assert answer.json()["errors"][0]["pointer"].startswith("query/")

    run(postgres, test)


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


def test_a_bucket_is_collected_from(postgres: TestDatabase) -> None:
    """The external id is the organization's, whoever asks; addresses that are no queue of AWS are refused."""

    async def test(api: Api) -> None:
        admin = Api(api.world, Role.ADMIN)
        role = "arn:aws:iam::111122223333:role/minixdr"
        for wrong in (
            {"bucket": "logs", "queue_url": "http://127.0.0.1:9324/000000000000/q"},
            {"bucket": "logs", "queue_url": "https://sqs.eu-central-1.amazonaws.com.evil.example/111122223333/q"},
            {"bucket": "logs", "external_id": "of somebody else"},
            {"bucket": "../x"},
            {"bucket": "logs", "role_arn": "role"},
        ):
            await admin.ask("POST", "/collector-inputs", wrong, 422)
        made = await admin.ask("POST", "/collector-inputs", {"bucket": "logs", "role_arn": role}, 201)
        tag = admin.tag
        assert made["external_id"] == f"minixdr-{api.world.ours.organization_id}"
        await admin.ask("POST", "/collector-inputs", {"bucket": "logs"}, 409)
        path = f"/collector-inputs/{made['id']}"
        changed = await admin.ask(
            "PATCH", path, {"enabled": False, "source": "aws_cloudtrail"}, headers={"If-Match": tag}
        )
        assert (changed["enabled"], changed["source"], changed["role_arn"]) == (False, "aws_cloudtrail", role)
        assert (await api.ask("GET", path))["objects"] == {"seen": 0, "done": 0, "failed": 0}
        assert (await admin.ask("POST", f"{path}/retry", {}, 202))["objects"] == 0
        await admin.ask("DELETE", path, status=204)
        assert (await api.ask("GET", "/collector-inputs"))["items"] == []

    run(postgres, test)
