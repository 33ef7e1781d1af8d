"""Access logs in the W3C extended format (Microsoft IIS, Amazon CloudFront, web proxies), and in IIS's own.

Attributes: OCSF HTTP Activity. Source: see `normalize/web/w3c.py`. Times are UTC, as the draft says (IIS may be set
to local time in file names only). A client chooses every text but its address, the time, the status and the sizes;
`x-forwarded-for` is its claim and names nobody. Not covered: Exchange's and FTP's logs, which have no requests.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.saas.people import put_agent, put_client
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import put_endpoint, real, text, whole
from minixdr.normalize.web.request import activity, put_claimed_user, put_method, put_status, put_url
from minixdr.normalize.web.w3c import KIND, iis_fields, iis_record, is_iis, is_w3c, target_of, w3c_fields
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import Record

_NAME = "w3c_access"
_HTTP = 4002
_CLOUDFRONT = "x-edge-location"
_NAMES = {"src_ip": "c-ip", "dst_ip": "s-ip", "cs-useragent": "cs-user-agent", "cs-uri-path": "cs-uri-stem"}
_READ = (
    "date", "time", "cs-uri", "c-uri", "cs-uri-stem", "cs-uri-path", "cs-uri-query", "cs(Host)", "cs-host", "x-host-header", "cs-protocol",
    "cs-uri-scheme",
)  # fmt: skip


def _normalize(record: Record) -> Event:
    body = iis_record(record.body) or record.body
    draft = Draft(record, _NAME, body)
    for name in _READ:
        draft.take(name)
    cloudfront = _CLOUDFRONT in body
    draft.put("metadata.product.name", "CloudFront" if cloudfront else text(draft.take("_software")) or "Web server")
    draft.put("metadata.product.vendor_name", "AWS" if cloudfront else None)
    draft.put("metadata.log_name", text(draft.take("s-sitename")))
    draft.put("metadata.uid", text(draft.take("x-edge-request-id")))
    method = text(draft.take("cs-method"))
    put_method(draft, method)
    host = text(body.get("cs(Host)")) or text(body.get("cs-host")) or text(body.get("x-host-header"))
    scheme = text(body.get("cs-uri-scheme")) or text(body.get("cs-protocol"))
    put_url(draft, "http_request.url", target_of(body), host, scheme)
    put_client(draft, draft.take("c-ip"))
    draft.put("src_endpoint.port", whole(draft.take("c-port")))
    put_endpoint(draft, "dst_endpoint", draft.take("s-ip"), draft.take("s-port"))
    draft.put("dst_endpoint.hostname", text(draft.take("s-computername")))
    agent = text(draft.take("cs(User-Agent)"))
    put_agent(draft, agent if agent is None or cloudfront else agent.replace("+", " "))
    draft.put("http_request.referrer", text(draft.take("cs(Referer)")))
    version = text(draft.take("cs-version")) or text(draft.take("cs-protocol-version"))
    draft.put("http_request.version", version)
    status = whole(draft.take("sc-status"))
    put_status(draft, status)
    draft.put("http_response.body_length", whole(draft.take("sc-bytes")))
    draft.put("http_request.length", whole(draft.take("cs-bytes")))
    put_claimed_user(draft, text(draft.take("cs-username")), status)
    draft.put("duration", _duration(draft.take("time-taken"), seconds=cloudfront))
    draft.put("tls.version", text(draft.take("ssl-protocol")))
    draft.put("tls.cipher", text(draft.take("ssl-cipher")))
    return draft.event(_HTTP, activity(method), _time(body.get("date"), body.get("time"), body.get("timestamp")))


def _duration(value: Any, *, seconds: bool) -> int | None:
    found = real(value)
    return None if found is None else round(found * 1000) if seconds else round(found)


def _time(date: Any, clock: Any, stamp: Any) -> Any:
    if isinstance(date, str) and isinstance(clock, str):
        return parse_time(f"{date} {clock}")
    return parse_time(stamp)


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    proxy, server = LogSource("proxy", None, None, _NAMES), LogSource("webserver", None, None, _NAMES)
    return (proxy,) if key[0] == "proxy" else (server,)


SOURCE = Source(
    name=_NAME,
    title="W3C extended access logs (IIS, CloudFront, proxies)",
    formats=frozenset({"w3c", "text"}),
    shapes=(Shape("record", is_w3c, w3c_fields), Shape("iis", is_iis, iis_fields)),
    routing=Routing((KIND,), _log_sources),
    normalize=_normalize,
)
