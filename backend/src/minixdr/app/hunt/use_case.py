"""What people ask of hunts: run a query, see it over time, take it away as a file, complete a name or a value, read one event."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import orjson

from minixdr.app.hunt.check import checked, known
from minixdr.app.hunt.columns import hunt_attributes
from minixdr.app.hunt.error import QueryError
from minixdr.app.hunt.print import printed
from minixdr.app.hunt.running import Hunting
from minixdr.app.hunt.spans import MOST_SPANS, usual_span
from minixdr.app.lake.read import LakeInput, events_by_id, files_for
from minixdr.app.platform import Platform
from minixdr.app.refusal import NotFoundError, RefusedError
from minixdr.ports.hunting import ExportForm, HuntInput, HuntResult, ResultColumn
from minixdr.ports.lake import Lake, Row
from minixdr.schema.hunt import Attribute, Count, Kind, Query, Stage, Timechart

MOST_EXPORTED = 1_000_000
"""Rows of one export."""
MOST_SERIES = 10
"""Values of one histogram; the others are left out, which is said."""
MOST_VALUES = 100
_MOST_POINTS = 1_000_000
_AROUND = timedelta(hours=1)


class NoHuntingError(RefusedError):
    """This process hunts nothing."""


class Range(msgspec.Struct, frozen=True):
    """A time range of an organization's events."""

    organization_id: UUID
    first_at: datetime
    before: datetime

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.before - self.first_at).total_seconds()


class HuntAnswer(msgspec.Struct, frozen=True):
    """What a hunt found, and what it looked at."""

    query: str
    """As it was understood."""
    columns: Sequence[ResultColumn]
    rows: Sequence[Sequence[Any]]
    truncated: bool
    elapsed_seconds: float
    files: int
    events: int
    """In the files and in what is not yet in a file: the hunt looked at these, or left them out by what is known of them."""
    size_bytes: int


class HistogramAnswer(msgspec.Struct, frozen=True):
    """How many events in each span of time; spans without events are there too."""

    span_seconds: int
    starts: Sequence[datetime]
    counts: Mapping[str, Sequence[int]]
    """By value; one of "" where nothing is told apart."""
    truncated: bool
    """Values beyond the most frequent are left out."""
    elapsed_seconds: float


class ExportAnswer(msgspec.Struct, frozen=True):
    """A file, in parts."""

    rows: int
    truncated: bool
    parts: AsyncIterator[bytes]


def understood(platform: Platform, text: str) -> Query:
    """Return the checked query. Raises QueryError, NoHuntingError."""
    return checked(text, hunt_attributes(), _hunting(platform)[0].regex_error)


async def run_hunt(platform: Platform, within: Range, text: str, most_rows: int) -> HuntAnswer:
    """Return what the query finds. Raises QueryError, RefusedError, and what ports.hunting.Hunter does."""
    hunting, _ = _hunting(platform)
    query = _bounded(await asyncio.to_thread(understood, platform, text), within)
    given, lake = await _given(platform, within)
    result = await hunting.run(query, given, most_rows)
    return HuntAnswer(
        query=printed(query),
        columns=result.columns,
        rows=result.rows,
        truncated=result.truncated,
        elapsed_seconds=result.elapsed_seconds,
        files=len(lake.files),
        events=lake.rows,
        size_bytes=lake.size_bytes,
    )


async def run_query(platform: Platform, within: Range, query: Query, most_rows: int) -> HuntResult:
    """Return what a query finds that the platform itself makes; its attributes are `attribute_named`. Raises as `run_hunt`."""
    hunting, _ = _hunting(platform)
    given, _ = await _given(platform, within)
    return await hunting.run(query, given, most_rows)


async def histogram(
    platform: Platform, within: Range, text: str, span_seconds: int | None, by: str | None
) -> HistogramAnswer:
    """Return how the events that satisfy the query's condition spread over time; its stages are left out. Raises as `run_hunt`."""
    hunting, _ = _hunting(platform)
    query = await asyncio.to_thread(understood, platform, text)
    span = span_seconds or usual_span(within.seconds)
    key = None if by is None else attribute_named(by)
    chart = _bounded(Query(query.where, (Timechart(span, key),)), within)
    given, _ = await _given(platform, within)
    elapsed, truncated, series = 0.0, False, [""]
    if key is not None:
        found = await hunting.run(Query(query.where, (Count((key,)),)), given, MOST_SERIES)
        elapsed, truncated, series = found.elapsed_seconds, found.truncated, [str(value) for value, _ in found.rows]
    result = await hunting.run(chart, given, _MOST_POINTS)
    starts = _starts(within, span)
    places = {start: place for place, start in enumerate(starts)}
    counts = {name: [0] * len(starts) for name in series}
    for start, *value, count in result.rows:
        name = str(value[0]) if value else ""
        if name in counts:
            counts[name][places[start]] += count
    return HistogramAnswer(span, starts, counts, truncated or result.truncated, elapsed + result.elapsed_seconds)


