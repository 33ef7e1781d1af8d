"""Linux audit logs -> one record an event: {"serial", "timestamp", "node"?, "records": [{"type", <field>: <text>, ...}, ...]}.

Sources: audit-documentation "Audit Event Parsing", "Field dictionary" (which fields are encoded); auparse(3); `log_format = ENRICHED` in
auditd.conf(5). An event is all the lines of one node, time and serial number; it counts as one record, its raw bytes are its lines joined
by newline. Lines of different events may be mixed: an event ends with its EOE line, a user-space message is complete at once, `----` of
ausearch ends all, and what is open longer than `_MOST_OPEN` newer events, or too large, is handed on as it is.

Fields written by a stranger (names, arguments) are quoted, or hexadecimal where they contain a quote or a blank: they cannot add fields.
Fields within msg='...' are added to the record where it has none of that name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from minixdr.ingest.batching import Batcher
from minixdr.ingest.content import Content
from minixdr.ingest.format import LIKELY, NO, Format, Item
from minixdr.ingest.lines import TOO_LONG, Line, lines
from minixdr.schema.record import JsonObject

_LINE = re.compile(r"(?:node=(\S+) )?type=(\w+(?:\[\d+\])?) msg=audit\(([^()]{1,40}):(\d{1,20})\) ?: ?(.*)$", re.DOTALL)
_PREFIX = re.compile(r".{0,200}?\b(?:audispd|audisp-syslog|auditd|audit)(?:\[\d+\])?: (?=node=|type=)", re.DOTALL)
"""What syslog writes before a line of the audit dispatcher."""
_FIELD = re.compile(
    r"""(?<![\w\[\]-])([A-Za-z_][\w\[\]-]{0,63}+)=(?:"([^"]*)"|'([^']*)'|(\{[^{}]{0,2000}\})|([^\s"',]*))""", re.DOTALL
)
"""Name, quoted, nested, braces, plain."""
_ENCODED_NAMES = """
    acct cmd comm cwd data device dir exe file key name new-disk new-fs ocomm old-disk old-fs path proctitle root_dir sw vm vm-ctx watch
"""
_ENCODED = frozenset(_ENCODED_NAMES.split())
_HEXADECIMAL = re.compile(r"(?:[0-9A-F]{2})++$")
_ARGUMENT = re.compile(r"a(\d{1,6})(?:\[(\d{1,6})\])?$")
_ENRICHED = "\x1d"
_MOST_OPEN = 256
"""Events whose lines the kernel mixes are those of as many processors and queues; auparse waits two seconds instead."""
_MOST_OPEN_BYTES = 64 << 20
_MOST_LINES = 5_000
"""Lines of one event; EXECVE is split into a line for about 7,500 bytes of arguments, of which a kernel allows 2 MiB by default."""
_MOST_EVENT_BYTES = 4 << 20
"""Arguments of 2 MiB in hexadecimal."""
_SEEN_LINES = 20
_USER_MESSAGE = re.compile(
    r"(?:USER|CRED|SERVICE|DAEMON|ADD|DEL|GRP|ACCT|CHUSER|CHGRP|SYSTEM|CRYPTO|VIRT|LOGIN$|ANOM_(?!ABEND|PROMISCUOUS|LINK))"
)
"""Types of user space (1100 to 1299, 2100 to 2999 of linux/audit.h): one line each."""


@dataclass
class _Open:
    """An event whose lines are still coming."""

    body: JsonObject
    raws: list[bytes] = field(default_factory=list)
    size_bytes: int = 0


