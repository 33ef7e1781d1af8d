"""Ingest tokens: remembered for seconds, known while the database is away, unknown ones bounded, uses written now and then."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import msgspec
import pytest

from minixdr.app import ingest_tokens
from minixdr.app.credentials import hash_of, new_token
from minixdr.app.ingest_tokens import IngestTokens
from minixdr.ports.database import DatabaseAwayError
from minixdr.ports.stores.access import ApiToken

ORGANIZATION = UUID(int=1)


class Database:
    """Has tokens, counts who asks, may be away."""

    def __init__(self):
        self.tokens = {}
        self.asked = 0
        self.away = False
        self.uses = []

    def add(self, kind="ingest"):
        text, prefix = new_token(kind)
        self.tokens[hash_of(text)] = ApiToken(
            id=UUID(int=len(self.tokens) + 10), organization_id=ORGANIZATION, name="t", kind=kind, role=None, scopes=(), prefix=prefix, source=None,
            hec_ack=False, created_by=None, created_at=datetime.now(UTC), expires_at=None, revoked_at=None, last_used_at=None, last_used_address=None,
        )  # fmt: skip
        return text

    @asynccontextmanager
    async def transaction(self, scope):
        if self.away:
            raise DatabaseAwayError("away")

        async def by_token():
            self.asked += 1
            await asyncio.sleep(0.01)
            return self.tokens.get(scope.token_hash)

        async def used(uses):
            self.uses.append((scope.organization_id, dict(uses)))

        yield SimpleNamespace(tokens=SimpleNamespace(by_token=by_token, used=used))


class Clock(IngestTokens):
    """Tokens with a clock that a test turns."""

    seconds = 1_000.0

    def _seconds(self):
        return self.seconds


def _tokens(database):
    return Clock(SimpleNamespace(database=database, now=lambda: datetime.now(UTC)))


def test_a_token_is_asked_for_once_in_a_while():
    """However many requests come with it at once; a revocation is seen after some seconds."""
    database = Database()
    text = database.add()

    async def run():
        tokens = _tokens(database)
        found = await asyncio.gather(*(tokens.find(text) for _ in range(50)))
        assert {token.organization_id for token in found} == {ORGANIZATION}
        assert database.asked == 1
        key = hash_of(text)
        database.tokens[key] = msgspec.structs.replace(database.tokens[key], revoked_at=datetime.now(UTC))
        assert (await tokens.find(text)).revoked_at is None
        tokens.seconds += 5
        assert (await tokens.find(text)).revoked_at is not None

    asyncio.run(run())


def test_records_are_taken_while_the_database_is_away():
    """With tokens that were known, for a while; others are told to come back."""
    database = Database()
    text, other = database.add(), database.add()

    async def run():
        tokens = _tokens(database)
        await tokens.find(text)
        database.away = True
        tokens.seconds += 200
        assert (await tokens.find(text)).organization_id == ORGANIZATION
        with pytest.raises(DatabaseAwayError):
            await tokens.find(other)
        tokens.seconds += 200
        with pytest.raises(DatabaseAwayError):
            await tokens.find(text)

    asyncio.run(run())


def test_guessing_costs_no_look_ups_and_no_memory():
    """What does not look like a token is never asked for; unknown ones are remembered, a bounded number of them; an API token opens no door."""
    database = Database()
    api = database.add("api")

    async def run():
        tokens = _tokens(database)
        for text in ("", "x", "mxi_short_x", api, "mxi_" + "é" * 52):
            assert await tokens.find(text) is None
        assert database.asked == 0
        unknown = new_token("ingest")[0]
        assert [await tokens.find(unknown) for _ in range(5)] == [None] * 5
        assert database.asked == 1
        await asyncio.gather(*(tokens.find(new_token("ingest")[0]) for _ in range(1_200)))
        assert len(tokens._unknown) == ingest_tokens._MOST_UNKNOWN

    asyncio.run(run())


def test_uses_are_written_once_a_minute():
    """The first at once, then those of a minute together, and the rest at the end."""
    database = Database()
    text = database.add()

    async def run():
        tokens = _tokens(database)
        token = await tokens.find(text)
        for _ in range(100):
            tokens.use(token, "192.0.2.1")
        await asyncio.sleep(0.02)
        tokens.use(token, "192.0.2.2")
        await asyncio.sleep(0.02)
        assert len(database.uses) == 1
        await tokens.close()

    asyncio.run(run())
    assert [use[token_id][1] for _, use in database.uses for token_id in use] == ["192.0.2.1", "192.0.2.2"]
