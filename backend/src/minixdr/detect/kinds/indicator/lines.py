"""Lists with one indicator a line, and tables (CSV, TSV, `;`, `|`).

Sources: exports of abuse.ch (header in a comment line), MISP (`value`, `type`, `to_ids`), OTX (`Indicator`), Spamhaus
DROP (`; SBL...`), hosts files (`0.0.0.0 name`), AdBlock (`||name^`). Not covered: quoted values over several lines.
"""

import csv
import io
from collections.abc import Iterator, Sequence

from minixdr.detect.kinds.indicator.entry import Entries, Entry, Refused
from minixdr.detect.kinds.indicator.values import Atom, Unusable, atom

_VALUE_COLUMNS = frozenset(
    {
        "ioc", "ioc_value", "indicator", "indicator_value", "value", "observable", "url", "urls", "uri", "ip", "ips",
        "ip_address", "ipaddress", "ipv4", "ipv6", "dst_ip", "src_ip", "address", "cidr", "network", "netblock",
        "domain", "domains", "domain_name", "fqdn", "host", "hostname", "md5", "md5_hash", "sha1", "sha1_hash",
        "sha256", "sha256_hash", "sha512", "hash", "file_hash", "email", "email_address",
    }
)  # fmt: skip
"""Names of columns that hold indicators."""
_DESCRIBING_COLUMNS = (
    "malware_printable",
    "malware",
    "threat",
    "signature",
    "malware_family",
    "threat_type",
    "listingreason",
    "comment",
    "description",
    "tags",
)
_COMMENTS = ("#", ";", "//", "!")
_DELIMITERS = (",", "\t", ";", "|")
_SAMPLE_ROWS = 50
_ENOUGH = 0.8
"""A column without a known name holds indicators where this share of its first rows does."""
_NOWHERE = ("0.0.0.0", "127.0.0.1", "::", "::1")  # noqa: S104 - what hosts files point blocked names at
_HOSTS_FIELDS = 2


def read(content: bytes) -> Entries:
    """Yield the indicators of a list or table."""
    header, delimiter = _table_form(content)
    if delimiter is None:
        yield from _plain(content)
    else:
        yield from _table(content, header, delimiter)


def _numbered(content: bytes) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(io.BytesIO(content), 1):
        yield number, line.decode("utf-8", "backslashreplace").strip()


def _plain(content: bytes) -> Entries:
    for number, line in _numbered(content):
        if not line or line.startswith(_COMMENTS):
            continue
        text, _, comment = line.partition(" ") if " " in line else line.partition("\t")
        if text in _NOWHERE and comment.split():
            text, comment = comment.split()[0], ""
        if comment.lstrip()[:1] not in ("#", ";", "/", ""):
            text, comment = line, ""  # `192.0.2.1 - 192.0.2.9`, or prose that will be refused
        if text.startswith("||"):
            text = text[2:].rstrip("^")
        try:
            yield Entry((atom(text),), comment.lstrip(" \t#;/"))
        except Unusable as error:
            yield Refused(number, str(error))


def _table_form(content: bytes) -> tuple[list[str] | None, str | None]:
    """Return the header and delimiter; no delimiter where the lines are no table. Raises nothing."""
    commented: str | None = None
    for number, line in _numbered(content[:200_000]):
        if number > 1_000:  # noqa: PLR2004 - comments of a feed are shorter
            break
        if line.startswith(_COMMENTS):
            commented = line.lstrip("#;/! ")
            continue
        if not line:
            continue
        for delimiter in _DELIMITERS:
            fields = _split(line, delimiter)
            if len(fields) > 1:
                for text in (line, commented or ""):
                    names = _names(_split(text, delimiter))
                    if len(names) == len(fields) and _VALUE_COLUMNS & set(names):
                        return names, delimiter
                if delimiter != "|" and not _single(line):
                    return None, delimiter
        return (_names([line]), ",") if line.lower().strip('"') in _VALUE_COLUMNS else (None, None)
    return None, None


def _single(line: str) -> bool:
    """Return whether the line as a whole is one indicator (a URL may hold commas and semicolons)."""
    text = line.partition(" ")[0].partition("\t")[0]
    try:
        atom(text)
    except Unusable:
        return False
    return "," not in text or "://" in text


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line.replace("\0", "")], delimiter=delimiter, skipinitialspace=True), [])


def _names(fields: Sequence[str]) -> list[str]:
    return [field.strip().strip("\"'").lower().replace(" ", "_").replace("-", "_") for field in fields]


def _table(content: bytes, header: list[str] | None, delimiter: str) -> Entries:
    columns = [place for place, name in enumerate(header or ()) if name in _VALUE_COLUMNS]
    if header is None:
        columns = _columns_by_content(content, delimiter)
        if not columns:
            yield Refused(None, "a table in which no column holds indicators")
            return
    flags = header.index("to_ids") if header and "to_ids" in header else None
    describing = [header.index(name) for name in _DESCRIBING_COLUMNS if header and name in header]
    unflagged = 0
    for number, row in _rows(content, delimiter):
        if header is not None and _names(row) == header:
            continue
        if flags is not None and flags < len(row) and row[flags].strip().lower() in ("0", "false"):
            unflagged += 1
            continue
        description = next((row[place].strip() for place in describing if place < len(row) and _says(row[place])), "")
        cells = [row[place] for place in columns if place < len(row) and _says(row[place])]
        yield from _cells(number, cells, description)
    if unflagged:
        yield Refused(None, f"{unflagged:,} rows that their author does not want looked for (to_ids)")


def _says(cell: str) -> bool:
    return cell.strip().lower() not in ("", "n/a", "none", "null", "-", "unknown")


def _rows(content: bytes, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in _numbered(content):
        if line and not line.startswith(_COMMENTS):
            try:
                yield number, _split(line, delimiter)
            except csv.Error:
                yield number, [line]


def _cells(number: int, cells: Sequence[str], description: str) -> Entries:
    """Yield the indicators of a row. `name|digest` of MISP are several values in one cell."""
    found: list[Atom] = []
    reason = "no value in it"
    for cell in cells:
        for text in cell.split("|") if "|" in cell and "://" not in cell else (cell,):
            try:
                found.append(atom(text))
            except Unusable as error:
                reason = str(error)
    if not found:
        yield Refused(number, reason)
    for each in dict.fromkeys(found):
        yield Entry((each,), description)


def _columns_by_content(content: bytes, delimiter: str) -> list[int]:
    """Return the first column whose values are indicators."""
    rows = [row for _, (_, row) in zip(range(_SAMPLE_ROWS), _rows(content, delimiter), strict=False)]
    for place in range(max(map(len, rows), default=0)):
        cells = [row[place] for row in rows if place < len(row)]
        usable = sum(1 for cell in cells if _usable(cell))
        if cells and usable >= _ENOUGH * len(rows):
            return [place]
    return []


def _usable(text: str) -> bool:
    try:
        atom(text)
    except Unusable:
        return False
    return True
