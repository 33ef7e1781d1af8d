"""`/me/mentions`: comments that name one, in the organization looked at."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import Given, Shown
from minixdr.app import mentions
from minixdr.schema.role import Role

router = noun("me")


class Mention(Shown):
    """A comment that names one."""

    comment_id: UUID
    incident_id: str
    number: int = Field(description="Of the incident.")
    title: str = Field(description="Of the incident.")
    author: str = Field(description="`user:<id>` or `token:<id>`.")
    text: str = Field(description="The comment. `@[<user id>]` stands for a member.")
    created_at: datetime = Field(description="When one was named.")
    read_at: datetime | None


class MentionPage(Page[Mention]):
    """A part of the mentions, newest first."""

    unread: int = Field(description="How many are unread in all.")


class ReadMentions(Given):
    """Which were read."""

    comment_ids: Annotated[list[UUID], Field(max_length=200)] | None = Field(
        default=None,
        description="Left out: all of them.",
        examples=[["0190b6a0-0000-7000-8000-000000000001"]],
    )


class Unread(Shown):
    """What is left."""

    unread: int


@router.get("/me/mentions", **operation("listMentions", "Comments that name one", least=Role.VIEWER))
async def list_mentions(
    caller: CallerDep,
    platform: PlatformDep,
    page: PageDep,
    *,
    unread: Annotated[bool, Query(description="Unread ones only.")] = False,
) -> MentionPage:
    """Return the person's mentions, newest first. A token has none: it is refused."""
    found = await mentions.inbox(platform, caller.scope, page.after(tuple[datetime, UUID]), page.most, unread=unread)
    shown = page.page(found.rows, lambda row: (row.created_at, row.comment_id), Mention.model_validate)
    return MentionPage(items=shown.items, next_cursor=shown.next_cursor, unread=found.unread)


@router.post("/me/mentions/read", **operation("readMentions", "Mark mentions as read", least=Role.VIEWER))
async def read_mentions(caller: CallerDep, platform: PlatformDep, given: ReadMentions) -> Unread:
    """Mark these mentions, or all, as read."""
    return Unread(unread=await mentions.mark_read(platform, caller.scope, given.comment_ids))
