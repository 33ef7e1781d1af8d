"""Amazon GuardDuty findings: EventBridge, S3 export, and the API's (lowerCamel or, by the AWS CLI, UpperCamel).

Source: GuardDuty API reference, `Finding` (schema version 2.0); user guide, `GuardDuty finding format`. Attributes: OCSF
Detection Finding. The finding's time is when its activity was last seen, not when GuardDuty wrote it. A finding is written
again when its count grows: each writing is an event of its own. Sample findings (`additionalInfo.sample`) are kept and are no
alert. Names inside (domains, user agents, processes) are what GuardDuty saw. Of a sequence of attacks the resources, endpoints
and the first actor are read; its signals stay in `unmapped`.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.aws.camel import lower_camel
from minixdr.normalize.aws.cloud import put_cloud
from minixdr.normalize.aws.finding_action import put_action
from minixdr.normalize.aws.guardduty_resources import actor_of, put_resources
from minixdr.normalize.draft import Draft
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import flag, mapping, objects, real, text, whole
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "aws_guardduty"
_FINDING = 2004
_CREATE, _UPDATE, _CLOSE = 1, 2, 3
_RULE, _LEARNING = 1, 4
_NEW, _ARCHIVED = 1, 5
_SEVERITIES = ((9.0, 5), (7.0, 4), (4.0, 3), (0.0, 2))
"""Least GuardDuty severity -> OCSF: critical, high, medium, low."""
_TACTICS = {
    "Backdoor": "TA0011", "Trojan": "TA0011", "CredentialAccess": "TA0006", "CryptoCurrency": "TA0040", "DefenseEvasion": "TA0005",
    "Stealth": "TA0005", "Discovery": "TA0007", "Execution": "TA0002", "Exfiltration": "TA0010", "Impact": "TA0040",
    "InitialAccess": "TA0001", "UnauthorizedAccess": "TA0001", "Persistence": "TA0003", "PrivilegeEscalation": "TA0004", "Recon": "TA0043",
}  # fmt: skip
"""Threat purpose, the first part of a finding's type -> ATT&CK tactic. Behavior, Object, Pentest, Policy and AttackSequence say none."""


def _is_finding(body: JsonObject) -> bool:
    return (
        isinstance(body.get("service"), dict)
        and "severity" in body
        and "type" in body
        and "detail-type" not in body
        and ("schemaVersion" in body or mapping(body["service"]).get("serviceName") == "guardduty")
    )


def _is_upper(body: JsonObject) -> bool:
    return isinstance(body.get("Service"), dict) and "Severity" in body and "Type" in body and "AccountId" in body


def _is_eventbridge(body: JsonObject) -> bool:
    detail = body.get("detail")
    return "detail-type" in body and isinstance(detail, dict) and _is_finding(detail)


def _detail(body: JsonObject) -> JsonObject:
    return mapping(body.get("detail"))


def _upper(body: JsonObject) -> JsonObject:
    return mapping(lower_camel(body))


def _fields_of(body: JsonObject) -> JsonObject:
    if _is_eventbridge(body):
        return _detail(body)
    return _upper(body) if _is_upper(body) else body


def _normalize(record: Record) -> Event:
    fields = _fields_of(record.body)
    draft = Draft(record, _NAME, fields)
    service = mapping(fields.get("service"))
    put_cloud(draft, "GuardDuty", draft.take("accountId"), draft.take("region"))
    draft.put("metadata.product.version", text(draft.take("schemaVersion")))
    draft.put("metadata.product.uid", text(draft.take("service.detectorId")))
    draft.put("metadata.product.feature.name", text(draft.take("service.featureName")))
    _put_finding(draft)
    put_resources(draft, fields)
    _put_evidence(draft, fields, service)
    time = _put_times(draft)
    archived = flag(draft.take("service.archived")) is True
    sample = flag(mapping(service.get("additionalInfo")).get("sample")) is True
    draft.put("is_alert", value=not (archived or sample))
    draft.put("metadata.labels", ["sample"] if sample else None)
    draft.put("status_id", _ARCHIVED if archived else _NEW)
    count = whole(draft.take("service.count"))
    draft.put("count", count if count is not None and count > 0 else None)
    activity = _CLOSE if archived else _UPDATE if count is not None and count > 1 else _CREATE
    native_id = f"{fields.get('arn') or fields.get('id')} {fields.get('updatedAt')}" if text(fields.get("id")) else None
    return draft.event(_FINDING, activity, time, native_id=native_id, severity_id=_severity(draft))


def _severity(draft: Draft) -> int:
    value = real(draft.take("severity"))
    if value is None:
        return 0
    return next((severity for least, severity in _SEVERITIES if value >= least), 1)


def _put_finding(draft: Draft) -> None:
    kind = text(draft.take("type")) or "Unknown"
    draft.put("finding_info.types", [kind])
    draft.put("finding_info.uid", text(draft.take("id")) or text(draft.take("arn")) or "unknown")
    draft.put("finding_info.uid_alt", text(draft.take("arn")))
    draft.put("finding_info.title", text(draft.take("title")) or kind)
    draft.put("finding_info.desc", text(draft.take("description")))
    draft.put("message", text(draft.fields.get("title")))
    draft.put("finding_info.analytic.name", kind)
    draft.put("finding_info.analytic.type_id", _LEARNING if "Anomal" in kind else _RULE)
    tactic = _TACTICS.get(kind.partition(":")[0])
    draft.put("finding_info.attacks.tactic.uid", None if tactic is None else [tactic])


def _put_evidence(draft: Draft, fields: dict[str, Any], service: dict[str, Any]) -> None:
    draft.take("service.action")
    actor = actor_of(fields)
    agent = text(mapping(mapping(service.get("additionalInfo")).get("userAgent")).get("fullUserAgent"))
    if agent is not None:
        actor["http_request.user_agent"] = agent
    sequence = mapping(mapping(service.get("detection")).get("sequence"))
    endpoints = [{"remoteIpDetails": {"ipAddressV4": item.get("ip")}} for item in objects(sequence.get("endpoints"))]
    for item in objects(sequence.get("actors"))[:1]:
        user = mapping(item.get("user"))
        actor = {
            "actor.user.name": text(user.get("name")),
            "actor.user.credential_uid": text(user.get("credentialUid")),
        } | actor
    action = mapping(service.get("action")) or (
        {"portProbeAction": {"portProbeDetails": endpoints}} if endpoints else {}
    )
    put_action(draft, action, {name: value for name, value in actor.items() if value is not None})


def _put_times(draft: Draft) -> Any:
    """Set the finding's times, and return that of the event: the last activity."""
    times = {}
    for path, attribute in (
        ("createdAt", "created_time"),
        ("updatedAt", "modified_time"),
        ("service.eventFirstSeen", "first_seen_time"),
        ("service.eventLastSeen", "last_seen_time"),
    ):
        time = times[attribute] = parse_time(draft.take(path))
        draft.put(f"finding_info.{attribute}", None if time is None else round(time.timestamp() * 1000))
    return times["last_seen_time"] or times["modified_time"] or times["created_time"]


def _log_sources(_key: tuple[object, ...]) -> tuple[LogSource, ...]:
    return (LogSource(None, "aws", "guardduty"),)


SOURCE = Source(
    name=_NAME,
    title="Amazon GuardDuty",
    formats=frozenset({"json"}),
    shapes=(
        Shape("finding", _is_finding),
        Shape("eventbridge", _is_eventbridge, _detail),
        Shape("upper_camel", _is_upper, _upper),
    ),
    routing=Routing(("type",), _log_sources),
    normalize=_normalize,
)
