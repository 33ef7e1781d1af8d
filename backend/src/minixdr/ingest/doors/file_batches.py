"""Records of a file -> batches of the log, cut by content alone: read again, it gives the same batches, which the log knows by their ids."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import BufferedReader
from shutil import copyfileobj
from typing import BinaryIO, cast

from minixdr.ingest.doors.batch_codec import pieces
from minixdr.ports.log import LogBatch
from minixdr.schema.record import Batch, Issue

_MUST_SEEK = (b"PK\x03\x04", b"PK\x05\x06", b"ElfFile\x00")
"""How ZIP archives and EVTX files begin."""
_COPY_BYTES = 1 << 20


def readable(stream: BufferedReader, spill: Callable[[], BinaryIO]) -> BinaryIO:
    """Return the bytes of a stream that cannot be sought in, as `reading.read` wants them: a copy, where its format must be sought in."""
    if not stream.peek(len(_MUST_SEEK[-1])).startswith(_MUST_SEEK):
        return cast("BinaryIO", stream)
    copy = spill()
    copyfileobj(stream, copy, _COPY_BYTES)
    copy.seek(0)
    return copy


def log_batches(
    items: Iterable[Batch | Issue],
    *,
    organization_id: str,
    door: str,
    source: str | None,
    written_at: datetime | None,
    received_at: datetime,
) -> Iterator[LogBatch | Issue]:
    """Yield what `reading.read` gave as batches of the log, and its issues."""
    for item in items:
        if isinstance(item, Issue):
            yield item
            continue
        for piece in pieces(item):
            if isinstance(piece, Issue):
                yield piece
                continue
            yield LogBatch(
                organization_id=organization_id,
                door=door,
                origin=piece.file,
                received_at=received_at,
                raws=piece.raws,
                bodies=piece.bodies,
                format=piece.format,
                source=source,
                first=piece.first,
                reference_at=written_at,
            )
