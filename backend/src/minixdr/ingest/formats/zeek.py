r"""Zeek's TSV logs -> records typed as Zeek's own JSON would have them, plus "_path".

Source: Zeek manual, "Zeek Log Formats" (ASCII writer) and `src/threading/formatters/Ascii.cc` (7.0): header lines `#separator`,
`#set_separator`, `#empty_field`, `#unset_field`, `#path`, `#fields`, `#types`; `\xHH` for bytes that would be mistaken. Header blocks may
come again (rotated files put together). Times and intervals become float, counts, ints and ports int, bool, sets and vectors lists; what is
unset is absent.

Not covered: logs without a header. A value that is not of its type stays a text.
"""

import re
from collections.abc import Callable, Iterator

from minixdr.ingest.content import Content
from minixdr.ingest.format import CERTAIN, NO, Format, Item
from minixdr.ingest.line_records import decode_lines
from minixdr.schema.record import JsonObject

_ESCAPE = re.compile(rb"\\x([0-9A-Fa-f]{2})")
_CONTAINER = re.compile(r"(?:set|vector|table)\[(\w+)\]$")
_NUMBERS: dict[str, Callable[[str], float | int]] = {
    "time": float, "interval": float, "double": float, "count": int, "int": int, "port": int,
}  # fmt: skip
_SEEN_LINES = 50
_BOOLEANS = {"T": True, "F": False}


class _Header:
    """What the header lines seen so far say."""

    def __init__(self) -> None:
        self.separator = "\t"
        self.set_separator = ","
        self.empty = "(empty)"
        self.unset = "-"
        self.path: str | None = None
        self.fields: list[str] = []
        self.types: list[str] = []

    def read(self, line: str) -> None:
        """Take a header line; those that say nothing about records (#open, #close, comments) change nothing."""
        if line.startswith("#separator"):
            self.separator = _unescape(line[len("#separator") :].strip()) or "\t"
            return
        name, _, value = line.partition(self.separator)
        if name == "#fields":
            self.fields, self.types = value.split(self.separator), []
        elif name == "#types":
            self.types = value.split(self.separator)
        elif name == "#path":
            self.path = value
        elif name == "#set_separator":
            self.set_separator = _unescape(value) or ","
        elif name == "#empty_field":
            self.empty = value
        elif name == "#unset_field":
            self.unset = value

    def decode(self, line: str) -> JsonObject | str | None:
        """Return the record of a line, or why there is none; None for a header line."""
        if line.startswith("#"):
            self.read(line)
            return None
        if not self.fields:
            return "no #fields line came before it"
        values = line.split(self.separator)
        if len(values) != len(self.fields):
            return f"{len(values)} columns where the header has {len(self.fields)}"
        types = self.types if len(self.types) == len(self.fields) else ["string"] * len(self.fields)
        body: JsonObject = {}
        for name, type_, value in zip(self.fields, types, values, strict=True):
            if value != self.unset:
                body[name] = self._value(type_, value)
        if self.path is not None:
            body["_path"] = self.path
        return body

    def _value(self, type_: str, value: str) -> object:
        if (number := _NUMBERS.get(type_)) is not None:
            try:
                return number(value)
            except ValueError:
                return value
        if type_ == "bool":
            return _BOOLEANS.get(value, value)
        if container := _CONTAINER.match(type_):
            if value == self.empty:
                return []
            elements = value.split(self.set_separator)
            return [self._value(container[1], element) for element in elements if element != self.unset]
        return "" if value == self.empty else _unescape(value)


def _unescape(text: str) -> str:
    if "\\x" not in text:
        return text
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), text.encode("utf-8", "replace")).decode(
        "utf-8", "replace"
    )


def _recognise(head: bytes) -> int:
    """A header, and among the first lines behind it one that fits: a line that only looks like a header may be a stranger's."""
    if not head.lstrip().startswith((b"#separator ", b"#fields\t")):
        return NO
    decode = _Header().decode
    seen = [
        decode(line.decode("utf-8", "replace").strip("\r")) for line in head.split(b"\n")[:_SEEN_LINES] if line.strip()
    ]
    rows = [row for row in seen if row is not None]
    return CERTAIN if not rows or any(isinstance(row, dict) for row in rows) else NO


def _read(content: Content) -> Iterator[Item]:
    return decode_lines(content, "zeek", _Header().decode)


FORMAT = Format("zeek", _recognise, _read, stands_alone=False)