class _Joiner:
    def __init__(self, content: Content) -> None:
        self._batcher = Batcher(content, "auditd")
        self._open: dict[tuple[str | None, str, str], _Open] = {}
        self._open_bytes = 0

    def take(self, line: Line) -> Iterator[Item]:
        text = line.text.decode("utf-8", "replace")
        if text.startswith("----"):
            yield from self.close()
            return
        found = _match(text)
        if found is None:
            if not text.startswith("time->"):
                yield from self._batcher.refuse("not an audit line", line.offset_bytes)
            return
        node, type_, time, serial, fields = found.groups()
        key = (node, time, serial)
        event = self._open.get(key)
        if event is None:
            event = self._open[key] = _Open(_start(node, time, serial))
        event.raws.append(line.text)
        event.size_bytes += len(line.text)
        self._open_bytes += len(line.text)
        if type_ != "EOE":
            event.body["records"].append(_fields(type_, fields))
        alone = len(event.raws) == 1 and _USER_MESSAGE.match(type_) is not None
        if type_ == "EOE" or alone or _is_full(event):
            yield from self._finish(key)
        while len(self._open) > _MOST_OPEN or self._open_bytes > _MOST_OPEN_BYTES:
            yield from self._finish(next(iter(self._open)))

    def refuse(self, line: Line) -> Iterator[Item]:
        yield from self._batcher.refuse(f"line {TOO_LONG}", line.offset_bytes)

    def close(self) -> Iterator[Item]:
        for key in list(self._open):
            yield from self._finish(key)

    def end(self) -> Iterator[Item]:
        yield from self.close()
        yield from self._batcher.flush()

    def _finish(self, key: tuple[str | None, str, str]) -> Iterator[Item]:
        event = self._open.pop(key)
        self._open_bytes -= event.size_bytes
        yield from self._batcher.add(b"\n".join(event.raws), event.body)


def _is_full(event: _Open) -> bool:
    return len(event.raws) >= _MOST_LINES or event.size_bytes >= _MOST_EVENT_BYTES


def _match(text: str) -> re.Match[str] | None:
    found = _LINE.match(text)
    if found is None and (prefix := _PREFIX.match(text)):
        found = _LINE.match(text[prefix.end() :])
    return found


def _start(node: str | None, time: str, serial: str) -> JsonObject:
    body: JsonObject = {"serial": serial, "timestamp": time, "records": []}
    if node is not None:
        body["node"] = node
    return body


def _fields(type_: str, text: str) -> JsonObject:
    """Return the record of a line."""
    own, _, enriched = text.partition(_ENRICHED)
    record: JsonObject = {"type": type_}
    if type_ == "PROCTITLE" and own.startswith("proctitle="):
        record["proctitle"] = _title(own[len("proctitle=") :].strip())
    else:
        _collect(record, _ARGUMENT if type_ == "EXECVE" else None, own)
    if enriched:
        _collect(record, None, enriched)
    if type_ == "EXECVE":
        record["argv"] = _arguments(record)
    return record


def _collect(record: JsonObject, encoded: re.Pattern[str] | None, text: str) -> None:
    """Add the fields of a text, the first of each name; `encoded`: names whose plain values are hexadecimal, beside those that always are."""
    inner: list[str] = []
    for name, quoted, nested, braces, plain in _FIELD.findall(text):
        if nested:
            inner.append(nested)
        elif name not in record:
            if plain and (name in _ENCODED or (encoded is not None and encoded.match(name))):
                record[name] = _decoded(plain)
            else:
                record[name] = plain or quoted or braces
    for nested in inner:
        _collect(record, encoded, nested)


def _decoded(value: str) -> str:
    if not _HEXADECIMAL.match(value):
        return value
    return bytes.fromhex(value).decode("utf-8", "replace")


def _title(value: str) -> str:
    """Return a process title: its arguments are separated by NUL."""
    text = value[1:-1] if value.startswith('"') and value.endswith('"') else _decoded(value)
    return text.rstrip("\x00").replace("\x00", " ")


def _arguments(record: JsonObject) -> list[str]:
    """Return the arguments in order; long ones are written in parts, a1[0], a1[1]."""
    parts: dict[tuple[int, int], str] = {}
    for name, value in record.items():
        if found := _ARGUMENT.match(name):
            parts[int(found[1]), int(found[2] or 0)] = value
    joined: dict[int, str] = {}
    for (number, _), value in sorted(parts.items()):
        joined[number] = joined.get(number, "") + value
    return [joined[number] for number in sorted(joined)]


def _recognise(head: bytes) -> int:
    seen = [line for line in head.split(b"\n")[:_SEEN_LINES] if line.strip()]
    good = sum(
        1 for line in seen if _match(line[:1024].decode("utf-8", "replace")) or line.startswith((b"----", b"time->"))
    )
    return LIKELY + 20 if seen and good * 2 > len(seen) else NO


def _read(content: Content) -> Iterator[Item]:
    joiner = _Joiner(content)
    for line in lines(content):
        yield from joiner.take(line) if line.whole else joiner.refuse(line)
    yield from joiner.end()


FORMAT = Format("auditd", _recognise, _read)
