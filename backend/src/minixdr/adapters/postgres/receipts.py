"""What came in, to be looked at: log sources, receipts, gaps, dead letters."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    delete,
    func,
    literal,
    select,
    text,
    tuple_,
    update,
)

from minixdr.adapters.postgres.selection import first, matching, structs, within
from minixdr.adapters.postgres.tables.intake import dead_letters, receipts, sources
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.receipts import CompletenessRow, DeadLetter, Gap, ReceiptFilter, ReceiptRow, SourceRow

_COUNTS = ("received", "events", "skipped", "malformed", "duplicates")
_MOST_SOURCES = 1_000
_GAP_DAYS = 7
_LEAST_PAUSES = 20
"""Fewer say nothing about what is usual."""
_LEAST_SPREAD = timedelta(hours=1)
"""Files that were sent at once have no rhythm."""
_SOURCE = tuple(sources.c[name] for name in SourceRow.__struct_fields__)
_RECEIPT = tuple(
    receipts.c.issues.label("reasons") if name == "reasons" else receipts.c[name]
    for name in ReceiptRow.__struct_fields__
)
_DEAD = tuple(
    func.octet_length(dead_letters.c.payload).label(name) if name == "size_bytes" else dead_letters.c[name]
    for name in DeadLetter.__struct_fields__
)
_DAY = func.date_trunc("day", receipts.c.received_at, "UTC").label("day")


class PostgresReceipts:
    """Implements ports.stores.receipts.Receipts."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def sources(self) -> Sequence[SourceRow]:
        """Return all log sources, those heard of last first."""
        query = select(*_SOURCE).order_by(sources.c.last_seen_at.desc(), sources.c.name, sources.c.door)
        return structs(await self._work.execute(query.limit(_MOST_SOURCES)), SourceRow)

    async def receipts(
        self, wanted: ReceiptFilter, after: tuple[datetime, str] | None, most: int
    ) -> Sequence[ReceiptRow]:
        """Return receipts, newest first."""
        query = matching(select(*_RECEIPT), _conditions(wanted))
        if after is not None:
            query = query.where(tuple_(receipts.c.received_at, receipts.c.batch_id) < tuple_(*after))
        query = query.order_by(receipts.c.received_at.desc(), receipts.c.batch_id.desc()).limit(most)
        return structs(await self._work.execute(query), ReceiptRow)

    async def span(self, received_since: datetime) -> tuple[datetime, datetime] | None:
        """Return the times of the events received since then."""
        query = select(func.min(receipts.c.first_at).label("first_at"), func.max(receipts.c.last_at).label("last_at"))
        row = (await self._work.execute(query.where(receipts.c.received_at >= received_since))).mappings().one()
        return None if row["first_at"] is None or row["last_at"] is None else (row["first_at"], row["last_at"])

    async def receipt(self, batch_id: str) -> ReceiptRow | None:
        """Return one."""
        return first(await self._work.execute(select(*_RECEIPT).where(receipts.c.batch_id == batch_id)), ReceiptRow)

    async def forget(self, before: datetime, most: int) -> int:
        """Delete receipts of batches received before then."""
        oldest = (
            select(receipts.c.batch_id)
            .where(receipts.c.received_at < before)
            .order_by(receipts.c.received_at)
            .limit(most)
        )
        return (await self._work.execute(delete(receipts).where(receipts.c.batch_id.in_(oldest)))).rowcount

    async def completeness(self, by: str, first_at: datetime, before: datetime, most: int) -> Sequence[CompletenessRow]:
        """Return the account of each day and key; see ports.stores.receipts."""
        query = self._by_source() if by == "source" else self._by_column(receipts.c[by])
        query = matching(query, within(receipts.c.received_at, first_at, before))
        query = query.group_by("day", "key").order_by(text("day DESC"), text("received DESC"), text("key")).limit(most)
        return structs(await self._work.execute(query), CompletenessRow)

    def _by_column(self, key: ColumnElement[str]) -> Select[Any]:
        counts = (cast(func.sum(receipts.c[name]), BigInteger).label(name) for name in _COUNTS)
        return select(_DAY, key.label("key"), *counts, *_SEEN)

    def _by_source(self) -> Select[Any]:
        """Events by log source; what became no event has none, and stands beside the empty name."""
        rest = func.jsonb_build_object("", receipts.c.received - receipts.c.events)
        each = (
            func.jsonb_each_text(receipts.c.sources.op("||")(rest)).table_valued("key", "value", name="each").lateral()
        )
        number = cast(each.c.value, BigInteger)
        named = each.c.key != ""
        nameless = each.c.key == ""

        def total(column: ColumnElement[int]) -> ColumnElement[int]:
            return func.coalesce(cast(func.sum(column).filter(nameless), BigInteger), 0)

        return (
            select(
                _DAY,
                each.c.key.label("key"),
                cast(func.sum(number), BigInteger).label("received"),
                func.coalesce(cast(func.sum(number).filter(named), BigInteger), 0).label("events"),
                *(total(receipts.c[name]).label(name) for name in ("skipped", "malformed", "duplicates")),
                *_SEEN,
            )
            .select_from(receipts.join(each, literal(value=True)))
            .where(number > 0)
        )

    async def gaps(self, now: datetime) -> Sequence[Gap]:
        """Return of each log source and door how long it has been silent."""
        since = now - timedelta(days=_GAP_DAYS)
        named = func.jsonb_object_keys(receipts.c.sources).table_valued("name", name="named").lateral()
        before = func.lag(receipts.c.received_at).over(
            partition_by=(named.c.name, receipts.c.door), order_by=receipts.c.received_at
        )
        pause = func.extract("epoch", receipts.c.received_at - before)
        batches = (
            select(named.c.name, receipts.c.door, receipts.c.received_at, pause.label("pause"))
            .select_from(receipts.join(named, literal(value=True)))
            .where(receipts.c.received_at >= since, receipts.c.received_at <= now)
            .subquery()
        )
        usual = func.percentile_cont(0.99).within_group(batches.c.pause)
        spread = func.max(batches.c.received_at) - func.min(batches.c.received_at)
        enough = and_(func.count(batches.c.pause) >= _LEAST_PAUSES, spread >= _LEAST_SPREAD)
        recent = (
            select(
                batches.c.name,
                batches.c.door,
                func.count().label("batches"),
                case((enough, usual)).label("usual_gap_seconds"),
            )
            .group_by(batches.c.name, batches.c.door)
            .subquery()
        )
        same = (sources.c.name == recent.c.name) & (sources.c.door == recent.c.door)
        query = (
            select(
                sources.c.name,
                sources.c.door,
                sources.c.last_seen_at.label("last_received_at"),
                recent.c.usual_gap_seconds,
                func.coalesce(recent.c.batches, 0).label("batches"),
            )
            .select_from(sources.outerjoin(recent, same))
            .where(sources.c.name != "")
            .order_by(sources.c.last_seen_at, sources.c.name, sources.c.door)
            .limit(_MOST_SOURCES)
        )
        return structs(await self._work.execute(query), Gap)

    async def dead_letters(
        self, state: str | None, after: tuple[datetime, UUID] | None, most: int
    ) -> Sequence[DeadLetter]:
        """Return them, newest first."""
        query = select(*_DEAD)
        if state is not None:
            query = query.where(dead_letters.c.state == state)
        if after is not None:
            query = query.where(tuple_(dead_letters.c.failed_at, dead_letters.c.id) < tuple_(*after))
        query = query.order_by(dead_letters.c.failed_at.desc(), dead_letters.c.id.desc()).limit(most)
        return structs(await self._work.execute(query), DeadLetter)

    async def dead_letter(self, dead_letter_id: UUID, *, lock: bool = False) -> DeadLetter | None:
        """Return one."""
        query = select(*_DEAD).where(dead_letters.c.id == dead_letter_id)
        return first(await self._work.execute(query.with_for_update() if lock else query), DeadLetter)

    async def dead_payload(self, dead_letter_id: UUID) -> bytes | None:
        """Return the batch, as it was kept."""
        query = select(dead_letters.c.payload).where(dead_letters.c.id == dead_letter_id)
        payload: bytes | None = (await self._work.execute(query)).scalar()
        return payload

    async def settle(self, dead_letter_id: UUID, state: str, by: str, now: datetime) -> DeadLetter:
        """Mark it `replayed` or `discarded`."""
        changed = update(dead_letters).where(dead_letters.c.id == dead_letter_id)
        changed = changed.values(state=state, replayed_at=now, replayed_by=by)
        return DeadLetter(**(await self._work.execute(changed.returning(*_DEAD))).mappings().one())


_SEEN = (
    func.count().label("batches"),
    func.max(receipts.c.received_at).label("last_received_at"),
    func.max(receipts.c.last_at).label("last_event_at"),
)


def _conditions(wanted: ReceiptFilter) -> Iterator[ColumnElement[bool]]:
    yield from within(receipts.c.received_at, wanted.first_at, wanted.before)
    if wanted.door is not None:
        yield receipts.c.door == wanted.door
    if wanted.origin is not None and wanted.origin.endswith("*"):
        yield receipts.c.origin.startswith(wanted.origin[:-1], autoescape=True)
    elif wanted.origin is not None:
        yield receipts.c.origin == wanted.origin
    if wanted.source is not None:
        yield receipts.c.sources.has_key(wanted.source)
    if wanted.token_id is not None:
        yield receipts.c.token_id == wanted.token_id
    if wanted.incomplete:
        yield receipts.c.skipped + receipts.c.malformed > 0
