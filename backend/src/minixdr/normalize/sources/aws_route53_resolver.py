"""Amazon Route 53 Resolver query logs: what instances asked the VPC's resolver, and what DNS Firewall did.

Source: Route 53 developer guide, `Values that appear in Resolver query logs` (version 1.1). Attributes: OCSF DNS Activity, question and answer in one
record (Traffic). Names lose their last dot: rule authors write them without. The name asked for was chosen by whoever runs on the instance.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.aws.cloud import put_cloud
from minixdr.normalize.draft import Draft
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import mapping, objects, put_endpoint, text
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "aws_route53_resolver"
_DNS, _TRAFFIC = 4003, 6
_SUCCESS, _FAILURE = 1, 2
_LOW = 2
_RCODES = {
    "NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5, "YXDOMAIN": 6, "YXRRSET": 7, "NXRRSET": 8,
    "NOTAUTH": 9, "NOTZONE": 10,
}  # fmt: skip
_OTHER = 99
_ACTIONS = {"ALLOW": (1, 1), "BLOCK": (2, 2), "ALERT": (1, 19)}
"""firewall_rule_action -> action_id, disposition_id."""
_TRANSPORTS = {"udp": 17, "tcp": 6}


def _is_query(body: JsonObject) -> bool:
    return "query_name" in body and ("query_timestamp" in body or "vpc_id" in body or "srcids" in body)


def _name(value: Any) -> str | None:
    found = text(value)
    return found.rstrip(".") or found if found is not None else None


def _fields(body: JsonObject) -> JsonObject:
    """Return the record with the names that rules of the category dns use."""
    name = body.get("query_name")
    query = name.rstrip(".") if isinstance(name, str) else name
    return {
        **body,
        "query": query,
        "QueryName": query,
        "QNAME": query,
        "record_type": body.get("query_type"),
        "answer": [answer["Rdata"] for answer in objects(body.get("answers")) if "Rdata" in answer] or None,
        "src_ip": body.get("srcaddr"),
    }


def _normalize(record: Record) -> Event:
    draft = Draft(record, _NAME)
    put_cloud(draft, "Route 53", draft.take("account_id"), draft.take("region"))
    draft.put("metadata.product.feature.name", "Resolver Query Logs")
    draft.put("metadata.product.version", text(draft.take("version")))
    draft.put("query.hostname", _name(draft.take("query_name")))
    draft.put("query.type", text(draft.take("query_type")))
    draft.put("query.class", text(draft.take("query_class")))
    _put_answers(draft)
    put_endpoint(draft, "src_endpoint", draft.take("srcaddr"), draft.take("srcport"))
    draft.put("src_endpoint.vpc_uid", text(draft.take("vpc_id")))
    identities = mapping(draft.take("srcids"))
    draft.put("src_endpoint.instance_uid", text(identities.get("instance")))
    draft.put("dst_endpoint.instance_uid", text(identities.get("resolver_endpoint")))
    draft.put("dst_endpoint.interface_uid", text(identities.get("resolver_network_interface")))
    transport = (text(draft.take("transport")) or "").lower()
    draft.put("connection_info.protocol_name", transport)
    draft.put("connection_info.protocol_num", _TRANSPORTS.get(transport))
    source = draft.attributes.get("src_endpoint.ip")
    if isinstance(source, str):
        draft.put("connection_info.protocol_ver_id", 6 if ":" in source else 4)
    severity = _put_firewall(draft)
    time = parse_time(draft.take("query_timestamp"))
    draft.put("query_time", None if time is None else round(time.timestamp() * 1000))
    return draft.event(_DNS, _TRAFFIC, time, severity_id=severity)


def _put_answers(draft: Draft) -> None:
    answers = [answer for answer in objects(draft.take("answers")) if text(answer.get("Rdata")) is not None]
    draft.put("answers.rdata", [str(answer["Rdata"]) for answer in answers])
    for name, attribute in (("Type", "answers.type"), ("Class", "answers.class")):
        if answers and all(text(answer.get(name)) is not None for answer in answers):
            draft.put(attribute, [str(answer[name]) for answer in answers])
    code = text(draft.take("rcode"))
    if code is not None:
        draft.put("rcode", code)
        draft.put("rcode_id", _RCODES.get(code.upper(), _OTHER))
        draft.put("status_id", _SUCCESS if code.upper() == "NOERROR" else _FAILURE)


def _put_firewall(draft: Draft) -> int:
    """Set what DNS Firewall did, and return the severity: low where a rule of its matched to block or alert."""
    action = text(draft.take("firewall_rule_action")) or ""
    if action not in _ACTIONS:
        return 1
    draft.put("action_id", _ACTIONS[action][0])
    draft.put("disposition_id", _ACTIONS[action][1])
    draft.put("firewall_rule.uid", text(draft.take("firewall_rule_group_id")))
    lists = text(draft.take("firewall_domain_list_id"))
    draft.put("firewall_rule.match_details", None if lists is None else [lists])
    draft.put("is_alert", value=action != "ALLOW")
    return 1 if action == "ALLOW" else _LOW


def _log_sources(_key: tuple[object, ...]) -> tuple[LogSource, ...]:
    return (LogSource("dns", "aws", "route53"), LogSource(None, "aws", "route53_resolver"))


SOURCE = Source(
    name=_NAME,
    title="Amazon Route 53 Resolver query logs",
    formats=frozenset({"json"}),
    shapes=(Shape("query", _is_query, _fields),),
    routing=Routing((), _log_sources),
    normalize=_normalize,
)
