"""Leases: one owner at a time, and who slept too long is found out."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.ports.database import Scope
from minixdr.ports.stores.leases import Heartbeat, Lease, LeaseLostError
from tests.engines import TestDatabase
from tests.integration.postgres.opened import on


async def _acquire(database: PostgresDatabase, name: str, owner: str, seconds: float) -> Lease | None:
    async with database.transaction(Scope()) as tx:
        return await tx.leases.acquire(name, owner, seconds)


def test_one_of_many_gets_it_and_others_after_it_ended(postgres: TestDatabase) -> None:
    """The fence grows with each new owner and stays with the old one."""

    async def work(database: PostgresDatabase) -> None:
        got = await asyncio.gather(*(_acquire(database, "a", f"w{number}", 0.5) for number in range(6)))
        (first,) = [lease for lease in got if lease is not None]
        again = await _acquire(database, "a", first.owner, 0.3)
        assert again is not None
        assert again.fence == first.fence == 1
        assert await _acquire(database, "a", "late", 1) is None
        await asyncio.sleep(0.4)
        second = await _acquire(database, "a", "late", 60)
        assert second is not None
        assert (second.owner, second.fence) == ("late", 2)
        async with database.transaction(Scope()) as tx:
            for lost in (tx.leases.hold(first), tx.leases.renew(first, 9)):
                with pytest.raises(LeaseLostError):
                    await lost
            await tx.leases.release(first)
            assert [lease.owner for lease in await tx.leases.all() if lease.name == "a"] == ["late"]
            await tx.leases.release(second)
        third = await _acquire(database, "a", "next", 1)
        assert third is not None
        assert third.fence == 3

    on(postgres.app_url, work)


def test_who_writes_under_a_lease_keeps_it_to_the_end(postgres: TestDatabase) -> None:
    """A transaction that began under a lease commits before anybody else gets it, also where its time ran out meanwhile; renewing goes on."""

    async def work(database: PostgresDatabase) -> None:
        lease = await _acquire(database, "b", "me", 0.2)
        assert lease is not None
        async with database.transaction(Scope()) as tx:
            await tx.leases.hold(lease)
            await asyncio.sleep(0.3)
            assert await _acquire(database, "b", "thief", 9) is None
            async with database.transaction(Scope()) as other:
                await other.execute(text("SET LOCAL lock_timeout = '1s'"))
                renewed = await other.leases.renew(lease, 0.1)
                assert renewed.fence == lease.fence
        await asyncio.sleep(0.2)
        assert await _acquire(database, "b", "thief", 9) is not None
        with pytest.raises(LeaseLostError):
            async with database.transaction(Scope()) as tx:
                await tx.leases.hold(lease)

    on(postgres.app_url, work)


def test_signs_of_life_are_kept_and_forgotten(postgres: TestDatabase) -> None:
    """The last sign of each process counts."""

    async def work(database: PostgresDatabase) -> None:
        now = datetime(2026, 11, 25, tzinfo=UTC)

        def beat(name: str, seconds: int) -> Heartbeat:
            at = now + timedelta(seconds=seconds)
            return Heartbeat(name=name, kind="worker", version="1", started_at=now, seen_at=at, details={"n": seconds})

        async with database.transaction(Scope()) as tx:
            for name, seconds in (("w1", 0), ("w2", 5), ("w1", 9)):
                await tx.heartbeats.beat(beat(name, seconds))
            assert await tx.heartbeats.all(now) == [beat("w1", 9), beat("w2", 5)]
            assert await tx.heartbeats.forget(now + timedelta(seconds=6)) == 1
            assert await tx.heartbeats.all(now) == [beat("w1", 9)]

    on(postgres.app_url, work)
