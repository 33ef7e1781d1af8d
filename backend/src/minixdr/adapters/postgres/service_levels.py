"""Deadlines of incidents, as SQL.

An incident's own clock starts when it is opened (`opened_at`) and again when it is opened again. What is counted (`counted_from`, `counted_response`)
is the earliest of it and of the open incidents that were merged into it; taking a merge back counts anew.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal_column,
    null,
    select,
    update,
)

from minixdr.adapters.postgres.tables.incidents import incidents
from minixdr.adapters.postgres.tables.people import organizations
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.service_levels import service_levels_of

_MINUTE: ColumnElement[Any] = literal_column("interval '1 minute'")
_severity = func.coalesce(incidents.c.severity_override, incidents.c.severity)


class Deadlines(NamedTuple):
    """Expressions of the table's rows."""

    respond_by: ColumnElement[Any]
    close_by: ColumnElement[Any]
    deadline: ColumnElement[Any]
    """The next one that is not met yet, or was not."""
    breached: ColumnElement[Any]

    @property
    def shown(self) -> tuple[ColumnElement[Any], ...]:
        """Return what a row shows of them."""
        return (
            self.respond_by.label("respond_by"),
            incidents.c.counted_response.label("responded_at"),
            self.close_by.label("close_by"),
            self.deadline.label("deadline"),
            self.breached.label("breached"),
        )


async def deadlines(work: Work) -> Deadlines:
    """Return the deadlines by the organization's service levels."""
    query = select(organizations.c.settings).where(organizations.c.id == work.scope.organization_id)
    settings = (await work.execute(query)).scalar_one_or_none()
    levels = service_levels_of(settings or {})
    respond_by = _by({severity: level.respond_minutes for severity, level in levels.items()})
    close_by = _by({severity: level.close_minutes for severity, level in levels.items()})
    row = incidents.c
    waits = and_(row.counted_response.is_(None), respond_by.is_not(None))
    return Deadlines(
        respond_by,
        close_by,
        case((row.closed_at.is_not(None), null()), (waits, func.least(respond_by, close_by)), else_=close_by),
        case(
            (func.coalesce(row.closed_at, func.now()) > close_by, "close"),
            (func.coalesce(row.counted_response, func.now()) > respond_by, "response"),
            else_=cast(null(), Text),
        ),
    )


def _by(minutes: Mapping[str, int | None]) -> ColumnElement[Any]:
    given = {severity: number for severity, number in minutes.items() if number is not None}
    if not given:
        return cast(null(), DateTime(timezone=True))
    return cast(incidents.c.counted_from + case(given, value=_severity) * _MINUTE, DateTime(timezone=True))


def clock(state: str, now: datetime, *, closed: bool) -> dict[str, Any]:
    """Return what a change to this state does to the incident's own clock."""
    row = incidents.c
    was_closed = row.closed_at.is_not(None)
    if closed:
        return {"responded_at": func.coalesce(row.responded_at, now)}
    if state == "new":
        return {
            "opened_at": case((was_closed, now), else_=row.opened_at),
            "responded_at": case((was_closed, null()), else_=row.responded_at),
        }
    return {
        "opened_at": case((was_closed, now), else_=row.opened_at),
        "responded_at": case((was_closed, now), else_=func.coalesce(row.responded_at, now)),
    }


async def restart_merged(work: Work, incident_id: str, now: datetime) -> None:
    """Before a closed incident is opened again: those that were merged into it start anew with it."""
    holder = incidents.alias()
    reopened = exists(select(1).where(holder.c.incident_id == incident_id, holder.c.closed_at.is_not(None)))
    await work.execute(
        update(incidents)
        .where(incidents.c.redirect_to == incident_id, reopened)
        .values(opened_at=now, counted_from=now, counted_response=null())
    )


async def count(work: Work, incident_id: str) -> None:
    """Count the incident's clock anew, with the open ones that were merged into it."""
    merged = incidents.alias()
    theirs = and_(merged.c.redirect_to == incident_id, merged.c.closed_at.is_(None))
    first = select(func.min(merged.c.counted_from)).where(theirs).scalar_subquery()
    response = select(func.min(merged.c.counted_response)).where(theirs).scalar_subquery()
    await work.execute(
        update(incidents)
        .where(incidents.c.incident_id == incident_id)
        .values(
            counted_from=func.least(incidents.c.opened_at, first),
            counted_response=func.least(incidents.c.responded_at, response),
        )
    )
