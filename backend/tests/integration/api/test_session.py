"""Signing in and out, over a real database."""

import asyncio
from collections.abc import Awaitable, Callable

from minixdr.schema.role import Role
from tests.api import PASSWORD, World, world
from tests.engines import TestDatabase


def run(database: TestDatabase, test: Callable[[World], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with world(database) as made:
            await test(made)

    asyncio.run(inside())


def test_a_person_signs_in_and_out(postgres: TestDatabase) -> None:
    """The cookie is a session until it is ended, and nothing after."""

    async def test(made: World) -> None:
        owner = made.ours.people[Role.OWNER]
        async with made.client() as client:
            answer = await client.post("/api/v1/session", json={"email": owner.email.upper(), "password": PASSWORD})
            assert answer.status_code == 201, answer.text
            cookie = answer.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=strict" in cookie
            assert "Secure" not in cookie  # the tests' address is http
            body = answer.json()
            assert (body["email"], body["role"]) == (owner.email, "owner")
            assert body["organization_id"] == str(made.ours.organization_id)
            assert (await client.get("/api/v1/session")).json() == body
            kept = dict(client.cookies)
            assert (await client.delete("/api/v1/session")).status_code == 204
        again = await made.ask(kept["minixdr_session"], "GET", "/api/v1/session")
        assert again.status_code == 401

    run(postgres, test)
