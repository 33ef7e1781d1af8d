"""Signing in and out, over a real database: with the right password, a second factor, and never by trying."""

import asyncio
import time

import httpx
import psycopg
import pyotp
import pytest

from minixdr.app.access.attempts import FREE_FAILURES
from minixdr.app.bootstrap import reset_second_factor
from minixdr.ports.database import Scope
from minixdr.schema.role import Role
from tests.api import PASSWORD, Human, World, world
from tests.engines import TestDatabase

pytestmark = pytest.mark.anyio


async def sign_in(made: World, email: str, password: str = PASSWORD, code: str | None = None) -> httpx.Response:
    body = {"email": email, "password": password} | ({"code": code} if code else {})
    return await made.ask(None, "POST", "/api/v1/session", json=body)


async def audit(made: World, action: str) -> list[dict[str, object]]:
    answer = await made.ask(made.ours.people[Role.OWNER], "GET", f"/api/v1/audit?action={action}")
    items: list[dict[str, object]] = answer.json()["items"]
    return items


async def test_a_person_signs_in_and_out(made: World) -> None:
    """The cookie is a session until it is ended, and nothing after."""
    owner = made.ours.people[Role.OWNER]
    answer = await sign_in(made, owner.email.upper())
    assert answer.status_code == 201, answer.text
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/;" in cookie
    assert "Secure" not in cookie  # the tests' address is http
    body = answer.json()
    assert (body["email"], body["role"]) == (owner.email, "owner")
    assert body["organization_id"] == str(made.ours.organization_id)
    secret = answer.cookies["minixdr_session"]
    assert (await made.ask(secret, "GET", "/api/v1/session")).json() == body
    ended = await made.ask(secret, "DELETE", "/api/v1/session")
    assert ended.status_code == 204
    assert 'minixdr_session=""' in ended.headers["set-cookie"]
    assert (await made.ask(secret, "GET", "/api/v1/session")).status_code == 401
    assert [entry["actor"] for entry in await audit(made, "session.created")] == [f"user:{owner.user_id}"]


async def test_the_secret_is_not_kept(made: World, postgres: TestDatabase) -> None:
    """Who reads the database cannot use a session of it."""
    secret = (await sign_in(made, made.ours.people[Role.VIEWER].email)).cookies["minixdr_session"]
    with psycopg.connect(postgres.superuser_url) as connection:
        rows = connection.execute("SELECT to_jsonb(s)::text FROM sessions s").fetchall()
    assert rows
    assert not any(secret in row[0] for row in rows)


async def test_an_unknown_person_gets_the_answer_of_a_wrong_password(made: World) -> None:
    """Which addresses exist cannot be told, not even by being locked."""
    known, unknown = made.ours.people[Role.ADMIN].email, "nobody@nowhere.example"
    for _ in range(FREE_FAILURES + 2):
        answers = [await sign_in(made, email, "wrong password") for email in (known, unknown)]
        first, second = (answer.json() | {"request_id": None} for answer in answers)
        assert first == second
        assert answers[0].status_code == answers[1].status_code
    assert answers[0].status_code == 429


async def test_failures_take_as_long_whoever_is_tried(made: World) -> None:
    """What is written down of somebody who exists cannot be seen in the time."""
    made.app.state.gatekeeper.failure_seconds = 1.0
    for email in (made.ours.people[Role.ADMIN].email, "nobody@nowhere.example"):
        began = time.monotonic()
        assert (await sign_in(made, email, "wrong password")).status_code == 401
        assert time.monotonic() - began >= 1.0


async def test_failures_lock_for_a_while(made: World) -> None:
    """Even the right password is not looked at then; later it is, and failures are forgotten."""
    email = made.ours.people[Role.ANALYST].email
    for _ in range(FREE_FAILURES):
        assert (await sign_in(made, email, "wrong password")).status_code == 401
    locked = await sign_in(made, email)
    assert locked.status_code == 429
    assert 0 < int(locked.headers["retry-after"]) <= 30
    made.clock.turn(seconds=int(locked.headers["retry-after"]) + 1)
    assert (await sign_in(made, email)).status_code == 201
    assert (await sign_in(made, email, "wrong password")).status_code == 401
    assert len(await audit(made, "session.refused")) == FREE_FAILURES + 1


async def test_an_address_has_a_bounded_number_of_attempts(made: World) -> None:
    """However many people it tries."""
    answers = [await sign_in(made, f"p{number}@nowhere.example", "x") for number in range(35)]
    assert [answer.status_code for answer in answers].count(429) >= 4
    made.clock.turn(minutes=1)
    assert (await sign_in(made, made.ours.people[Role.OWNER].email)).status_code == 201


