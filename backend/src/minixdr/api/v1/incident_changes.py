"""`/incident-changes`: the same change to many incidents."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.filters import Level, Verdict
from minixdr.api.routes import noun, operation
from minixdr.api.v1.incidents import State
from minixdr.api.values import Given, Prose, Shown
from minixdr.app.incident_changes import Wanted, change_many
from minixdr.app.refusal import InvalidError
from minixdr.ports.stores.incidents import IncidentChange
from minixdr.schema.role import Role

router = noun("incidents")
MOST_INCIDENTS = 200
IncidentId = Annotated[str, Field(min_length=1, max_length=64)]


class BulkChange(Given):
    """What to change; what is left out stays."""

    state: State | None = Field(default=None, examples=["closed"])
    assignee_id: UUID | None = Field(default=None, description="A member; null: nobody.")
    verdict: Verdict | None = Field(default=None, description="null: none yet.", examples=["benign"])
    severity: Level | None = Field(default=None, description="null: the one that was worked out.")


class IncidentChanges(Given):
    """Which incidents, and what to change."""

    incident_ids: Annotated[list[IncidentId], Field(min_length=1, max_length=MOST_INCIDENTS)]
    versions: dict[IncidentId, int] | None = Field(
        default=None, description="`version` of each as it was seen: one that was changed since is a conflict."
    )
    change: BulkChange
    comment: Prose | None = Field(default=None, description="Written about each that is changed.")


class ChangeOutcome(Shown):
    """What became of one."""

    incident_id: str
    outcome: Literal["changed", "unchanged", "conflict", "refused"]
    reason: str | None = Field(description="Why it is a conflict or was refused.")
    version: int | None = Field(description="As it is now, where that is known.")


class ChangeOutcomes(Shown):
    """In the order that was asked for."""

    items: list[ChangeOutcome]


@router.post("/incident-changes", **operation("changeIncidents", "Change many incidents", least=Role.ANALYST))
async def change_incidents(caller: CallerDep, platform: PlatformDep, given: IncidentChanges) -> ChangeOutcomes:
    """Change each incident by itself: one that cannot be changed stops no other. Histories and audit log are as if each was changed alone."""
    values = given.change.model_dump(exclude_unset=True)
    if values.get("state", "new") is None:
        values.pop("state")
    if not values and given.comment is None:
        raise InvalidError("/change", "Say what to change, or write a comment.")
    versions = given.versions or {}
    wanted = [Wanted(name, versions.get(name)) for name in dict.fromkeys(given.incident_ids)]
    outcomes = await change_many(platform, caller.scope, wanted, IncidentChange(**values), given.comment)
    return ChangeOutcomes(items=[ChangeOutcome.model_validate(outcome) for outcome in outcomes])
