"""Comments that name members, over HTTP and a real database."""

from minixdr.ports.stores.changes import ChangePosition
from minixdr.schema.role import Role
from tests.api import Human
from tests.engines import TestDatabase
from tests.integration.api.asking import Api, run


async def _path(api: Api) -> str:
    (incident,) = (await api.ask("GET", "/incidents"))["items"]
    return f"/incidents/{incident['incident_id']}"


def _token(person: Human) -> str:
    return f"@[{person.user_id}]"


def test_a_member_who_is_named_finds_it(postgres: TestDatabase) -> None:
    """By id or by address; it is unread until it is read, and the stream tells whose it is."""

    async def test(api: Api) -> None:
        path = await _path(api)
        owner = api.world.ours.people[Role.OWNER]
        viewer = api.world.ours.people[Role.VIEWER]
        written = {"text": f"{_token(owner)} and @{viewer.email.upper()}, look"}
        comment = await api.ask("POST", f"{path}/comments", written, 201)
        assert comment["text"] == f"{_token(owner)} and {_token(viewer)}, look"
        assert {each["user_id"] for each in comment["mentions"]} == {str(owner.user_id), str(viewer.user_id)}
        assert (await api.ask("GET", f"{path}/comments"))["items"] == [comment]
        async with api.world.platform.database.transaction(api.world.ours.scope()) as tx:
            told = [
                change.payload["user_id"]
                for change in await tx.changes.after(ChangePosition(0, 0), 100)
                if change.topic == "mention.created"
            ]
        assert set(told) == {str(owner.user_id), str(viewer.user_id)}

        assert (await api.ask("GET", "/me/mentions"))["items"] == []
        named = Api(api.world, Role.OWNER)
        page = await named.ask("GET", "/me/mentions?unread=true")
        (mine,) = page["items"]
        assert page["unread"] == 1
        assert (mine["comment_id"], mine["author"]) == (comment["comment_id"], f"user:{api.who.user_id}")
        assert f"/incidents/{mine['incident_id']}" == path
        assert await named.ask("POST", "/me/mentions/read", {"comment_ids": [mine["comment_id"]]}) == {"unread": 0}
        assert (await named.ask("GET", "/me/mentions?unread=true"))["items"] == []
        assert (await named.ask("GET", "/me/mentions"))["items"][0]["read_at"] is not None
        assert (await Api(api.world, Role.VIEWER).ask("GET", "/me/mentions"))["unread"] == 1

    run(postgres, test, "eve")


def test_who_is_no_member_is_not_named(postgres: TestDatabase) -> None:
    """Somebody of another organization, and nobody at all, stay text."""

    async def test(api: Api) -> None:
        path = await _path(api)
        strange = api.world.theirs.people[Role.OWNER]
        text = f"{_token(strange)} @{strange.email} @[00000000-0000-0000-0000-000000000000] a@{strange.email}"
        comment = await api.ask("POST", f"{path}/comments", {"text": text}, 201)
        assert (comment["text"], comment["mentions"]) == (text, [])
        there = await api.world.ask(strange, "GET", "/api/v1/me/mentions")
        assert there.json()["items"] == []

    run(postgres, test, "eve")


def test_an_edit_changes_whom_a_comment_names(postgres: TestDatabase) -> None:
    """Who is not named any more has no mention; who was named before is not told twice."""

    async def test(api: Api) -> None:
        path = await _path(api)
        owner, admin = api.world.ours.people[Role.OWNER], api.world.ours.people[Role.ADMIN]
        comment = await api.ask("POST", f"{path}/comments", {"text": f"{_token(owner)} look"}, 201)
        place = f"{path}/comments/{comment['comment_id']}"
        named = Api(api.world, Role.OWNER)
        await named.ask("POST", "/me/mentions/read", {})
        await api.ask("PATCH", place, {"text": f"{_token(owner)} {_token(admin)} look"})
        assert (await named.ask("GET", "/me/mentions"))["unread"] == 0
        assert (await Api(api.world, Role.ADMIN).ask("GET", "/me/mentions"))["unread"] == 1
        await api.ask("PATCH", place, {"text": "never mind"})
        assert (await named.ask("GET", "/me/mentions"))["items"] == []

    run(postgres, test, "eve")


def test_mentions_come_in_pages(postgres: TestDatabase) -> None:
    """Newest first, each once; who writes of themselves finds none."""

    async def test(api: Api) -> None:
        path = await _path(api)
        owner = api.world.ours.people[Role.OWNER]
        for number in range(5):
            text = f"{number} {_token(owner)} {_token(api.who)}"
            await api.ask("POST", f"{path}/comments", {"text": text}, 201)
        seen: list[str] = []
        cursor = ""
        while True:
            page = await Api(api.world, Role.OWNER).ask("GET", f"/me/mentions?limit=2{cursor}")
            seen += [item["text"][0] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert seen == ["4", "3", "2", "1", "0"]
        assert (await api.ask("GET", "/me/mentions"))["items"] == []

    run(postgres, test, "eve")
