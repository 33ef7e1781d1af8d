"""`/saved-views`: filters and sorting of lists that people keep."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import AfterValidator, Field, StrictBool, StringConstraints

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.etag import IfMatch, etag, require_match
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import Given, Line, Shown
from minixdr.app import saved_views as saved
from minixdr.ports.stores.saved_views import SavedView as Kept
from minixdr.ports.stores.saved_views import ViewContent
from minixdr.schema.role import Role

router = noun("saved-views")
ViewPage = Literal["incidents", "findings", "rules", "entities", "assets"]


def _query(text: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("is no query string: percent-encode what it holds")
    return text.removeprefix("?")


QueryString = Annotated[str, StringConstraints(max_length=4_096), AfterValidator(_query)]


class SavedView(Shown):
    """A saved view."""

    id: UUID
    name: str = Field(examples=["Critical, nobody's"])
    page: ViewPage
    query: str = Field(description="Without the question mark.", examples=["severity=critical&assignee=none"])
    shared: bool = Field(description="All members see it; else only who saved it.")
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime


class NewSavedView(Given):
    """A view to keep."""

    name: Line = Field(examples=["Critical, nobody's"])
    page: ViewPage
    query: QueryString = Field(examples=["severity=critical&assignee=none"])
    shared: StrictBool = False


class ChangedSavedView(Given):
    """What to change; what is left out stays."""

    name: Line | None = Field(default=None, examples=["Critical, nobody's"])
    query: QueryString | None = None
    shared: StrictBool | None = None


def _etag(view: Kept) -> str:
    return etag(view.id, view.version)


@router.get("/saved-views", **operation("listSavedViews", "Own and shared views", least=Role.VIEWER))
async def list_saved_views(
    caller: CallerDep,
    platform: PlatformDep,
    page: PageDep,
    of: Annotated[ViewPage | None, Query(alias="page", description="Of this page only.")] = None,
) -> Page[SavedView]:
    """Return views by name."""
    rows = await saved.list_saved(platform, caller.scope, of, page.after(tuple[str, UUID]), page.most)
    return page.page(rows, lambda row: (row.name, row.id), SavedView.model_validate)


@router.post("/saved-views", status_code=201, **operation("createSavedView", "Keep a view", least=Role.ANALYST))
async def create_saved_view(
    caller: CallerDep, platform: PlatformDep, response: Response, given: NewSavedView
) -> SavedView:
    """Keep a view. One that an API token saves must be shared."""
    content = ViewContent(name=given.name, page=given.page, query=given.query, shared=given.shared)
    made = await saved.save(platform, caller.scope, content)
    response.headers["ETag"] = _etag(made)
    return SavedView.model_validate(made)


@router.get("/saved-views/{view_id}", **operation("getSavedView", "One view", least=Role.VIEWER))
async def get_saved_view(caller: CallerDep, platform: PlatformDep, response: Response, view_id: UUID) -> SavedView:
    """Return a view."""
    found = await saved.get_saved(platform, caller.scope, view_id)
    response.headers["ETag"] = _etag(found)
    return SavedView.model_validate(found)


@router.patch("/saved-views/{view_id}", **operation("changeSavedView", "Change a view", least=Role.ANALYST))
async def change_saved_view(
    caller: CallerDep,
    platform: PlatformDep,
    response: Response,
    view_id: UUID,
    given: ChangedSavedView,
    if_match: IfMatch = None,
) -> SavedView:
    """Change a view: one's own, or any as an admin."""
    changed = {name: value for name, value in given if value is not None}
    made = await saved.change_saved(
        platform, caller.scope, caller.role, view_id, changed, lambda now: require_match(if_match, _etag(now))
    )
    response.headers["ETag"] = _etag(made)
    return SavedView.model_validate(made)


@router.delete(
    "/saved-views/{view_id}", status_code=204, **operation("deleteSavedView", "Remove a view", least=Role.ANALYST)
)
async def delete_saved_view(caller: CallerDep, platform: PlatformDep, view_id: UUID) -> None:
    """Remove a view: one's own, or any as an admin."""
    await saved.remove_saved(platform, caller.scope, caller.role, view_id)
