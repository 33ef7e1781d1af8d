"""Log -> Sigma log sources.

Source: SigmaHQ's Zeek rules, and its sigmac configuration `ecs-zeek-corelight`, which routes the categories dns, proxy, webserver and firewall to
Zeek's dns, http and conn logs.
"""

from minixdr.schema.event import LogSource

KEYS = ("_path",)
_ENDPOINTS = {"src_ip": "id.orig_h", "src_port": "id.orig_p", "dst_ip": "id.resp_h", "dst_port": "id.resp_p"}
_REQUEST = {
    **_ENDPOINTS,
    "c-ip": "id.orig_h",
    "s-ip": "id.resp_h",
    "s-port": "id.resp_p",
    "c-useragent": "user_agent",
    "cs-user-agent": "user_agent",
    "cs-referer": "referrer",
    "cs-referrer": "referrer",
    "cs-method": "method",
    "cs-host": "host",
    "r-dns": "host",
    "sc-status": "status_code",
    "cs-username": "username",
    "cs-bytes": "request_body_len",
    "sc-bytes": "response_body_len",
    "cs-content-type": "orig_mime_types",
    "cs-cookie": "cookie_vars",
}
_QUERY = {
    **_ENDPOINTS,
    "QNAME": "query",
    "record_type": "qtype_name",
    "answer": "answers",
    "rcode": "rcode_name",
    "response_code": "rcode_name",
}
_FLOW = {**_ENDPOINTS, "destination.port": "id.resp_p", "source.port": "id.orig_p", "protocol": "proto"}


def log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    """Return the Sigma log sources of a record of this log."""
    log = key[0]
    if not isinstance(log, str):
        return (LogSource(None, "zeek", None),)
    match log:
        case "http":
            return (LogSource("proxy", "zeek", log, _REQUEST), LogSource("webserver", "zeek", log, _REQUEST))
        case "dns":
            return (LogSource("dns", "zeek", log, _QUERY),)
        case "conn":
            return (LogSource("firewall", "zeek", log, _FLOW), LogSource(None, "zeek", "netflow", _FLOW))
    return (LogSource(None, "zeek", log),)
