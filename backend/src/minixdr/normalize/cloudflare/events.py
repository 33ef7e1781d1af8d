"""A record of Cloudflare's -> OCSF attributes, one function for each data set.

Requests and firewall events are HTTP Activity, Gateway's and DNS logs DNS, HTTP and Network Activity, Access requests
Authentication, audit logs API Activity. Source: Cloudflare Logpush, `Datasets`; OCSF 1.9.0-dev.
"""

from collections.abc import Callable, Mapping
from typing import Any

from minixdr.normalize.cloudflare.datasets import query_name, request_target
from minixdr.normalize.draft import Draft
from minixdr.normalize.saas.activity import API, AUTHENTICATION, LOGON, LOW, Reading, last_verb
from minixdr.normalize.saas.people import put_agent, put_client, put_outcome, put_person
from minixdr.normalize.values import flag, port, put_endpoint, text, texts, whole
from minixdr.normalize.web.request import activity, put_method, put_status, put_url

_HTTP, _DNS, _NETWORK = 4002, 4003, 4001
_TRAFFIC, _REFUSE = 6, 5
_ALLOWED, _DENIED = 1, 2
_BLOCKS = ("block", "drop", "challenge", "deny")
_RCODES = frozenset({*range(12), *range(16, 26)})
_OTHER = 99


def _put_decision(draft: Draft, action: str | None) -> bool:
    """Set what Cloudflare did, and return whether it stopped it."""
    if action is None:
        return False
    stopped = any(word in action.lower() for word in _BLOCKS)
    draft.put("action_id", _DENIED if stopped else _ALLOWED)
    draft.put("disposition_id", _DENIED if stopped else _ALLOWED)
    draft.put("status_detail", action)
    return stopped


def request(draft: Draft) -> Reading:
    """Read a request to a site behind Cloudflare, and what its firewall did."""
    for name in ("ClientRequestURI", "ClientRequestPath", "ClientRequestQuery"):
        draft.take(name)
    method = text(draft.take("ClientRequestMethod"))
    put_method(draft, method)
    host, scheme = text(draft.take("ClientRequestHost")), text(draft.take("ClientRequestScheme"))
    put_url(draft, "http_request.url", request_target(dict(draft.fields)), host, scheme or "https")
    put_client(draft, draft.take("ClientIP"), draft.take("ClientRequestUserAgent"))
    draft.put("src_endpoint.port", port(draft.take("ClientSrcPort")))
    country = text(draft.take("ClientCountry"))
    draft.put("src_endpoint.location.country", country.upper() if country else None)
    draft.put("src_endpoint.autonomous_system.number", whole(draft.take("ClientASN")))
    put_endpoint(draft, "dst_endpoint", text(draft.take("OriginIP")))
    draft.put("http_request.referrer", text(draft.take("ClientRequestReferer")))
    draft.put("http_request.version", text(draft.take("ClientRequestProtocol")))
    put_status(draft, whole(draft.take("EdgeResponseStatus")))
    draft.put("http_response.length", whole(draft.take("EdgeResponseBytes")))
    draft.put("http_response.content_type", text(draft.take("EdgeResponseContentType")))
    rule = text(draft.take("RuleID"))
    stopped = _put_decision(draft, text(draft.take("Action")) if rule else text(draft.take("SecurityAction")))
    if rule is not None:
        draft.put("firewall_rule.uid", rule)
        draft.put("firewall_rule.type", text(draft.take("Source")))
        draft.put("firewall_rule.name", text(draft.take("Metadata.rule_message")))
    return Reading(_HTTP, activity(method), LOW if stopped else 1)


def gateway_http(draft: Draft) -> Reading:
    """Read a request that went out through Gateway."""
    method = text(draft.take("HTTPMethod"))
    put_method(draft, method)
    put_url(draft, "http_request.url", text(draft.take("URL")), text(draft.take("HTTPHost")), "https")
    put_endpoint(draft, "src_endpoint", draft.take("SourceIP"), draft.take("SourcePort"))
    put_endpoint(draft, "dst_endpoint", draft.take("DestinationIP"), draft.take("DestinationPort"))
    put_agent(draft, draft.take("UserAgent"))
    put_status(draft, whole(draft.take("HTTPStatusCode")))
    put_person(draft, "actor.user", draft.take("Email"), draft.take("UserID"))
    stopped = _put_decision(draft, text(draft.take("Action")))
    return Reading(_HTTP, activity(method), LOW if stopped else 1)


