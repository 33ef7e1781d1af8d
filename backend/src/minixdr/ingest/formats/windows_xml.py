"""Windows events as XML (`wevtutil qe /f:xml`, Event Viewer, forwarders) -> what the format `evtx` gives.

Source: the Event schema of [MS-EVEN6] 2.2.11 (http://schemas.microsoft.com/win/2004/08/events/event). Events may stand alone, one a line,
or in an <Events> element. `Data` elements become members by their Name, those without a name a list under "Data"; attributes lie under
"#attributes".

Not covered: types of EventData values (XML has none: all are texts). A document type declaration is refused: events have none, bombs have.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from minixdr.ingest.batching import Batcher
from minixdr.ingest.content import Content
from minixdr.ingest.format import CERTAIN, NO, Format, Item
from minixdr.schema.record import JsonObject

_DOCUMENT = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,1000}?-->\s*){0,4}(?:<Events[^>]{0,200}>\s*)?<Event(?:\s[^>]{0,300})?>\s*<",
    re.DOTALL,
)
_START = re.compile(rb"<Event[\s>]")
_END = b"</Event>"
_NO_EVENT = "text that belongs to no event"
_ENDLESS = "an event that does not end"
_NOTHING = re.compile(rb"(?:<\?xml[^>]*+>|<!--(?:[^-]|-(?!->))*+-->|</?Events(?:\s[^>]*+)?>|[\s\x00]|\xef\xbb\xbf)*+")
"""What may stand between events: declarations, comments, the element that holds them."""
_BLANK = b" \t\r\n\x00"
_LONGEST_GAP_BYTES = 4096
_CONTROLS = bytes(b"?"[0] if byte < 32 and byte not in b"\t\n\r" else byte for byte in range(256))  # noqa: PLR2004 - XML 1.0, 2.2
_CONTROL_REFERENCE = re.compile(rb"&#(?:x0*(?:[0-8bceBCEfF]|1[0-9a-fA-F])|0*(?:[0-8]|1[124-9]|2\d|3[01]));")
"""Control characters, which XML forbids and Windows writes all the same: an event is not lost for one in a command line."""
_MOST_EVENT_BYTES = 4 << 20
"""An event is at most 64 KiB in a log file; XML and its escapes make it some times larger."""
_DEEPEST = 50
_NUMBERS = frozenset({"EventID", "Version", "Level", "Task", "Opcode", "EventRecordID"})
_NUMBER_ATTRIBUTES = frozenset({"ProcessID", "ThreadID", "Qualifiers"})


class _Unusual(Exception):  # noqa: N818 - it says what the XML is
    """No event is written like this; the message says how."""


@dataclass(slots=True)
class _Open:
    """An element that has not ended."""

    name: str
    attributes: dict[str, str]
    members: JsonObject
    texts: list[str] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=dict)
    """Of names that came again: to count anew each time would cost the square of their number."""

    def add(self, name: str, value: Any) -> None:
        """Add a member; one that comes again is called <name>_1, <name>_2, as the reader of EVTX does."""
        key = name
        while key in self.members:
            count = self._counts[name] = self._counts.get(name, 0) + 1
            key = f"{name}_{count}"
        self.members[key] = value


class _Builder:
    """Makes an object of the elements of one event."""

    def __init__(self) -> None:
        self.root: JsonObject = {}
        self._stack = [_Open("", {}, self.root)]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._stack) > _DEEPEST:
            raise _Unusual(f"nested deeper than {_DEEPEST} levels")
        self._stack.append(_Open(name, attributes, {}))

    def text(self, text: str) -> None:
        self._stack[-1].texts.append(text)

    def end(self, _: str) -> None:
        ended, parent = self._stack.pop(), self._stack[-1]
        name, attributes = ended.name, ended.attributes
        text = "".join(ended.texts)
        if name == "Data" and "Name" in attributes:
            parent.add(attributes["Name"], text)
        elif name == "Data" and parent.name == "EventData":
            parent.members.setdefault("Data", {"#text": []})["#text"].append(text)
        else:
            parent.add(name, self._value(name, attributes, ended.members, text))

    def _value(self, name: str, attributes: dict[str, str], children: JsonObject, text: str) -> Any:
        written: dict[str, Any] = {
            key: int(value) if key in _NUMBER_ATTRIBUTES and value.isdecimal() else value
            for key, value in attributes.items()
        }
        if name == "Provider" and "Guid" in written:
            written["Guid"] = written["Guid"].strip("{}")
        content: Any = text if text.strip() else None
        if name in _NUMBERS and text.strip().isdecimal() and self._stack[-1].name == "System":
            content = int(text)
        if children:
            return {"#attributes": written, **children} if written else children
        if written:
            return {"#attributes": written} if content is None else {"#attributes": written, "#text": content}
        return content


def _parse(raw: bytes) -> JsonObject:
    """Return the event. Raises _Unusual, expat.ExpatError."""
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise _Unusual("a document type declaration")
    builder = _Builder()
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    clean = _CONTROL_REFERENCE.sub(b"\xef\xbf\xbd", raw.translate(_CONTROLS))
    parser.Parse(clean.decode("utf-8", "replace").encode(), True)  # noqa: FBT003 - positional only
    return builder.root


def _recognise(head: bytes) -> int:
    """Behind the first event, too, there must be XML: one line of it may be a stranger's."""
    if _DOCUMENT.match(head) is None or b"Linux-Sysmon" in head[:2048]:
        return NO
    behind = head.partition(_END)[2].lstrip(_BLANK)
    return CERTAIN if not behind or behind.startswith(b"<") else NO


