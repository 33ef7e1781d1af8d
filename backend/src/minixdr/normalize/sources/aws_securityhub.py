"""AWS Security Hub findings, in the AWS Security Finding Format or OCSF: API, EventBridge, S3 exports.

Source: Security Hub user guide, `AWS Security Finding Format (ASFF)`, schema version 2018-10-08. Attributes: OCSF Detection
Finding; Compliance Finding where a control was checked; Vulnerability Finding where vulnerabilities are listed. Security Hub
passes on what products and customers wrote: texts, severities and resources are theirs. An EventBridge event of a custom
action may hold several findings: the first is read, a doubt says so. Findings in OCSF (Security Hub's second version, Amazon
Security Lake) are read by `normalize/aws/ocsf_finding.py`.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.aws.camel import lower_camel
from minixdr.normalize.aws.cloud import put_cloud
from minixdr.normalize.aws.finding_action import put_action
from minixdr.normalize.aws.ocsf_finding import activity, is_finding, put_ocsf, severity
from minixdr.normalize.draft import Draft
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import mapping, objects, text, texts, whole
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "aws_securityhub"
_DETECTION, _COMPLIANCE, _VULNERABILITY = 2004, 2003, 2002
_CREATE, _UPDATE, _CLOSE = 1, 2, 3
_LABELS = {"INFORMATIONAL": 1, "LOW": 2, "MEDIUM": 3, "HIGH": 4, "CRITICAL": 5}
_WORKFLOW = {"NEW": 1, "NOTIFIED": 2, "SUPPRESSED": 3, "RESOLVED": 4}
_COMPLIANT = {"PASSED": 1, "WARNING": 2, "FAILED": 3}
_RULE = 1
_MOST = 64
_NORMALIZED = ((90, 5), (70, 4), (40, 3), (1, 2), (0, 1))
"""Least Severity.Normalized -> severity: ASFF's own table."""


def _is_asff(body: JsonObject) -> bool:
    return "ProductArn" in body and ("GeneratorId" in body or "AwsAccountId" in body)


def _findings(body: JsonObject) -> list[JsonObject]:
    return objects(mapping(body.get("detail")).get("findings"))


def _is_eventbridge(body: JsonObject) -> bool:
    if "detail-type" not in body:
        return False
    found = _findings(body)
    return bool(found) and (_is_asff(found[0]) or is_finding(found[0]))


def _first(body: JsonObject) -> JsonObject:
    found = _findings(body)
    return found[0] if found else {}


def _normalize(record: Record) -> Event:
    wrapped = _is_eventbridge(record.body)
    draft = Draft(record, _NAME, _first(record.body) if wrapped else record.body)
    if is_finding(draft.fields if isinstance(draft.fields, dict) else {}):
        return _normalize_ocsf(draft)
    if wrapped and len(_findings(record.body)) > 1:
        draft.doubt_kept("finding_info.uid", "the record holds several findings: this is the first")
    put_cloud(draft, "Security Hub", draft.take("AwsAccountId"), draft.take("Region"))
    _put_product(draft)
    _put_finding(draft)
    _put_resources(draft)
    times = _put_times(draft)
    class_uid = _put_class(draft)
    archived = text(draft.take("RecordState")) == "ARCHIVED"
    status = text(draft.take("Workflow.Status"))
    draft.put("status_id", _WORKFLOW.get(status or "", 0))
    created, updated = times["created_time"], times["modified_time"]
    activity = _CLOSE if archived else _CREATE if updated is None or created == updated else _UPDATE
    native_id = f"{draft.fields['Id']} {draft.fields.get('UpdatedAt')}" if text(draft.fields.get("Id")) else None
    return draft.event(class_uid, activity, updated or created, native_id=native_id, severity_id=_severity(draft))


def _normalize_ocsf(draft: Draft) -> Event:
    class_uid = put_ocsf(draft)
    time = parse_time(draft.take("time"))
    uid, written = (draft.attributes.get(f"finding_info.{name}") for name in ("uid", "modified_time"))
    draft.attributes.setdefault("finding_info.uid", "unknown")
    native_id = None if uid is None else f"{uid} {written}"
    return draft.event(class_uid, activity(draft), time, native_id=native_id, severity_id=severity(draft))


def _put_product(draft: Draft) -> None:
    draft.put("metadata.product.uid", text(draft.take("ProductArn")))
    draft.put("metadata.product.feature.uid", text(draft.take("GeneratorId")))
    draft.put("metadata.product.feature.name", text(draft.take("ProductName")))
    draft.put("metadata.log_version", text(draft.take("SchemaVersion")))
    company = text(draft.take("CompanyName"))
    draft.put("metadata.loggers.name", None if company is None else [company])


def _put_finding(draft: Draft) -> None:
    title = text(draft.take("Title")) or text(draft.take("Description")) or "Security Hub finding"
    draft.put("finding_info.title", title)
    draft.put("message", title)
    draft.put("finding_info.desc", text(draft.take("Description")))
    draft.put("finding_info.uid", text(draft.take("Id")) or "unknown")
    draft.put("finding_info.types", texts(draft.take("Types")) or texts(draft.take("FindingProviderFields.Types")))
    draft.put("finding_info.src_url", text(draft.take("SourceUrl")))
    draft.put("finding_info.analytic.uid", text(draft.fields.get("GeneratorId")))
    draft.put("finding_info.analytic.type_id", _RULE)
    draft.put("confidence_score", whole(draft.take("Confidence")))


