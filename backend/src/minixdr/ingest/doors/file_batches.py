"""Records of a file -> batches of the log, cut by content alone: read again, it gives the same batches, which the log knows by their ids."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from minixdr.ingest.doors.batch_codec import pieces
from minixdr.ports.log import LogBatch
from minixdr.schema.record import Batch, Issue


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
