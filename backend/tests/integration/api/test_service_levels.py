"""Service levels and changes to many incidents over HTTP and a real database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg

from minixdr.schema.role import Role
from tests.engines import TestDatabase
from tests.integration.api.asking import Api, run
from tests.integration.postgres.kept import keep, kept_findings, keys_created

_ANY = {"If-Match": "*"}


def _opened(database: TestDatabase, incident_id: str, **ago: float) -> None:
    """Let the incident be opened so long ago."""
    with psycopg.connect(database.superuser_url) as connection:
        connection.execute(
            "UPDATE incidents SET opened_at = now() - %(ago)s, counted_from = now() - %(ago)s WHERE incident_id = %(id)s",
            {"ago": timedelta(**ago), "id": incident_id},
        )


async def _one(api: Api) -> dict[str, Any]:
    (incident,) = (await api.ask("GET", "/incidents"))["items"]
    whole: dict[str, Any] = await api.ask("GET", f"/incidents/{incident['incident_id']}")
    return whole


def _minutes(incident: dict[str, Any], name: str, since: str) -> float:
    return (datetime.fromisoformat(incident[name]) - datetime.fromisoformat(since)).total_seconds() / 60


def test_deadlines_follow_the_severity(postgres: TestDatabase) -> None:
    """The documented defaults; an owner sets others, which hold at once; null is none; what is left out stays."""

    async def test(api: Api) -> None:
        owner = Api(api.world, Role.OWNER)
        before = await _one(api)
        assert before["severity"] == "medium"
        assert _minutes(before, "close_by", before["respond_by"]) == 3 * 1440 - 240
        assert before["deadline"] == before["respond_by"]
        levels = {"medium": {"respond_minutes": 10, "close_minutes": None}}
        await api.ask("PATCH", "/organization", {"service_levels": levels}, 403, headers=_ANY)
        changed = await owner.ask("PATCH", "/organization", {"service_levels": levels}, headers=_ANY)
        assert changed["service_levels"]["medium"] == levels["medium"]
        assert changed["service_levels"]["critical"] == {"respond_minutes": 15, "close_minutes": 240}
        after = await _one(api)
        assert _minutes(after, "respond_by", before["respond_by"]) == 10 - 240
        assert after["close_by"] is None
        wrong = {"service_levels": {"medium": {"respond_minutes": 0, "close_minutes": 1}}}
        await owner.ask("PATCH", "/organization", wrong, 422, headers=_ANY)

    run(postgres, test, "eve")


def test_a_missed_deadline_is_seen(postgres: TestDatabase) -> None:
    """First the response, then the closing; taking it on in time meets the first; the queue is sorted by what is due next."""

    async def test(api: Api) -> None:
        ours = api.world.ours.organization_id
        late = keys_created("bob")
        late[0] |= {"eventTime": "2026-06-04T05:00:00Z", "sourceIPAddress": "198.51.100.3"}
        await keep(api.world.platform.database, ours, kept_findings(*late, organization_id=ours))  # type: ignore[arg-type]
        one, two = (item["incident_id"] for item in (await api.ask("GET", "/incidents"))["items"])
        assert (await api.ask("GET", "/incidents?breached=true"))["items"] == []
        _opened(postgres, one, hours=5)
        (item,) = (await api.ask("GET", "/incidents?breached=true"))["items"]
        assert (item["incident_id"], item["breached"]) == (one, "response")
        for sort in ("deadline", "respond_by"):
            page = await api.ask("GET", f"/incidents?sort={sort}&limit=1")
            rest = await api.ask("GET", f"/incidents?sort={sort}&limit=1&cursor={page['next_cursor']}")
            assert [each["incident_id"] for each in page["items"] + rest["items"]] == [one, two]
        await api.ask("PATCH", f"/incidents/{two}", {"state": "triage"}, headers=_ANY)
        taken = await api.ask("GET", f"/incidents/{two}")
        assert taken["responded_at"] is not None
        assert taken["deadline"] == taken["close_by"]
        _opened(postgres, one, days=4)
        assert (await api.ask("GET", f"/incidents/{one}"))["breached"] == "close"
        assert len((await api.ask("GET", "/incidents?breached=false"))["items"]) == 1

    run(postgres, test, "eve")


def test_opening_again_starts_anew(postgres: TestDatabase) -> None:
    """Closing ends the clock; what was closed in time stays so; opened again it has its whole time."""

    async def test(api: Api) -> None:
        api.world.clock.at = datetime.now(UTC)
        analyst = [(api.world.ours.organization_id, Role.ANALYST)]
        api.who = await api.world.person(f"late-{uuid4().hex}@ours.example", analyst)
        incident_id = (await _one(api))["incident_id"]
        path = f"/incidents/{incident_id}"
        closed = await api.ask("PATCH", path, {"state": "closed"}, headers=_ANY)
        assert (closed["deadline"], closed["breached"]) == (None, None)
        _opened(postgres, incident_id, days=30)
        again = await api.ask("PATCH", path, {"state": "new"}, headers=_ANY)
        assert (again["responded_at"], again["breached"]) == (None, None)
        assert again["deadline"] == again["respond_by"]

    run(postgres, test, "eve")


def test_one_asks_for_ones_own(postgres: TestDatabase) -> None:
    """`assignee=me` is who asks; a token is nobody."""

    async def test(api: Api) -> None:
        path = f"/incidents/{(await _one(api))['incident_id']}"
        assert (await api.ask("GET", "/incidents?assignee=me"))["items"] == []
        await api.ask("PATCH", path, {"assignee_id": str(api.who.user_id)}, headers=_ANY)
        assert len((await api.ask("GET", "/incidents?assignee=me"))["items"]) == 1
        assert (await Api(api.world, Role.OWNER).ask("GET", "/incidents?assignee=me"))["items"] == []
        token = api.world.ours.tokens[Role.ANALYST]
        assert (await api.world.ask(None, "GET", "/api/v1/incidents?assignee=me", token=token)).status_code == 403

    run(postgres, test, "eve")


def test_many_are_changed_each_by_itself(postgres: TestDatabase) -> None:
    """One that was changed since, one that is not there: the others are changed, with history, audit and comment as if alone."""

    async def test(api: Api) -> None:
        ours = api.world.ours.organization_id
        for user, day in (("bob", "04"), ("dan", "20")):
            late = keys_created(user)
            late[0] |= {"eventTime": f"2026-06-{day}T05:00:00Z", "sourceIPAddress": f"198.51.100.{day}"}
            await keep(api.world.platform.database, ours, kept_findings(*late, organization_id=ours))  # type: ignore[arg-type]
        items = (await api.ask("GET", "/incidents"))["items"]
        ids = [item["incident_id"] for item in items]
        versions = {item["incident_id"]: item["version"] for item in items}
        await api.ask("PATCH", f"/incidents/{ids[0]}", {"severity": "low"}, headers=_ANY)
        wanted = {
            "incident_ids": [*ids, ids[1], "0" * 32],
            "versions": versions,
            "change": {"state": "closed", "verdict": "benign", "assignee_id": str(api.who.user_id)},
            "comment": "the backup",
        }
        outcomes = (await api.ask("POST", "/incident-changes", wanted))["items"]
        assert [each["outcome"] for each in outcomes] == ["conflict", "changed", "changed", "refused"]
        assert all(each["reason"] for each in outcomes if each["outcome"] in {"conflict", "refused"})
        for incident_id, outcome in zip(ids[1:], outcomes[1:3], strict=True):
            incident = await api.ask("GET", f"/incidents/{incident_id}")
            assert (incident["state"], incident["verdict"], incident["version"]) == (
                "closed",
                "benign",
                outcome["version"],
            )
            history = {item["action"] for item in (await api.ask("GET", f"/incidents/{incident_id}/history"))["items"]}
            assert history == {"state", "verdict", "assignee", "commented"}
            (comment,) = (await api.ask("GET", f"/incidents/{incident_id}/comments"))["items"]
            assert comment["text"] == "the backup"
        untouched = await api.ask("GET", f"/incidents/{ids[0]}")
        assert (untouched["state"], untouched["verdict"]) == ("new", None)
        audit = (await Api(api.world, Role.OWNER).ask("GET", "/audit?action=incident.changed"))["items"]
        assert {f"incident:{name}" for name in ids} <= {line["target"] for line in audit}
        again = {"incident_ids": ids[1:], "change": {"state": "closed"}}
        assert {each["outcome"] for each in (await api.ask("POST", "/incident-changes", again))["items"]} == {
            "unchanged"
        }
        stranger = str(api.world.theirs.people[Role.OWNER].user_id)
        refused = {"incident_ids": ids[1:2], "change": {"assignee_id": stranger}, "comment": "not kept"}
        assert (await api.ask("POST", "/incident-changes", refused))["items"][0]["outcome"] == "refused"
        assert len((await api.ask("GET", f"/incidents/{ids[1]}/comments"))["items"]) == 1
        await api.ask("POST", "/incident-changes", {"incident_ids": ids, "change": {}}, 422)
        await api.ask("POST", "/incident-changes", {"incident_ids": ["x"] * 201, "change": {"state": "new"}}, 422)

    run(postgres, test, "eve")


def test_views_are_ones_own_or_shared(postgres: TestDatabase) -> None:
    """Others see and change shared ones as their role allows; an old tag changes nothing; a query string is one."""

    async def test(api: Api) -> None:
        view = {"name": "Mine", "page": "incidents", "query": "?severity=critical&assignee=none"}
        mine = await api.ask("POST", "/saved-views", view, 201)
        tag, place = api.tag, f"/saved-views/{mine['id']}"
        assert mine["query"] == "severity=critical&assignee=none"
        shared = await api.ask("POST", "/saved-views", view | {"name": "Ours", "page": "findings", "shared": True}, 201)
        other, viewer = Api(api.world, Role.OWNER), Api(api.world, Role.VIEWER)
        assert [item["id"] for item in (await viewer.ask("GET", "/saved-views"))["items"]] == [shared["id"]]
        await other.ask("GET", place, status=404)
        assert [item["id"] for item in (await api.ask("GET", "/saved-views?page=incidents"))["items"]] == [mine["id"]]
        await api.ask("PATCH", place, {"name": "New"}, 428)
        assert (await api.ask("PATCH", place, {"name": "New"}, headers={"If-Match": tag}))["name"] == "New"
        await api.ask("PATCH", place, {"name": "Old"}, 412, headers={"If-Match": tag})
        await api.ask("POST", "/saved-views", view | {"query": "a=" + "x" * 5_000}, 422)
        await api.ask("POST", "/saved-views", view | {"query": "a=\n"}, 422)
        await api.ask("POST", "/saved-views", view | {"page": "settings"}, 422)
        await other.ask("DELETE", f"/saved-views/{shared['id']}", status=204)
        await api.ask("DELETE", place, status=204)
        assert (await api.ask("GET", "/saved-views"))["items"] == []

    run(postgres, test)