async def export(platform: Platform, within: Range, text: str, form: ExportForm, most_rows: int) -> ExportAnswer:
    """Return a file of what the query finds. Raises as `run_hunt`."""
    hunting, _ = _hunting(platform)
    query = _bounded(await asyncio.to_thread(understood, platform, text), within)
    given, _ = await _given(platform, within)
    rows = await hunting.count(query, given, most_rows + 1)
    return ExportAnswer(min(rows, most_rows), rows > most_rows, hunting.export(query, given, form, most_rows))


async def values(
    platform: Platform, within: Range, attribute: str, prefix: str, most: int
) -> Sequence[tuple[str, int]]:
    """Return the most frequent values that begin with the prefix. Raises as `run_hunt`."""
    hunting, _ = _hunting(platform)
    named = attribute_named(attribute)
    if named.kind not in {Kind.TEXT, Kind.ANY} and prefix:
        raise QueryError(f"{named.path} is {named.kind}: its values have no beginning to look for", 0)
    given, _ = await _given(platform, within)
    return await hunting.values(named, prefix, given, most)


async def event(platform: Platform, organization_id: UUID, event_id: str, around: datetime | None) -> Row:
    """Return one event, all columns of the lake; `around` (its time) makes that quick. Raises NotFoundError, NoHuntingError, LakeAwayError."""
    _, lake = _hunting(platform)
    for between in _ranges(around):
        found = await events_by_id(platform.database, lake, organization_id, [event_id], *between)
        if found:
            return found[0]
    raise NotFoundError("The lake has no such event: it was never here, or it is older than events are kept.")


def _ranges(around: datetime | None) -> list[tuple[datetime, ...]]:
    """Return where to look: near the time, then everywhere."""
    if around is None:
        return [()]
    try:
        return [(around - _AROUND, around + _AROUND), ()]
    except OverflowError:  # at an end of the calendar
        return [()]


def parsed_members(row: Row) -> dict[str, Any]:
    """Return what the row keeps as JSON: `unmapped` and `doubts`."""
    return {
        "unmapped": orjson.loads(row["unmapped"] or "{}"),
        "doubts": orjson.loads(row["doubts"] or "[]"),
    }


def attribute_named(path: str) -> Attribute:
    """Return the attribute of this name. Raises QueryError."""
    return known(Attribute(path), hunt_attributes())


def _starts(within: Range, span: int) -> list[datetime]:
    first = int(within.first_at.timestamp() // span) * span
    count = int(-(-(within.before.timestamp() - first) // span))
    return [datetime.fromtimestamp(first + place * span, UTC) for place in range(count)]


def _bounded(query: Query, within: Range) -> Query:
    """Return the query with the spans of charts settled. Raises QueryError where there would be too many."""
    return Query(query.where, tuple(_settled(stage, within) for stage in query.stages))


def _settled(stage: Stage, within: Range) -> Stage:
    if not isinstance(stage, Timechart):
        return stage
    span = stage.span_seconds or usual_span(within.seconds)
    if within.seconds / span > MOST_SPANS:
        reason = f"a chart has at most {MOST_SPANS:,} spans: choose a longer span or a shorter time range"
        raise QueryError(reason, stage.start)
    return replace(stage, span_seconds=span)


def _hunting(platform: Platform) -> tuple[Hunting, Lake]:
    if platform.hunting is None or platform.lake is None:
        raise NoHuntingError("This process reads no events: ask the one that `minixdr serve api` runs.")
    return platform.hunting, platform.lake


async def _given(platform: Platform, within: Range) -> tuple[HuntInput, LakeInput]:
    _, lake = _hunting(platform)
    found = await files_for(platform.database, lake, within.organization_id, within.first_at, within.before)
    given = HuntInput(str(within.organization_id), within.first_at, within.before, found.files, found.staged)
    return given, found
