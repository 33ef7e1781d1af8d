"""Which of Cloudflare's data sets a record is of, and the names rules have for its fields.

Source: Cloudflare Logpush, `Datasets`: HTTP requests, firewall events, DNS logs, Gateway DNS, Gateway HTTP, Gateway
network, Access requests, audit logs. A record does not name its data set: it is told by the fields that only that one
has. Rules of the categories webserver, proxy, dns and firewall name Sigma's fields.
"""

from typing import Any

from minixdr.normalize.source import Shape
from minixdr.normalize.values import text
from minixdr.normalize.web.request import target_fields
from minixdr.schema.record import JsonObject

DATASET = "cloudflare_dataset"
"""The field that says which data set a record is of."""
_MARKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("firewall_events", ("ClientRequestHost", "RayID", "Action", "RuleID")),
    ("http_requests", ("ClientRequestHost", "RayID", "EdgeResponseStatus")),
    ("gateway_dns", ("QueryName", "ResolverDecision")),
    ("dns_logs", ("QueryName", "ResponseCode", "Timestamp")),
    ("gateway_http", ("HTTPHost", "URL", "Datetime")),
    ("gateway_network", ("SourceIP", "DestinationIP", "SNI", "Datetime")),
    ("access_requests", ("AppUUID", "Allowed", "RayID")),
    ("audit_logs", ("ActionType", "ActorIP", "When")),
)
"""Data set, and the fields that tell it; the first that fits."""


def dataset_of(body: JsonObject) -> str | None:
    """Return the data set a record is of."""
    for name, marks in _MARKS:
        if marks[0] in body and all(mark in body for mark in marks):
            return name
    return None


def _fits(body: JsonObject) -> bool:
    return dataset_of(body) is not None and "EventID" not in body


def request_target(body: JsonObject) -> str | None:
    """Return the target of a request: what the client sent, or its path and query."""
    whole = text(body.get("ClientRequestURI"))
    if whole is not None:
        return whole
    path, query = text(body.get("ClientRequestPath")), text(body.get("ClientRequestQuery"))
    if path is None or query is None:
        return path
    return path + query if query.startswith("?") else f"{path}?{query}"


def query_name(body: JsonObject) -> str | None:
    """Return the name asked for, without its last dot."""
    found = text(body.get("QueryName"))
    return None if found is None else found.rstrip(".") or found


def fields(body: JsonObject) -> JsonObject:
    """Return the record under its own names and Sigma's."""
    dataset = dataset_of(body)
    named: dict[str, Any] = {**body, DATASET: dataset}
    match dataset:
        case "http_requests" | "firewall_events":
            _name_request(named, body)
        case "gateway_http":
            _name_gateway(named, body)
        case "gateway_dns" | "dns_logs":
            named["query"] = named["QNAME"] = query_name(body)
            named["record_type"] = body.get("QueryTypeName")
            named["answer"] = body.get("ResolvedIPs") or None
            named["src_ip"] = body.get("SrcIP", body.get("SourceIP"))
        case "gateway_network":
            named.update(src_ip=body["SourceIP"], dst_ip=body["DestinationIP"], dst_port=body.get("DestinationPort"))
            named.update(src_port=body.get("SourcePort"), action=body.get("Action"))
    return named


def _name_request(named: dict[str, Any], body: JsonObject) -> None:
    host = text(body.get("ClientRequestHost"))
    scheme = text(body.get("ClientRequestScheme")) or "https"
    named.update(target_fields(request_target(body), host, scheme))
    named["cs-method"] = body.get("ClientRequestMethod")
    named["cs-host"] = named["r-dns"] = host
    named["c-ip"] = named["src_ip"] = body.get("ClientIP")
    named["sc-status"] = body.get("EdgeResponseStatus")
    named["cs-user-agent"] = named["c-useragent"] = text(body.get("ClientRequestUserAgent"))
    named["cs-referer"] = named["cs-referrer"] = text(body.get("ClientRequestReferer"))


def _name_gateway(named: dict[str, Any], body: JsonObject) -> None:
    host = text(body.get("HTTPHost"))
    named.update(target_fields(text(body.get("URL")), host, "https"))
    named["cs-method"] = body.get("HTTPMethod")
    named["cs-host"] = named["r-dns"] = host
    named["c-ip"] = named["src_ip"] = body.get("SourceIP")
    named["dst_ip"] = named["r-ip"] = body.get("DestinationIP")
    named["sc-status"] = body.get("HTTPStatusCode")
    named["cs-user-agent"] = named["c-useragent"] = text(body.get("UserAgent"))
    named["cs-referer"] = named["cs-referrer"] = text(body.get("Referer"))
    named["cs-username"] = text(body.get("Email"))


SHAPES = (Shape("record", _fits, fields),)
