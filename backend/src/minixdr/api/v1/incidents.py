"""`/incidents`: findings that belong together, with an owner and a state."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.download import csv_response, json_response
from minixdr.api.etag import IfMatch, etag, require_match
from minixdr.api.filters import (
    Before,
    EntityType,
    EntityValue,
    FirstAt,
    Level,
    Tactic,
    Technique,
    Text,
    Verdict,
    VerdictOrNone,
)
from minixdr.api.paging import Page, PageDep, PageRequest
from minixdr.api.routes import noun, operation
from minixdr.api.values import Given, Line, Shown, Time
from minixdr.app.incidents import change_incident, found
from minixdr.app.refusal import ForbiddenError
from minixdr.ports.stores.findings import FindingFilter
from minixdr.ports.stores.incidents import (
    IncidentChange,
    IncidentFilter,
    IncidentRow,
    IncidentWhole,
    Position,
    position_of,
)
from minixdr.schema.role import Role

router = noun("incidents")
State = Literal["new", "triage", "contained", "resolved", "closed"]
Sort = Literal["last_at", "risk", "respond_by", "deadline", "severity", "age", "created_at"]
_PAGE = 200
_MOST_EXPORTED = 10_000
_MOST_FINDINGS = 1_000


class Named(Shown):
    """Someone or something that acts or is acted on."""

    type: str = Field(examples=["user"])
    value: str = Field(examples=["arn:aws:iam::111122223333:user/deploy"])
    role: str | None = Field(default=None, description="`actor`, `target` or `related`.")


class Incident(Shown):
    """An incident."""

    incident_id: str = Field(examples=["4f1d1c2a9c0f4a0d8b8b5a0e2f1c3d4e"])
    number: int = Field(description="For people: 1, 2, 3 ... within the organization.", examples=[42])
    title: str
    severity: Level = Field(description="How bad if true: what a person set, else what was worked out.")
    computed_severity: Level
    risk: float = Field(description="0 to 100: what its findings add up to.")
    tactics: list[str] = Field(description="ATT&CK tactics, in kill-chain order.", examples=[["TA0001", "TA0003"]])
    techniques: list[str] = Field(examples=[["T1098"]])
    entities: list[Named] = Field(description="The most telling first.")
    finding_count: int
    first_at: datetime | None = Field(description="Time of its first finding.")
    last_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    state: State
    assignee_id: UUID | None
    verdict: Verdict | None
    closed_at: datetime | None
    redirect_to: str | None = Field(description="The incident that this one was merged into: look there.")
    respond_by: datetime | None = Field(
        description="By the organization's `service_levels`; null: the severity has no deadline."
    )
    responded_at: datetime | None = Field(description="When somebody took it on: it left `new`.")
    close_by: datetime | None
    deadline: datetime | None = Field(
        description="The next of `respond_by` and `close_by` that is not met; null once it is closed."
    )
    breached: Literal["response", "close"] | None = Field(
        description="Which deadline was missed: `close` before `response`."
    )


class Join(Shown):
    """Why a finding, and those that repeat it, are in the incident."""

    finding_id: str
    joined_finding_id: str | None = Field(description="The finding it was joined to; null for the first.")
    entities: list[Named] = Field(description="What both name.")
    gap_seconds: float | None
    weight: float
    reason: str = Field(examples=["access key AKIA... in both, 4 min apart"])
    repeats: list[str] = Field(
        description="Findings of the same rule on the same entities, within a quarter of an hour."
    )


class WholeIncident(Incident):
    """An incident with why it is one."""

    risk_reasons: list[str] = Field(description="What the risk is made of, the largest part first.")
    finding_ids: list[str] = Field(description="In time order.")
    joins: list[Join]


class SimilarIncident(Shown):
    """An incident that shares something with another."""

    incident: Incident
    shared_entities: list[Named]
    shared_techniques: list[str]


class SimilarIncidents(Shown):
    """The closest first."""

    items: list[SimilarIncident]


class TimelineItem(Shown):
    """A finding on the incident's time axis."""

    finding_id: str
    time: datetime
    title: str
    level: Level
    rule_id: str
    source: str
    tactics: list[str]
    entities: list[Named]
    reason: str | None = Field(description="Why it is in the incident; null for the first, and for repeats.")


class Timeline(Shown):
    """Oldest first."""

    items: list[TimelineItem]
    truncated: bool = Field(description="There are more findings: list them with `listFindings`.")