async def test_a_session_ends_when_it_is_not_used_and_in_any_case(made: World) -> None:
    """After a day without use, after seven days with."""
    secret = (await sign_in(made, made.ours.people[Role.OWNER].email)).cookies["minixdr_session"]
    for _ in range(8):
        made.clock.turn(hours=20)
        assert (await made.ask(secret, "GET", "/api/v1/session")).status_code == 200
    made.clock.turn(hours=20)
    assert (await made.ask(secret, "GET", "/api/v1/session")).status_code == 401
    idle = (await sign_in(made, made.ours.people[Role.OWNER].email)).cookies["minixdr_session"]
    made.clock.turn(hours=24)
    assert (await made.ask(idle, "GET", "/api/v1/session")).status_code == 401


async def test_another_site_cannot_use_the_cookie(made: World) -> None:
    """A change needs the platform's own origin, or the header that no other site can send."""
    owner = made.ours.people[Role.OWNER]
    async with made.client(owner) as client:
        del client.headers["X-Minixdr-Request"]
        body = {"name": "Ann"}
        assert (await client.patch("/api/v1/me", json=body)).status_code == 403
        evil = await client.patch("/api/v1/me", json=body, headers={"Origin": "http://evil.example"})
        assert (evil.status_code, evil.json()["type"]) == (403, "urn:minixdr:problem:cross-site")
        with_header = {"Origin": "http://evil.example", "X-Minixdr-Request": "1"}
        assert (await client.patch("/api/v1/me", json=body, headers=with_header)).status_code == 403
        assert (await client.patch("/api/v1/me", json=body, headers={"Origin": "null"})).status_code == 403
        assert (
            await client.patch("/api/v1/me", json=body, headers={"Origin": "http://minixdr.test"})
        ).status_code == 200
        assert (await client.get("/api/v1/session", headers={"Origin": "http://evil.example"})).status_code == 200
    login = {"email": owner.email, "password": PASSWORD}
    forced = await made.ask(None, "POST", "/api/v1/session", json=login, headers={"Origin": "http://evil.example"})
    assert forced.status_code == 403


async def test_sessions_are_seen_and_ended(made: World) -> None:
    """One, or all others."""
    owner = made.ours.people[Role.OWNER]
    secrets = [(await sign_in(made, owner.email)).cookies["minixdr_session"] for _ in range(3)]
    items = (await made.ask(secrets[0], "GET", "/api/v1/sessions")).json()["items"]
    assert len(items) == 4  # the world's, and these
    assert [item["current"] for item in items].count(True) == 1
    other = (await made.ask(secrets[1], "GET", "/api/v1/session")).json()["session_id"]
    assert (await made.ask(secrets[0], "DELETE", f"/api/v1/sessions/{other}")).status_code == 204
    assert (await made.ask(secrets[1], "GET", "/api/v1/session")).status_code == 401
    assert (await made.ask(secrets[0], "DELETE", "/api/v1/sessions")).json() == {"ended": 2}
    assert (await made.ask(secrets[2], "GET", "/api/v1/session")).status_code == 401
    assert (await made.ask(secrets[0], "GET", "/api/v1/session")).status_code == 200


async def test_a_new_password_ends_other_sessions(made: World) -> None:
    """The one that changed it goes on; the old password is good no more."""
    person = await made.person("change@ours.example", [(made.ours.organization_id, Role.VIEWER)])
    other = (await sign_in(made, person.email)).cookies["minixdr_session"]
    new = "a much longer new password"
    path, body = "/api/v1/me/password", {"current_password": PASSWORD, "new_password": new}
    wrong = await made.ask(person, "PUT", path, json={**body, "current_password": "wrong"})
    assert (wrong.status_code, wrong.json()["type"]) == (401, "urn:minixdr:problem:wrong-credentials")
    short = await made.ask(person, "PUT", path, json={**body, "new_password": "short"})
    assert (short.status_code, short.json()["errors"][0]["pointer"]) == (422, "#/new_password")
    assert (await made.ask(person, "PUT", path, json=body)).status_code == 204
    assert (await made.ask(other, "GET", "/api/v1/session")).status_code == 401
    assert (await made.ask(person, "GET", "/api/v1/session")).status_code == 200
    assert (await sign_in(made, person.email)).status_code == 401
    assert (await sign_in(made, person.email, new)).status_code == 201
    assert len(await audit(made, "user.password_changed")) == 1


