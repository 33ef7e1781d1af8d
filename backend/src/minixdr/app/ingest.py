"""Files of this machine -> the native door of a platform: `minixdr ingest`.

Files are read here, in bounded memory, whatever their format; their records are sent in the order of the file, a few requests at once. A request that
was not answered is sent again, and so may be everything: batches and events have ids of their content, so a repeat changes nothing.
"""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import BinaryIO

from minixdr.ingest.doors.batch_codec import BadBatch, encode, pieces
from minixdr.ingest.reading import read
from minixdr.ports.door import Door, DoorBusyError
from minixdr.ports.scan import InputFile, InputFiles, Reporter
from minixdr.schema.record import Batch, Issue

AT_ONCE = 4
"""Requests on their way: while one waits for the server's disk, others are being read."""
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_MOST_REASONS = 50


class StoppedError(Exception):
    """A person asked to stop."""


@dataclass(slots=True)
class Sent:
    """What came of it."""

    files: int = 0
    requests: int = 0
    records: int = 0
    """That the platform has on disk."""
    malformed: int = 0
    """Records that could not be read."""
    unread: list[tuple[str, str]] = field(default_factory=list)
    """Files (or ends of files) that could not be read, and why."""
    reasons: Counter[str] = field(default_factory=Counter)
    interrupted: bool = False

    def note(self, issue: Issue) -> None:
        """Count what is not sent."""
        if issue.kind == "file":
            self.unread.append((issue.file, issue.reason))
            return
        count = 1 if issue.last is None or issue.number is None else issue.last - issue.number + 1
        self.malformed += count
        if issue.reason in self.reasons or len(self.reasons) < _MOST_REASONS:
            self.reasons[issue.reason] += count


@dataclass(frozen=True, slots=True)
class Way:
    """How to send."""

    door: Door
    patience_seconds: float
    """After which a server that takes nothing is left."""
    wait: Callable[[float], None]
    """Wait so many seconds."""
    clock: Callable[[], float]
    """Seconds, never going back."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read."""

    input_files: InputFiles
    format: str | None
    source: str | None


def ingest(files: Sequence[InputFile], reading: Reading, way: Way, reporter: Reporter) -> Sent:
    """Send the files' records. Raises DoorRefusedError, DoorBusyError (patience is at its end); what was sent until then is kept there."""
    sent = Sent()
    with ThreadPoolExecutor(AT_ONCE, "send") as threads:
        sender = _Sender(way, reporter, threads, sent)
        try:
            for file in files:
                _send_file(file, reading, sender, reporter, sent)
            sender.drain()
        except StoppedError:
            sent.interrupted = True
        finally:
            sender.stop()
    return sent


def _send_file(file: InputFile, reading: Reading, sender: "_Sender", reporter: Reporter, sent: Sent) -> None:
    told = 0
    try:
        with reading.input_files.open(file.path) as stream:
            sent.files += 1
            for item in _pieces(file, stream, reading):
                if reporter.stopping():
                    raise StoppedError
                if isinstance(item, Issue):
                    sent.note(item)
                else:
                    sender.send(item)
                at = stream.tell() if stream.seekable() else told
                reporter.advance(max(at - told, 0), len(item.raws) if isinstance(item, Batch) else 0)
                told = max(at, told)
    except OSError as error:
        sent.unread.append((file.path, error.strerror or str(error)))
    reporter.advance(max(file.size_bytes - told, 0), 0)


def _pieces(file: InputFile, stream: BinaryIO, reading: Reading) -> Iterator[Batch | Issue]:
    for item in read(stream, file.path, format_name=reading.format, spill=reading.input_files.spill):
        if isinstance(item, Issue):
            yield item
            continue
        item.source = reading.source
        item.reference_at = file.written_at
        yield from pieces(item)


class _Sender:
    """Sends in threads, a few requests at once."""

    def __init__(self, way: Way, reporter: Reporter, threads: ThreadPoolExecutor, sent: Sent) -> None:
        self._way = way
        self._reporter = reporter
        self._threads = threads
        self._sent = sent
        self._on_their_way: deque[Future[int]] = deque()
        self._stopped = Event()

    def send(self, piece: Batch) -> None:
        """Send records, some time soon. Raises what an earlier request met."""
        try:
            body = encode(piece)
        except BadBatch as reason:
            self._sent.note(
                Issue(piece.file, piece.first, None, "malformed", str(reason), piece.first + len(piece.raws) - 1)
            )
            return
        self._on_their_way.append(self._threads.submit(self._request, body))
        if len(self._on_their_way) > AT_ONCE:
            self._settle()

    def drain(self) -> None:
        """Wait for all requests."""
        while self._on_their_way:
            self._settle()

    def stop(self) -> None:
        """Let nothing be sent any more that has not been begun, and count what was."""
        self._stopped.set()
        for request in self._on_their_way:
            if not request.cancel() and request.exception() is None:
                self._count(request.result())

    def _settle(self) -> None:
        self._count(self._on_their_way.popleft().result())

    def _count(self, records: int) -> None:
        self._sent.requests += 1
        self._sent.records += records

    def _request(self, body: bytes) -> int:
        began, pause = self._way.clock(), _FIRST_PAUSE_SECONDS
        while True:
            if self._stopped.is_set() or self._reporter.stopping():
                raise StoppedError
            try:
                return self._way.door.send(body).received
            except DoorBusyError as busy:
                if self._way.clock() - began >= self._way.patience_seconds:
                    raise
                asked = busy.retry_after_seconds
                self._pause(pause * random.uniform(0.5, 1.0) if asked is None else asked)  # noqa: S311 - several must not come back together
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _pause(self, seconds: float) -> None:
        until = self._way.clock() + seconds
        while (left := until - self._way.clock()) > 0 and not self._stopped.is_set() and not self._reporter.stopping():
            self._way.wait(min(left, 0.2))