class ChangedIncident(Given):
    """What to change; what is left out stays."""

    title: Line | None = Field(default=None, description="null: the one that was worked out.")
    severity: Level | None = Field(default=None, description="null: the one that was worked out.")
    state: State | None = Field(default=None, examples=["triage"])
    assignee_id: UUID | None = Field(default=None, description="A member; null: nobody.")
    verdict: Verdict | None = Field(default=None, description="null: none yet.")


def _filter(  # noqa: PLR0913 - one parameter a filter
    caller: CallerDep,
    *,
    state: Annotated[list[State] | None, Query(max_length=5)] = None,
    severity: Annotated[list[Level] | None, Query(max_length=5)] = None,
    verdict: Annotated[list[VerdictOrNone] | None, Query(max_length=5, description="`none`: without one.")] = None,
    assignee: Annotated[
        UUID | Literal["none", "me"] | None, Query(description="`none`: nobody's; `me`: one's own.")
    ] = None,
    tactic: Tactic = None,
    technique: Technique = None,
    entity_type: EntityType = None,
    entity: EntityValue = None,
    text: Text = None,
    first_at: FirstAt = None,
    before: Before = None,
    created_before: Annotated[Time | None, Query(description="Made before this time: older than that.")] = None,
    breached: Annotated[bool | None, Query(description="Missed a deadline; false: none.")] = None,
) -> IncidentFilter:
    if assignee == "me" and caller.user_id is None:
        raise ForbiddenError("A token is assigned nothing: give the id of a member.")
    return IncidentFilter(
        states=tuple(state or ()),
        severities=tuple(severity or ()),
        verdicts=tuple(verdict or ()),
        assignee=caller.user_id if assignee == "me" else assignee if isinstance(assignee, UUID) else None,
        unassigned=assignee == "none",
        tactic=tactic,
        technique=technique,
        entity_type=entity_type,
        entity_value=entity,
        text=text,
        first_at=first_at,
        before=before,
        created_before=created_before,
        breached=breached,
    )


FilterDep = Annotated[IncidentFilter, Depends(_filter)]
SortParameter = Annotated[
    Sort,
    Query(
        description="`risk`, `last_at`, `created_at`: greatest first; `respond_by`, `deadline`, `age`: the earliest first; `severity`: gravest "
        "first, then what was made last."
    ),
]


@router.get("/incidents", **operation("listIncidents", "List incidents", least=Role.VIEWER))
async def list_incidents(
    caller: CallerDep, platform: PlatformDep, page: PageDep, wanted: FilterDep, sort: SortParameter = "last_at"
) -> Page[Incident]:
    """Return incidents. Those merged into others are left out."""
    after = _after(page, sort)
    async with platform.database.transaction(caller.scope) as tx:
        rows = await tx.incidents.list(wanted, sort, after, page.most)
    return page.page(rows, lambda row: position_of(row, sort), Incident.model_validate)


def _after(page: PageRequest, sort: Sort) -> Position | None:
    return (
        page.after(tuple[int, datetime, str]) if sort == "severity" else page.after(tuple[float | datetime | None, str])
    )


_CSV = (
    "number", "incident_id", "title", "severity", "risk", "state", "verdict", "assignee_id", "tactics", "techniques", "finding_count",
    "first_at", "last_at", "created_at", "closed_at", "respond_by", "responded_at", "close_by", "breached",
)  # fmt: skip


