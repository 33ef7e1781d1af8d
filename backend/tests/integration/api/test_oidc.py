"""Signing in by OpenID Connect, against a provider that really answers over HTTP."""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from minixdr.adapters.oidc import HttpOidc
from minixdr.api.app import create_app
from minixdr.ports.database import Scope
from minixdr.ports.oidc import Provider
from minixdr.schema.role import Role
from tests.api import BASE, SECRET_KEY, World, world
from tests.engines import TestDatabase
from tests.integration.api.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider, running

pytestmark = pytest.mark.anyio
START = "/api/v1/session/oidc/example"


@dataclass
class Between:
    """A world, and the provider that its people use."""

    world: World
    provider: IdentityProvider

    async def begin(self, browser: httpx.AsyncClient) -> str:
        """Go to the provider, and return where it sends the browser back to."""
        begun = await browser.get(START)
        assert begun.status_code == 303, begun.text
        async with httpx.AsyncClient() as elsewhere:
            answer = await elsewhere.get(begun.headers["location"])
        back = answer.headers["location"]
        assert back.startswith(f"{BASE}{START}/callback?")
        return str(back)

    async def sign_in(self) -> httpx.Response:
        async with self.world.client() as browser:
            return await browser.get(await self.begin(browser))


@pytest.fixture
async def between(postgres: TestDatabase) -> AsyncIterator[Between]:
    async with world(postgres) as made, running(lambda: int(made.clock.at.timestamp())) as provider:
        known = Provider(name="example", issuer=provider.issuer, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
        made.platform = replace(made.platform, oidc=HttpOidc(made.clock.now), identity_providers=[known])
        made.app = create_app(made.platform)
        provider.email = made.ours.people[Role.ANALYST].email
        yield Between(made, provider)


def kind(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition(":")[2]


async def test_a_person_signs_in_at_the_provider(between: Between) -> None:
    """Found by the verified address first, and by the provider's subject from then on."""
    made = between.world
    person = made.ours.people[Role.ANALYST]
    answer = await between.sign_in()
    assert answer.status_code == 200, answer.text
    assert 'url=/"' in answer.text
    cookie = answer.cookies["minixdr_session"]
    assert "SameSite=strict" in answer.headers.get_list("set-cookie")[0]
    session = (await made.ask(cookie, "GET", "/api/v1/session")).json()
    assert (session["user_id"], session["role"]) == (str(person.user_id), "analyst")
    between.provider.email = made.ours.people[
        Role.OWNER
    ].email  # an address moves on to somebody else: the subject stays
    again = await between.sign_in()
    second = (await made.ask(again.cookies["minixdr_session"], "GET", "/api/v1/session")).json()
    assert second["user_id"] == str(person.user_id)
    actions = (await made.ask(made.ours.people[Role.OWNER], "GET", "/api/v1/audit?action=user.linked")).json()["items"]
    assert [entry["target"] for entry in actions] == [f"user:{person.user_id}"]
    listed = (await made.ask(None, "GET", "/api/v1/identity-providers")).json()
    assert listed == {"items": [{"name": "example", "address": START}]}


async def test_a_person_who_is_not_let_in_is_shown_why_and_the_way_back(between: Between) -> None:
    """A browser was sent here: it shows a page. A program gets a problem."""
    browser = {"Accept": "text/html,application/xhtml+xml"}
    for path in (f"{START}/callback?error=access_denied&state=x", "/api/v1/session/oidc/unknown"):
        shown = await between.world.ask(None, "GET", path, headers=browser)
        assert shown.status_code in {403, 404}
        assert shown.headers["content-type"].startswith("text/html")
        assert "You are not signed in." in shown.text
        assert '<a href="/">' in shown.text
        told = await between.world.ask(None, "GET", path)
        assert (told.status_code, told.headers["content-type"]) == (shown.status_code, "application/problem+json")


@pytest.mark.parametrize(
    "change",
    [
        lambda claims: {**claims, "aud": "another-client"},
        lambda claims: {**claims, "aud": [CLIENT_ID, "another-client"]},
        lambda claims: {**claims, "iss": "https://another.example"},
        lambda claims: {**claims, "nonce": "of another flow"},
        lambda claims: {name: value for name, value in claims.items() if name != "nonce"},
        lambda claims: {**claims, "exp": claims["iat"] - 61},
        lambda claims: {name: value for name, value in claims.items() if name != "exp"},
        lambda claims: {**claims, "iat": claims["iat"] + 3_600},
        lambda claims: {**claims, "sub": 7},
    ],
)
async def test_an_id_token_that_is_not_for_us_now_lets_nobody_in(between: Between, change: Any) -> None:
    """Another client, issuer, flow or time."""
    between.provider.change = change
    answer = await between.sign_in()
    assert (answer.status_code, kind(answer)) == (502, "identity-provider-unusable")
    assert "minixdr_session" not in answer.cookies


@pytest.mark.parametrize(
    "sign",
    [
        lambda provider, claims: provider.forged(claims, "none"),
        lambda provider, claims: provider.forged(claims, "HS256"),
        lambda provider, claims: jwt.encode(
            {"alg": "RS256", "kid": "first"}, claims, RSAKey.generate_key(2048, {"kid": "first"}, private=True)
        ),
        lambda provider, claims: provider.signed(claims)[:-8] + "AAAAAAAA",
        lambda _provider, _claims: "no token",
        lambda _provider, _claims: "",
    ],
)
async def test_an_id_token_that_the_provider_did_not_sign_lets_nobody_in(between: Between, sign: Any) -> None:
    """Unsigned, signed with what everybody knows, by a stranger's key, altered."""
    between.provider.sign = sign
    answer = await between.sign_in()
    assert (answer.status_code, kind(answer)) == (502, "identity-provider-unusable")


async def test_a_sign_in_ends_in_the_browser_that_began_it(between: Between) -> None:
    """Nobody can be made to sign in as somebody else by a link; and a flow is good for its provider, ten minutes, its own state."""
    made = between.world
    async with made.client() as browser, made.client() as victim:
        back = await between.begin(browser)
        stolen = await victim.get(back)
        assert (stolen.status_code, kind(stolen)) == (400, "broken-sign-in")
        other = await between.begin(victim)
        crossed = await victim.get(back)
        assert (crossed.status_code, kind(crossed)) == (400, "broken-sign-in")
        assert between.provider.token_requests == 0
        made.clock.turn(minutes=10)
        assert (await victim.get(other)).status_code == 400
        last = await between.begin(browser)
        assert (await browser.get(last)).status_code == 200
        assert (await browser.get(last)).status_code == 400  # the cookie is gone; so is the code


async def test_the_issuer_in_the_answer_must_be_the_one_asked(between: Between) -> None:
    """RFC 9207: two providers cannot be mixed up."""
    async with between.world.client() as browser:
        back = await between.begin(browser)
        mixed = await browser.get(f"{back}&iss=https%3A%2F%2Fevil.example")
        assert (mixed.status_code, kind(mixed)) == (400, "broken-sign-in")
        right = f"{await between.begin(browser)}&iss={between.provider.issuer}"
        assert (await browser.get(right)).status_code == 200


async def test_only_people_who_were_invited_get_in(between: Between) -> None:
    """A provider makes no accounts, and an address it has not verified is nobody's."""
    provider, made = between.provider, between.world
    provider.email_verified = False
    assert (await between.sign_in()).status_code == 403
    provider.email_verified, provider.email = True, "stranger@example.org"
    assert (await between.sign_in()).status_code == 403
    provider.email = None
    assert (await between.sign_in()).status_code == 403
    provider.email = made.ours.people[Role.ANALYST].email
    assert (await between.sign_in()).status_code == 200
    provider.subject = "subject-2"  # the provider gave the address to somebody else
    assert (await between.sign_in()).status_code == 403
    provider.subject = "subject-1"
    async with made.platform.database.transaction(Scope(system=True)) as tx:
        await tx.users.disable(made.ours.people[Role.ANALYST].user_id, made.clock.now())
    assert (await between.sign_in()).status_code == 403


async def test_new_keys_of_the_provider_are_taken(between: Between, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token of an unknown key makes us ask, not more often than once a minute."""
    assert (await between.sign_in()).status_code == 200
    between.provider.key = RSAKey.generate_key(2048, {"kid": "second"}, private=True)
    assert (await between.sign_in()).status_code == 502
    monkeypatch.setattr("minixdr.adapters.oidc._LEAST_REFRESH_SECONDS", 0.0)
    assert (await between.sign_in()).status_code == 200


@pytest.mark.parametrize(
    ("configuration", "status"),
    [
        ({"issuer": "https://another.example"}, 502),
        ({"token_endpoint": "http://internal.example/token"}, 502),
        ({"jwks_uri": "file:///etc/passwd"}, 502),
        ({"authorization_endpoint": 7}, 502),
        ({"padding": "x" * 2_000_000}, 502),
    ],
)
async def test_a_configuration_that_cannot_be_right_is_refused(
    between: Between, configuration: dict[str, Any], status: int
) -> None:
    """Another issuer, addresses that are not https, too much of it."""
    between.provider.configuration = configuration
    answer = await between.world.ask(None, "GET", START)
    assert (answer.status_code, kind(answer)) == (status, "identity-provider-unusable")


async def test_a_provider_that_is_away_is_said_to_be(between: Between) -> None:
    """503, try again; a refusal at the provider is 403; an unknown name 404."""
    made = between.world
    gone = Provider(name="example", issuer="http://127.0.0.1:9", client_id="x", client_secret=None)
    made.app = create_app(replace(made.platform, identity_providers=[gone]))
    answer = await made.ask(None, "GET", START)
    assert (answer.status_code, kind(answer)) == (503, "identity-provider-away")
    assert int(answer.headers["retry-after"]) > 0
    refused = await made.ask(None, "GET", f"{START}/callback?error=access_denied&state=x")
    assert refused.status_code == 403
    assert (await made.ask(None, "GET", "/api/v1/session/oidc/other")).status_code == 404


async def test_providers_of_the_database_are_used_too(between: Between, postgres: TestDatabase, tmp_path: Path) -> None:
    """The administrator saves one by command; its secret is kept sealed; one that is removed is not there."""
    made, secret = between.world, tmp_path / "secret"
    secret.write_text(CLIENT_SECRET + "\n")
    issuer = between.provider.issuer
    command = (
        "save-identity-provider",
        "kept",
        "--issuer",
        issuer,
        "--client-id",
        CLIENT_ID,
        "--secret-file",
        str(secret),
    )
    said = await administer(postgres, *command)
    assert "/api/v1/session/oidc/kept/callback" in said
    begun = await made.ask(None, "GET", "/api/v1/session/oidc/kept")
    assert begun.status_code == 303
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert asked["redirect_uri"] == [f"{BASE}/api/v1/session/oidc/kept/callback"]
    assert "SameSite=lax" in begun.headers["set-cookie"]
    assert "Path=/api/v1/session/oidc" in begun.headers["set-cookie"]
    async with made.client() as browser, httpx.AsyncClient() as elsewhere:
        there = (await browser.get("/api/v1/session/oidc/kept")).headers["location"]
        back = (await elsewhere.get(there)).headers["location"]
        assert (await browser.get(back)).status_code == 200
    with psycopg.connect(postgres.superuser_url) as connection:
        rows = connection.execute("SELECT client_secret_encrypted FROM identity_providers").fetchall()
    assert rows
    assert not any(CLIENT_SECRET.encode() in row[0] for row in rows)
    assert issuer in await administer(postgres, "list-identity-providers")
    await administer(postgres, "remove-identity-provider", "kept")
    assert (await made.ask(None, "GET", "/api/v1/session/oidc/kept")).status_code == 404


@pytest.mark.parametrize(
    ("name", "issuer"), [("Sso", "https://x.example"), ("sso", "http://x.example"), ("sso", "x.example")]
)
async def test_a_provider_that_cannot_be_right_is_not_saved(postgres: TestDatabase, name: str, issuer: str) -> None:
    """The message says what it takes."""
    with pytest.raises(AssertionError, match=r"lower-case letters|an issuer is an address"):
        await administer(postgres, "save-identity-provider", name, "--issuer", issuer, "--client-id", "x")


async def administer(database: TestDatabase, *arguments: str) -> str:
    """Run `minixdr admin` and return what it said."""
    environment = {
        "PATH": os.environ["PATH"],
        "MINIXDR_DATABASE_URL": database.app_url,
        "MINIXDR_SECRET_KEY": base64.b64encode(SECRET_KEY).decode(),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "minixdr.wiring", "admin", *arguments),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()
