"""An access log record in JSON -> its fields, under the names of Sigma's webserver rules.

Formats: nginx `log_format ... escape=json` under nginx's variable names, Apache under the names of its own documentation's examples, Traefik,
Caddy 2. Other names are a site's own: nothing is read that is not in the table. X-Forwarded-For is a client's claim and names nobody.
"""

from typing import Any

from minixdr.normalize.values import mapping, text, texts, whole
from minixdr.normalize.web.request import target_fields
from minixdr.schema.record import JsonObject

_NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("time", ("time_iso8601", "@timestamp", "timestamp", "time_local", "time", "StartUTC", "msec", "ts")),
    ("client", ("remote_addr", "remoteIP", "remote_ip", "ClientHost", "client_ip")),
    ("c-port", ("remote_port", "ClientPort")),
    ("cs-username", ("remote_user", "user", "ClientUsername")),
    ("cs-method", ("request_method", "method", "RequestMethod")),
    ("target", ("request_uri", "RequestPath", "uri")),
    ("cs-host", ("host", "http_host", "server_name", "RequestHost", "vhost")),
    ("sc-status", ("status", "response_status", "status_code", "DownstreamStatus")),
    ("sc-bytes", ("body_bytes_sent", "bytes_sent", "DownstreamContentSize", "bytes", "size")),
    ("cs-user-agent", ("http_user_agent", "user_agent", "userAgent", "request_User-Agent")),
    ("cs-referer", ("http_referer", "http_referrer", "referer", "referrer", "request_Referer")),
    ("scheme", ("scheme", "http_scheme", "RequestScheme", "request_scheme")),
    ("cs-version", ("server_protocol", "http_version", "RequestProtocol", "protocol")),
)
_TAKEN = frozenset(name for _, names in _NAMES for name in names)


def is_nginx_json(body: JsonObject) -> bool:
    """Return whether the record has nginx's (or Apache's) variables."""
    if "remote_addr" not in body and "remoteIP" not in body:
        return False
    return ("request" in body or "request_uri" in body or "request_method" in body) and (
        "status" in body or "response_status" in body
    )


def is_traefik_json(body: JsonObject) -> bool:
    """Return whether the record is Traefik's."""
    return "ClientHost" in body and "RequestMethod" in body and "DownstreamStatus" in body


def is_caddy_json(body: JsonObject) -> bool:
    """Return whether the record is Caddy's."""
    request = body.get("request")
    return (
        isinstance(request, dict) and "logger" in body and "uri" in request and "method" in request and "status" in body
    )


def parse_access_json(body: JsonObject) -> dict[str, Any]:
    """Return the record's fields."""
    found: dict[str, Any] = {}
    for name, others in _NAMES:
        for other in others:
            if (value := body.get(other)) not in (None, "", "-"):
                found[name] = value
                break
    if "target" not in found or "cs-method" not in found:
        _read_request(found, text(body.get("request")))
    fields = _named(found)
    fields["rest"] = {name: value for name, value in body.items() if name not in _TAKEN and name != "request"}
    return fields


def parse_caddy_json(body: JsonObject) -> dict[str, Any]:
    """Return a Caddy record's fields: `remote_ip` is the peer, `client_ip` what trusted proxies said."""
    request = mapping(body.get("request"))
    headers = {name.lower(): texts(value) for name, value in mapping(request.get("headers")).items()}
    found = {
        "time": body.get("ts"),
        "client": request.get("client_ip") or request.get("remote_ip"),
        "c-port": request.get("remote_port"),
        "cs-username": body.get("user_id"),
        "cs-method": request.get("method"),
        "target": request.get("uri"),
        "cs-host": request.get("host"),
        "sc-status": body.get("status"),
        "sc-bytes": body.get("size"),
        "cs-user-agent": next(iter(headers.get("user-agent", ())), None),
        "cs-referer": next(iter(headers.get("referer", ())), None),
        "cs-version": request.get("proto"),
        "scheme": "https" if request.get("tls") else "http",
    }
    fields = _named(found)
    fields["rest"] = {
        name: value for name, value in body.items() if name not in ("ts", "request", "status", "size", "user_id")
    }
    return fields


def _read_request(found: dict[str, Any], request: str | None) -> None:
    parts = request.split(" ") if request is not None else []
    if len(parts) == 3 and parts[2].startswith("HTTP/"):  # noqa: PLR2004 - method, target, version
        found["cs-method"], found["target"], found["cs-version"] = parts
    elif request is not None:
        found.setdefault("target", request if request.startswith("/") else None)
        if found["target"] is None:
            found["raw"] = request


def _named(found: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {"log": "access", "time": found.get("time")}
    client = text(found.get("client"))
    for name in (
        "cs-method",
        "target",
        "cs-host",
        "cs-user-agent",
        "cs-referer",
        "scheme",
        "cs-version",
        "cs-username",
    ):
        fields[name] = text(found.get(name))
    if fields["cs-username"] == "-":
        fields["cs-username"] = None
    fields["c-ip"] = client
    fields["c-port"] = found.get("c-port")
    fields["sc-status"] = whole(found.get("sc-status"))
    fields["sc-bytes"] = whole(found.get("sc-bytes"))
    fields["c-useragent"] = fields["cs-user-agent"]
    fields["cs-referrer"] = fields["cs-referer"]
    if fields["target"] is not None:
        fields.update(target_fields(fields["target"], fields["cs-host"], fields["scheme"] or "http"))
    elif "raw" in found:
        fields["doubt-request"] = "the request is no HTTP request line"
        fields["cs-uri-query"] = fields["c-uri"] = found["raw"]
    return fields
