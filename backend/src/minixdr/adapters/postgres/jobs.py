"""Jobs in PostgreSQL: a queue by row locks that nobody waits for."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, insert, literal, or_, select, update

from minixdr.adapters.postgres.rows import columns, read, read_optional
from minixdr.adapters.postgres.tables.work import jobs
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.jobs import Job, JobLostError

_COLUMNS = columns(jobs, Job)
_OPEN = jobs.c.state.in_(("queued", "running"))


class PostgresJobs:
    """Implements ports.stores.jobs.Jobs."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, kind: str, request: Mapping[str, Any]) -> Job:
        """Queue a job."""
        scope = self._work.scope
        row = {
            "organization_id": scope.organization_id,
            "kind": kind,
            "request": dict(request),
            "created_by": scope.actor,
        }
        return read(Job, (await self._work.execute(insert(jobs).values(row).returning(*_COLUMNS))).one())

    async def get(self, job_id: UUID) -> Job | None:
        """Return one."""
        return read_optional(Job, (await self._work.execute(select(*_COLUMNS).where(jobs.c.id == job_id))).first())

    async def list(self, kind: str | None, state: str | None, after: UUID | None, most: int) -> Sequence[Job]:
        """Return jobs, the newest first: their ids are in time order."""
        wanted = select(*_COLUMNS).where(self._here)
        if kind is not None:
            wanted = wanted.where(jobs.c.kind == kind)
        if state is not None:
            wanted = wanted.where(jobs.c.state == state)
        if after is not None:
            wanted = wanted.where(jobs.c.id < after)
        return [read(Job, row) for row in await self._work.execute(wanted.order_by(jobs.c.id.desc()).limit(most))]

    async def waiting(self, kind: str | None = None) -> int:
        """Return how many are queued or running."""
        wanted = select(func.count()).select_from(jobs).where(self._here, _OPEN)
        if kind is not None:
            wanted = wanted.where(jobs.c.kind == kind)
        return int((await self._work.execute(wanted)).scalar_one())

    async def cancel(self, job_id: UUID, at: datetime) -> bool:
        """Cancel a job."""
        cancelled = (
            update(jobs)
            .where(self._here, jobs.c.id == job_id, _OPEN)
            .values(state="cancelled", finished_at=at)
            .returning(jobs.c.id)
        )
        return (await self._work.execute(cancelled)).first() is not None

    async def take(self, kinds: Sequence[str], owner: str, silent_seconds: float, most_attempts: int) -> Job | None:
        """Take the oldest job there is to do."""
        silent = jobs.c.heartbeat_at < func.clock_timestamp() - literal(timedelta(seconds=silent_seconds))
        wanted = (
            select(jobs.c.organization_id, jobs.c.id, jobs.c.attempts)
            .where(jobs.c.kind.in_(kinds), or_(jobs.c.state == "queued", and_(jobs.c.state == "running", silent)))
            .order_by(jobs.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        while (row := (await self._work.execute(wanted)).first()) is not None:
            this = update(jobs).where(jobs.c.organization_id == row.organization_id, jobs.c.id == row.id)
            now = func.clock_timestamp()
            if row.attempts < most_attempts:
                taken = this.values(
                    state="running",
                    owner=owner,
                    attempts=jobs.c.attempts + 1,
                    heartbeat_at=now,
                    started_at=func.coalesce(jobs.c.started_at, now),
                )
                return read(Job, (await self._work.execute(taken.returning(*_COLUMNS))).one())
            error = f"given up: {row.attempts} workers that had it went silent"
            await self._work.execute(this.values(state="failed", error=error, finished_at=now))
        return None

    async def progress(self, job: Job, progress: float) -> None:
        """Note how far it is."""
        await self._mine(job, {"progress": progress, "heartbeat_at": func.clock_timestamp()})

    async def finish(self, job: Job, result: Mapping[str, Any] | None, error: str | None) -> None:
        """Note its result."""
        values = {
            "state": "done" if error is None else "failed",
            "result": None if result is None else dict(result),
            "error": error,
            "finished_at": func.clock_timestamp(),
        }
        await self._mine(job, values if error is not None else values | {"progress": 1.0})

    async def _mine(self, job: Job, values: Mapping[str, Any]) -> None:
        mine = update(jobs).where(
            jobs.c.organization_id == job.organization_id,
            jobs.c.id == job.id,
            jobs.c.state == "running",
            jobs.c.owner == job.owner,
            jobs.c.attempts == job.attempts,
        )
        if (await self._work.execute(mine.values(values).returning(jobs.c.id))).first() is None:
            raise JobLostError(str(job.id))

    async def forget(self, before: datetime) -> int:
        """Delete those that finished."""
        return (await self._work.execute(delete(jobs).where(jobs.c.finished_at < before))).rowcount

    @property
    def _here(self) -> ColumnElement[bool]:
        return jobs.c.organization_id == self._work.scope.organization_id
