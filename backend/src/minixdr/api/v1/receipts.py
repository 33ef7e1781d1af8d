"""`/sources`, `/receipts`, `/completeness`: what came in, and what became of it.

Nothing vanishes: received = events + skipped + malformed + duplicates.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.filters import Before, FirstAt
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import Line, LongLine, Shown
from minixdr.app.refusal import InvalidError, NotFoundError
from minixdr.ports.stores.receipts import Gap, ReceiptFilter
from minixdr.schema.role import Role

router = noun("intake")
Door = Literal["native", "hec", "bulk", "otlp", "syslog", "s3", "file"]
By = Literal["source", "door", "origin"]
_MOST_ROWS = 5_000
_LONGEST = timedelta(days=92)
_USUAL = timedelta(days=7)
_LEAST_SILENCE_SECONDS = 600.0
"""A burst of batches makes the usual gap a fraction of a second; a pause of less than this says nothing."""


class Counts(Shown):
    """received = events + skipped + malformed + duplicates."""

    received: int
    events: int
    skipped: int = Field(description="Read, and no event: a header, a digest, a source that is not known.")
    malformed: int
    duplicates: int = Field(description="Records that came before.")


class Source(Counts):
    """A log source through one door."""

    name: str = Field(description="Empty: not recognised, with all that became no event.", examples=["aws_cloudtrail"])
    door: str = Field(examples=["hec"])
    token_id: UUID | None = Field(description="The ingest token it came with last.")
    first_seen_at: datetime
    last_seen_at: datetime
    last_event_at: datetime | None = Field(description="Time of its latest event.")
    usual_gap_seconds: float | None = Field(
        description="99 of 100 pauses between its batches of the last seven days were shorter; null: too few to say."
    )
    silent_seconds: float = Field(description="Since something came last.")
    silent: bool = Field(description="Silent for more than three times its usual gap, and for ten minutes.")


class Sources(Shown):
    """Those heard of last come first; 1,000 at most."""

    items: list[Source]


class Reason(Shown):
    """Why records became no events."""

    kind: str = Field(examples=["malformed"])
    reason: str = Field(examples=["not JSON"])
    records: int


class Receipt(Counts):
    """The account of one batch, or object."""

    batch_id: str
    door: str
    origin: str = Field(description="The sender's text: an object's address, a path, a host; else the door's name.")
    received_at: datetime
    processed_at: datetime
    sources: dict[str, int] = Field(description="Events by log source.", examples=[{"aws_cloudtrail": 812}])
    reasons: list[Reason]
    token_id: UUID | None
    first_at: datetime | None = Field(description="Time of its earliest event.")
    last_at: datetime | None


class Day(Counts):
    """The account of one day and key."""

    day: datetime = Field(description="Its beginning, UTC, by when it was received.")
    key: str = Field(description="Log source (empty: what became no event), door or origin.")
    batches: int
    last_received_at: datetime
    last_event_at: datetime | None


class Completeness(Shown):
    """Newest day first, then the most received."""

    items: list[Day]
    truncated: bool = Field(description="There are more than 5,000: ask for fewer days.")
    total: Counts = Field(description="Of what is listed.")


@router.get("/sources", **operation("listSources", "Log sources, and whether they are silent", least=Role.VIEWER))
async def list_sources(caller: CallerDep, platform: PlatformDep) -> Sources:
    """Return each log source by door, with its counts since the beginning."""
    now = platform.now()
    async with platform.database.transaction(caller.scope) as tx:
        rows = await tx.receipts.sources()
        gaps = {(gap.name, gap.door): gap for gap in await tx.receipts.gaps(now)}
    shown = []
    for row in rows:
        silent = max((now - row.last_seen_at).total_seconds(), 0.0)
        usual = _usual(gaps.get((row.name, row.door)))
        counted = {name: getattr(row, name) for name in row.__struct_fields__}
        told = {
            "usual_gap_seconds": usual,
            "silent_seconds": silent,
            "silent": usual is not None and silent > max(3 * usual, _LEAST_SILENCE_SECONDS),
        }
        shown.append(Source.model_validate({**counted, **told}))
    return Sources(items=shown)


def _usual(gap: Gap | None) -> float | None:
    return None if gap is None else gap.usual_gap_seconds


@router.get("/receipts", **operation("listReceipts", "Accounts of batches", least=Role.VIEWER))
async def list_receipts(  # noqa: PLR0913 - one parameter a filter
    *,
    caller: CallerDep,
    platform: PlatformDep,
    page: PageDep,
    door: Door | None = None,
    origin: Annotated[LongLine | None, Query(description="Exactly, or with a `*` at its end what begins so.")] = None,
    source: Annotated[Line | None, Query(description="With events of this log source.")] = None,
    token: Annotated[UUID | None, Query(description="That came with this ingest token.")] = None,
    incomplete: Annotated[bool, Query(description="Only those with skipped or malformed records.")] = False,
    first_at: FirstAt = None,
    before: Before = None,
) -> Page[Receipt]:
    """Return receipts, newest first."""
    wanted = ReceiptFilter(
        door=door, origin=origin, source=source, token_id=token, incomplete=incomplete, first_at=first_at, before=before
    )
    async with platform.database.transaction(caller.scope) as tx:
        rows = await tx.receipts.receipts(wanted, page.after(tuple[datetime, str]), page.most)
    return page.page(rows, lambda row: (row.received_at, row.batch_id), Receipt.model_validate)


@router.get("/receipts/{batch_id}", **operation("getReceipt", "One of them", least=Role.VIEWER))
async def get_receipt(caller: CallerDep, platform: PlatformDep, batch_id: str) -> Receipt:
    """Return the account of a batch. A door's answer names the batches: one without a receipt waits, or is a dead letter."""
    async with platform.database.transaction(caller.scope) as tx:
        row = await tx.receipts.receipt(batch_id)
    if row is None:
        raise NotFoundError(
            "There is no receipt of this batch: it waits to be worked on, is a dead letter, or never came."
        )
    return Receipt.model_validate(row)


@router.get("/completeness", **operation("getCompleteness", "What became of what came in, by day", least=Role.VIEWER))
async def get_completeness(
    caller: CallerDep,
    platform: PlatformDep,
    by: Annotated[By, Query(description="What each day is divided by.")] = "source",
    first_at: FirstAt = None,
    before: Before = None,
) -> Completeness:
    """Return the accounts of days, the last seven where no time is given, 92 at most."""
    end = platform.now() if before is None else before
    try:
        start = end - _USUAL if first_at is None else first_at
    except OverflowError:
        raise InvalidError("/before", "is before the first days that there are") from None
    if not start < end:
        raise InvalidError("/first_at", "first_at must lie before `before`.")
    if end - start > _LONGEST:
        raise InvalidError("/first_at", f"Ask for {_LONGEST.days} days at most.")
    async with platform.database.transaction(caller.scope) as tx:
        rows = await tx.receipts.completeness(by, start, end, _MOST_ROWS + 1)
    items = [Day.model_validate(row) for row in rows[:_MOST_ROWS]]
    total = {name: sum(getattr(item, name) for item in items) for name in Counts.model_fields}
    return Completeness(items=items, truncated=len(rows) > _MOST_ROWS, total=Counts(**total))
