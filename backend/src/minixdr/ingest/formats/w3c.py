"""W3C Extended Log File Format -> {field: text} by the names of the `#Fields:` line, plus "_software".

Source: W3C working draft WD-logfile-960323; IIS (blanks between columns, `+` for a blank inside one), Amazon
CloudFront and Exchange (tabs, percent encoding), ProxySG (columns in quotes). A header may come again, with other
columns. "-" is nothing, and absent.

Not covered: logs without a `#Fields:` line. Values are not decoded: what an attacker wrote stays as it was written.
"""

import re
from collections.abc import Iterator

from minixdr.ingest.content import Content
from minixdr.ingest.format import CERTAIN, NO, Format, Item
from minixdr.ingest.line_records import decode_lines
from minixdr.schema.record import JsonObject

_HEAD = re.compile(rb"\s*(?:#(?:Software|Version|Date|Start-Date|Remark)[^\n]*\n){0,8}#Fields:[ \t]")
_COLUMN = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"|(\S+)')
_UNSET = "-"
_SEEN_LINES = 50


class _Header:
    """The columns, as the last header said."""

    def __init__(self) -> None:
        self.fields: list[str] = []
        self.software: str | None = None

    def decode(self, line: str) -> JsonObject | str | None:
        """Return the record of a line, why it is none, or None for a line of the header."""
        if line.startswith("#"):
            name, _, value = line[1:].partition(":")
            if name == "Fields":
                self.fields = value.split()
            elif name == "Software":
                self.software = value.strip()
            return None
        if not self.fields:
            return "no #Fields line came before it"
        values = _values(line, len(self.fields))
        if len(values) != len(self.fields):
            return f"{len(values)} columns where the header has {len(self.fields)}"
        body: JsonObject = {
            name: value for name, value in zip(self.fields, values, strict=True) if value not in (_UNSET, "")
        }
        if self.software is not None:
            body["_software"] = self.software
        return body


def _values(line: str, width: int) -> list[str]:
    """Return the values. Tabs and quotes may be a stranger's: they are those of the format only where blanks alone do not give as many
    values as the header has names.
    """
    values = line.split(" ") if line.count(" ") + 1 == width else line.split()
    if len(values) == width:
        return [_unquoted(value) for value in values] if '"' in line else values
    values = line.split("\t")
    return values if len(values) == width or '"' not in line else _columns(line)


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1].replace('""', '"') if quoted else value


def _columns(line: str) -> list[str]:
    return [quoted.replace('""', '"') if plain == "" else plain for quoted, plain in _COLUMN.findall(line)]


def _recognise(head: bytes) -> int:
    """A header, and among the first lines behind it one that fits: a line that only looks like a header may be a stranger's."""
    if _HEAD.match(head.removeprefix(b"\xef\xbb\xbf")) is None:
        return NO
    decode = _Header().decode
    seen = [
        decode(line.decode("utf-8", "replace").strip("\r")) for line in head.split(b"\n")[:_SEEN_LINES] if line.strip()
    ]
    rows = [row for row in seen if row is not None]
    return CERTAIN if not rows or any(isinstance(row, dict) for row in rows) else NO


def _read(content: Content) -> Iterator[Item]:
    return decode_lines(content, "w3c", _Header().decode)


FORMAT = Format("w3c", _recognise, _read, stands_alone=False)
