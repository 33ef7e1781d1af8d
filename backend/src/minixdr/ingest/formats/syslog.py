r"""Syslog lines -> {"message", "hostname"?, "program"?, "pid"?, "timestamp"?, "priority"?, "facility"?, "severity"?, "msgid"?, "structured_data"?}.

Sources: RFC 3164 (with and without priority, as files have it), RFC 5424 (structured data with its escapes), rsyslog's
RSYSLOG_FileFormat (ISO 8601 time), `journalctl` short output, RFC 6587 octet counting. The time is kept as written.

A line that has no header, in a file of lines that have one, is a record of its own with a message only: which record it goes on is a guess. What
follows the header is the sender's, and may be a stranger's: nothing in it changes the header's fields, which are read once, from the left.
"""

import re
from collections.abc import Iterator

from minixdr.ingest.batching import Batcher
from minixdr.ingest.content import Content
from minixdr.ingest.format import LIKELY, NO, Format, Item
from minixdr.ingest.line_records import decode_lines
from minixdr.ingest.lines import LONGEST_RECORD_BYTES
from minixdr.schema.record import JsonObject

_PRIORITY = r"<(?P<pri>\d{1,3})>"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_OLD_TIME = rf"{_MONTH} {{1,2}}\d{{1,2}} (?:\d{{4}} )?\d\d:\d\d:\d\d(?:\.\d{{1,9}})?(?: \d{{4}}(?= ))?"
_ISO_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_TRADITIONAL = re.compile(
    rf"(?:{_PRIORITY})?(?P<time>{_OLD_TIME}|(?P<iso>{_ISO_TIME})):? +(?:(?P<host>[^\s:\[\]]+(?::[0-9A-Fa-f:.]+)?) +)?(?P<rest>\S.*|)$",
    re.DOTALL,
)
_TAG = re.compile(
    r"(?P<program>(?!CEF:|LEEF:)[^\s:\[\]]{1,128}(?:::?[^\s:\[\]]{1,64})*?)(?:\[(?P<pid>[^\]\s]{1,32})\])?:(?: |$)(?P<message>.*)$",
    re.DOTALL,
)
_NEW = re.compile(
    rf"{_PRIORITY}(?P<version>[1-9]\d{{0,2}}) (?P<time>-|{_ISO_TIME}) (?P<host>\S+) (?P<program>\S+) (?P<pid>\S+) (?P<msgid>\S+) "
    r"(?P<rest>-(?: .*)?|\[.*)$",
    re.DOTALL,
)
_ONLY_PRIORITY = re.compile(rf"{_PRIORITY}(?P<message>.*)$", re.DOTALL)
_ELEMENT = re.compile(r'\[([^\s=\]"]{1,128})')
_PARAMETER = re.compile(r' (?P<name>[^\s=\]"]{1,128})="(?P<value>(?:[^"\\\]]|\\.)*+)"', re.DOTALL)
_ELEMENT_END = re.compile(r" ?\]")
_ESCAPE = re.compile(r'\\(["\\\]])')
_FRAME = re.compile(rb"(\d{1,8}) (?=<\d{1,3}>)")
_HIDDEN = re.compile(rb"\n(?:\d{1,8} )?<\d{1,3}>")
"""A frame that holds the beginning of other records has a wrong count, maybe one that a stranger wrote: its line is the record."""
_LONGEST_COUNT = 16
_MOST_PRIORITY = 191  # RFC 5424: 23 facilities of 8 severities
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}$|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}$")
_PORTS = re.compile(r"\d{1,5} \d{1,5} ")
"""Behind an address these are the ports of a connection log (Elastic Load Balancing), no sender's text."""
_LEVELS = frozenset(
    {"trace", "debug", "info", "notice", "warn", "warning", "error", "err", "fatal", "critical", "crit"}
)
_SEEN_LINES = 50
_SHARE = 0.5
_BOM = "\ufeff"


def decode(text: str) -> JsonObject:
    """Return the record of a line; one without a header has a message only."""
    if text.startswith("<") and (found := _NEW.match(text)):
        return _new(found)
    if (found := _TRADITIONAL.match(text)) and (body := _traditional(found)) is not None:
        return body
    if found := _ONLY_PRIORITY.match(text):
        return _with_priority({"message": found["message"]}, found["pri"])
    return {"message": text}


def _traditional(found: re.Match[str]) -> JsonObject | None:
    """Return the record; None where a time comes first, but no syslog header: many programs' own logs begin so."""
    host, rest = found["host"], found["rest"]
    tag = _TAG.match(rest)
    if found["iso"] and not found["pri"] and not _relayed(host, tag, rest):
        return None
    body: JsonObject = {"message": rest, "timestamp": found["time"]}
    if host is not None:
        body["hostname"] = host
    if tag is not None:
        body["message"] = tag["message"]
        body["program"] = tag["program"]
        if tag["pid"] is not None:
            body["pid"] = tag["pid"]
    return _with_priority(body, found["pri"])


