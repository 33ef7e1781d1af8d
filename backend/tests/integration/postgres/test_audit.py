"""The audit log: what is in it cannot be changed unseen."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.app.audit import AuditKey
from minixdr.ports.database import Scope
from minixdr.ports.stores.audit import GENESIS, AuditFilter, AuditVerdict
from tests.engines import TestDatabase
from tests.integration.postgres.opened import on, organization

_NOW = datetime(2026, 11, 25, 12, 30, 15, 123456, tzinfo=UTC)
_KEY = AuditKey(b"k" * 32)

_AWKWARD = {
    "numbers": [1e16, 1.0, 0.1, -0.0, 1e300, 2**53, 12345678901234567890, float("nan")],
    "texts": ["\x00", "\ud800", "\u2028", "ü", '"\\'],
    "b": {"z": None, "a": True},
    "id": UUID(int=7),
    "at": _NOW,
    "é": 1,
}


async def _chain(database: PostgresDatabase, entries: int) -> UUID:
    here = await organization(database)
    for number in range(entries):
        async with database.transaction(Scope(here, actor="user:x", address="192.0.2.1")) as tx:
            await tx.audit.add("test.done", f"thing:{number}", _AWKWARD, at=_NOW + timedelta(seconds=number))
    return here


async def _verdict(database: PostgresDatabase, here: UUID, key: AuditKey = _KEY) -> AuditVerdict:
    async with database.transaction(Scope(here)) as tx:
        return await tx.audit.verify(key)


def test_entries_follow_one_another_and_are_found(postgres: TestDatabase) -> None:
    """A chain is whole after it went through the database, whatever is in it."""

    async def work(database: PostgresDatabase) -> None:
        here = await _chain(database, 3)
        async with database.transaction(Scope(here, actor="token:\x00")) as tx:
            added = await tx.audit.add("other.thing", "thing:1", at=_NOW)
        async with database.transaction(Scope(here)) as tx:
            entries = await tx.audit.page(1, 100)
            assert [entry.seq for entry in entries] == [1, 2, 3, 4]
            assert entries[0].previous_hash == GENESIS
            assert [entry.hash for entry in entries[:-1]] == [entry.previous_hash for entry in entries[1:]]
            assert entries[3] == added
            wanted = {
                AuditFilter(): [4, 3, 2, 1],
                AuditFilter(action="test."): [3, 2, 1],
                AuditFilter(action="test"): [],
                AuditFilter(target="thing:1"): [4, 2],
                AuditFilter(actor="user:x", before=_NOW + timedelta(seconds=1)): [1],
                AuditFilter(first_at=_NOW + timedelta(seconds=2)): [3],
            }
            for filter_, numbers in wanted.items():
                assert [entry.seq for entry in await tx.audit.entries(filter_, None, 10)] == numbers
            assert [entry.seq for entry in await tx.audit.entries(AuditFilter(), 4, 2)] == [3, 2]
        verdict = await _verdict(database, here)
        assert (verdict.entries, verdict.problems, verdict.head) == (4, (), added.hash)
        assert await _verdict(database, await organization(database)) == AuditVerdict(
            entries=0, checkpoints=0, head=GENESIS, problems=()
        )

    on(postgres.app_url, work)


def test_many_at_once_make_one_chain(postgres: TestDatabase) -> None:
    """Requests that are served at the same time do not break it, and one that is undone leaves no gap."""

    async def work(database: PostgresDatabase) -> None:
        here = await organization(database)

        async def add(number: int) -> None:
            async with database.transaction(Scope(here)) as tx:
                await tx.audit.add("test.done", str(number), at=_NOW)
                if number % 3 == 0:
                    raise TimeoutError

        results = await asyncio.gather(*(add(number) for number in range(30)), return_exceptions=True)
        assert sum(isinstance(result, TimeoutError) for result in results) == 10
        verdict = await _verdict(database, here)
        assert (verdict.entries, verdict.problems) == (20, ())

    on(postgres.app_url, work)


def test_a_head_is_signed_once_and_by_this_key_alone(postgres: TestDatabase) -> None:
    """A checkpoint is made where there is something new; another key's does not count."""

    async def work(database: PostgresDatabase) -> None:
        here = await _chain(database, 2)
        for expected in (2, None):
            async with database.transaction(Scope(here)) as tx:
                made = await tx.audit.checkpoint(_KEY, _NOW)
                assert (None if made is None else made.seq) == expected
        async with database.transaction(Scope(await organization(database))) as tx:
            assert await tx.audit.checkpoint(_KEY, _NOW) is None
        assert (await _verdict(database, here)).checkpoints == 1
        other = await _verdict(database, here, AuditKey(b"o" * 32))
        assert other.checkpoints == 0
        assert "signature of entry 2 does not hold" in other.problems[0]

    on(postgres.app_url, work)


