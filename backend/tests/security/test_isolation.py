"""Organizations do not meet: every operation of the OpenAPI document is asked by everybody who must not get through.

For each operation: nobody, a signed-out, expired or disabled session, a revoked, expired or unknown token, each lower role, and the owner of another
organization with this organization's ids. Nobody of them is shown anything of ours, and nothing of ours is changed. Last, our own person of the
least role is let in: without that, a request that is merely malformed would pass for a refusal.
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from minixdr.adapters.postgres.tables import metadata
from minixdr.api.app import create_app
from minixdr.api.auth import PERSON, PUBLIC
from minixdr.app.platform import Platform
from minixdr.ports.database import Scope
from minixdr.schema.role import ROLES, Role
from tests.api import BASE, SECRET_KEY, Clock, Human, ListLog, Tenant, World
from tests.engines import TestDatabase
from tests.hunts import hunting_world
from tests.security.isolation import Entry, entries

_METHODS = ("get", "put", "post", "delete", "patch")
_OWN_PEOPLE = frozenset({"public", "person"})


def _operations() -> dict[str, tuple[str, str, str]]:
    """Return method, path and least role of each operation, by id."""
    nothing: Any = None
    platform = Platform(nothing, ListLog(), SECRET_KEY, BASE, "0", Clock().now)  # type: ignore[arg-type]
    paths = create_app(platform).openapi()["paths"]
    return {
        paths[path][method]["operationId"]: (method.upper(), path, paths[path][method]["x-role"])
        for path in paths
        for method in _METHODS
        if method in paths[path]
    }


OPERATIONS = _operations()
ENTRIES = entries()
OF_ORGANIZATIONS = sorted(name for name, (_, _, role) in OPERATIONS.items() if role not in _OWN_PEOPLE)
OF_PEOPLE = sorted(name for name, (_, _, role) in OPERATIONS.items() if role == PERSON)


def test_every_operation_has_an_entry() -> None:
    """A new operation is tested, or the suite fails."""
    missing = sorted(set(OF_ORGANIZATIONS) - set(ENTRIES))
    unknown = sorted(set(ENTRIES) - set(OPERATIONS))
    assert not missing, (
        f"add an Entry for {', '.join(missing)} to a module in tests/security/isolation/ (its docstring says how)"
    )
    assert not unknown, f"entries of operations that are gone: {', '.join(unknown)}"


def test_public_operations_are_known() -> None:
    """What anybody may ask without signing in is listed here; another needs a reason."""
    assert {name for name, (_, _, role) in OPERATIONS.items() if role == PUBLIC} == {
        "acceptInvitation",
        "beginOidc",
        "createSession",
        "createSetup",  # until there is an organization, with the setup code
        "finishOidc",
        "getApiVersion",
        "getInferenceLiveness",
        "getInferenceReadiness",
        "getLiveness",
        "getModelReadiness",
        "getOpenapi",
        "getReadiness",
        "getSetup",
        "getStartup",
        "getVersion",
        "listIdentityProviders",
    }


@dataclass
class Crossing:
    """Two organizations, and everybody who must not get through."""

    world: World
    runner: asyncio.Runner
    database: TestDatabase
    strangers: list[tuple[str, dict[str, Any]]]
    """A name and how they ask: all are 401."""
    removed: Human
    """Signed in, no member any more."""


@pytest.fixture(scope="module")
def crossing(postgres: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crossing]:
    """Return one world for all operations: each has a fresh thing of its own in it."""
    with asyncio.Runner() as runner:
        entered = hunting_world(postgres, tmp_path_factory.mktemp("lake"))
        made = runner.run(entered.__aenter__())
        strangers, removed = runner.run(_strangers(made))
        yield Crossing(made, runner, postgres, strangers, removed)
        runner.run(entered.__aexit__(None, None, None))


@pytest.mark.parametrize("operation_id", OF_ORGANIZATIONS)
def test_nobody_else_gets_through(operation_id: str, crossing: Crossing) -> None:
    """Refused, and nothing seen or changed; our own are let in."""
    crossing.runner.run(_cross(crossing, ENTRIES[operation_id]))


@pytest.mark.parametrize("operation_id", OF_PEOPLE)
def test_only_people_get_through(operation_id: str, crossing: Crossing) -> None:
    """What is about the person needs a session that is good: no machine, nobody, nothing that ended."""

    async def test() -> None:
        made = crossing.world
        method, path, _ = OPERATIONS[operation_id]
        path = path.replace("{session_id}", str(made.ours.people[Role.OWNER].session_id))
        assert "{" not in path
        before = _rows(crossing.database, made.ours)
        for name, options in crossing.strangers:
            answer = await made.ask(method=method, path=path, json={}, **options)
            assert answer.status_code == 401, f"{name}: {answer.status_code} {answer.text}"
            _check_problem(answer)
        machine = await made.ask(None, method, path, token=made.ours.tokens[Role.OWNER], json={})
        assert machine.status_code == 403, f"a machine: {machine.status_code} {machine.text}"
        assert _rows(crossing.database, made.ours) == before

    crossing.runner.run(test())


def test_nobody_looks_into_an_organization_they_do_not_belong_to(crossing: Crossing) -> None:
    """Switching to it is answered as if it were not there."""

    async def test() -> None:
        made = crossing.world
        body = {"organization_id": str(made.ours.organization_id)}
        for person in (made.theirs.people[Role.OWNER], crossing.removed):
            answer = await made.ask(person, "PATCH", "/api/v1/session", json=body)
            assert answer.status_code == 404, answer.text
            seen = (await made.ask(person, "GET", "/api/v1/session")).text
            _check_unseen(seen, [made.ours.slug, str(made.ours.organization_id)], person.email)

    crossing.runner.run(test())


def test_nobody_ends_anothers_session(crossing: Crossing) -> None:
    """Not even somebody of the same organization."""

    async def test() -> None:
        made = crossing.world
        target = made.ours.people[Role.VIEWER]
        for person in (made.theirs.people[Role.OWNER], made.ours.people[Role.OWNER]):
            answer = await made.ask(person, "DELETE", f"/api/v1/sessions/{target.session_id}")
            assert answer.status_code == 404, answer.text
        assert (await made.ask(target, "GET", "/api/v1/session")).status_code == 200

    crossing.runner.run(test())


async def _cross(crossing: Crossing, entry: Entry) -> None:
    made, database = crossing.world, crossing.database
    method, path, role = OPERATIONS[entry.operation_id]
    least = Role(role)
    thing = await entry.prepare(made)
    for name, value in entry.path(thing).items():
        path = path.replace(f"{{{name}}}", str(value))
    assert "{" not in path, f"{entry.operation_id}: the entry's path must give {path}"
    request: dict[str, Any] = {"params": entry.query(thing), "headers": dict(entry.headers(thing))}
    if entry.body is not None:
        request["json"] = entry.body(thing)
    before, canaries = _rows(database, made.ours), _canaries(made.ours)

    refused = [(name, options, 401) for name, options in crossing.strangers]
    refused += [(name, options, 403) for name, options in _too_little(crossing, least)]
    for name, options, status in refused:
        answer = await made.ask(method=method, path=path, **request, **options)
        assert answer.status_code == status, f"{name}: {answer.status_code} {answer.text}"
        _check_problem(answer)
        _check_unseen(answer.text, canaries, name)
    assert _rows(database, made.ours) == before, "a stranger changed something"

    them = made.theirs
    for who, token in ((them.people[Role.OWNER], None), (None, them.tokens[Role.OWNER])):
        answer = await _ask(made, entry, who, method, path, token=token, **request)
        assert answer[0] < 500, answer
        if not entry.own:
            assert answer[0] in {403, 404, 409, 412, 422}, f"another organization: {answer}"
        _check_unseen(answer[1], canaries, "another organization")
    assert _rows(database, made.ours) == before, "another organization changed something"

    status, text = await _ask(made, entry, made.ours.people[least], method, path, **request)
    assert 200 <= status < 300, f"our own {least} must be let in, or the refusals prove nothing: {status} {text}"


async def _ask(
    made: World, entry: Entry, who: Human | None, method: str, path: str, *, token: str | None = None, **request: Any
) -> tuple[int, str]:
    """Return status and text; of a stream, what comes first."""
    async with made.client(who, token=token) as client:
        if not entry.streams:
            answer = await client.request(method, path, **request)
            return answer.status_code, answer.text
        return await _beginning(made, method, path, client.headers, client.cookies, request)


async def _beginning(
    made: World, method: str, path: str, headers: Any, cookies: Any, request: dict[str, Any]
) -> tuple[int, str]:
    """Ask the application itself, and hang up after a second: httpx's in-process transport waits for a stream's end."""
    built = httpx.Client(base_url=BASE, headers=headers, cookies=cookies).build_request(method, path, **request)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": built.url.path,
        "raw_path": built.url.raw_path,
        "query_string": built.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in built.headers.raw],
        "client": ("127.0.0.1", 50_000),
        "server": ("minixdr.test", 80),
        "state": {},
    }
    status, text = 0, b""
    asked = False
    hung_up = asyncio.Event()

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": built.content, "more_body": False}
        await hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status, text
        if message["type"] == "http.response.start":
            status = message["status"]
        text += message.get("body", b"")

    served = asyncio.create_task(made.app(scope, receive, send))
    await asyncio.wait({served}, timeout=1)
    hung_up.set()
    await asyncio.wait({served}, timeout=5)
    assert served.done(), "a stream must end when its reader is gone"
    return status, text.decode()


async def _strangers(made: World) -> tuple[list[tuple[str, dict[str, Any]]], Human]:
    """Return who must be told to sign in, and a person who was removed."""
    ours, now, database = made.ours, made.clock.now(), made.platform.database
    owner = [(ours.organization_id, Role.OWNER)]
    ended, disabled, removed = [await made.person(f"{name}-{uuid4().hex}@away.example", owner) for name in "edr"]
    expired = await made.person(f"x-{uuid4().hex}@away.example", owner, lifetime=timedelta(0))
    async with database.transaction(Scope(None, ended.user_id)) as tx:
        await tx.sessions.revoke(ended.user_id, now)
    async with database.transaction(Scope(system=True)) as tx:
        await tx.users.disable(disabled.user_id, now)
    revoked_id, revoked = await made.machine(ours, Role.OWNER)
    async with database.transaction(ours.scope()) as tx:
        await tx.members.remove(removed.user_id)
        await tx.tokens.revoke(revoked_id, now)
    _, past = await made.machine(ours, Role.OWNER, expires_at=now)
    return [
        ("nobody", {"who": None}),
        ("an unknown session", {"who": "x" * 43}),
        ("a session that was ended", {"who": ended}),
        ("a session that expired", {"who": expired}),
        ("a person who was disabled", {"who": disabled}),
        ("an unknown token", {"who": None, "token": "mxa_aaaaaaaa_" + "x" * 43}),
        ("a revoked token", {"who": None, "token": revoked}),
        ("an expired token", {"who": None, "token": past}),
    ], removed


def _too_little(crossing: Crossing, least: Role) -> list[tuple[str, dict[str, Any]]]:
    """Return who is known and has too little a role."""
    ours, lower = crossing.world.ours, ROLES[: ROLES.index(least)]
    return [
        ("a member who was removed", {"who": crossing.removed}),
        *((f"our {role}", {"who": ours.people[role]}) for role in lower),
        *((f"our {role} machine", {"who": None, "token": ours.tokens[role]}) for role in lower),
    ]


def _rows(database: TestDatabase, tenant: Tenant) -> dict[str, str]:
    """Return a digest of our rows of each table that belongs to organizations, seen past row-level security. When tokens and sessions were last used
    is left out: a refused lower role was identified all the same."""
    found = {}
    with psycopg.connect(database.superuser_url) as connection:
        for table in metadata.sorted_tables:
            if "organization_id" not in table.columns or table.name == "sessions":
                continue
            row = connection.execute(
                SQL(
                    "SELECT count(*), md5(string_agg((to_jsonb(t) - 'last_used_at' - 'last_used_address')::text, ',' "
                    "ORDER BY to_jsonb(t)::text)) FROM {} t WHERE organization_id = %s"
                ).format(Identifier(table.name)),
                (tenant.organization_id,),
            ).fetchone()
            found[str(table)] = str(row)
    return found


def _canaries(tenant: Tenant) -> list[str]:
    """Return texts that only we may see."""
    ids = [tenant.organization_id, *tenant.token_ids.values(), *(person.user_id for person in tenant.people.values())]
    return [*map(str, ids), tenant.slug, "canary"]


def _check_unseen(text: str, canaries: list[str], who: str) -> None:
    seen = [canary for canary in canaries if canary in text]
    assert not seen, f"{who} was shown {seen}: {text[:500]}"


def _check_problem(answer: Any) -> None:
    assert answer.headers["content-type"] == "application/problem+json", answer.headers
    assert set(json.loads(answer.text)) >= {"type", "title", "status", "detail", "request_id"}
