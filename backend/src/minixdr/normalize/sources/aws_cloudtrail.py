"""AWS CloudTrail: management, data, network activity and insight events, console sign-ins.

Source: CloudTrail user guide, `CloudTrail record contents` (event version 1.11). Calls are API Activity; sign-ins
Authentication; IAM's changes of a user Account Change; insights Detection Findings of CloudTrail's. Trusted: what AWS checked
(the identity that signed) and saw (the address). Not trusted: the user agent, role session names, the user name of a failed
sign-in. `requestParameters` and `responseElements` stay in `unmapped`, whole, for rules and readers.
"""

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.aws.cloudtrail_activity import (
    ACCOUNT_CHANGE,
    API,
    AUTHENTICATION,
    FINDING,
    class_of,
    put_status,
)
from minixdr.normalize.aws.cloudtrail_actor import put_actor, put_source
from minixdr.normalize.aws.cloudtrail_shapes import SHAPES, fields_of
from minixdr.normalize.aws.cloudtrail_targets import put_changed_user, put_targets
from minixdr.normalize.draft import Draft
from minixdr.normalize.source import NotAnEvent, Routing, Source
from minixdr.normalize.values import address, flag, mapping, port, text, texts
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import Record

_NAME = "aws_cloudtrail"
_LOG_SOURCES = (LogSource(None, "aws", "cloudtrail"),)
_STATISTICAL = 3
_MEDIUM = 3


def _normalize(record: Record) -> Event:
    fields = fields_of(record.body)
    if "eventName" not in fields and "eventSource" not in fields and "insightDetails" not in fields:
        raise NotAnEvent("no event name or source: not a CloudTrail record")
    draft = Draft(record, _NAME, fields)
    account = _put_origin(draft)
    class_uid, activity_id = class_of(draft)
    time = parse_time(draft.take("eventTime"))
    native_id = text(draft.take("eventID"))
    draft.put("metadata.uid", native_id)
    if class_uid == FINDING:
        _put_insight(draft, native_id)
        return draft.event(class_uid, activity_id, time, native_id=native_id, severity_id=_MEDIUM)
    _put_call(draft)
    success = put_status(draft)
    if class_uid == AUTHENTICATION:
        _put_sign_in(draft, success=success)
    else:
        put_actor(draft)
    put_source(draft)
    if class_uid == API:
        put_targets(draft, account)
        _put_far_end(draft)
    if class_uid == ACCOUNT_CHANGE:
        put_changed_user(draft, account)
    return draft.event(class_uid, activity_id, time, native_id=native_id)


def _put_origin(draft: Draft) -> str | None:
    """Set what every record says of itself, and return the account it is of."""
    draft.put("metadata.product.name", "CloudTrail")
    draft.put("metadata.product.vendor_name", "AWS")
    draft.put("metadata.product.version", text(draft.take("eventVersion")))
    draft.put("metadata.product.feature.name", text(draft.take("eventCategory")))
    draft.put("metadata.event_code", text(draft.take("eventType")))
    draft.put("metadata.correlation_uid", text(draft.take("sharedEventID")))
    account = text(draft.take("recipientAccountId")) or text(mapping(draft.fields.get("userIdentity")).get("accountId"))
    draft.put("cloud.provider", "AWS")
    draft.put("cloud.region", text(draft.take("awsRegion")))
    draft.put("cloud.account.uid", account)
    return account


def _put_call(draft: Draft) -> None:
    draft.put("api.operation", text(draft.take("eventName")))
    draft.put("api.service.name", text(draft.take("eventSource")))
    draft.put("api.version", text(draft.take("apiVersion")))
    draft.put("api.request.uid", text(draft.take("requestID")))


def _put_far_end(draft: Draft) -> None:
    """Set the host to which Systems Manager forwards a port through an instance: the caller names it."""
    if draft.attributes.get("api.operation") != "StartSession":
        return
    asked = mapping(mapping(draft.fields.get("requestParameters")).get("parameters"))
    hosts, ports = texts(asked.get("host")), texts(asked.get("portNumber"))
    if len(hosts) == 1:
        found = address(hosts[0])
        draft.put("dst_endpoint.hostname" if found is None else "dst_endpoint.ip", found or hosts[0])
        draft.put("dst_endpoint.port", port(ports[0]) if ports else None)


def _put_sign_in(draft: Draft, *, success: bool) -> None:
    """Set who signed in; where that failed, who was tried."""
    put_actor(draft, "actor.user" if success else "user")
    if success:
        for name in ("name", "uid", "uid_alt", "type", "type_id", "account.uid"):
            value = draft.attributes.get(f"actor.user.{name}")
            draft.put(f"user.{name}", value)
    else:
        draft.doubt("actor.user.name", "the sign-in failed: the name is what a stranger typed")
    draft.put("is_mfa", flag(draft.take("additionalEventData.MFAUsed")))
    draft.put("is_remote", value=True)


def _put_insight(draft: Draft, native_id: str | None) -> None:
    """Set CloudTrail's own finding: an unusual rate of calls or errors."""
    kind = text(draft.take("insightDetails.insightType")) or "Insight"
    operation = text(draft.take("insightDetails.eventName"))
    shared = draft.attributes.get("metadata.correlation_uid")
    draft.put("finding_info.uid", shared if isinstance(shared, str) else native_id or "unknown")
    draft.put("finding_info.title", f"CloudTrail {kind}: {operation}" if operation else f"CloudTrail {kind}")
    draft.put("finding_info.types", [kind])
    draft.put("finding_info.analytic.name", kind)
    draft.put("finding_info.analytic.type_id", _STATISTICAL)
    draft.put("message", text(draft.take("insightDetails.state")))
    draft.put("is_alert", value=True)
    draft.put("api.operation", operation)
    draft.put("api.service.name", text(draft.take("insightDetails.eventSource")))
    draft.put("api.response.error", text(draft.take("insightDetails.errorCode")))


def _log_sources(_key: tuple[object, ...]) -> tuple[LogSource, ...]:
    return _LOG_SOURCES


SOURCE = Source(
    name=_NAME,
    title="AWS CloudTrail",
    formats=frozenset({"json", "csv"}),
    shapes=SHAPES,
    routing=Routing(("eventSource", "eventName"), _log_sources),
    normalize=_normalize,
)