def _put_resources(draft: Draft) -> None:
    found = [item for item in objects(draft.take("Resources")) if text(item.get("Id")) is not None][:_MOST]
    draft.put("resources.uid", [str(item["Id"]) for item in found])
    draft.put("resources.type", [text(item.get("Type")) or "Unknown" for item in found])
    draft.put("resources.region", [text(item.get("Region")) or "unknown" for item in found])


def _actor(draft: Draft) -> dict[str, Any]:
    """Return the access key's principal, which a resource's details give: attribute below `evidences` -> value."""
    for item in objects(draft.fields.get("Resources")):
        key = mapping(mapping(item.get("Details")).get("AwsIamAccessKey"))
        if key:
            issuer = mapping(mapping(key.get("SessionContext")).get("SessionIssuer"))
            found = {
                "actor.user.credential_uid": text(key.get("AccessKeyId")),
                "actor.user.uid": text(key.get("PrincipalId")),
                "actor.session.issuer": text(issuer.get("Arn")),
            }
            if text(key.get("PrincipalType")) in ("IAMUser", "User"):
                found["actor.user.name"] = text(key.get("PrincipalName")) or text(key.get("UserName"))
            return {name: value for name, value in found.items() if value is not None}
    return {}


def _put_class(draft: Draft) -> int:
    """Set what only its class has, and return the class."""
    compliance = mapping(draft.fields.get("Compliance"))
    if text(compliance.get("Status")) is not None:
        _put_compliance(draft)
        return _COMPLIANCE
    identifiers = [text(item.get("Id")) for item in objects(draft.fields.get("Vulnerabilities"))]
    known = [identifier for identifier in identifiers if identifier is not None][:_MOST]
    if known:
        draft.put("vulnerabilities.cve.uid", list(known))
        draft.take("Vulnerabilities")
        draft.attributes.pop("finding_info.analytic.type_id", None)
        draft.attributes.pop("finding_info.analytic.uid", None)
        return _VULNERABILITY
    put_action(draft, mapping(lower_camel(draft.take("Action"))), _actor(draft))
    _put_network(draft)
    draft.put("is_alert", value=draft.fields.get("RecordState") != "ARCHIVED")
    draft.put("remediation.desc", text(draft.take("Remediation.Recommendation.Text")))
    return _DETECTION


def _put_network(draft: Draft) -> None:
    """Older findings have the connection in `Network`."""
    network = mapping(draft.fields.get("Network"))
    if network and not any(name.startswith("evidences.src_endpoint") for name in draft.attributes):
        part = {
            "remoteIpDetails": {"ipAddressV4": network.get("SourceIpV4"), "ipAddressV6": network.get("SourceIpV6")},
            "localIpDetails": {
                "ipAddressV4": network.get("DestinationIpV4"),
                "ipAddressV6": network.get("DestinationIpV6"),
            },
            "remotePortDetails": {"port": network.get("SourcePort")},
            "localPortDetails": {"port": network.get("DestinationPort")},
            "protocol": network.get("Protocol"),
        }
        put_action(draft, {"networkConnectionAction": part}, _actor(draft))


def _put_compliance(draft: Draft) -> None:
    status = text(draft.take("Compliance.Status"))
    draft.put("compliance.status_id", _COMPLIANT.get(status or "", 0))
    draft.put("compliance.control", text(draft.take("Compliance.SecurityControlId")))
    draft.put("compliance.requirements", texts(draft.take("Compliance.RelatedRequirements")))
    standards = [text(item.get("StandardsId")) for item in objects(draft.take("Compliance.AssociatedStandards"))]
    draft.put("compliance.standards", [standard for standard in standards if standard is not None])
    draft.put("remediation.desc", text(draft.take("Remediation.Recommendation.Text")))


def _put_times(draft: Draft) -> dict[str, Any]:
    """Set the finding's times, and return them."""
    times = {}
    for name, attribute in (
        ("CreatedAt", "created_time"),
        ("UpdatedAt", "modified_time"),
        ("FirstObservedAt", "first_seen_time"),
        ("LastObservedAt", "last_seen_time"),
    ):
        time = times[attribute] = parse_time(draft.take(name))
        draft.put(f"finding_info.{attribute}", None if time is None else round(time.timestamp() * 1000))
    return times


def _severity(draft: Draft) -> int:
    label = text(draft.take("Severity.Label")) or text(draft.take("FindingProviderFields.Severity.Label"))
    if label in _LABELS:
        return _LABELS[label]
    number = whole(draft.take("Severity.Normalized"))
    if number is None:
        return 0
    return next((severity for least, severity in _NORMALIZED if number >= least), 0)


def _log_sources(_key: tuple[object, ...]) -> tuple[LogSource, ...]:
    return (LogSource(None, "aws", "securityhub"),)


SOURCE = Source(
    name=_NAME,
    title="AWS Security Hub",
    formats=frozenset({"json"}),
    shapes=(Shape("asff", _is_asff), Shape("ocsf", is_finding), Shape("eventbridge", _is_eventbridge, _first)),
    routing=Routing((), _log_sources),
    normalize=_normalize,
)
