"""`/dead-letters`: batches that could not be processed, whole, with the reason."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import Shown
from minixdr.app import dead_letters
from minixdr.app.refusal import NotFoundError
from minixdr.schema.role import Role

router = noun("intake")
State = Literal["open", "replayed", "discarded"]


class DeadLetter(Shown):
    """A batch that could not be processed."""

    id: UUID
    batch_id: str
    door: str
    origin: str
    reason: str = Field(description="What went wrong, the last time.")
    attempts: int
    failed_at: datetime
    records: int
    size_bytes: int = Field(description="As it is kept, compressed.")
    state: State
    replayed_at: datetime | None = Field(description="When it was replayed or discarded.")
    replayed_by: str | None


@router.get("/dead-letters", **operation("listDeadLetters", "List them", least=Role.VIEWER))
async def list_dead_letters(
    caller: CallerDep,
    platform: PlatformDep,
    page: PageDep,
    state: Annotated[State | None, Query(description="Left out: all.")] = None,
) -> Page[DeadLetter]:
    """Return dead letters, newest first."""
    async with platform.database.transaction(caller.scope) as tx:
        rows = await tx.receipts.dead_letters(state, page.after(tuple[datetime, UUID]), page.most)
    return page.page(rows, lambda row: (row.failed_at, row.id), DeadLetter.model_validate)


@router.get("/dead-letters/{dead_letter_id}", **operation("getDeadLetter", "One of them", least=Role.VIEWER))
async def get_dead_letter(caller: CallerDep, platform: PlatformDep, dead_letter_id: UUID) -> DeadLetter:
    """Return a dead letter."""
    async with platform.database.transaction(caller.scope) as tx:
        row = await tx.receipts.dead_letter(dead_letter_id)
    if row is None:
        raise NotFoundError("There is no such dead letter.")
    return DeadLetter.model_validate(row)


@router.post(
    "/dead-letters/{dead_letter_id}/replay",
    status_code=202,
    **operation("replayDeadLetter", "Send it through again", least=Role.ADMIN),
)
async def replay(caller: CallerDep, platform: PlatformDep, dead_letter_id: UUID) -> DeadLetter:
    """Put the batch into the log again, as it was. Its receipt says what became of it; one that fails again is a new dead letter."""
    return DeadLetter.model_validate(await dead_letters.replay(platform, caller.scope, dead_letter_id))


@router.post("/dead-letters/{dead_letter_id}/discard", **operation("discardDeadLetter", "Give it up", least=Role.ADMIN))
async def discard(caller: CallerDep, platform: PlatformDep, dead_letter_id: UUID) -> DeadLetter:
    """Say that the batch is not wanted. It is kept all the same."""
    return DeadLetter.model_validate(await dead_letters.discard(platform, caller.scope, dead_letter_id))
