"""`/incidents/{id}/processes`: which process started which, on each host of an incident."""

from datetime import datetime

from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.routes import noun, operation
from minixdr.api.v1.hunts import hunt_problems
from minixdr.api.values import Shown
from minixdr.app.incident_processes import incident_processes
from minixdr.schema.role import Role

router = noun("incidents")


class Process(Shown):
    """A process. Its tree is told by `parent_id`."""

    id: str = Field(description="Within this answer.", examples=["9b1f6c1d2e3f4a5b6c7d8e9f0a1b2c3d"])
    host: str = Field(examples=["ws-0412"])
    uid: str | None = Field(description="Its unique id (Sysmon's GUID, an EDR's), where records give one.")
    pid: int | None = Field(description="Its number on the host, which comes again after a while.", examples=[4_312])
    name: str | None = Field(examples=["powershell.exe"])
    path: str | None
    command_line: str | None
    user: str | None = Field(examples=["CORP\\alice"])
    started_at: datetime | None = Field(description="null: its start is in no event that was looked at.")
    ended_at: datetime | None = Field(description="null: it runs on, or no event tells of its end.")
    seen_at: datetime | None = Field(description="The earliest event that names it.")
    parent_id: str | None = Field(description="Who started it; null: a root, or not known.")
    event_id: str | None = Field(
        description="Its start, else the first event in which it acts; null: only what it started names it."
    )
    finding_ids: list[str] = Field(description="Findings of the incident that are about it.")


class ProcessTree(Shown):
    """The processes of a host."""

    host: str = Field(description="Empty where the events name none.", examples=["ws-0412"])
    nodes: list[Process] = Field(description="Those that began first before others.")


class IncidentProcesses(Shown):
    """Those of its findings, all that started them, and two generations of what they started; one tree or more a host."""

    trees: list[ProcessTree]
    reason: str | None = Field(description="Why there are none; null where there are.")
    truncated: bool = Field(
        description="There is more: 500 findings, 1,000 processes and 2,000 events of a look-up are taken."
    )
    first_at: datetime | None = Field(description="Parents and children were looked for from then on ...")
    before: datetime | None = Field(description="... until then.")


@router.get(
    "/incidents/{incident_id}/processes",
    **operation("listIncidentProcesses", "Process trees of an incident", least=Role.VIEWER),
)
async def list_processes(caller: CallerDep, platform: PlatformDep, incident_id: str) -> IncidentProcesses:
    """Return the processes that the incident's findings are about, with those around them that the lake knows of."""
    with hunt_problems():
        found = await incident_processes(platform, caller.scope, incident_id)
    return IncidentProcesses.model_validate(found)
