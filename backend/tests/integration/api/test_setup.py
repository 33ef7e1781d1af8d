"""The first organization and its owner: made once, by who has the setup code, over a real database."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import psycopg
import pytest

from minixdr.app import canary
from minixdr.app.first_run import new_setup_code
from minixdr.app.refusal import RefusedError
from minixdr.cli.admin import say_new_setup_code
from minixdr.ports.database import Scope
from tests.api import PASSWORD, World, world
from tests.engines import TestDatabase

pytestmark = pytest.mark.anyio
_PATH = "/api/v1/setup"


@pytest.fixture
async def bare(postgres: TestDatabase) -> AsyncIterator[World]:
    """Return a platform with nobody in it."""
    async with world(postgres) as made:
        with psycopg.connect(postgres.superuser_url) as connection:
            connection.execute("TRUNCATE organizations, users, setup_codes CASCADE")
        yield made


async def code_of(bare: World, given: str | None = None, *, alone: bool = False) -> str:
    code = await new_setup_code(bare.platform.database, bare.clock.now(), given, alone=alone)
    assert code is not None
    return code


async def needed(bare: World) -> bool:
    answer = await bare.ask(None, "GET", _PATH)
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["needed"])


async def set_up(bare: World, code: str, **changes: Any) -> httpx.Response:
    body = {"setup_code": code, "email": "Ann@Example.com", "name": "Ann", "password": PASSWORD}
    return await bare.ask(None, "POST", _PATH, json=body | {"organization": "Example Inc."} | changes)


async def test_the_first_owner_is_signed_in(bare: World) -> None:
    """With the code; the organization is theirs, and its audit log says how it came to be."""
    assert await needed(bare)
    made = await set_up(bare, await code_of(bare))
    assert made.status_code == 201, made.text
    session = made.json()
    assert (session["email"], session["role"]) == ("ann@example.com", "owner")
    assert [(each["slug"], each["name"]) for each in session["memberships"]] == [("example-inc", "Example Inc.")]
    cookie = made.cookies["minixdr_session"]
    assert (await bare.ask(cookie, "GET", "/api/v1/session")).json() == session
    logged = (await bare.ask(cookie, "GET", "/api/v1/audit")).json()["items"]
    assert {entry["action"] for entry in logged} == {"organization.created", "member.added", "session.created"}
    assert {entry["actor"] for entry in logged} == {f"user:{session['user_id']}"}
    assert not await needed(bare)
    signed_in = await bare.ask(None, "POST", "/api/v1/session", json={"email": "ann@example.com", "password": PASSWORD})
    assert signed_in.status_code == 201, signed_in.text


async def test_nobody_takes_over_a_new_installation(bare: World) -> None:
    """Without the code nothing is made, and attempts are bounded as those of signing in."""
    await code_of(bare)
    for code in (" ", "guessed-guessed-guessed"):
        refused = await set_up(bare, code)
        assert refused.status_code == 403, refused.text
        assert "setup-code" in refused.json()["detail"]
    assert await needed(bare)
    statuses = {(await set_up(bare, "guessed-guessed-guessed")).status_code for _ in range(40)}
    assert statuses == {403, 429}
    from_another_site = await bare.ask(
        None, "POST", _PATH, json={}, headers={"Origin": "https://evil.example", "X-Minixdr-Request": "1"}
    )
    assert from_another_site.status_code == 403


async def test_it_is_done_once(bare: World) -> None:
    """Of two at once with the same code one is let in; afterwards no code is, nor is one made."""
    code = await code_of(bare)
    answers = await asyncio.gather(set_up(bare, code), set_up(bare, code, email="bob@example.com"))
    made, refused = sorted(answer.status_code for answer in answers)
    assert made == 201
    assert refused in {403, 409}
    again = await set_up(bare, code, organization="Another")
    assert again.status_code == 409
    assert "sign in" in again.json()["detail"]
    assert await new_setup_code(bare.platform.database, bare.clock.now(), alone=False) is None


async def test_what_cannot_be_taken_keeps_the_code_good(bare: World) -> None:
    """A password that is too short is said, and the next try is let in."""
    code = await code_of(bare)
    for changes, pointer in (({"password": "short"}, "#/password"), ({"organization": "!!!"}, "#/organization")):
        refused = await set_up(bare, code, **changes)
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["pointer"] == pointer
    assert (await set_up(bare, code)).status_code == 201


async def test_which_codes_are_good(bare: World, postgres: TestDatabase) -> None:
    """Each api's that started, until somebody asks for a new one; only hashes are kept."""
    first, second = await code_of(bare), await code_of(bare)
    with psycopg.connect(postgres.superuser_url) as connection:
        kept = connection.execute("SELECT code_hash FROM setup_codes").fetchall()
    assert len(kept) == 2
    assert not {first.encode(), second.encode()} & {bytes(row[0]) for row in kept}
    third = await code_of(bare, alone=True)
    assert (await set_up(bare, first)).status_code == 403
    assert (await set_up(bare, third)).status_code == 201


async def test_the_command_makes_a_code(bare: World, capsys: pytest.CaptureFixture[str]) -> None:
    """For who lost the one in the log; and says so where it is too late."""
    await say_new_setup_code(bare.platform.database)
    code = capsys.readouterr().out.strip().rpartition(" ")[2]
    assert (await set_up(bare, code)).status_code == 201
    with pytest.raises(RefusedError, match="create-owner"):
        await say_new_setup_code(bare.platform.database)


async def test_a_canary_sets_nothing_up(bare: World) -> None:
    """The deployment canary's organization is nobody's: the platform is still to be set up, and nobody's first one takes its name."""
    async with bare.platform.database.transaction(Scope(system=True)) as tx:
        await tx.organizations.create(canary.ORGANIZATION_ID, canary.SLUG, "Deployment canary")
    assert await needed(bare)
    code = await code_of(bare)
    refused = await set_up(bare, code, organization="Deployment canary")
    assert (refused.status_code, "choose another" in refused.json()["detail"]) == (409, True)
    made = await set_up(bare, code)
    assert made.status_code == 201, made.text
    assert [each["slug"] for each in made.json()["memberships"]] == ["example-inc"]
    assert not await needed(bare)
