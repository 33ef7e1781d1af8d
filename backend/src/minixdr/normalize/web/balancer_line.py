"""A line of HAProxy's HTTP log, or of Nginx Proxy Manager's access log -> its fields, under the names of Sigma's webserver rules.

Formats: HAProxy configuration manual, `HTTP log format` (`option httplog`) and error log; Nginx Proxy Manager,
`log_format proxy` and `standard`. Both escape a `"` inside what a client sent (`#22`, `\\x22`): the first quotes are
the request's. HAProxy's client is the peer of the connection, unless it was told to believe a PROXY header.
"""

import re
from typing import Any

from minixdr.normalize.values import address, whole
from minixdr.normalize.web.request import target_fields

_HAPROXY = re.compile(
    r"(\S{2,45}):(\d{1,5}) \[(\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2}\.\d{3})\] (\S{1,256}?)(?:: (.{1,512})| (\S{1,512}) "
    r"([+-]?\d{1,9}(?:/[+-]?\d{1,9}){3,4}) (\d{3}|-1) \+?(\d{1,18}) (.*))\Z",
    re.DOTALL,
)
_REQUEST = re.compile(r'"(?:([A-Za-z]{2,32}) (\S+)(?: (HTTP/[\d.]{1,4}))?|(<BADREQ>)|([^"]*))"?', re.DOTALL)
_MANAGER = re.compile(
    r"\[(\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\] (?:\S{1,32} (?:\d{3}|-)(?:, \d{3})* )?(\d{3}) - (\S{1,32}) (https?) (\S{1,255}) "
    r'"([^"]*)" \[Client ([^\]]{1,64})\] \[Length (\d{1,18}|-)\](.*)\Z',
    re.DOTALL,
)
_COLUMN = re.compile(r'"([^"]*)"')


def is_haproxy(line: str) -> bool:
    """Return whether the line is of HAProxy's HTTP log."""
    return " [" in line[:60] and _HAPROXY.match(line) is not None


def is_proxy_manager(line: str) -> bool:
    """Return whether the line is of Nginx Proxy Manager."""
    return line[:1] == "[" and "] " in line[:40] and _MANAGER.match(line) is not None


def parse_haproxy(line: str) -> dict[str, Any]:
    """Return the fields of a line of HAProxy."""
    found = _HAPROXY.match(line)
    if found is None:
        return {}
    client, client_port, time, frontend, problem, backend, timers, status, size, rest = found.groups()
    fields: dict[str, Any] = {"log": "access", "time": time, "c-ip": address(client), "c-port": client_port}
    fields["rest"] = {"frontend": frontend, "backend": backend, "timers": timers, "client": client}
    if problem is not None:
        fields["text"] = problem
        return fields
    fields["sc-status"] = whole(status) if status != "-1" else None
    fields["sc-bytes"] = whole(size)
    before, quote, _ = rest.partition('"')
    fields["rest"]["state"] = before.strip()
    request = _REQUEST.match(rest, len(before)) if quote else None
    if request is None or request[1] is None:
        fields["doubt-request"] = "the request is no HTTP request line"
        fields["cs-uri-query"] = fields["c-uri"] = rest[len(before) :].strip('"') or None
        return fields
    fields["cs-method"], fields["target"], fields["cs-version"] = request[1], request[2], request[3]
    fields.update(target_fields(request[2], None))
    return fields


def parse_proxy_manager(line: str) -> dict[str, Any]:
    """Return the fields of a line of Nginx Proxy Manager."""
    found = _MANAGER.match(line)
    if found is None:
        return {}
    time, status, method, scheme, host, target, client, size, rest = found.groups()
    fields: dict[str, Any] = {
        "log": "access",
        "time": time,
        "c-ip": address(client),
        "sc-status": whole(status),
        "sc-bytes": whole(size),
        "cs-method": None if method == "-" else method,
        "scheme": scheme,
        "cs-host": host,
        "target": target or None,
        "rest": {"client": client},
    }
    columns = [text if text != "-" else None for text in _COLUMN.findall(rest)]
    fields["cs-user-agent"] = fields["c-useragent"] = columns[0] if columns else None
    fields["cs-referer"] = fields["cs-referrer"] = columns[1] if len(columns) > 1 else None
    fields.update(target_fields(target or None, host, scheme))
    return fields
