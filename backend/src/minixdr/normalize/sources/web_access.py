"""Web servers' access and error logs: nginx, Apache httpd, what writes their formats (lighttpd, Traefik, Caddy ...), HAProxy.

Access lines do not say which server wrote them, so one source reads all. Attributes: OCSF HTTP Activity; error lines without a client are Base
Events. A client chooses every text but its address, the time, the status and the size: see `normalize/web/`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import port, put_address, text, whole
from minixdr.normalize.web.access_json import (
    is_caddy_json,
    is_nginx_json,
    is_traefik_json,
    parse_access_json,
    parse_caddy_json,
)
from minixdr.normalize.web.access_line import is_access_line, parse_access_line
from minixdr.normalize.web.balancer_line import is_haproxy, is_proxy_manager, parse_haproxy, parse_proxy_manager
from minixdr.normalize.web.error_line import is_apache_error, is_nginx_error, parse_apache_error, parse_nginx_error
from minixdr.normalize.web.request import activity, put_claimed_user, put_host, put_method, put_status, put_url
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "web_access"
_HTTP, _BASE, _OTHER = 4002, 0, 99
_PROGRAMS = frozenset(
    {"nginx", "apache", "apache2", "httpd", "apache-access", "apache-error", "lighttpd", "traefik", "caddy", "haproxy"}
)
_SEVERITIES = {"emerg": 4, "alert": 4, "crit": 3, "error": 2, "warn": 2}
_SERVICES = {"nginx_error": "nginx", "apache_error": "apache"}
_PRODUCTS = {"nginx_error": "nginx", "apache_error": "Apache httpd"}

Parse = Callable[[str], dict[str, Any]]


def _line(body: JsonObject) -> str:
    message = body.get("message")
    return message if isinstance(message, str) else ""


def _is_line(test: Callable[[str], bool]) -> Callable[[JsonObject], bool]:
    return lambda body: len(body) == 1 and test(_line(body))


def _parsed(parse: Parse) -> Callable[[JsonObject], dict[str, Any]]:
    return lambda body: parse(_line(body))


def _is_syslog(body: JsonObject) -> bool:
    program = body.get("program")
    return isinstance(program, str) and program in _PROGRAMS and _parser_of(_line(body)) is not None


def _parser_of(line: str) -> Parse | None:
    if is_access_line(line):
        return parse_access_line
    if is_nginx_error(line):
        return parse_nginx_error
    if is_haproxy(line):
        return parse_haproxy
    return parse_apache_error if is_apache_error(line) else None


def _parse_syslog(body: JsonObject) -> dict[str, Any]:
    parse = _parser_of(_line(body))
    fields = {} if parse is None else parse(_line(body))
    rest = {name: body[name] for name in body if name not in ("message", "hostname")}
    return {**fields, "hostname": body.get("hostname"), "rest": {**rest, **fields.get("rest", {})}}


_SHAPES: tuple[tuple[str, Callable[[JsonObject], bool], Callable[[JsonObject], dict[str, Any]]], ...] = (
    ("access_line", _is_line(is_access_line), _parsed(parse_access_line)),
    ("nginx_error", _is_line(is_nginx_error), _parsed(parse_nginx_error)),
    ("apache_error", _is_line(is_apache_error), _parsed(parse_apache_error)),
    ("haproxy", _is_line(is_haproxy), _parsed(parse_haproxy)),
    ("proxy_manager", _is_line(is_proxy_manager), _parsed(parse_proxy_manager)),
    ("syslog", _is_syslog, _parse_syslog),
    ("nginx_json", is_nginx_json, parse_access_json),
    ("traefik_json", is_traefik_json, parse_access_json),
    ("caddy_json", is_caddy_json, parse_caddy_json),
)
_UNREAD: dict[str, Any] = {}
_OF_REQUESTS = ("src_endpoint.", "http_request.", "http_response.")


def _normalize(record: Record) -> Event:
    fields = next((parse(record.body) for _, fits, parse in _SHAPES if fits(record.body)), _UNREAD)
    draft = Draft(record, _NAME, _left(fields))
    log = text(fields.get("log")) or "access"
    draft.put("metadata.log_name", log)
    draft.put("metadata.product.name", _PRODUCTS.get(log, "Web server"))
    draft.put("device.hostname", text(fields.get("hostname")))
    _put_client(draft, fields)
    _put_request(draft, fields)
    status = whole(fields.get("sc-status"))
    put_status(draft, status)
    draft.put("http_response.body_length", whole(fields.get("sc-bytes")))
    put_claimed_user(draft, text(fields.get("cs-username")), status)
    draft.put("message", text(fields.get("text")))
    time = parse_time(fields.get("time"))
    asked = any(name.startswith(_OF_REQUESTS) for name in draft.attributes)
    if log == "access" or asked or "doubt-client" in fields:
        class_uid, activity_id = _HTTP, activity(text(fields.get("cs-method")))
    else:
        class_uid, activity_id = _BASE, _OTHER
    return draft.event(class_uid, activity_id, time, severity_id=_SEVERITIES.get(str(fields.get("level")), 1))


def _left(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what no attribute takes: further columns and keys."""
    left = dict(fields.get("rest") or {})
    for name in ("more", "module", "pid", "connection", "level"):
        left[name] = fields.get(name)
    if "doubt-request" in fields:
        left["request"] = fields.get("cs-uri-query")
    return left


def _put_client(draft: Draft, fields: Mapping[str, Any]) -> None:
    put_address(draft, "src_endpoint", fields.get("c-ip"))
    draft.put("src_endpoint.port", port(fields.get("c-port")))
    if "c-dns" in fields:
        draft.put("src_endpoint.hostname", fields["c-dns"])
        draft.doubt_kept("src_endpoint.hostname", "the name that the owner of the address gave it")
    if "doubt-client" in fields:
        draft.doubt("src_endpoint.ip", fields["doubt-client"])


def _put_request(draft: Draft, fields: Mapping[str, Any]) -> None:
    if "doubt-request" in fields:
        draft.doubt("http_request.url.path", fields["doubt-request"])
    put_method(draft, text(fields.get("cs-method")))
    host = text(fields.get("cs-host"))
    target = text(fields.get("target"))
    if target is not None:
        put_url(draft, "http_request.url", target, host, text(fields.get("scheme")))
    elif host is not None:
        put_host(draft, "http_request.url", host)
    draft.put("http_request.version", text(fields.get("cs-version")))
    draft.put("http_request.user_agent", text(fields.get("cs-user-agent")))
    draft.put("http_request.referrer", text(fields.get("cs-referer")))


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    service = _SERVICES.get(key[0]) if isinstance(key[0], str) else None
    if service is not None:
        return (LogSource(None, service, service),)
    names = {"cs-ip": "c-ip", "src_ip": "c-ip", "cs-uri-path": "cs-uri-stem", "cs-useragent": "cs-user-agent"}
    return (LogSource("webserver", None, None, names),)


SOURCE = Source(
    name=_NAME,
    title="Web server access and error logs",
    formats=frozenset({"text", "syslog", "json"}),
    shapes=tuple(Shape(name, fits, parse) for name, fits, parse in _SHAPES),
    routing=Routing(("log",), _log_sources),
    normalize=_normalize,
)
