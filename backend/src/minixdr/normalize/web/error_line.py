"""A line of nginx's or Apache httpd's error log -> its fields.

Sources: nginx `ngx_log_error` and `ngx_http_log_error`; Apache `ErrorLogFormat`. The message may hold what a client
sent: an nginx line with more than one `, client: ` names no client at all; of Apache's only the brackets before the
message are read.
"""

import re
from typing import Any

from minixdr.normalize.values import address

_NGINX = re.compile(r"(\d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2}) \[(\w{3,6})\] (\d+)#\d+: (?:\*(\d+) )?(.*)\Z", re.DOTALL)
_APACHE = re.compile(
    r"\[(?:([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2}(?:\.\d{1,9})? \d{4})\] \[)?(?:([\w.-]*):)?(trace\d|[a-z]{4,6})\] "
    r"(?:\[pid (\d+)(?::tid \d+)?\] )?(?:\(\d+\)[^\[\]]{1,200}: )?(?:\[(?:client|remote) ([^\]]{1,80})\] )?(.*)\Z",
    re.DOTALL,
)
_LEVELS = frozenset({"emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"})
_CLIENT = ", client: "
_REQUEST = re.compile(r', request: "([A-Za-z-]{2,32}) (\S+)(?: HTTP/[\d.]+)?"')
_PEER = re.compile(r"(.*?) ?(?::(\d{1,5}))?\Z", re.DOTALL)


def is_nginx_error(line: str) -> bool:
    """Return whether the line is of nginx's error log."""
    if line[4:5] != "/" or "] " not in line[:32]:
        return False
    found = _NGINX.match(line)
    return found is not None and found[2] in _LEVELS


def is_apache_error(line: str) -> bool:
    """Return whether the line is of Apache httpd's error log."""
    if line[:1] != "[":
        return False
    found = _APACHE.match(line)
    return (
        found is not None
        and (found[3] in _LEVELS or found[3].startswith("trace"))
        and (found[1] is not None or found[4] is not None)
    )


def parse_nginx_error(line: str) -> dict[str, Any]:
    """Return an nginx error line's fields."""
    found = _NGINX.match(line)
    if found is None:
        return {}
    time, level, pid, connection, message = found.groups()
    fields: dict[str, Any] = {"log": "nginx_error", "time": time, "level": level, "pid": pid, "connection": connection}
    text, mark, context = message.partition(_CLIENT)
    fields["text"] = text
    if _CLIENT in context:
        fields["doubt-client"] = "the line names two clients"
        fields["text"] = message
    elif mark:
        client = context.partition(", ")[0]
        fields["c-ip"] = address(client)
        request = _REQUEST.search(context)
        if request is not None:
            fields["cs-method"], fields["target"] = request[1], request[2]
    return fields


def parse_apache_error(line: str) -> dict[str, Any]:
    """Return an Apache error line's fields."""
    found = _APACHE.match(line)
    if found is None:
        return {}
    time, module, level, pid, peer, message = found.groups()
    fields: dict[str, Any] = {"log": "apache_error", "time": time, "level": level, "module": module or None, "pid": pid}
    fields["text"] = message
    if peer is not None:
        fields["c-ip"] = address(peer)
        if fields["c-ip"] is None:
            parts = _PEER.match(peer)
            if parts is not None:
                fields["c-ip"] = address(parts[1].strip("[]"))
                fields["c-port"] = parts[2]
    return fields
