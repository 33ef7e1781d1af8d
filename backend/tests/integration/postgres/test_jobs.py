"""Jobs: each is done by one worker, and is not lost with it."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.ports.database import Scope
from minixdr.ports.stores.jobs import Job, JobLostError
from tests.engines import TestDatabase
from tests.integration.postgres.opened import on, organization

_NOW = datetime(2026, 11, 25, tzinfo=UTC)
_SYSTEM = Scope(system=True)


async def _add(database: PostgresDatabase, here: UUID, kind: str) -> Job:
    async with database.transaction(Scope(here, actor="user:x")) as tx:
        return await tx.jobs.add(kind, {"n": 1})


async def _take(database: PostgresDatabase, kind: str, owner: str, silent: float = 60, attempts: int = 3) -> Job | None:
    async with database.transaction(_SYSTEM) as tx:
        return await tx.jobs.take([kind], owner, silent, attempts)


async def _get(database: PostgresDatabase, job: Job) -> Job:
    async with database.transaction(Scope(job.organization_id)) as tx:
        found = await tx.jobs.get(job.id)
    assert found is not None
    return found


def test_jobs_of_all_organizations_are_taken_once_in_order(postgres: TestDatabase) -> None:
    """Workers that ask at the same time get different jobs, the oldest first; kinds they do not know are left."""

    async def work(database: PostgresDatabase) -> None:
        one, two = await organization(database), await organization(database)
        added = [await _add(database, here, "a") for here in (one, two, one, two)]
        await _add(database, one, "b")
        assert (added[0].state, added[0].created_by, added[0].request) == ("queued", "user:x", {"n": 1})
        taken = await asyncio.gather(*(_take(database, "a", f"w{number}") for number in range(6)))
        assert sorted(job.id for job in taken if job is not None) == [job.id for job in added]
        async with database.transaction(Scope(one)) as tx:
            assert [job.kind for job in await tx.jobs.list(None, None, None, 10)] == ["b", "a", "a"]
            assert [job.id for job in await tx.jobs.list("a", "running", added[2].id, 10)] == [added[0].id]
            assert [await tx.jobs.waiting(), await tx.jobs.waiting("a")] == [3, 2]
            assert await tx.jobs.get(added[1].id) is None
            assert await tx.jobs.cancel(added[1].id, _NOW) is False

    on(postgres.app_url, work)


def test_a_job_of_a_silent_worker_goes_to_another(postgres: TestDatabase) -> None:
    """The silent one learns it when it wakes; after so many attempts the job is failed, with the reason."""

    async def work(database: PostgresDatabase) -> None:
        here = await organization(database)
        added = await _add(database, here, "c")
        first = await _take(database, "c", "w1")
        assert first is not None
        assert await _take(database, "c", "w2") is None
        await asyncio.sleep(0.05)
        second = await _take(database, "c", "w2", silent=0.01)
        assert second is not None
        assert (second.id, second.attempts, second.started_at) == (added.id, 2, first.started_at)
        for call in ("progress", "finish"):
            with pytest.raises(JobLostError):
                async with database.transaction(_SYSTEM) as tx:
                    await (tx.jobs.progress(first, 0.5) if call == "progress" else tx.jobs.finish(first, {}, None))
        async with database.transaction(_SYSTEM) as tx:
            await tx.jobs.progress(second, 0.5)
        assert (await _get(database, added)).progress == 0.5
        await asyncio.sleep(0.05)
        assert await _take(database, "c", "w3", silent=0.01, attempts=2) is None
        failed = await _get(database, added)
        assert (failed.state, failed.error) == ("failed", "given up: 2 workers that had it went silent")

    on(postgres.app_url, work)


def test_a_job_ends_with_a_result_a_reason_or_a_cancel(postgres: TestDatabase) -> None:
    """What a cancelled job's worker says later does not count."""

    async def work(database: PostgresDatabase) -> None:
        here = await organization(database)
        done, failed, cancelled = [await _add(database, here, "d") for _ in range(3)]
        for job, result, error in ((done, {"rows": 3}, None), (failed, None, "no such field")):
            taken = await _take(database, "d", "w")
            assert taken is not None
            assert taken.id == job.id
            async with database.transaction(Scope(here)) as tx:
                await tx.jobs.finish(taken, result, error)
        taken = await _take(database, "d", "w")
        assert taken is not None
        async with database.transaction(Scope(here)) as tx:
            assert [await tx.jobs.cancel(cancelled.id, _NOW) for _ in range(2)] == [True, False]
        with pytest.raises(JobLostError):
            async with database.transaction(Scope(here)) as tx:
                await tx.jobs.finish(taken, {}, None)
        ended = [await _get(database, job) for job in (done, failed, cancelled)]
        assert [(job.state, job.progress, job.result, job.error) for job in ended] == [
            ("done", 1.0, {"rows": 3}, None),
            ("failed", 0.0, None, "no such field"),
            ("cancelled", 0.0, None, None),
        ]
        async with database.transaction(Scope(here)) as tx:
            assert await tx.jobs.forget(datetime(2099, 1, 1, tzinfo=UTC)) == 3

    on(postgres.app_url, work)