async def enrolled(made: World, person: Human) -> tuple[pyotp.TOTP, list[str]]:
    begun = await made.ask(person, "POST", "/api/v1/me/totp", json={"password": PASSWORD})
    assert begun.status_code == 201, begun.text
    assert begun.json()["address"].startswith("otpauth://totp/")
    app = pyotp.TOTP(begun.json()["secret"])
    assert (await made.ask(person, "POST", "/api/v1/me/totp/confirm", json={"code": "000000"})).status_code == 422
    confirmed = await made.ask(person, "POST", "/api/v1/me/totp/confirm", json={"code": app.at(made.clock.at)})
    assert confirmed.status_code == 200, confirmed.text
    codes: list[str] = confirmed.json()["recovery_codes"]
    return app, codes


async def test_who_guesses_at_a_password_within_a_session_is_told_of_and_stopped(made: World) -> None:
    """As at signing in, also where the guesses come at once."""
    person = made.ours.people[Role.VIEWER]
    body = {"current_password": "wrong", "new_password": "another long sentence"}

    async def guess() -> int:
        return (await made.ask(person, "PUT", "/api/v1/me/password", json=body)).status_code

    assert set(await asyncio.gather(*(guess() for _ in range(FREE_FAILURES)))) == {401}
    assert await guess() == 429
    assert len(await audit(made, "session.refused")) == FREE_FAILURES


async def test_a_second_factor_is_asked_for(made: World) -> None:
    """A right password is not enough, a code is good once, a wrong one counts as a failure."""
    person = made.ours.people[Role.OWNER]
    assert (await sign_in(made, person.email)).status_code == 201  # not confirmed: not asked for
    app, _ = await enrolled(made, person)
    needed = await sign_in(made, person.email)
    assert (needed.status_code, needed.json()["type"]) == (401, "urn:minixdr:problem:second-factor-required")
    used = await sign_in(made, person.email, code=app.at(made.clock.at))  # it confirmed the enrolment
    assert (used.status_code, used.json()["type"]) == (401, "urn:minixdr:problem:wrong-credentials")
    made.clock.turn(seconds=60)
    code = app.at(made.clock.at)
    assert (await sign_in(made, person.email, "wrong password", code)).status_code == 401
    good = await sign_in(made, person.email, code=code)
    assert (good.status_code, good.json()["second_factor_enabled"]) == (201, True)
    assert (await sign_in(made, person.email, code=code)).status_code == 401
    for _ in range(FREE_FAILURES):
        await sign_in(made, person.email, code="123456")
    made.clock.turn(seconds=1)
    assert (await sign_in(made, person.email, code=app.at(made.clock.at))).status_code == 429


async def test_a_recovery_code_is_good_once(made: World) -> None:
    """For who lost the app; new ones replace the old."""
    person = made.ours.people[Role.ADMIN]
    _, codes = await enrolled(made, person)
    assert (await sign_in(made, person.email, code=codes[0].upper())).status_code == 201
    assert (await sign_in(made, person.email, code=codes[0])).status_code == 401
    renewed = await made.ask(person, "POST", "/api/v1/me/recovery-codes", json={"password": PASSWORD})
    assert (await sign_in(made, person.email, code=codes[1])).status_code == 401
    assert (await sign_in(made, person.email, code=renewed.json()["recovery_codes"][0])).status_code == 201


async def test_a_second_factor_is_removed_with_both_factors(made: World) -> None:
    """Neither alone is enough."""
    person = made.ours.people[Role.VIEWER]
    app, _ = await enrolled(made, person)
    made.clock.turn(seconds=60)
    path = "/api/v1/me/totp/disable"
    wrong = await made.ask(person, "POST", path, json={"password": "x", "code": app.at(made.clock.at)})
    assert wrong.status_code == 401
    assert (await made.ask(person, "POST", path, json={"password": PASSWORD, "code": "123456"})).status_code == 401
    assert (await made.ask(person, "POST", "/api/v1/me/totp", json={"password": PASSWORD})).status_code == 409
    body = {"password": PASSWORD, "code": app.at(made.clock.at)}
    assert (await made.ask(person, "POST", path, json=body)).status_code == 204
    assert (await sign_in(made, person.email)).status_code == 201
    assert (await made.ask(person, "POST", path, json=body)).status_code == 409


