"""Read one organization's events: what is in the table and what is still staged, each event once.

The outbox is read first, the table afterwards. What was committed in between is in both: the table's snapshots say which numbers of the outbox they
took, and those are left out of the staged. What was staged in between is in neither: it is newer than the question.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import orjson

from minixdr.ports.database import Database, Scope
from minixdr.ports.lake import Lake, Row
from minixdr.ports.lake_columns import BY_ATTRIBUTE, COLUMNS

MOST_STAGED_ROWS = 1_000_000
"""Rows of staged files that one reader holds in memory: half a minute of what one machine takes. The committer commits every few seconds."""
_ALL = tuple(column.name for column in COLUMNS)
_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)


class LakeBehindError(Exception):
    """So much waits for the committer that a reader cannot hold it; the message says what to do."""


class LakeInput(msgspec.Struct, frozen=True):
    """What to read for an organization and a time range. Files and staged rows may hold times outside it, never another organization."""

    files: tuple[str, ...]
    """Parquet files, as DuckDB takes their addresses."""
    staged: Any
    """pyarrow.Table of rows that are in none of the files; None where there are none."""
    rows: int
    """In files and staged together."""
    size_bytes: int
    """Of the files."""


async def files_for(
    database: Database,
    lake: Lake,
    organization_id: UUID,
    first_at: datetime,
    before: datetime,
    columns: Sequence[str] | None = None,
) -> LakeInput:
    """Return what holds the organization's events from `first_at` until before `before`; staged rows with these columns (None: all).

    Raises LakeBehindError, LakeAwayError, DatabaseAwayError.
    """
    async with database.transaction(Scope(organization_id=organization_id)) as opened:
        waiting = await opened.lake_outbox.waiting_between(first_at, before)
    view = await asyncio.to_thread(lake.view, str(organization_id), first_at, before, [file.seq for file in waiting])
    left = [file for file in waiting if file.seq not in view.committed]
    rows = sum(file.rows for file in left)
    if rows > MOST_STAGED_ROWS:
        raise LakeBehindError(
            f"{rows:,} events of this time range wait to be committed to the lake: narrow the time range; see that a worker runs"
        )
    staged = await asyncio.to_thread(lake.read_staged, left, columns) if left else None
    return LakeInput(view.files, staged, view.rows + rows, view.size_bytes)


async def events_by_id(
    database: Database,
    lake: Lake,
    organization_id: UUID,
    event_ids: Sequence[str],
    first_at: datetime = _EARLIEST,
    before: datetime = _LATEST,
) -> list[Row]:
    """Return the rows with these ids, all columns, each id once. The narrower the time range, the less is read.

    Raises LakeBehindError, LakeAwayError, DatabaseAwayError.
    """
    found = await _rows(database, lake, organization_id, event_ids, (first_at, before), _ALL)
    return list({row["event_id"]: row for row in found}.values())


async def known_event_ids(
    database: Database,
    lake: Lake,
    organization_id: UUID,
    event_ids: Sequence[str],
    first_at: datetime,
    before: datetime,
) -> set[str]:
    """Return which of the ids the lake has in the time range. Raises LakeBehindError, LakeAwayError, DatabaseAwayError."""
    found = await _rows(database, lake, organization_id, event_ids, (first_at, before), ("event_id",))
    return {row["event_id"] for row in found}


async def _rows(
    database: Database,
    lake: Lake,
    organization_id: UUID,
    event_ids: Sequence[str],
    between: tuple[datetime, datetime],
    columns: Sequence[str],
) -> list[Row]:
    if not event_ids:
        return []
    given = await files_for(database, lake, organization_id, *between, columns)
    wanted = set(event_ids)
    rows: list[Row] = []
    if given.files:
        rows += (await asyncio.to_thread(lake.read_files, given.files, columns, sorted(wanted))).to_pylist()
    if given.staged is not None:
        ids = given.staged["event_id"].to_pylist()
        places = [place for place, event_id in enumerate(ids) if event_id in wanted]
        rows += given.staged.take(places).to_pylist()
    return rows


def raw_of(row: Row) -> bytes:
    """Return the record as it arrived."""
    kept = row.get("raw_bytes")
    return bytes(kept) if kept is not None else str(row["raw"]).encode()


def attributes_of(row: Row) -> dict[str, Any]:
    """Return the event's attributes by OCSF path, as its source gave them."""
    found: dict[str, Any] = {} if row.get("attributes") is None else orjson.loads(row["attributes"])
    for attribute, column in BY_ATTRIBUTE.items():
        value = row.get(column.name)
        if value is not None:
            found[attribute] = value
    if row.get("time_known"):
        found["time"] = round(row["time"].timestamp() * 1000)
    return found
