r"""Bytes of a TCP connection that carries syslog -> messages.

Sources: RFC 6587 section 3.4 (octet counting `MSG-LEN SP MSG`, and lines), RFC 5425 section 4.3 (octet counting over TLS). Both are accepted on one
connection, frame by frame. A message longer than `LONGEST_MESSAGE_BYTES` is cut there, the rest of its frame passed over and counted.

Not trusted: counts. On a connection that only ever counted, a count is what separates a stranger's text from the next message, so it holds.
Where a line was seen, a stranger's text may hold a line end and behind it a count that would swallow the messages of others; so there a
counted frame that is too long, or over which other messages begin, is read as a line. A sender whose counts are wrong (characters counted as
bytes, say) leaves a rest behind its message, or takes a part of the next: what has no count becomes a message, and the next count, not only
a line end, ends it. Each such case is counted.

Not covered: a NUL as the end of a message; NULs at its end are taken off.
"""

import re
from dataclasses import dataclass

from minixdr.ingest.lines import LONGEST_RECORD_BYTES

LONGEST_MESSAGE_BYTES = 64 << 10
"""RFC 5424 asks for 2,048 bytes, RFC 5425 for 8,192; Windows events reach 64 KB, which is also what syslog-ng sends at most."""
_COUNT = re.compile(rb"([1-9]\d{0,8}) (?=<)")
_MAY_BE_COUNT = re.compile(rb"[1-9]\d{0,8} ?\Z")
_NEXT_COUNT = re.compile(rb"[1-9]\d{0,8} <\d{1,3}>")
_LONGEST_COUNT_BYTES = 16
_HIDDEN = re.compile(rb"\n(?:\d{1,9} )?<\d{1,3}>")
_ENDS = b"\r\n\x00"


@dataclass(slots=True)
class FrameCounts:
    """What was not as it should be."""

    truncated: int = 0
    """Messages cut at `LONGEST_MESSAGE_BYTES`."""
    out_of_step: int = 0
    """Frames whose count was wrong or could not be believed."""
    incomplete: int = 0
    """Messages whose connection ended within them."""

    def add(self, other: "FrameCounts") -> None:
        """Add another account to this one."""
        self.truncated += other.truncated
        self.out_of_step += other.out_of_step
        self.incomplete += other.incomplete


class Frames:
    """The messages of one connection. It holds at most a message and what `feed` was last given."""

    def __init__(self, longest_bytes: int = LONGEST_MESSAGE_BYTES) -> None:
        self.counts = FrameCounts()
        self._longest = longest_bytes
        self._data = b""
        self._at = 0
        self._skip_bytes = 0
        """Of a counted frame that was cut."""
        self._skip_line = False
        """Whether a line was cut whose end has not come yet."""
        self._only_counted = True
        self._after_count = False
        """Whether the last frame was counted, so that a text without a count here means that the count was wrong."""
        self._seen_bytes = 0
        """Of the frame that has not ended: searched already, without result."""
        self._found: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that these bytes complete, in their order; blank ones are none."""
        self._data = self._data[self._at :] + data if self._at < len(self._data) else data
        self._at = 0
        while self._step():
            pass
        return self._take_found()

    def end(self) -> list[bytes]:
        """Return what is left when the connection ended: a line needs no end, a counted message that lacks some of it is incomplete."""
        data, self._data, self._at = self._data[self._at :], b"", 0
        if self._skip_bytes or self._skip_line:
            data = b""
        if found := _COUNT.match(data):
            data = data[found.end() :]
            self.counts.incomplete += 1
        self._add(data)
        return self._take_found()

    def _take_found(self) -> list[bytes]:
        found, self._found = self._found, []
        return found

    def _add(self, message: bytes) -> None:
        message = message.rstrip(_ENDS)
        if message and not message.isspace():
            self._found.append(message)

    def _step(self) -> bool:
        """Take one frame, or what can be passed over; return whether to go on."""
        if self._skip_bytes or self._skip_line:
            return self._skip()
        while self._at < len(self._data) and self._data[self._at] in _ENDS:
            self._go_to(self._at + 1)
        left = len(self._data) - self._at
        if not left:
            return False
        found = _COUNT.match(self._data, self._at)
        if found is not None:
            counted = self._counted(found)
            if counted is not None:
                return counted
            self._go_to(found.end())  # the count is not believed: what follows it is a line
            self.counts.out_of_step += 1
        elif left < _LONGEST_COUNT_BYTES and _MAY_BE_COUNT.match(self._data, self._at):
            return False
        return self._line()

    def _skip(self) -> bool:
        left = len(self._data) - self._at
        if self._skip_bytes:
            step = min(self._skip_bytes, left)
            self._skip_bytes -= step
            self._at += step
            return left > step
        end = self._data.find(b"\n", self._at)
        self._at = len(self._data) if end < 0 else end
        self._skip_line = end < 0
        return end >= 0

    def _counted(self, found: re.Match[bytes]) -> bool | None:
        """Take a counted frame; return whether to go on, None where its count is not to be believed."""
        start, size = found.end(), int(found[1])
        end = start + min(size, self._longest)
        if size > (LONGEST_RECORD_BYTES if self._only_counted else self._longest):
            return None
        if not self._only_counted and self._hides(start, min(end, len(self._data))):
            return None
        if len(self._data) < end:
            return False
        self._add(self._data[start:end])
        self._go_to(end)
        self._after_count = True
        if size > self._longest:
            self.counts.truncated += 1
            self._skip_bytes = size - self._longest
        return True

    def _hides(self, start: int, end: int) -> bool:
        """Return whether another message begins within."""
        if _HIDDEN.search(self._data, max(start, self._at + self._seen_bytes - _LONGEST_COUNT_BYTES), end):
            return True
        self._seen_bytes = end - self._at
        return False

    def _line(self) -> bool:
        end, at_count = self._line_end()
        start, size = self._at, (len(self._data) if end < 0 else end) - self._at
        if end < 0 and size <= self._longest:
            self._seen_bytes = size
            return False
        if size > self._longest:
            self.counts.truncated += 1
            self._skip_line = end < 0
        if at_count or (self._after_count and self._data[start] != ord("<")):
            self.counts.out_of_step += 1
        else:
            self._only_counted = self._after_count = False
        self._add(self._data[start : start + min(size, self._longest)])
        self._go_to(start + size)
        return self._at < len(self._data)

    def _go_to(self, place: int) -> None:
        self._at, self._seen_bytes = place, 0

    def _line_end(self) -> tuple[int, bool]:
        """Return where the line ends, -1 where its end has not come: at a line end, or, behind a counted frame, at the next count, and whether
        at that."""
        start = max(self._at, self._at + self._seen_bytes - _LONGEST_COUNT_BYTES)
        end = self._data.find(b"\n", start)
        if self._after_count and (found := _NEXT_COUNT.search(self._data, start)) and (end < 0 or found.start() < end):
            return found.start(), True
        return end, False