async def test_the_administrator_resets_a_lost_second_factor(made: World) -> None:
    """For who lost the app and the recovery codes; it is in the audit log."""
    person = made.ours.people[Role.ADMIN]
    await enrolled(made, person)
    await reset_second_factor(made.platform.database, person.email, made.clock.now())
    assert (await sign_in(made, person.email)).status_code == 201
    assert (await made.ask(person, "GET", "/api/v1/session")).status_code == 401
    assert len(await audit(made, "user.second_factor_reset")) == 1


async def test_the_seed_is_kept_sealed(made: World, postgres: TestDatabase) -> None:
    """Who reads the database cannot make codes of it."""
    app, _ = await enrolled(made, made.ours.people[Role.OWNER])
    with psycopg.connect(postgres.superuser_url) as connection:
        found = connection.execute("SELECT totp_secret_encrypted FROM users WHERE totp_confirmed_at IS NOT NULL")
        sealed = [row[0] for row in found.fetchall()]
    assert sealed
    assert not any(app.secret.encode() in content for content in sealed)


async def test_a_disabled_person_cannot_sign_in(made: World) -> None:
    """The answer is that of a wrong password."""
    person = made.ours.people[Role.ANALYST]
    async with made.platform.database.transaction(Scope(system=True)) as tx:
        await tx.users.disable(person.user_id, made.clock.now())
    assert (await sign_in(made, person.email)).json()["type"] == "urn:minixdr:problem:wrong-credentials"


async def test_a_person_changes_the_organization_looked_at(made: World) -> None:
    """And sees that one's things, with the role held there."""
    both = [(made.ours.organization_id, Role.OWNER), (made.theirs.organization_id, Role.VIEWER)]
    person = await made.person("both@both.example", both)
    body = {"organization_id": str(made.theirs.organization_id)}
    switched = await made.ask(person, "PATCH", "/api/v1/session", json=body)
    assert (switched.status_code, switched.json()["role"]) == (200, "viewer")
    emails = {item["email"] for item in (await made.ask(person, "GET", "/api/v1/members")).json()["items"]}
    assert made.theirs.people[Role.OWNER].email in emails
    assert made.ours.people[Role.OWNER].email not in emails
    assert (await made.ask(person, "GET", "/api/v1/tokens")).status_code == 403


async def test_a_page_of_before_neither_reads_nor_changes_what_is_looked_at_now(made: World) -> None:
    """A tab that still shows one organization does nothing to the one that was chosen in another tab."""
    both = [(made.ours.organization_id, Role.OWNER), (made.theirs.organization_id, Role.OWNER)]
    person = await made.person("tabs@both.example", both)
    before, now = (
        {"X-Minixdr-Page-Of": f"{person.user_id}/{made_of.organization_id}"} for made_of in (made.ours, made.theirs)
    )
    assert (await made.ask(person, "GET", "/api/v1/members", headers=before)).status_code == 200
    body = {"organization_id": str(made.theirs.organization_id)}
    assert (await made.ask(person, "PATCH", "/api/v1/session", json=body)).status_code == 200
    token = {"name": "meant for ours", "kind": "ingest"}
    for method, path, given in (("GET", "/members", None), ("POST", "/tokens", token)):
        refused = await made.ask(person, method, f"/api/v1{path}", json=given, headers=before)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:minixdr:problem:another-page")
    assert (await made.ask(person, "GET", "/api/v1/members", headers=now)).status_code == 200
    assert (await made.ask(person, "POST", "/api/v1/tokens", json=token, headers=now)).status_code == 201


async def test_the_cookie_is_for_https_where_people_come_by_https(postgres: TestDatabase) -> None:
    """Else it would be sent in the clear."""
    async with world(postgres, public_url="https://xdr.example") as made:
        answer = await sign_in(made, made.ours.people[Role.OWNER].email)
        assert "Secure" in answer.headers["set-cookie"]


async def test_attempts_at_once_are_counted(made: World) -> None:
    """Parallel guesses do not slip past the lock."""
    person = made.ours.people[Role.OWNER]
    guesses = [sign_in(made, person.email, f"guess {number}") for number in range(12)]
    answers = await asyncio.gather(*guesses)
    assert {answer.status_code for answer in answers} <= {401, 429}
    assert [answer.status_code for answer in answers].count(401) <= FREE_FAILURES + 1
    assert (await sign_in(made, person.email)).status_code == 429
    made.clock.turn(minutes=15, seconds=1)
    assert (await sign_in(made, person.email)).status_code == 201
