"""Squid: the access log of a forward proxy, in its native format.

Attributes: OCSF HTTP Activity. Source: see `normalize/web/squid_line.py`. Trusted: client, result, status, sizes,
times. Not trusted: method, URL, user agent; the user, where Squid let nobody in (DENIED). Not covered: a site's own
`logformat`; Squid's `combined` is read with web servers' logs.
"""

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.saas.people import put_agent
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import put_address, text
from minixdr.normalize.web.request import activity, put_claimed_user, put_host, put_method, put_status, put_url
from minixdr.normalize.web.squid_line import is_squid_line, parse_squid_line
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "squid_access"
_HTTP = 4002
_DENIED, _BLOCKED = 2, 2
_LOG_SOURCES = (LogSource("proxy", "squid", None, {"src_ip": "c-ip", "dst_ip": "r-ip", "cs-useragent": "c-useragent"}),)


def _line(body: JsonObject) -> str:
    message = body.get("message")
    return message if isinstance(message, str) else ""


def _is_text(body: JsonObject) -> bool:
    return (len(body) == 1 or _is_program(body)) and is_squid_line(_line(body))


def _is_program(body: JsonObject) -> bool:
    program = body.get("program")
    return isinstance(program, str) and program.startswith(("squid", "(squid"))


def _fields(body: JsonObject) -> JsonObject:
    return parse_squid_line(_line(body))


def _normalize(record: Record) -> Event:
    draft = Draft(record, _NAME, _fields(record.body))
    for name in ("c-uri", "cs-uri", "cs-uri-stem", "c-uri-stem", "cs-uri-query", "c-uri-query", "c-uri-extension", "client",
                 "r-dns", "cs-referrer", "cs-user-agent"):  # fmt: skip
        draft.take(name)
    draft.put("metadata.product.name", "Squid")
    draft.put("device.hostname", text(record.body.get("hostname")))
    method = text(draft.take("cs-method"))
    put_method(draft, method)
    target, host = text(draft.take("target")), text(draft.take("cs-host"))
    if target is not None:
        put_url(draft, "http_request.url", target, None)
    elif host is not None:
        put_host(draft, "http_request.url", host)
        draft.put("http_request.url.port", draft.take("r-port"))
    put_address(draft, "src_endpoint", draft.take("c-ip"))
    put_address(draft, "dst_endpoint", draft.take("r-ip"))
    put_agent(draft, draft.take("c-useragent"))
    draft.put("http_request.referrer", text(draft.take("cs-referer")))
    status = draft.take("sc-status")
    put_status(draft, status)
    draft.put("http_response.length", draft.take("sc-bytes"))
    draft.put("http_response.content_type", text(draft.take("sc-content-type")))
    draft.put("duration", draft.take("time-taken"))
    draft.put("status_detail", text(draft.take("s-action")))
    put_claimed_user(draft, text(draft.take("cs-username")), status)
    if draft.take("denied"):
        draft.put("action_id", _DENIED)
        draft.put("disposition_id", _BLOCKED)
    return draft.event(_HTTP, activity(method), parse_time(draft.take("time")))


def _log_sources(_key: tuple[object, ...]) -> tuple[LogSource, ...]:
    return _LOG_SOURCES


SOURCE = Source(
    name=_NAME,
    title="Squid access log",
    formats=frozenset({"text", "syslog"}),
    shapes=(Shape("native", _is_text, _fields),),
    routing=Routing((), _log_sources),
    normalize=_normalize,
)
