"""Jobs: work that takes longer than a request. Kept until asked for, taken by one worker at a time, taken again where that worker died."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job."""

    id: UUID
    organization_id: UUID
    kind: str
    """`retro_hunt`, `export` ..."""
    state: str
    """One of kinds.JOB_STATES."""
    progress: float
    """0 to 1."""
    request: Mapping[str, Any]
    result: Mapping[str, Any] | None
    error: str | None
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    owner: str | None
    """The worker that has it."""
    heartbeat_at: datetime | None
    attempts: int


class JobLostError(Exception):
    """The job was cancelled, or another worker has it now: stop working on it."""


class Jobs(Protocol):
    """The jobs of the scope's organization; `take` needs `system` and sees those of all."""

    async def add(self, kind: str, request: Mapping[str, Any]) -> Job:
        """Queue a job of the scope's actor."""

    async def get(self, job_id: UUID) -> Job | None:
        """Return one."""

    async def list(self, kind: str | None, state: str | None, after: UUID | None, most: int) -> Sequence[Job]:
        """Return jobs, the newest first, older than the one `after`."""

    async def waiting(self, kind: str | None = None) -> int:
        """Return how many are queued or running."""

    async def cancel(self, job_id: UUID, at: datetime) -> bool:
        """Cancel a job that is queued or running; False where there is none such."""

    async def take(self, kinds: Sequence[str], owner: str, silent_seconds: float, most_attempts: int) -> Job | None:
        """Take the oldest job that is queued, or whose worker was silent so long (by the database's clock); one tried so often is failed instead."""

    async def progress(self, job: Job, progress: float) -> None:
        """Note how far it is, which is a sign of life too. Raises JobLostError."""

    async def finish(self, job: Job, result: Mapping[str, Any] | None, error: str | None) -> None:
        """Note its result, or why it failed. Raises JobLostError."""

    async def forget(self, before: datetime) -> int:
        """Delete those that finished before then, and return how many."""
