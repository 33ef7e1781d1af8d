"""`/saved-hunts`: queries that people keep."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Response
from pydantic import Field, StrictBool, StringConstraints

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.etag import IfMatch, etag, require_match
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.v1.hunts import QueryText
from minixdr.api.values import Given, Line, Shown, Time
from minixdr.app.hunt import saved
from minixdr.ports.stores.saved_hunts import HuntContent
from minixdr.ports.stores.saved_hunts import SavedHunt as Kept
from minixdr.schema.role import Role

router = noun("saved-hunts")
_YEAR_SECONDS = 366 * 86_400
Description = Annotated[str, StringConstraints(max_length=2_000)]


class TimeRange(Given):
    """The time range that the hunt is opened with."""

    last_seconds: int | None = Field(default=None, ge=1, le=10 * _YEAR_SECONDS, examples=[86_400])
    first_at: Time | None = None
    before: Time | None = None


class SavedHunt(Shown):
    """A saved hunt."""

    id: UUID
    name: str = Field(examples=["Encoded PowerShell"])
    query: str = Field(examples=['process.cmd_line contains "-enc" | count by device.hostname'])
    description: str
    time_range: dict[str, Any] = Field(examples=[{"last_seconds": 86400}])
    shared: bool = Field(description="All members see it; else only who saved it.")
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime


class NewSavedHunt(Given):
    """A hunt to keep."""

    name: Line = Field(examples=["Encoded PowerShell"])
    query: QueryText
    description: Description = ""
    time_range: TimeRange = Field(default_factory=TimeRange)
    shared: StrictBool = False


class ChangedSavedHunt(Given):
    """What to change; what is left out stays."""

    name: Line | None = None
    query: QueryText | None = None
    description: Description | None = None
    time_range: TimeRange | None = None
    shared: StrictBool | None = None


def _etag(hunt: Kept) -> str:
    return etag(hunt.id, hunt.version)


@router.get("/saved-hunts", **operation("listSavedHunts", "Own and shared hunts", least=Role.VIEWER))
async def list_saved_hunts(caller: CallerDep, platform: PlatformDep, page: PageDep) -> Page[SavedHunt]:
    """Return hunts by name."""
    rows = await saved.list_saved(platform, caller.scope, page.after(tuple[str, UUID]), page.most)
    return page.page(rows, lambda row: (row.name, row.id), SavedHunt.model_validate)


@router.post("/saved-hunts", status_code=201, **operation("createSavedHunt", "Keep a hunt", least=Role.ANALYST))
async def create_saved_hunt(
    caller: CallerDep, platform: PlatformDep, response: Response, given: NewSavedHunt
) -> SavedHunt:
    """Keep a hunt. One that an API token saves must be shared."""
    content = HuntContent(
        name=given.name,
        query=given.query,
        description=given.description,
        time_range=_range(given.time_range),
        shared=given.shared,
    )
    made = await saved.save(platform, caller.scope, content)
    response.headers["ETag"] = _etag(made)
    return SavedHunt.model_validate(made)


@router.get("/saved-hunts/{hunt_id}", **operation("getSavedHunt", "One hunt", least=Role.VIEWER))
async def get_saved_hunt(caller: CallerDep, platform: PlatformDep, response: Response, hunt_id: UUID) -> SavedHunt:
    """Return a hunt."""
    found = await saved.get_saved(platform, caller.scope, hunt_id)
    response.headers["ETag"] = _etag(found)
    return SavedHunt.model_validate(found)


@router.patch("/saved-hunts/{hunt_id}", **operation("changeSavedHunt", "Change a hunt", least=Role.ANALYST))
async def change_saved_hunt(
    caller: CallerDep,
    platform: PlatformDep,
    response: Response,
    hunt_id: UUID,
    given: ChangedSavedHunt,
    if_match: IfMatch = None,
) -> SavedHunt:
    """Change a hunt: one's own, or any as an admin."""
    changed = {name: value for name, value in given if value is not None}
    if isinstance(changed.get("time_range"), TimeRange):
        changed["time_range"] = _range(changed["time_range"])
    made = await saved.change_saved(
        platform, caller.scope, caller.role, hunt_id, changed, lambda now: require_match(if_match, _etag(now))
    )
    response.headers["ETag"] = _etag(made)
    return SavedHunt.model_validate(made)


@router.delete(
    "/saved-hunts/{hunt_id}", status_code=204, **operation("deleteSavedHunt", "Remove a hunt", least=Role.ANALYST)
)
async def delete_saved_hunt(caller: CallerDep, platform: PlatformDep, hunt_id: UUID) -> None:
    """Remove a hunt: one's own, or any as an admin."""
    await saved.remove_saved(platform, caller.scope, caller.role, hunt_id)


def _range(given: TimeRange) -> dict[str, Any]:
    return given.model_dump(mode="json", exclude_none=True)
