"""An access log line -> its fields, under the names of Sigma's webserver rules.

Formats: Common and Combined Log Format (Apache httpd `mod_log_config`, nginx `combined`, lighttpd, Traefik, Caddy's common), with a virtual host
before the client and further columns after the user agent. The client writes the request, referrer, user agent and, with Basic authentication, the
user; Apache and nginx escape `"` in them, so the first brackets that hold a time and stand before a plain `"` are the server's own. Where
the line holds a second time and request, its server escapes nothing, and neither is believed. Where the head names two addresses (a Host
header or X-Forwarded-For may be one) none of them is believed to be the client.
"""

import re
from typing import Any

from minixdr.normalize.values import address, whole
from minixdr.normalize.web.request import target_fields

_TIME = re.compile(r"\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2}(?: [+-]\d{4})?\Z")
_LONGEST_TIME = 27
_FORWARDED = re.compile(r"(?<!\S)(\S++) \([^()]*+\) ")
_REQUEST = re.compile(r"([A-Za-z]{2,32}(?:[-_][A-Za-z]{1,32})*) (\S.*?)(?: (HTTP/\d{1,2}(?:\.\d{1,2})?))?\Z", re.DOTALL)
_TAIL = re.compile(r" (\d{3}|-) (\d{1,18}|-)(?: |\Z)")
_PARTS = 3
_QUOTED_COLUMN = re.compile(r'(?: |\A)"[^"]*+"(?: |\Z)')
_SECOND = re.compile(r'\[\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2}(?: [+-]\d{4})?\] "')
TWO_REQUESTS = "the line holds two times and requests: one is the client's text, in a log that escapes no quotes"
TWO_ADDRESSES = "the line's head names two addresses"


def is_access_line(line: str) -> bool:
    """Return whether the line is an access log's: text, a time in brackets, then a quote."""
    return _bracket(line) is not None


def parse_access_line(line: str) -> dict[str, Any]:
    """Return the line's fields. `doubt-client` and `doubt-request` say why one of them is left out."""
    bracket = _bracket(line)
    if bracket is None:
        return {}
    start, end = bracket
    fields: dict[str, Any] = {"log": "access", "time": line[start + 1 : end]}
    _read_head(fields, line[:start].rstrip(" "))
    request, rest = _quoted(line, end + 2)
    if line.find('] "', rest) > 0 and _SECOND.search(line, rest) is not None:
        del fields["time"]
        fields["doubt-request"] = TWO_REQUESTS
        request = line[end + 3 :]
    else:
        _read_tail(fields, line, rest)
    _read_request(fields, request)
    return fields


def _bracket(line: str) -> tuple[int, int] | None:
    """Return where the time's brackets are: the first that hold a time and stand before a quote."""
    end = line.find('] "')
    while end > 0:
        start = line.rfind("[", max(0, end - _LONGEST_TIME - 1), end)
        if start > 0 and _TIME.match(line, start + 1, end) is not None:
            return (start, end) if _is_head(line[:start]) else None
        end = line.find('] "', end + 1)
    return None


def _is_head(head: str) -> bool:
    """Return whether no quoted column stands before the time: lines of other logs have one, and a client may have written the time into it."""
    plain = head.replace('\\"', "").replace('""', "")
    if '"' not in plain:
        return True
    # a quote inside the user's name is no column, where the server escapes nothing
    return address(head.partition(" ")[0]) is not None and _QUOTED_COLUMN.search(plain) is None


def _read_head(fields: dict[str, Any], head: str) -> None:
    """Read `[vhost ]client ident user`, where the user may hold blanks."""
    head = _FORWARDED.sub(r"\1 ", head, count=1)
    parts = head.split(" ")
    first, second = address(parts[0]), address(parts[1]) if len(parts) > 1 else None
    if first is not None and second is not None:
        fields["doubt-client"] = TWO_ADDRESSES
        parts = parts[2:]
    elif second is not None:
        fields["cs-host"] = parts[0]
        fields["c-ip"] = second
        parts = parts[2:]
    else:
        if first is not None:
            fields["c-ip"] = first
        elif parts[0] not in ("-", ""):
            fields["c-dns"] = parts[0]
        parts = parts[1:]
    user = " ".join(parts[1:])
    if user not in ("-", "", '""'):
        fields["cs-username"] = user


def _quoted(line: str, quote: int) -> tuple[str, int]:
    """Return the text from this quote to the next that no backslash escapes, and where it ends."""
    end = quote + 1
    while True:
        end = line.find('"', end)
        if end < 0:
            return line[quote + 1 :], len(line)
        before = end - 1
        while line[before] == "\\":
            before -= 1
        if (end - 1 - before) % 2 == 0:
            return line[quote + 1 : end], end + 1
        end += 1


def _read_tail(fields: dict[str, Any], line: str, position: int) -> None:
    """Read ` status bytes "referrer" "user agent"`."""
    found = _TAIL.match(line, position)
    if found is None:
        if position < len(line):
            fields["doubt-request"] = "no status follows the request: a quote inside it was not escaped"
        return
    fields["sc-status"] = whole(found[1])
    fields["sc-bytes"] = whole(found[2])
    position = found.end()
    columns: list[str] = []
    while position < len(line) and line[position] == '"' and len(columns) < _PARTS:
        column, position = _quoted(line, position)
        columns.append(column)
        position += 1
    if len(columns) > 1:
        fields["cs-referer"] = fields["cs-referrer"] = _known(columns[0])
        fields["cs-user-agent"] = fields["c-useragent"] = _known(columns[1])
    if position < len(line):
        fields["more"] = line[position:]


def _known(text: str) -> str | None:
    return None if text in ("-", "") else text


def _read_request(fields: dict[str, Any], request: str) -> None:
    if request in ("-", ""):
        return
    found = _REQUEST.match(request)
    if found is None or "doubt-request" in fields:
        fields.setdefault("doubt-request", "the request is no HTTP request line")
        fields["cs-uri-query"] = fields["c-uri"] = request
        return
    fields["cs-method"] = found[1]
    fields["cs-version"] = found[3]
    fields.update(target_fields(found[2], None))
    fields["target"] = found[2]
