"""The API over a real database, asked in process: what tests of routes share.

`World` has two organizations that look alike, people of every role in each, and machines; `client()` speaks as any of them.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from minixdr.adapters.log.payload import decode
from minixdr.adapters.notify.notifier import OutsideNotifier
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.api.app import create_app
from minixdr.app.access.sign_in import Gatekeeper
from minixdr.app.credentials import hash_of, new_secret, new_token
from minixdr.app.passwords import Cost, Passwords
from minixdr.app.platform import Platform
from minixdr.app.rule_catalog import RuleCatalog, RuleCatalogLoader, catalog_of
from minixdr.app.ruleset import Ruleset
from minixdr.detect.compiled import compile_rules
from minixdr.detect.loading import load
from minixdr.ports.database import Scope
from minixdr.ports.log import LogBatch, LogState
from minixdr.ports.stores.access import NewSession, NewToken
from minixdr.schema.role import ROLES, Role
from tests.engines import TestDatabase
from tests.integration.test_scan import RULE

BASE = "http://minixdr.test"
PASSWORD = "correct horse battery staple"
SECRET_KEY = b"a key of the tests, 32 bytes long"
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def turn(self, **span: float) -> None:
        self.at += timedelta(**span)


class ListLog:
    """A log in memory."""

    def __init__(self) -> None:
        self.batches: dict[str, LogBatch] = {}

    async def publish(self, batch: LogBatch) -> bool:
        fresh = batch.batch_id not in self.batches
        self.batches[batch.batch_id] = batch
        return fresh

    async def waiting(self) -> int:
        return len(self.batches)

    async def state(self) -> LogState:
        return LogState(len(self.batches), 0, None)

    async def close(self) -> None:
        pass


@dataclass
class Human:
    """A person with a session."""

    user_id: UUID
    email: str
    cookie: str
    session_id: UUID


@dataclass
class Tenant:
    """An organization and who acts in it."""

    organization_id: UUID
    slug: str
    people: dict[Role, Human] = field(default_factory=dict)
    tokens: dict[Role, str] = field(default_factory=dict)
    token_ids: dict[Role, UUID] = field(default_factory=dict)

    def scope(self, role: Role = Role.OWNER) -> Scope:
        person = self.people[role]
        return Scope(self.organization_id, person.user_id, f"user:{person.user_id}", "127.0.0.1")


@dataclass
class World:
    """Everything a test of routes needs."""

    platform: Platform
    app: FastAPI
    clock: Clock
    password_hash: str
    ours: Tenant
    theirs: Tenant

    def client(self, who: Human | str | None = None, *, token: str | None = None) -> httpx.AsyncClient:
        """Return a client that speaks as a person (or a cookie's text), as a machine, or as nobody."""
        headers = {"X-Minixdr-Request": "1"}
        cookies = {}
        if who is not None:
            cookies["minixdr_session"] = who if isinstance(who, str) else who.cookie
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True, client=("127.0.0.1", 50_000))
        return httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers, cookies=cookies)

    async def ask(
        self, who: Human | str | None, method: str, path: str, *, token: str | None = None, **options: Any
    ) -> httpx.Response:
        """Return the answer to one request."""
        async with self.client(who, token=token) as client:
            return await client.request(method, path, **options)

    async def person(
        self, email: str, memberships: Sequence[tuple[UUID, Role]] = (), *, lifetime: timedelta = timedelta(days=7)
    ) -> Human:
        """Return a new person, signed in for so long."""
        user_id, cookie, now = uuid4(), new_secret(), self.clock.now()
        async with self.platform.database.transaction(Scope(system=True)) as tx:
            await tx.users.create(user_id, email, email.partition("@")[0], self.password_hash)
            for organization_id, role in memberships:
                await tx.enter(Scope(organization_id, user_id))
                await tx.members.add(user_id, role, None)
            await tx.enter(Scope(None, user_id))
            session = await tx.sessions.create(
                NewSession(
                    token_hash=hash_of(cookie),
                    user_id=user_id,
                    organization_id=memberships[0][0] if memberships else None,
                    created_at=now,
                    expires_at=now + lifetime,
                    address="127.0.0.1",
                    user_agent="tests",
                    second_factor=False,
                )
            )
        return Human(user_id, email, cookie, session.id)

    async def machine(self, tenant: Tenant, role: Role, expires_at: datetime | None = None) -> tuple[UUID, str]:
        """Return a new API token's id and text."""
        text, prefix = new_token("api")
        async with self.platform.database.transaction(tenant.scope()) as tx:
            new = NewToken(
                name=f"{role} machine",
                kind="api",
                token_hash=hash_of(text),
                prefix=prefix,
                role=role,
                expires_at=expires_at,
            )
            made = await tx.tokens.create(new)
        return made.id, text

    async def tenant(self, slug: str) -> Tenant:
        """Return a new organization with a person and a machine of every role."""
        made = Tenant(uuid4(), slug)
        async with self.platform.database.transaction(Scope(made.organization_id)) as tx:
            await tx.organizations.create(made.organization_id, slug, f"{slug} Inc.")
        for role in ROLES:
            made.people[role] = await self.person(f"{role}@{slug}.example", [(made.organization_id, role)])
        for role in ROLES:
            made.token_ids[role], made.tokens[role] = await self.machine(made, role)
        return made


@asynccontextmanager
async def world(database: TestDatabase, **platform_options: Any) -> AsyncIterator[World]:
    """Give a world over a fresh database; slugs are new each time, so that one module's tests may share the database."""
    clock = Clock()
    platform = Platform(
        database=PostgresDatabase(database.app_url, connections=4),
        log=ListLog(),  # type: ignore[arg-type]  # nothing takes deliveries here
        secret_key=SECRET_KEY,
        public_url=BASE,
        version="0.0.test",
        now=clock.now,
        rules=RuleCatalogLoader(_catalog),
        unpack=decode,
        notifier=OutsideNotifier(None, None, [ip_network("127.0.0.0/8")]),
    )
    platform = replace(platform, **platform_options)
    clock.at = platform.now()
    app = create_app(platform)
    keeper = app.state.gatekeeper = Gatekeeper(
        Passwords(longest_wait_seconds=60, cost=Cost(1_024, 1, 1)), failure_seconds=0
    )  # quick, for tests
    mark = uuid4().hex[:8]
    made = World(platform, app, clock, await _hashed(keeper.passwords), None, None)  # type: ignore[arg-type]
    try:
        made.ours = await made.tenant(f"ours-{mark}")
        made.theirs = await made.tenant(f"theirs-{mark}")
        yield made
    finally:
        await platform.database.close()


class _OneRule:
    """Rule files in memory: one."""

    def read(self, paths: Sequence[str]) -> list[tuple[str, bytes]]:
        return [("rules/one.yml", RULE.encode())]


def _catalog() -> RuleCatalog:
    loaded = load(_OneRule().read(()), {})
    ruleset = Ruleset(compile_rules(loaded.rules), loaded.correlations, loaded.refusals, loaded.warnings, None)
    return catalog_of(ruleset, ["rules"], _OneRule())


_HASHED: list[str] = []


async def _hashed(passwords: Passwords) -> str:
    if not _HASHED:
        _HASHED.append(await passwords.hash(PASSWORD))
    return _HASHED[0]
