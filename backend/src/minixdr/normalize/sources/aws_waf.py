"""AWS WAF web ACL logs: each request, and the rule that ended its evaluation.

Source: AWS WAF developer guide, `Log fields for web ACL traffic` (format version 1). Attributes: OCSF HTTP Activity.
`clientIp` is the address that opened the connection to the load balancer or CDN; every header, X-Forwarded-For too, is the
client's word. A header that WAF redacted stays as it is.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.aws.cloud import arn_place, put_cloud
from minixdr.normalize.draft import Draft
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import address, mapping, objects, put_address, text, texts, whole
from minixdr.normalize.web.request import activity, put_method, put_status, put_url, target_fields
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "aws_waf"
_HTTP = 4002
_ACTIONS = {
    "ALLOW": (1, 1), "BLOCK": (2, 2), "COUNT": (3, 20), "CAPTCHA": (2, 22), "CHALLENGE": (2, 23), "EXCLUDED_AS_COUNT": (3, 20),
}  # fmt: skip
"""action -> action_id, disposition_id."""
_LOW = 2
_MD5, _JA4 = 1, 1
_JA4_VERSIONS = {"13": "1.3", "12": "1.2", "11": "1.1", "10": "1.0"}
"""Second and third character of a JA4 fingerprint -> TLS version."""
_MOST_FORWARDED = 16


def _is_waf(body: JsonObject) -> bool:
    return isinstance(body.get("httpRequest"), dict) and (
        "webaclId" in body or "webAclId" in body or "terminatingRuleId" in body
    )


def _header(request: JsonObject, name: str) -> str | None:
    return next(
        (text(item.get("value")) for item in objects(request.get("headers")) if str(item.get("name")).lower() == name),
        None,
    )


def _target(request: JsonObject) -> str | None:
    path, query = text(request.get("uri")), text(request.get("args"))
    return f"{path}?{query}" if path is not None and query is not None else path


def _host(request: JsonObject) -> str | None:
    return _header(request, "host") or text(request.get("host"))


def _fields(body: JsonObject) -> JsonObject:
    """Return the record with the names that rules of the categories webserver and proxy use."""
    request = mapping(body.get("httpRequest"))
    host = _host(request)
    fields: dict[str, Any] = {**body, **target_fields(_target(request), host, text(request.get("scheme")) or "https")}
    fields["cs-method"] = request.get("httpMethod")
    fields["c-ip"] = fields["src_ip"] = request.get("clientIp")
    fields["cs-host"] = fields["r-dns"] = host
    fields["cs-user-agent"] = fields["c-useragent"] = _header(request, "user-agent")
    fields["cs-referer"] = fields["cs-referrer"] = _header(request, "referer")
    fields["cs-cookie"] = _header(request, "cookie")
    fields["sc-status"] = body.get("responseCodeSent")
    return fields


def _normalize(record: Record) -> Event:
    draft = Draft(record, _NAME)
    acl = text(draft.take("webaclId")) or text(draft.take("webAclId"))
    account, region = arn_place(acl)
    put_cloud(draft, "AWS WAF", account, region)
    draft.put("metadata.product.version", text(draft.take("formatVersion")))
    draft.put("metadata.product.feature.uid", acl)
    method = _put_request(draft)
    action = _put_rule(draft)
    draft.put("src_endpoint.svc_name", text(draft.take("httpSourceName")))
    draft.put("src_endpoint.uid", text(draft.take("httpSourceId")))
    ja3, ja4 = text(draft.take("ja3Fingerprint")), text(draft.take("ja4Fingerprint"))
    if ja3 is not None:
        draft.put("tls.ja3_hash.value", ja3)
        draft.put("tls.ja3_hash.algorithm_id", _MD5)
    if ja4 is not None:
        draft.put("tls.version", _JA4_VERSIONS.get(ja4[1:3]))
        draft.put("ja4_fingerprint_list.value", [ja4])
        draft.put("ja4_fingerprint_list.type_id", [_JA4])
    put_status(draft, whole(draft.take("responseCodeSent")))
    draft.put(
        "metadata.labels",
        [name for item in objects(draft.take("labels")) if (name := text(item.get("name"))) is not None],
    )
    severity = _LOW if action == "BLOCK" else 1
    return draft.event(_HTTP, activity(method), parse_time(draft.take("timestamp")), severity_id=severity)


def _put_request(draft: Draft) -> str | None:
    """Set the request, and return its method."""
    request = mapping(draft.take("httpRequest"))
    put_address(draft, "src_endpoint", request.get("clientIp"))
    draft.put("src_endpoint.location.country", text(request.get("country")))
    method = text(request.get("httpMethod"))
    put_method(draft, method)
    draft.put("http_request.version", text(request.get("httpVersion")))
    draft.put("http_request.uid", text(request.get("requestId")))
    put_url(draft, "http_request.url", _target(request), _host(request), text(request.get("scheme")))
    draft.put("http_request.args", text(request.get("args")))
    for header, attribute in (("user-agent", "user_agent"), ("referer", "referrer")):
        draft.put(f"http_request.{attribute}", _header(request, header))
    forwarded = [
        found
        for part in texts(_header(request, "x-forwarded-for"), ",")
        if (found := address(part.strip())) is not None
    ]
    if forwarded:
        draft.put("http_request.x_forwarded_for", forwarded[:_MOST_FORWARDED])
        draft.doubt_kept("http_request.x_forwarded_for", "a header that the client may have written")
    return method


def _put_rule(draft: Draft) -> str | None:
    """Set the rule that ended the evaluation and what it did; return the action."""
    action = text(draft.take("action"))
    if action in _ACTIONS:
        draft.put("action_id", _ACTIONS[action][0])
        draft.put("disposition_id", _ACTIONS[action][1])
    draft.put("firewall_rule.uid", text(draft.take("terminatingRuleId")))
    draft.put("firewall_rule.type", text(draft.take("terminatingRuleType")))
    details = objects(draft.take("terminatingRuleMatchDetails"))
    if details:
        first = details[0]
        draft.put("firewall_rule.condition", text(first.get("conditionType")))
        draft.put("firewall_rule.sensitivity", text(first.get("sensitivityLevel")))
        draft.put("firewall_rule.match_location", text(first.get("location")))
        draft.put("firewall_rule.match_details", texts(first.get("matchedData")))
    rates = objects(draft.fields.get("rateBasedRuleList"))
    if rates:
        draft.put("firewall_rule.rate_limit", whole(rates[0].get("maxRateAllowed")))
    return action


def _log_sources(_key: tuple[object, ...]) -> tuple[LogSource, ...]:
    return tuple(LogSource(category, "aws", "waf") for category in ("webserver", "proxy"))


SOURCE = Source(
    name=_NAME,
    title="AWS WAF web ACL logs",
    formats=frozenset({"json"}),
    shapes=(Shape("waf", _is_waf, _fields),),
    routing=Routing((), _log_sources),
    normalize=_normalize,
)
