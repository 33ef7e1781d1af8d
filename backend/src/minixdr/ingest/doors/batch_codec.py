"""Records that were read from a file elsewhere -> the body of one request, and back. `minixdr ingest` sends it to the native door.

Where a format decodes records (the columns of a CSV file, the fields of a flow log), the lines alone do not say what they mean; so the decoded
bodies go along. The body of a request is a msgpack map (names of `FileBatch`, `version` 1); `bodies` in it is a JSON array, for JSON has no
values that the rest of the platform does not.

Not trusted: everything. `decode` refuses what is not exactly this, and what could not be stored.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from minixdr.ingest.doors.entries import LONGEST_RECORD_BYTES
from minixdr.ingest.recognition import formats
from minixdr.schema.record import Batch, Issue, JsonObject

MEDIA_TYPE = "application/vnd.minixdr.batch+msgpack"
VERSION = 1
PIECE_BYTES = 256 << 10
"""Of raw records: about 64 KB compressed, which the log takes quickly."""
PIECE_RECORDS = 2_000
_MOST_ORIGIN_CHARACTERS = 4_096
"""The longest path of Linux; a key of S3 has 1,024 bytes."""
_MOST_NUMBER = 1 << 53
_TOO_LONG = f"longer than the {LONGEST_RECORD_BYTES >> 20} MiB that the platform's log takes"
_JSON_TEXTS = frozenset({"json", "evtx"})
"""Formats whose raw records are JSON objects: their bodies need not be carried."""


class FileBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Consecutive records of one file."""

    origin: str
    """The file's path; a member of an archive is `archive.zip!member`."""
    first: int
    """1-based number of the first record."""
    raws: list[bytes]
    format: str
    """Name of the format that read them, a module name of ingest/formats."""
    bodies: bytes | None = None
    """JSON array of objects, one a record; None where each raw is a JSON object (formats `json` and `evtx`)."""
    source: str | None = None
    """Name of the log source, where a person chose it."""
    reference_at: datetime | None = None
    """When the file was last written."""
    version: int = VERSION


class BadBatch(Exception):  # noqa: N818 - it says what the bytes are
    """The bytes are no batch; the message says why."""


def pieces(batch: Batch) -> Iterator[Batch | Issue]:
    """Yield the batch in parts of at most `PIECE_BYTES` and `PIECE_RECORDS`; a larger record stands alone, one that no log takes is an issue.

    Bodies that raws already say are left out. The cuts depend on the content alone, so that the same file gives the same parts.
    """
    start, size = 0, 0
    for index, raw in enumerate(batch.raws):
        if index > start and (size + len(raw) > PIECE_BYTES or index - start >= PIECE_RECORDS):
            yield _piece(batch, start, index)
            start, size = index, 0
        size += len(raw)
        if len(raw) > LONGEST_RECORD_BYTES:
            yield Issue(batch.file, batch.first + index, None, "malformed", _TOO_LONG)
            start, size = index + 1, 0
    if start < len(batch.raws):
        yield _piece(batch, start, len(batch.raws))


def _piece(batch: Batch, start: int, end: int) -> Batch:
    bodies = None if batch.bodies is None or batch.format in _JSON_TEXTS else batch.bodies[start:end]
    return Batch(
        file=_sayable(batch.file),
        format=batch.format,
        first=batch.first + start,
        raws=batch.raws[start:end],
        bodies=bodies,
        source=batch.source,
        reference_at=batch.reference_at,
    )


def _sayable(name: str) -> str:
    """Return the name as UTF-8 can say it, its end where it is long: a file's name, or an archive member's, may hold any bytes."""
    return name.encode("utf-8", "backslashreplace").decode().replace("\x00", "\ufffd")[-_MOST_ORIGIN_CHARACTERS:]


def encode(batch: Batch) -> bytes:
    """Return the body of a request. Raises BadBatch where a record's body holds what JSON in UTF-8 cannot say."""
    try:
        bodies = None if batch.bodies is None else msgspec.json.encode(batch.bodies)
    except (UnicodeEncodeError, TypeError, RecursionError) as error:
        raise BadBatch(f"records {batch.first:,} and following cannot be sent: {error}") from error
    return msgspec.msgpack.encode(
        FileBatch(
            origin=batch.file,
            first=batch.first,
            raws=[bytes(raw) for raw in batch.raws],
            format=batch.format,
            bodies=bodies,
            source=batch.source,
            reference_at=batch.reference_at,
        )
    )


_decoder = msgspec.msgpack.Decoder(FileBatch)
_bodies_decoder = msgspec.json.Decoder(list[dict[str, Any]])


def decode(content: bytes) -> Batch:
    """Return the batch. Raises BadBatch."""
    try:
        file_batch = _decoder.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError, ValueError) as error:
        raise BadBatch(f"not a batch of {MEDIA_TYPE}: {error}") from error
    _check(file_batch)
    bodies = _bodies(file_batch)
    return Batch(
        file=file_batch.origin,
        format=file_batch.format,
        first=file_batch.first,
        raws=file_batch.raws,
        bodies=bodies,
        source=file_batch.source,
        reference_at=file_batch.reference_at,
    )


def _check(batch: FileBatch) -> None:
    if batch.version != VERSION:
        raise BadBatch(f"version is {batch.version}; this server reads version {VERSION}")
    if not batch.raws:
        raise BadBatch("raws is empty")
    if not 1 <= batch.first <= _MOST_NUMBER:
        raise BadBatch(f"first is {batch.first}; it takes the 1-based number of the first record")
    if not 1 <= len(batch.origin) <= _MOST_ORIGIN_CHARACTERS or "\x00" in batch.origin:
        raise BadBatch(f"origin takes 1 to {_MOST_ORIGIN_CHARACTERS:,} characters, none of them NUL")
    if batch.format not in formats():
        raise BadBatch(f"format is {batch.format[:40]!r}; `minixdr formats` lists those that exist")
    if batch.reference_at is not None and batch.reference_at.tzinfo is None:
        raise BadBatch("reference_at has no time zone")
    for index, raw in enumerate(batch.raws):
        if not raw or len(raw) > LONGEST_RECORD_BYTES:
            raise BadBatch(f"record {index + 1} is " + (_TOO_LONG if raw else "empty"))


def _bodies(batch: FileBatch) -> Sequence[JsonObject] | None:
    if batch.bodies is None:
        if batch.format not in _JSON_TEXTS:
            raise BadBatch(f"bodies is absent; records of format {batch.format} need theirs")
        return None
    if batch.format in _JSON_TEXTS:
        raise BadBatch(f"bodies is given; records of format {batch.format} speak for themselves")
    try:
        bodies = _bodies_decoder.decode(batch.bodies)
        msgspec.msgpack.encode(bodies)  # the log's own form: it takes no number beyond 64 bits
    except (msgspec.MsgspecError, RecursionError, OverflowError, UnicodeDecodeError) as error:
        raise BadBatch(f"bodies is no JSON array of objects that can be stored: {error}") from error
    if len(bodies) != len(batch.raws):
        raise BadBatch(f"{len(bodies):,} bodies for {len(batch.raws):,} raws")
    return bodies