@router.get(
    "/incidents.csv",
    response_class=StreamingResponse,
    **operation(
        "exportIncidents",
        "Incidents as a CSV file",
        least=Role.VIEWER,
        responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The file."}},
    ),
)
async def export_incidents(
    caller: CallerDep, platform: PlatformDep, wanted: FilterDep, sort: SortParameter = "last_at"
) -> StreamingResponse:
    """Return the incidents that `listIncidents` lists, 10,000 at most."""

    async def pages() -> AsyncIterator[list[list[Any]]]:
        after: Position | None = None
        for _ in range(_MOST_EXPORTED // _PAGE):
            async with platform.database.transaction(caller.scope) as tx:
                rows = await tx.incidents.list(wanted, sort, after, _PAGE)
            yield [[getattr(row, column) for column in _CSV] for row in rows]
            if len(rows) < _PAGE:
                return
            after = position_of(rows[-1], sort)

    return csv_response("incidents.csv", _CSV, pages())


@router.get("/incidents/{incident_id}", **operation("getIncident", "One incident, with its reasons", least=Role.VIEWER))
async def get_incident(caller: CallerDep, platform: PlatformDep, response: Response, incident_id: str) -> WholeIncident:
    """Return an incident. One that was merged into another says so in `redirect_to`."""
    async with platform.database.transaction(caller.scope) as tx:
        incident = await found(tx, incident_id)
    response.headers["ETag"] = _etag(incident)
    return WholeIncident.model_validate(incident)


@router.patch("/incidents/{incident_id}", **operation("changeIncident", "Change an incident", least=Role.ANALYST))
async def change(
    caller: CallerDep,
    platform: PlatformDep,
    response: Response,
    incident_id: str,
    given: ChangedIncident,
    if_match: IfMatch = None,
) -> WholeIncident:
    """Change state, assignee, verdict, severity or title. Closing notes when; each change is in its history and in the audit log."""
    values = given.model_dump(exclude_unset=True)
    if values.get("state", "new") is None:
        values.pop("state")
    changed = await change_incident(
        platform,
        caller.scope,
        incident_id,
        IncidentChange(**values),
        lambda before: require_match(if_match, _etag(before)),
    )
    response.headers["ETag"] = _etag(changed)
    return WholeIncident.model_validate(changed)


@router.get(
    "/incidents/{incident_id}/similar",
    **operation("listSimilarIncidents", "Incidents that share entities or techniques", least=Role.VIEWER),
)
async def list_similar(
    caller: CallerDep, platform: PlatformDep, incident_id: str, limit: Annotated[int, Query(ge=1, le=50)] = 10
) -> SimilarIncidents:
    """Return the incidents that share most with this one: an entity counts three times as much as a technique."""
    async with platform.database.transaction(caller.scope) as tx:
        await found(tx, incident_id)
        similar = await tx.incidents.similar(incident_id, limit)
    return SimilarIncidents(items=[SimilarIncident.model_validate(each) for each in similar])


@router.get(
    "/incidents/{incident_id}/timeline",
    **operation("getIncidentTimeline", "Its findings in time order, with why they are in it", least=Role.VIEWER),
)
async def get_timeline(caller: CallerDep, platform: PlatformDep, incident_id: str) -> Timeline:
    """Return the newest 1,000 findings of an incident, oldest first."""
    async with platform.database.transaction(caller.scope) as tx:
        incident = await found(tx, incident_id)
        rows = await tx.findings.list(FindingFilter(incident_id=incident_id), None, _MOST_FINDINGS + 1)
    reasons = {join["finding_id"]: join["reason"] for join in incident.joins if join["joined_finding_id"]}
    items = [
        TimelineItem.model_validate({**msgspec.structs.asdict(row), "reason": reasons.get(row.finding_id)})
        for row in reversed(rows[:_MOST_FINDINGS])
    ]
    return Timeline(items=items, truncated=len(rows) > _MOST_FINDINGS)


@router.get(
    "/incidents/{incident_id}/export",
    response_class=Response,
    **operation(
        "exportIncident",
        "All of an incident as a JSON file",
        least=Role.VIEWER,
        responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "The file."}},
    ),
)
async def export(caller: CallerDep, platform: PlatformDep, incident_id: str) -> Response:
    """Return the incident, its newest 1,000 findings with their events, comments, evidence and history."""
    async with platform.database.transaction(caller.scope) as tx:
        incident = await found(tx, incident_id)
        rows = await tx.findings.list(FindingFilter(incident_id=incident_id), None, _MOST_FINDINGS)
        whole = {
            "exported_at": platform.now(),
            "incident": _told(incident),
            "findings": [await tx.findings.get(row.finding_id) for row in rows],
            "comments": await tx.incidents.comments(incident_id, None, _MOST_FINDINGS),
            "evidence": await tx.incidents.evidence(incident_id),
            "history": await tx.incidents.events(incident_id, 0, _MOST_FINDINGS),
        }
    return json_response(f"incident-{incident.number}.json", msgspec.json.format(msgspec.json.encode(whole), indent=1))


def _told(incident: IncidentWhole) -> Mapping[str, Any]:
    return msgspec.structs.asdict(incident)


def _etag(incident: IncidentRow) -> str:
    return etag(incident.incident_id, incident.version)
