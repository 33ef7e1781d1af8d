"""`/overview`: the counts of the first page."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.filters import Level
from minixdr.api.routes import noun, operation
from minixdr.api.v1.entities import Entity
from minixdr.api.v1.receipts import Counts
from minixdr.api.values import Shown
from minixdr.ports.stores.entities import EntityFilter
from minixdr.schema.role import Role

router = noun("overview")
_TOP = 10
_HOUR, _DAY = 3_600, 86_400
_HOURLY_DAYS = 7
_MOST_SOURCES = 2_000


class OpenIncidents(Shown):
    """Open incidents of one severity."""

    severity: Level
    total: int
    new: int
    unassigned: int
    older_than_a_day: int
    older_than_a_week: int


class Bucket(Shown):
    """Open findings of one level in one stretch of time."""

    start_at: datetime
    level: Level
    count: int


class TacticCount(Shown):
    """Open findings of a tactic."""

    tactic_id: str
    count: int


class SourceCounts(Counts):
    """What came of a log source within the time."""

    name: str = Field(description="Empty: what became no event.")


class Overview(Shown):
    """The first page."""

    first_at: datetime
    before: datetime
    bucket_seconds: int
    open_incidents: list[OpenIncidents] = Field(description="Severities without open incidents are left out.")
    findings: list[Bucket] = Field(description="Oldest first; stretches without findings are left out.")
    tactics: list[TacticCount]
    entities: list[Entity] = Field(description="The ten with most risk, of those seen within the time.")
    sources: list[SourceCounts] = Field(description="The most received first.")
    dead_letters: int = Field(description="Open ones, 200 at most are counted.")


@router.get("/overview", **operation("getOverview", "Counts for the first page", least=Role.VIEWER))
async def get_overview(
    caller: CallerDep, platform: PlatformDep, days: Annotated[int, Query(ge=1, le=92)] = 7
) -> Overview:
    """Return what happened in the last days."""
    before = platform.now()
    first_at = before - timedelta(days=days)
    bucket = _HOUR if days <= _HOURLY_DAYS else _DAY
    async with platform.database.transaction(caller.scope) as tx:
        incidents = await tx.overview.open_incidents(before)
        findings = await tx.overview.findings_over_time(first_at, before, bucket)
        tactics = await tx.overview.tactics(first_at, before)
        entities = await tx.entities.list(EntityFilter(first_at=first_at), "risk", None, _TOP)
        received = await tx.receipts.completeness("source", first_at, before, _MOST_SOURCES)
        letters = await tx.receipts.dead_letters("open", None, 200)
    sums: dict[str, dict[str, int]] = {}
    for row in received:
        counts = sums.setdefault(row.key, dict.fromkeys(Counts.model_fields, 0))
        for name in counts:
            counts[name] += getattr(row, name)
    return Overview(
        first_at=first_at,
        before=before,
        bucket_seconds=bucket,
        open_incidents=[OpenIncidents.model_validate(row) for row in incidents],
        findings=[Bucket.model_validate(row) for row in findings],
        tactics=[TacticCount.model_validate(row) for row in tactics],
        entities=[Entity.model_validate(row) for row in entities],
        sources=[
            SourceCounts(name=name, **counts)
            for name, counts in sorted(sums.items(), key=lambda each: -each[1]["received"])
        ],
        dead_letters=len(letters),
    )
