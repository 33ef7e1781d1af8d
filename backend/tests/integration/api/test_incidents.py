"""Incidents, findings, entities and the overview over HTTP and a real database."""

import csv
from uuid import uuid4

import pytest

from minixdr.schema.role import Role
from tests.engines import TestDatabase
from tests.integration.api.asking import Api, run
from tests.integration.postgres.kept import KEY_CREATED, keep, kept_findings, keys_created


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
        assert facets == {
            "rule": [{"value": KEY_CREATED, "count": 5, "name": "Access Key Created"}],
            "level": [{"value": "medium", "count": 5, "name": None}],
        }
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
