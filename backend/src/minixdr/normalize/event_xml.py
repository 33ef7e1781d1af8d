"""One Windows event as XML text -> the object that EVTX decoders give: {"System": {...}, "EventData": {...}, "UserData": {...}}.

Source: the event schema http://schemas.microsoft.com/win/2004/08/events/event, as rendered by wevtutil, Get-WinEvent's ToXml, Splunk,
Sysmon for Linux. Only this schema is read, by its own small grammar: no document types, no entities but XML's five and numbers, so nothing can grow.
Not covered: RenderingInfo, ProcessingErrorData. Not trusted: everything inside EventData.
"""

import re
from typing import Any

_LARGEST = 4_000_000  # characters; Windows limits an event to 64 KB
_MOST_PARTS = 5_000
_DEEPEST = 16
_START = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?<Event(?:\s[^<>]*)?>")
_PART = re.compile(r"<(/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"([\w.:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_LAST_CODE_POINT = 0x10FFFF


def is_event_xml(text: object) -> bool:
    """Return whether the text begins as an event."""
    return isinstance(text, str) and _START.match(text, 0, 1_000) is not None


def parse_event_xml(text: str) -> dict[str, Any]:
    """Return the event's sections. Attributes are `@Name`, an element's own text beside attributes is `#text`, named data are {name: text}, unnamed
    a list under `Data`. What breaks the grammar ends the reading: what was read before stays."""
    start = _START.match(text)
    if start is None or len(text) > _LARGEST:
        return {}
    sections: dict[str, Any] = {}
    root = _Element("Event", {})
    stack = [root]
    end = start.end()
    for number, part in enumerate(_PART.finditer(text, start.end())):
        if number > _MOST_PARTS:
            break
        stack[-1].text.append(text[end : part.start()])
        end = part.end()
        if part[1]:
            if len(stack) == 1:
                break
            stack.pop()
            continue
        element = _Element(part[2].rpartition(":")[2], _attributes(part[3]))
        stack[-1].children.append(element)
        if not part[4] and len(stack) < _DEEPEST:
            stack.append(element)
    for element in root.children:
        sections.setdefault(element.name, _data(element) if element.name == "EventData" else element.value())
    return sections


class _Element:
    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[_Element] = []
        self.text: list[str] = []

    def value(self) -> Any:
        if not self.attributes and not self.children:
            return _unescape("".join(self.text))
        found: dict[str, Any] = {f"@{name}": value for name, value in self.attributes.items() if name != "xmlns"}
        for child in self.children:
            found.setdefault(child.name, child.value())
        own = "".join(self.text).strip()
        if own:
            found["#text"] = _unescape(own)
        return found


def _data(section: _Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    unnamed: list[str] = []
    for child in section.children:
        name = child.attributes.get("Name")
        own = _unescape("".join(child.text))
        if name:
            found[name] = own
        elif child.name == "Data":
            unnamed.append(own)
        else:
            found[child.name] = child.value()
    if unnamed:
        found["Data"] = unnamed
    return found


def _attributes(text: str) -> dict[str, str]:
    return {name: _unescape(double or single) for name, double, single in _ATTRIBUTE.findall(text)}


def _unescape(text: str) -> str:
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    if found[3]:
        return _NAMED[found[3]]
    code = int(found[1]) if found[1] else int(found[2], 16)
    return chr(code) if 0 < code <= _LAST_CODE_POINT and not 0xD800 <= code < 0xE000 else "\ufffd"  # noqa: PLR2004 - surrogates
