"""Elastic Load Balancing: access logs of Application, Network and Classic Load Balancers, and connection logs.

Attributes: OCSF HTTP Activity for requests, Network Activity for TLS connections; columns in `normalize/aws/balancer_line.py`. The client's
address and port are those the load balancer saw. The request, user agent and host are the client's; where the request is none the URL is left out.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.aws.balancer_line import is_columns, kind_of, line_of, parse_columns, parse_line
from minixdr.normalize.aws.cloud import arn_place, put_cloud
from minixdr.normalize.draft import Draft
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import milliseconds, put_endpoint, real, text, texts, whole
from minixdr.normalize.web.request import activity, put_method, put_status, put_url, target_fields
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "aws_alb"
_HTTP, _NETWORK = 4002, 4001
_TRAFFIC, _FAIL = 6, 4
_FEATURES = {
    "application": "Application Load Balancer", "network": "Network Load Balancer", "classic": "Classic Load Balancer",
    "connection": "Application Load Balancer connections",
}  # fmt: skip
_DESYNC = {"Ambiguous": 2, "Severe": 3}
"""Desync mitigation's classification of a request -> severity."""


def _fields(body: JsonObject) -> dict[str, Any]:
    """Return the columns, and the names that rules of the categories webserver and proxy use."""
    fields = parse_columns(body) if is_columns(body) else parse_line(line_of(body))
    host = text(fields.get("domain_name"))
    url = text(fields.get("url"))
    fields.update(target_fields(url, host))
    fields["cs-method"] = fields.get("method")
    fields["c-ip"] = fields["src_ip"] = fields.get("client_ip")
    fields["cs-host"] = fields["r-dns"] = host
    fields["cs-user-agent"] = fields["c-useragent"] = fields.get("user_agent")
    fields["sc-status"] = whole(fields.get("elb_status_code"))
    return fields


def _normalize(record: Record) -> Event:
    body = record.body
    draft = Draft(record, _NAME, parse_columns(body) if is_columns(body) else parse_line(line_of(body)))
    kind = text(draft.take("log")) or "application"
    group = text(draft.take("target_group_arn"))
    account, region = arn_place(group or draft.fields.get("chosen_cert_arn"))
    put_cloud(draft, "Elastic Load Balancing", account, region)
    draft.put("metadata.product.feature.name", _FEATURES.get(kind))
    draft.put("metadata.product.uid", text(draft.take("elb")))
    draft.put("metadata.log_name", kind)
    put_endpoint(draft, "src_endpoint", draft.take("client_ip"), draft.take("client_port"))
    put_endpoint(draft, "dst_endpoint", draft.take("target_ip"), draft.take("target_port"))
    draft.put("dst_endpoint.uid", group)
    draft.put("traffic.bytes_in", whole(draft.take("received_bytes")))
    draft.put("traffic.bytes_out", whole(draft.take("sent_bytes")))
    _put_tls(draft)
    time = parse_time(draft.take("time"))
    if kind in ("network", "connection"):
        return _connection(draft, time)
    severity = _put_request(draft)
    return draft.event(_HTTP, activity(text(draft.take("method"))), time, severity_id=severity)


def _put_tls(draft: Draft) -> None:
    version = text(draft.take("ssl_protocol"))
    if version is None:
        return
    draft.put("tls.version", version)
    draft.put("tls.cipher", text(draft.take("ssl_cipher")))
    draft.put("tls.sni", text(draft.fields.get("domain_name")))


def _connection(draft: Draft, time: Any) -> Event:
    draft.put("duration", whole(draft.take("connection_time")))
    draft.put("connection_info.protocol_name", "tcp")
    draft.put("connection_info.uid", text(draft.take("conn_trace_id")))
    draft.put("connection_info.direction_id", 1)
    draft.put("dst_endpoint.port", whole(draft.take("listener_port")))
    draft.put("dst_endpoint.hostname", text(draft.take("domain_name")))
    verified = text(draft.take("tls_verify_status"))
    draft.put("status_detail", verified)
    failed = verified is not None and verified.startswith("Failed")
    draft.put("status_id", 2 if failed else 1)
    return draft.event(_NETWORK, _FAIL if failed else _TRAFFIC, time)


def _put_request(draft: Draft) -> int:
    """Set the request and response, and return the severity."""
    put_method(draft, text(draft.fields.get("method")))
    draft.put("http_request.user_agent", text(draft.take("user_agent")))
    draft.put("http_request.version", text(draft.take("protocol")))
    draft.put("http_request.uid", text(draft.take("trace_id")))
    put_url(draft, "http_request.url", text(draft.take("url")), text(draft.take("domain_name")), None)
    if "http_request.url.hostname" in draft.attributes:
        draft.doubt_kept("http_request.url.hostname", "the client wrote it into the request")
    if "doubt-request" in draft.fields:
        draft.doubt("http_request.url.path", "the request is no HTTP request line")
    put_status(draft, whole(draft.take("elb_status_code")))
    parts = [real(draft.take(f"{part}_processing_time")) for part in ("request", "target", "response")]
    spent = [seconds for seconds in parts if seconds is not None and seconds >= 0]
    draft.put("duration", milliseconds(sum(spent)) if spent else None)
    start = parse_time(draft.take("request_creation_time"))
    draft.put("start_time", None if start is None else round(start.timestamp() * 1000))
    draft.put("status_detail", text(draft.take("error_reason")))
    draft.put("metadata.labels", texts(draft.take("actions_executed"), ","))
    return _DESYNC.get(text(draft.take("classification")) or "", 1)


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    if key[0] in ("network", "connection"):
        return (LogSource(None, "aws", "elb", {"src_ip": "client_ip"}),)
    return tuple(LogSource(category, "aws", "elb") for category in ("webserver", "proxy"))


SOURCE = Source(
    name=_NAME,
    title="Elastic Load Balancing access and connection logs",
    formats=frozenset({"text", "csv", "json"}),
    shapes=(
        Shape("line", lambda body: kind_of(line_of(body)) is not None, _fields),
        Shape("columns", is_columns, _fields),
    ),
    routing=Routing(("log",), _log_sources),
    normalize=_normalize,
)
