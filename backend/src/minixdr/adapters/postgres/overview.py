"""Counts for the first page."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from minixdr.adapters.postgres.selection import structs
from minixdr.adapters.postgres.tables.findings import findings
from minixdr.adapters.postgres.tables.incidents import incidents
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.overview import Bucket, OpenIncidents, TacticCount

_CLOSED = ("resolved", "closed")
_EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


class PostgresOverview:
    """Implements ports.stores.overview.Overview."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def open_incidents(self, now: datetime) -> Sequence[OpenIncidents]:
        """Return the open incidents by severity."""
        severity = func.coalesce(incidents.c.severity_override, incidents.c.severity).label("severity")

        def older(days: int) -> ColumnElement[int]:
            return func.count().filter(incidents.c.created_at < now - timedelta(days=days))

        query = (
            select(
                severity,
                func.count().label("total"),
                func.count().filter(incidents.c.state == "new").label("new"),
                func.count().filter(incidents.c.assignee_id.is_(None)).label("unassigned"),
                older(1).label("older_than_a_day"),
                older(7).label("older_than_a_week"),
            )
            .where(incidents.c.redirect_to.is_(None), incidents.c.state.not_in(_CLOSED))
            .group_by(severity)
        )
        return structs(await self._work.execute(query), OpenIncidents)

    async def findings_over_time(self, first_at: datetime, before: datetime, bucket_seconds: int) -> Sequence[Bucket]:
        """Return the open findings by time and level, oldest first."""
        start = func.date_bin(timedelta(seconds=bucket_seconds), findings.c.time, _EPOCH).label("start_at")
        query = (
            select(start, findings.c.level, func.count().label("count"))
            .where(findings.c.time >= first_at, findings.c.time < before, findings.c.state == "open")
            .group_by(start, findings.c.level)
            .order_by(start, findings.c.level)
        )
        return structs(await self._work.execute(query), Bucket)

    async def tactics(self, first_at: datetime, before: datetime) -> Sequence[TacticCount]:
        """Return the open findings by tactic, most first."""
        tactic = func.unnest(findings.c.tactics).label("tactic_id")
        query = (
            select(tactic, func.count().label("count"))
            .where(findings.c.time >= first_at, findings.c.time < before, findings.c.state == "open")
            .group_by(tactic)
            .order_by(func.count().desc(), tactic)
        )
        return structs(await self._work.execute(query), TacticCount)
