"""Microsoft Entra ID (Azure AD): sign-ins, audit log, risk detections, Graph activity.

Sign-ins are Authentication; the audit log Account Change, User Access, Group and Entity Management; risk detections
and alerts of Privileged Identity Management Detection Findings; Graph activity API Activity. Source: see
`normalize/microsoft/entra_shapes.py`. Trusted: ids and addresses as Entra saw them. Not trusted: user agents, the
user name of a failed sign-in, display names of applications and devices, which their owners choose. Not covered:
ProvisioningLogs and NetworkAccessTrafficLogs beyond what was called.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.carried import carrying
from minixdr.normalize.draft import Draft
from minixdr.normalize.microsoft.entra_audit import reading_of
from minixdr.normalize.microsoft.entra_events import put_audit, put_call, put_risk, put_sign_in
from minixdr.normalize.microsoft.entra_fields import LOG, SHAPES
from minixdr.normalize.microsoft.entra_shapes import AUDIT, RISK, SIGN_IN, Unfolded, unfold
from minixdr.normalize.saas.activity import API, LONGEST_NAME, Reading, verb
from minixdr.normalize.source import NotAnEvent, Routing, Source
from minixdr.normalize.values import text
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import Record

_NAME = "microsoft_entra"
_TIMES = (
    "activityDateTime", "createdDateTime", "detectedDateTime", "riskLastUpdatedDateTime", "timeGenerated", "time",
)  # fmt: skip
_NAMES = {"Resultdescription": "ResultDescription", "src_ip": "ipAddress"}


def _normalize(record: Record) -> Event:
    found = unfold(record.body)
    draft = Draft(record, _NAME, found.properties)
    draft.put("metadata.product.name", "Entra ID")
    draft.put("metadata.product.vendor_name", "Microsoft")
    draft.put("metadata.product.feature.name", text(found.outer.get("category")) or found.kind)
    tenant = text(found.outer.get("tenantId")) or text(draft.take("tenantId")) or text(draft.take("homeTenantId"))
    draft.put("metadata.tenant_uid", tenant)
    native_id = text(draft.take("id"))
    draft.put("metadata.uid", native_id)
    draft.put("metadata.correlation_uid", text(draft.take("correlationId")))
    reading = _put_kind(draft, found)
    time = next((time for time in map(parse_time, _times(draft, found)) if time is not None), None)
    return draft.event(*reading[:2], time, native_id=native_id, severity_id=reading.severity_id)


def _times(draft: Draft, found: Unfolded) -> list[Any]:
    return [draft.take(name) for name in _TIMES] + [found.outer.get("time"), found.outer.get("timeGenerated")]


def _put_kind(draft: Draft, found: Unfolded) -> Reading:
    """Set what the kind of record says, and return what it is."""
    if found.kind == SIGN_IN:
        return put_sign_in(draft, found)
    if found.kind == RISK:
        return put_risk(draft, found)
    operation = text(draft.take("activityDisplayName")) or text(found.outer.get("operationName"))
    if operation is None and found.kind == AUDIT:
        raise NotAnEvent("an audit record without an activity")
    if found.kind == AUDIT and operation is not None:
        draft.put("metadata.event_code", operation)
        reading = reading_of(operation[:LONGEST_NAME])
        put_audit(draft, found, reading)
        return reading
    put_call(draft, found, operation)
    method = text(draft.fields.get("requestMethod"))
    return Reading(API, _METHODS.get(method or "", verb(operation)))


_METHODS = {"GET": 2, "HEAD": 2, "POST": 1, "PUT": 3, "PATCH": 3, "DELETE": 4}


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    log = key[0] if isinstance(key[0], str) else None
    first = LogSource(None, "azure", log, _NAMES)
    return (first, LogSource(None, "azure", "pim", _NAMES)) if log == RISK else (first,)


SOURCE = carrying(
    Source(
        name=_NAME,
        title="Microsoft Entra ID",
        formats=frozenset({"json", "csv"}),
        shapes=SHAPES,
        routing=Routing((LOG,), _log_sources),
        normalize=_normalize,
    )
)
