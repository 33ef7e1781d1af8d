r"""Delimited text with a header line -> {column: text}.

Source: RFC 4180, and what programs really write: comma, semicolon, tab or bar, found by content; a `#TYPE` line of PowerShell's Export-Csv
is passed over. A column without a name is called `column_<n>`, a name that comes again `<name>_2`. A row with more values than columns
keeps the others in `_extra` (a list); one with fewer lacks columns. A quoted value may go over several lines.
What stands behind a quote that no RFC 4180 writer wrote is read line by line.

Not covered: files without a header line, other quotes than ".
"""

import csv
import re
from collections.abc import Iterator

from minixdr.ingest.batching import Batcher
from minixdr.ingest.content import Content
from minixdr.ingest.format import LIKELY, NO, Format, Item
from minixdr.ingest.lines import TOO_LONG, Line, lines
from minixdr.schema.record import JsonObject

_DELIMITERS = "\t;,|"
_LEAST_COLUMNS = 2
_MOST_COLUMNS = 4_000
_SEEN_LINES = 12
_SHARE = 0.7
_LEAST_SPACED = 4
_NAME = re.compile(r"(?=[^\[{=]*[^\W\d])[\w@#$%(<*./:-][^={}\"\x00-\x1f]{0,127}$")
_NO_NAME = re.compile(r"\d{4}-\d\d-\d\d|\d\d:\d\d|\d{1,3}(?:\.\d{1,3}){3}")
"""Dates, times and addresses stand in rows, not in headers."""
_TYPE = b"#TYPE "
_MOST_ROW_LINES = 2_000
_MOST_ROW_BYTES = 1 << 20
"""A quoted value that goes on for longer never ends: a quote in the wrong place. The row is its first line then."""
csv.field_size_limit(1 << 24)


def _split(text: str, delimiter: str) -> list[str] | None:
    """Return the values of a row, None where it cannot be read."""
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([part + "\n" for part in text.split("\n")], delimiter=delimiter), [])
    except csv.Error:
        return None


def _delimiter(head: bytes) -> str | None:
    """Return the delimiter of a table with a header; None where the bytes are none."""
    rows = [line.decode("utf-8", "replace").rstrip("\r") for line in head.split(b"\n")[: _SEEN_LINES + 2]]
    if head.count(b"\n") < len(rows) and len(rows) > _LEAST_COLUMNS:
        rows = rows[:-1]  # may be cut off
    rows = [row for row in rows if row.strip() and not row.startswith("#TYPE ")][:_SEEN_LINES]
    best: tuple[int, str] | None = None
    for delimiter in _DELIMITERS:
        width = _width(rows, delimiter)
        if width is not None and (best is None or width > best[0]):
            best = width, delimiter
    return None if best is None else best[1]


def _width(rows: list[str], delimiter: str) -> int | None:
    if not rows:
        return None
    names = _split(rows[0], delimiter)
    if names is None or not _LEAST_COLUMNS <= len(names) <= _MOST_COLUMNS or not _header_like(names):
        return None
    quoted = any(row.count('"') % 2 for row in rows[1:])
    good = sum(1 for row in rows[1:] if len(_split(row, delimiter) or ()) == len(names))
    if len(rows) > 1 and not quoted and good < _SHARE * (len(rows) - 1):
        return None
    if len(rows) == 1 and len(names) <= _LEAST_COLUMNS:
        return None
    return len(names)


def _header_like(names: list[str]) -> bool:
    """Return whether these are names: short, different, mostly words without blanks around punctuation, none a number."""
    stripped = [name.strip().strip('"') for name in names]
    named = [name for name in stripped if name]
    if len(named) < _SHARE * len(names) or len(set(named)) * 2 < len(named):
        return False
    if len(names) < _LEAST_SPACED and any(name.startswith(" ") for name in names):
        return False  # a sentence with commas
    return all(_NAME.match(name) and not _NO_NAME.search(name) for name in named)


def _columns(names: list[str]) -> list[str]:
    columns: list[str] = []
    seen: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        column = name.strip() or f"column_{number}"
        count = seen[column] = seen.get(column, 0) + 1
        columns.append(column if count == 1 else f"{column}_{count}")
    return columns


def _recognise(head: bytes) -> int:
    return LIKELY - 10 if _delimiter(head) is not None else NO


class _Rows:
    """Rows with their values: lines, put together while a quoted value is open.

    Several lines are one row only where it is written as RFC 4180 has it and is as wide as the header. Elsewhere the quote is a character
    like any other (programs that do not quote write what a stranger said), and each line is a row: none is swallowed.
    """

    def __init__(self, content: Content, delimiter: str) -> None:
        self._lines = lines(content)
        self._delimiter = delimiter
        self._taken: list[Line] = []

    def __iter__(self) -> Iterator[tuple[Line, list[str] | None]]:
        width: int | None = None
        for line in self._lines:
            self._taken = [line]
            values = self._values(line)
            if (
                len(self._taken) > 1
                and values is not None
                and width in (None, len(values))
                and not self._are_rows(width)
            ):
                yield _joined(self._taken), values
            else:
                for taken in self._taken:
                    values = _split(taken.text.decode("utf-8", "replace"), self._delimiter) if taken.whole else None
                    yield taken, values
            if width is None and values is not None and not line.text.startswith(_TYPE):
                width = len(values)

    def _are_rows(self, width: int | None) -> bool:
        """Return whether each line is as wide as the header on its own. Between tabs that says they are rows: what writes tabs seldom quotes.
        With other delimiters it may as well be a stranger's text in quotes, and is believed to be that.
        """
        tabs = [line.text.count(b"\t") + 1 for line in self._taken]
        return self._delimiter == "\t" and all(count == width for count in tabs)

    def _values(self, line: Line) -> list[str] | None:
        """Return the values of the row that begins here, None where it is not written as it should be."""
        if not line.whole or b'"' not in line.text:
            return None
        try:
            return next(csv.reader(self._texts(), delimiter=self._delimiter, strict=True), [])
        except csv.Error:
            return None

    def _texts(self) -> Iterator[str]:
        """Yield the lines of a row; who reads asks for another while a quoted value is open."""
        size = len(self._taken[0].text)
        yield self._taken[0].text.decode("utf-8", "replace") + "\n"
        for line in self._lines:
            self._taken.append(line)
            size += len(line.text)
            if len(self._taken) > _MOST_ROW_LINES or size > _MOST_ROW_BYTES or not line.whole:
                return
            yield line.text.decode("utf-8", "replace") + "\n"


def _joined(taken: list[Line]) -> Line:
    return Line(taken[0].offset_bytes, b"\n".join(line.text for line in taken))


def _read(content: Content) -> Iterator[Item]:
    batcher = Batcher(content, "csv")
    columns: list[str] | None = None
    for row, values in _Rows(content, _delimiter(content.head) or ","):
        if not row.whole:
            yield from batcher.refuse(f"line {TOO_LONG}", row.offset_bytes)
        elif columns is None and row.text.startswith(_TYPE):
            continue
        elif values is None:
            yield from batcher.refuse("not a row of delimited text", row.offset_bytes)
        elif columns is None:
            columns = _columns(values)
        else:
            yield from batcher.add(row.text, _body(columns, values))
    yield from batcher.flush()


def _body(columns: list[str], values: list[str]) -> JsonObject:
    body: JsonObject = dict(zip(columns, values, strict=False))
    if len(values) > len(columns):
        body["_extra"] = values[len(columns) :]
    return body


FORMAT = Format("csv", _recognise, _read, stands_alone=False)
