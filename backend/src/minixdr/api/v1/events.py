"""`/events`: one event, and the record it was made of."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Response
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.routes import noun, operation
from minixdr.api.v1.hunts import hunt_problems
from minixdr.api.values import Shown, Time
from minixdr.app.hunt import use_case
from minixdr.app.lake.read import attributes_of, raw_of
from minixdr.ports.lake import Row
from minixdr.schema.role import Role

router = noun("events")
EventId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", examples=["5f0c2ad1e5b84f0f9c3b6a1d2e4f5a6b"])]
Around = Annotated[
    Time | None, Query(description="The event's time, where it is known (a finding's `time`): makes the look-up quick.")
]
_SHOWN = (
    "event_id",
    "time",
    "time_known",
    "received_at",
    "source",
    "class_uid",
    "batch_id",
    "origin",
    "record",
    "format",
)


class Event(Shown):
    """An event."""

    event_id: str
    time: datetime
    time_known: bool | None = Field(
        description="false: the record says no time; this is the protocol's, or when it was received."
    )
    received_at: datetime
    source: str = Field(examples=["aws_cloudtrail"])
    class_uid: int = Field(description="OCSF class.", examples=[6003])
    batch_id: str
    origin: str | None
    record: int | None = Field(description="1-based number of the record in its origin.")
    format: str | None
    entities: list[str] = Field(examples=[["user:alice", "address:203.0.113.7"]])
    attributes: dict[str, Any] = Field(description="By OCSF path.")
    unmapped: dict[str, Any] = Field(description="What no attribute took, by the record's own names.")
    doubts: list[tuple[str, str]] = Field(description="Attribute and why it is not to be acted on.")
    raw: str = Field(description="The record as it arrived; U+FFFD where it is no UTF-8.")


@router.get("/events/{event_id}", **operation("getEvent", "One event", least=Role.VIEWER))
async def get_event(caller: CallerDep, platform: PlatformDep, event_id: EventId, around: Around = None) -> Event:
    """Return an event with its raw record."""
    with hunt_problems():
        row = await use_case.event(platform, caller.organization_id, event_id, around)
    return Event.model_validate(shown_event(row))


@router.get(
    "/events/{event_id}/raw",
    response_class=Response,
    **operation(
        "getEventRaw",
        "The record as it arrived",
        least=Role.VIEWER,
        responses={
            200: {
                "description": "The record's bytes.",
                "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    ),
)
async def get_event_raw(caller: CallerDep, platform: PlatformDep, event_id: EventId, around: Around = None) -> Response:
    """Return the untouched bytes of the record."""
    with hunt_problems():
        row = await use_case.event(platform, caller.organization_id, event_id, around)
    headers = {"Content-Disposition": f'attachment; filename="{event_id}.txt"'}
    return Response(raw_of(row), media_type="application/octet-stream", headers=headers)


def shown_event(row: Row) -> dict[str, Any]:
    """Return the row of the lake as the API shows an event."""
    parsed = use_case.parsed_members(row)
    return {
        **{name: row[name] for name in _SHOWN},
        "entities": row["entities"] or [],
        "attributes": attributes_of(row),
        "unmapped": parsed["unmapped"],
        "doubts": parsed["doubts"],
        "raw": row["raw"],
    }
