"""The body of the native door (and of HEC's `/raw`) -> records: whatever `ingest/reading.py` reads of a file.

JSON lines go through unparsed; arrays, wrappers, lines of text, CSV with its header, XML, archives and EVTX are decoded here, as their first
bytes say or as the sender names it. What cannot be read of a body is told to the sender, record by record; where nothing can be, the body is
refused.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO

from minixdr.ingest.doors.batch_codec import pieces
from minixdr.ingest.doors.entries import Entries
from minixdr.ingest.doors.inflate import TooLargeError
from minixdr.ingest.reading import read
from minixdr.ingest.recognition import formats
from minixdr.schema.record import Batch, Issue

_MOST_RECORDS = 1_000_000
_VALUE_BYTES = 120
"""What a decoded value weighs in memory, about: its text, its place in a mapping."""
_MOST_VALUE_BYTES = 64 << 20
_MOST_NAME_BYTES = 4 << 20
"""Of the names of values in one batch: each record repeats its columns' names, however long a header made them."""
_MOST_ISSUES = 100
"""That a sender is told of by name; of more the count."""


class UnreadableError(Exception):
    """The body holds no record; the message says why."""


@dataclass(slots=True)
class Decoded:
    """What a body holds."""

    batches: list[Batch] = field(default_factory=list)
    """Each small enough for one message of the log."""
    issues: list[Issue] = field(default_factory=list)
    """The first of what could not be read."""
    rejected: int = 0
    """Records that could not be read; they are in no batch."""

    @property
    def records(self) -> int:
        """How many records the batches hold."""
        return sum(len(batch.raws) for batch in self.batches)

    def note(self, issue: Issue) -> None:
        """Take an issue."""
        if issue.number is not None:
            self.rejected += 1 if issue.last is None else issue.last - issue.number + 1
        if len(self.issues) < _MOST_ISSUES:
            self.issues.append(issue)


def decode(
    body: bytes,
    origin: str,
    *,
    format_name: str | None = None,
    most_bytes: int,
    grow: Callable[[int], None] = lambda _: None,
) -> Decoded:
    """Return the records of a body. `grow` is told how many bytes more than the body they take; what it raises ends the reading.

    Raises UnreadableError, TooLargeError, KeyError for a format that does not exist.
    """
    if format_name is not None and format_name not in formats():
        raise KeyError(format_name)
    decoded = Decoded()
    size = records = values = 0
    for item in read(BytesIO(body), origin, format_name=format_name):
        if isinstance(item, Issue):
            decoded.note(item)
            continue
        before, size = size, size + sum(map(len, item.raws))
        if size > most_bytes:
            raise TooLargeError(f"more than {most_bytes:,} bytes of records; send less at once")
        records += len(item.raws)
        if records > _MOST_RECORDS:
            raise TooLargeError(f"more than {_MOST_RECORDS:,} records; send fewer at once")
        if size > len(body):
            grow(size - max(before, len(body)))
        for piece in pieces(item):
            if isinstance(piece, Issue):
                decoded.note(piece)
                continue
            weight = _weight(piece)
            values += weight
            if values > _MOST_VALUE_BYTES:
                raise TooLargeError(
                    "the decoded values are too many for one request; `minixdr ingest` sends files of any size"
                )
            grow(weight)
            decoded.batches.extend(_narrow(piece, decoded))
    if not decoded.batches and decoded.issues:
        raise UnreadableError(decoded.issues[0].reason)
    return decoded


def _weight(batch: Batch) -> int:
    """Return how many bytes the decoded bodies take, about; elements of XML are values, too."""
    if batch.bodies is None:
        return 0
    tags = sum(raw.count(b"<") for raw in batch.raws)
    return _VALUE_BYTES * (tags + sum(map(len, batch.bodies)))


def _narrow(batch: Batch, decoded: Decoded) -> Iterator[Batch]:
    """Yield the batch, in parts where its records' names are long."""
    widest = max((sum(map(len, body)) for body in batch.bodies), default=0) if batch.bodies else 0
    if widest > _MOST_NAME_BYTES:
        last = batch.first + len(batch.raws) - 1
        decoded.note(Issue(batch.file, batch.first, None, "malformed", "the names of its values are too long", last))
        return
    step = max(1, _MOST_NAME_BYTES // widest) if widest else len(batch.raws)
    for start in range(0, len(batch.raws), step):
        yield Batch(
            batch.file,
            batch.format,
            batch.first + start,
            batch.raws[start : start + step],
            None if batch.bodies is None else batch.bodies[start : start + step],
            batch.source,
            batch.reference_at,
        )


def lines(body: bytes, time: float | None = None, host: str | None = None) -> Entries:
    """Return the lines of a body that are not blank, whatever they are."""
    entries = Entries()
    for line in body.split(b"\n"):
        raw = line.rstrip(b"\r")
        if raw and not raw.isspace():
            entries.add(raw, time, host)
    return entries