def _relayed(host: str | None, tag: re.Match[str] | None, rest: str) -> bool:
    """Return whether an ISO 8601 time is followed by what a syslog server writes there: a host, and mostly a program."""
    if host is None or host.lower() in _LEVELS:
        return False
    return tag is not None or (_ADDRESS.match(host) is not None and _PORTS.match(rest) is None)


def _new(found: re.Match[str]) -> JsonObject:
    body: JsonObject = {}
    for name, group in (
        ("timestamp", "time"),
        ("hostname", "host"),
        ("program", "program"),
        ("pid", "pid"),
        ("msgid", "msgid"),
    ):
        if found[group] != "-":
            body[name] = found[group]
    elements, message = _structured(found["rest"])
    if elements:
        body["structured_data"] = elements
    body["message"] = message.removeprefix(_BOM)
    return _with_priority(body, found["pri"])


def _structured(rest: str) -> tuple[dict[str, dict[str, str]], str]:
    """Return the structured data and the message behind it; data that is not well-formed is part of the message."""
    if not rest.startswith("["):
        return {}, rest[2:]
    elements: dict[str, dict[str, str]] = {}
    at = 0
    while element := _ELEMENT.match(rest, at):
        values: dict[str, str] = {}
        place = element.end()
        while parameter := _PARAMETER.match(rest, place):
            values[parameter["name"]] = _ESCAPE.sub(r"\1", parameter["value"])
            place = parameter.end()
        end = _ELEMENT_END.match(rest, place)
        if end is None:
            break
        elements.setdefault(element[1], values)
        at = end.end()
    if at == 0 or rest[at : at + 1] not in ("", " "):
        return {}, rest
    return elements, rest[at + 1 :]


def _with_priority(body: JsonObject, text: str | None) -> JsonObject:
    if text is not None and (priority := int(text)) <= _MOST_PRIORITY:
        body["priority"], body["facility"], body["severity"] = priority, priority >> 3, priority & 7
    return body


def _recognise(head: bytes) -> int:
    if _FRAME.match(head):
        return LIKELY + 10
    seen = [line for line in head.split(b"\n")[:_SEEN_LINES] if line.strip()]
    texts = [line[:2048].decode("utf-8", "replace") for line in seen]
    good = sum(1 for text in texts if "timestamp" in (body := decode(text)) or "priority" in body)
    return LIKELY if seen and good >= _SHARE * len(seen) else NO


def _read(content: Content) -> Iterator[Item]:
    if _FRAME.match(content.head):
        return _framed(content)
    return decode_lines(content, "syslog", decode)


def _framed(content: Content) -> Iterator[Item]:
    batcher, frames = Batcher(content, "syslog"), _Frames(content.blocks())
    while (raw := frames.next()) is not None:
        if raw.strip():
            yield from batcher.add(raw, decode(raw.decode("utf-8", "replace")))
    yield from batcher.flush()


class _Frames:
    """Octet-counted frames; where a count leads beyond the end or over other records, lines."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._data = b""
        self._at = 0
        self._ended = False

    def next(self) -> bytes | None:
        """Return the next frame, None at the end."""
        if not self._skip_line_ends():
            return None
        while (found := _FRAME.match(self._data, self._at)) is None and self._left() < _LONGEST_COUNT and self._more():
            pass
        if found is not None:
            start, size = found.end() - self._at, int(found[1])
            while self._left() < start + size <= LONGEST_RECORD_BYTES and self._more():
                pass
            if self._left() >= start + size and not _HIDDEN.search(self._data, found.end(), found.end() + size):
                self._at += start
                return self._take(self._at + size)
        while (end := self._data.find(b"\n", self._at)) < 0 and self._left() <= LONGEST_RECORD_BYTES and self._more():
            pass
        return self._take(len(self._data) if end < 0 else end)

    def _skip_line_ends(self) -> bool:
        while True:
            while self._at < len(self._data) and self._data[self._at] in b"\r\n":
                self._at += 1
            if self._at < len(self._data):
                return True
            if not self._more():
                return False

    def _left(self) -> int:
        return len(self._data) - self._at

    def _more(self) -> bool:
        if self._ended:
            return False
        block = next(self._blocks, b"")
        self._ended = not block
        self._data = self._data[self._at :] + block
        self._at = 0
        return bool(block)

    def _take(self, end: int) -> bytes:
        raw = self._data[self._at : end].rstrip(b"\r\n\x00")
        self._at = end
        return raw


FORMAT = Format("syslog", _recognise, _read)
