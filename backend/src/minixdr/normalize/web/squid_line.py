"""A line of Squid's native access log -> its fields, under the names of Sigma's proxy rules.

Format: `time elapsed client result/status bytes method URL user hierarchy/peer type`, then columns of the site's own
(often referrer and user agent in quotes). Source: Squid wiki, `Features/LogFormat`, logformat `squid`. Squid escapes
blanks in URLs, so the columns before the user hold; a client writes method and URL.
"""

import re
from typing import Any

from minixdr.normalize.values import address, whole
from minixdr.normalize.web.request import target_fields

_LINE = re.compile(
    r"(\d{9,11}\.\d{3}) +(-?\d{1,12}) (\S{1,64}) ([A-Z][A-Z_]{2,40})/(\d{3}) (\d{1,18}) (\S{1,64}) (\S+) (\S+) ([A-Z][A-Z_]{2,40})/(\S+) (\S+)(.*)\Z",
    re.DOTALL,
)
_QUOTED = re.compile(r'"([^"]*)"')
_AUTHORITY = re.compile(r"(?:([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}))|\[([0-9A-Fa-f:.]{2,45})\]):(\d{1,5})\Z")
_DENIED = ("DENIED", "TCP_DENIED", "UDP_DENIED")


def is_squid_line(line: str) -> bool:
    """Return whether the line is of Squid's native log."""
    return line[:1].isdigit() and _LINE.match(line) is not None


def parse_squid_line(line: str) -> dict[str, Any]:
    """Return the line's fields."""
    found = _LINE.match(line)
    if found is None:
        return {}
    time, elapsed, client, result, status, size, method, uri, user, _, peer, kind, more = found.groups()
    fields: dict[str, Any] = {"time": time, "time-taken": whole(elapsed), "client": client, "s-action": result}
    fields["c-ip"] = address(client)
    fields["sc-status"] = whole(status) or None
    fields["sc-bytes"] = whole(size)
    fields["cs-method"] = None if method == "-" else method
    fields["cs-username"] = None if user == "-" else user
    fields["r-ip"] = address(peer)
    fields["sc-content-type"] = None if kind == "-" else kind
    quoted = [text if text != "-" else None for text in _QUOTED.findall(more)]
    fields["cs-referer"] = fields["cs-referrer"] = quoted[0] if quoted else None
    fields["c-useragent"] = fields["cs-user-agent"] = quoted[1] if len(quoted) > 1 else None
    fields["more"] = more.strip() or None
    fields["denied"] = result in _DENIED
    _read_target(fields, method, uri)
    return fields


def _read_target(fields: dict[str, Any], method: str, uri: str) -> None:
    if uri.startswith("error:"):
        fields["error"] = uri
        return
    authority = _AUTHORITY.match(uri) if method == "CONNECT" else None
    if authority is not None:
        host = authority[1] or authority[2]
        fields.update({"cs-host": host, "r-dns": host, "r-port": whole(authority[3]), "c-uri": uri, "cs-uri": uri})
        return
    fields["target"] = uri
    fields.update(target_fields(uri, None))
    parts = uri.split("/", 3)
    if len(parts) > 2 and parts[0].endswith(":"):  # noqa: PLR2004 - scheme, "", host
        fields["cs-host"] = fields["r-dns"] = parts[2].rpartition("@")[2].partition(":")[0]