def dns(draft: Draft) -> Reading:
    """Read a query: to Cloudflare's name servers, or of a device to Gateway's resolver."""
    draft.take("QueryName")
    draft.put("query.hostname", query_name(dict(draft.fields)))
    draft.put("query.type", text(draft.take("QueryTypeName")) or text(draft.take("QueryType")))
    draft.put("answers.rdata", texts(draft.take("ResolvedIPs")))
    code = whole(draft.take("RCode"))
    code = whole(draft.take("ResponseCode")) if code is None else code
    if code is not None:
        draft.put("rcode_id", code if code in _RCODES else _OTHER)
        draft.put("status_id", 1 if code == 0 else 2)
    put_endpoint(draft, "src_endpoint", draft.take("SrcIP") or draft.take("SourceIP"), draft.take("SrcPort"))
    put_endpoint(draft, "dst_endpoint", draft.take("DstIP"), draft.take("DstPort"))
    put_person(draft, "actor.user", draft.take("Email"), draft.take("UserID"))
    protocol = text(draft.take("Protocol"))
    draft.put("connection_info.protocol_name", protocol)
    stopped = _put_decision(draft, text(draft.take("ResolverDecision")))
    return Reading(_DNS, _TRAFFIC, LOW if stopped else 1)


def network(draft: Draft) -> Reading:
    """Read a connection that went out through Gateway."""
    put_endpoint(draft, "src_endpoint", draft.take("SourceIP"), draft.take("SourcePort"))
    put_endpoint(draft, "dst_endpoint", draft.take("DestinationIP"), draft.take("DestinationPort"))
    draft.put("connection_info.protocol_name", text(draft.take("Transport")))
    draft.put("connection_info.uid", text(draft.take("SessionID")))
    draft.put("tls.sni", text(draft.take("SNI")))
    put_person(draft, "actor.user", draft.take("Email"), draft.take("UserID"))
    stopped = _put_decision(draft, text(draft.take("Action")))
    return Reading(_NETWORK, _REFUSE if stopped else _TRAFFIC, LOW if stopped else 1)


def access(draft: Draft) -> Reading:
    """Read a sign-in to an application behind Access. Who was refused is who was tried."""
    allowed = flag(draft.take("Allowed"))
    put_outcome(draft, success=allowed, status=text(draft.take("Action")))
    name, uid = draft.take("Email"), draft.take("UserUID")
    put_person(draft, "user", name, uid)
    if allowed:
        put_person(draft, "actor.user", name, uid)
    else:
        draft.doubt("actor.user.name", "the sign-in was refused")
    put_client(draft, draft.take("IPAddress"))
    country = text(draft.take("Country"))
    draft.put("src_endpoint.location.country", country.upper() if country else None)
    draft.put("service.name", text(draft.take("AppDomain")) or "Cloudflare Access")
    draft.put("service.uid", text(draft.take("AppUUID")))
    draft.put("is_remote", value=True)
    return Reading(AUTHENTICATION, LOGON)


def audit(draft: Draft) -> Reading:
    """Read what somebody did to the account."""
    operation = text(draft.take("ActionType"))
    draft.put("api.operation", operation or "unknown")
    draft.put("api.service.name", "Cloudflare")
    put_outcome(draft, success=flag(draft.take("ActionResult")))
    put_person(draft, "actor.user", draft.take("ActorEmail"), draft.take("ActorID"))
    put_client(draft, draft.take("ActorIP"))
    uid, kind = text(draft.take("ResourceID")), text(draft.take("ResourceType"))
    if uid is not None:
        draft.put("resources.uid", [uid])
        draft.put("resources.name", [uid])
        draft.put("resources.type", None if kind is None else [kind])
    return Reading(API, last_verb(operation))


READERS: Mapping[str, Callable[[Draft], Reading]] = {
    "http_requests": request, "firewall_events": request, "gateway_http": gateway_http, "gateway_dns": dns, "dns_logs": dns,
    "gateway_network": network, "access_requests": access, "audit_logs": audit,
}  # fmt: skip
_TIMES = ("Datetime", "EdgeStartTimestamp", "Timestamp", "When", "CreatedAt", "EdgeEndTimestamp")


def times(draft: Draft) -> list[Any]:
    """Return what the record says of when it happened, the most exact first."""
    return [draft.take(name) for name in _TIMES]
