"""Read telemetry as the product does: files -> records -> log source -> event or reason. For measuring and for tests.

In: a folder. Out: what became of each record. Nothing of the telemetry is kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from minixdr.ingest.reading import read
from minixdr.ingest.repair import Malformed, parse_json
from minixdr.normalize.catalog import all_sources
from minixdr.normalize.source import NotAnEvent, Shape, Source
from minixdr.schema.event import Event
from minixdr.schema.record import Batch, Issue, Record

NO_OBJECT = "not a JSON object"
NOT_RECOGNISED = "no log source recognised"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a record (or of a file, where nothing could be read)."""

    file: str
    number: int | None
    format: str
    source: str | None
    event: Event | None
    reason: str
    record: Record | None = None


def files_below(folder: Path) -> list[Path]:
    """Return the files below a folder (or the file itself), in a fixed order."""
    return [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file())


def records(path: Path, limit: int | None = None) -> Iterator[Record | Issue]:
    """Yield a file's records and what could not be read of it; at most `limit`."""
    with path.open("rb") as stream:
        yield from records_of_stream(stream, str(path), limit)


def records_of_stream(stream: BinaryIO, name: str, limit: int | None = None) -> Iterator[Record | Issue]:
    """Yield a stream's records and what could not be read of it; at most `limit`."""
    left = limit if limit is not None else 1 << 62
    for item in read(stream, name):
        if left <= 0:
            return
        if isinstance(item, Issue):
            yield item
            continue
        for record in _records_of(item, left):
            yield record
            left -= 1


def _records_of(batch: Batch, limit: int) -> Iterator[Record | Issue]:
    for place, raw in enumerate(batch.raws[:limit]):
        number = batch.first + place
        body: Any
        if batch.bodies is not None:
            body = batch.bodies[place]
        else:
            try:
                body = _parsed(raw)
            except Malformed as problem:
                yield Issue(batch.file, number, None, "malformed", str(problem))
                continue
            if not isinstance(body, dict):
                yield Issue(batch.file, number, None, "skipped", NO_OBJECT)
                continue
        yield Record(batch.file, number, raw, body, batch.format)


def _parsed(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return parse_json(raw)


def claims(record: Record, sources: Sequence[Source] | None = None) -> list[tuple[Source, Shape]]:
    """Return every shape that says the record is its own; more than one is a mistake of the sources."""
    return [
        (source, shape)
        for source in (all_sources() if sources is None else sources)
        if record.format in source.formats
        for shape in source.shapes
        if shape.fits(record.body)
    ]


def outcomes(path: Path, limit: int | None = None) -> Iterator[Outcome]:
    """Yield what became of each record of a file."""
    for item in records(path, limit):
        yield outcome_of(item)


def outcome_of(item: Record | Issue) -> Outcome:
    """Return what becomes of a record."""
    if isinstance(item, Issue):
        return Outcome(item.file, item.number, "", None, None, f"{item.kind}: {item.reason}")
    claimed = claims(item)
    if not claimed:
        return Outcome(item.file, item.number, item.format, None, None, NOT_RECOGNISED, item)
    source = claimed[0][0]
    try:
        return Outcome(item.file, item.number, item.format, source.name, source.normalize(item), "", item)
    except NotAnEvent as reason:
        return Outcome(item.file, item.number, item.format, source.name, None, str(reason), item)