class _Gap:
    """What stands between events: nothing of its own, or a stranger's text."""

    def __init__(self) -> None:
        self._text = b""

    def add(self, text: bytes) -> None:
        if len(self._text) <= _LONGEST_GAP_BYTES:
            self._text = (self._text + text).lstrip(_BLANK)[: _LONGEST_GAP_BYTES + 1]

    def end(self) -> bool:
        """Return whether there was text that belongs to no event, and begin anew."""
        text, self._text = self._text.strip(_BLANK), b""
        return len(text) > _LONGEST_GAP_BYTES or _NOTHING.fullmatch(text) is None


def _events(blocks: Iterator[bytes]) -> Iterator[tuple[int, bytes | str]]:
    """Yield (offset, event), or (offset, why it is none)."""
    data, offset, gap = b"", 0, _Gap()
    for block in blocks:
        data += block
        at = 0
        while (start := _START.search(data, at)) is not None:
            gap.add(data[at : start.start()])
            if gap.end():
                yield offset + at, _NO_EVENT
            end = data.find(_END, start.start())
            at = start.start()
            if end < 0:
                break
            at = end + len(_END)
            yield offset + start.start(), data[start.start() : at]
        keep = at
        if start is None:
            keep = max(at, len(data) - len(b"<Event"))
            gap.add(data[at:keep])
        elif len(data) - at > _MOST_EVENT_BYTES:
            yield offset + at, _ENDLESS
            keep = _last_start(data, at)
        offset, data = offset + keep, data[keep:]
    if _START.search(data):
        yield offset, _ENDLESS
    else:
        gap.add(data)
        if gap.end():
            yield offset, _NO_EVENT


def _last_start(data: bytes, at: int) -> int:
    """Return where the last event begins, behind the one here; it alone can be ended by what comes. The end, where there is none."""
    last = max(data.rfind(b"<Event>"), data.rfind(b"<Event "))
    return last if last > at else len(data) - len(b"<Event")


def _read(content: Content) -> Iterator[Item]:
    batcher = Batcher(content, "windows_xml")
    for offset, raw in _events(content.blocks()):
        if isinstance(raw, str):
            yield from batcher.refuse(raw, offset)
            continue
        try:
            body = _parse(raw)
        except (expat.ExpatError, _Unusual, ValueError) as reason:
            yield from batcher.refuse(f"not an event: {reason}", offset)
        else:
            yield from batcher.add(raw, body)
    yield from batcher.flush()


FORMAT = Format("windows_xml", _recognise, _read)