_TAMPERING = {
    "UPDATE audit_log SET actor = 'user:other' WHERE seq = 2": "entry 2 was changed",
    "UPDATE audit_log SET details = details || '{\"x\": 1}' WHERE seq = 2": "entry 2 was changed",
    "UPDATE audit_log SET at = at + interval '1 microsecond' WHERE seq = 2": "entry 2 was changed",
    "UPDATE audit_log SET address = NULL WHERE seq = 2": "entry 2 was changed",
    "UPDATE audit_log SET hash = sha256('x') WHERE seq = 2": "entry 2 was changed",
    "DELETE FROM audit_log WHERE seq = 2": "entry 2 is gone",
    "DELETE FROM audit_log WHERE seq < 3": "entries 1 to 2 are gone",
    "DELETE FROM audit_log WHERE seq = 5": "entry 5 was signed and is gone",
    "UPDATE audit_checkpoints SET at = at + interval '1 day'": "the signature of entry 5 does not hold",
}


@pytest.mark.parametrize("change", _TAMPERING)
def test_what_is_changed_is_found(postgres: TestDatabase, change: str) -> None:
    """Even who owns the database and switches its rules off leaves a trace."""

    async def prepared(database: PostgresDatabase) -> UUID:
        here = await _chain(database, 5)
        async with database.transaction(Scope(here)) as tx:
            await tx.audit.checkpoint(_KEY, _NOW)
        return here

    here = on(postgres.app_url, prepared)
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        where = " AND " if " WHERE " in change else " WHERE "
        connection.execute(f"{change}{where}organization_id = %s".replace("%s", f"'{here}'"))  # type: ignore[call-overload]
    verdict = on(postgres.app_url, lambda database: _verdict(database, here))
    assert any(_TAMPERING[change] in problem for problem in verdict.problems), verdict


def test_a_chain_rewritten_as_a_whole_does_not_fit_what_was_signed(postgres: TestDatabase) -> None:
    """Who rewrites history consistently lacks the key."""

    async def work(database: PostgresDatabase) -> tuple[UUID, UUID]:
        real, forged = await _chain(database, 3), await organization(database)
        for number in range(3):
            async with database.transaction(Scope(forged, actor="user:innocent")) as tx:
                await tx.audit.add("test.done", f"thing:{number}", at=_NOW)
        async with database.transaction(Scope(real)) as tx:
            await tx.audit.checkpoint(_KEY, _NOW)
        return real, forged

    real, forged = on(postgres.app_url, work)
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute("DELETE FROM audit_log WHERE organization_id = %s", [real])
        connection.execute("UPDATE audit_log SET organization_id = %s WHERE organization_id = %s", [real, forged])
    verdict = on(postgres.app_url, lambda database: _verdict(database, real))
    assert verdict.problems == ("entry 3 is not the one that was signed",)


def test_an_organization_is_needed(postgres: TestDatabase) -> None:
    """An entry without an organization is a fault of the program, not a row of nobody."""

    async def work(database: PostgresDatabase) -> None:
        with pytest.raises(ValueError, match="organization"):
            async with database.transaction(Scope(user_id=uuid4())) as tx:
                await tx.audit.add("a", "b", at=_NOW)

    on(postgres.app_url, work)
