"""Microsoft 365: the unified audit log (Entra ID, Exchange, SharePoint, OneDrive, Teams, Defender, Purview, Power BI, ...).

Sign-ins are Authentication; users Account Change; roles and mailbox permissions User Access; groups Group Management;
alerts and threat data Detection Findings; the rest API Activity. Source: Office 365 Management Activity API schema;
see `normalize/microsoft/office_shapes.py`. Trusted: the user and address the service saw. Not trusted:
`ClientInfoString`, user agents, subjects, senders and file names; the user of a failed sign-in.
"""

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.carried import carrying
from minixdr.normalize.draft import Draft
from minixdr.normalize.microsoft.office_events import put_finding, put_target, reading_of, severity_of
from minixdr.normalize.microsoft.office_shapes import SHAPES, outcome, pairs, unfold
from minixdr.normalize.saas.activity import API, AUTHENTICATION, FINDING, LONGEST_NAME, Reading
from minixdr.normalize.saas.people import ADMIN, SERVICE, SYSTEM, USER, put_client, put_outcome, put_person
from minixdr.normalize.source import NotAnEvent, Routing, Source
from minixdr.normalize.values import mapping, text, whole
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "microsoft_365"
_TYPES = {0: USER, 1: ADMIN, 2: ADMIN, 3: SYSTEM, 4: SYSTEM, 5: SERVICE, 6: SERVICE, 7: SERVICE, 8: SYSTEM}
"""UserType -> OCSF user type."""
_GUEST = "urn:spo:guest#"
"""What SharePoint writes before the address of a guest."""
_SYSTEMS = (3, 4, 7, 8)
_SERVICES = {
    "exchange": ("exchange",),
    "securitycompliancecenter": ("threat_management", "threat_detection"),
    "threatintelligence": ("threat_management",),
}
_NAMES = {"src_ip": "ClientIP"}


def _normalize(record: Record) -> Event:
    body = unfold(record.body)
    operation = text(body.get("Operation"))
    if operation is None:
        raise NotAnEvent("no operation: not a record of Microsoft 365's audit log")
    draft = Draft(record, _NAME, body)
    draft.take("Operation")
    reading = reading_of(operation[:LONGEST_NAME])
    draft.put("metadata.product.name", "Microsoft 365")
    draft.put("metadata.product.vendor_name", "Microsoft")
    draft.put("metadata.product.feature.name", text(draft.take("Workload")))
    draft.put("metadata.event_code", operation)
    draft.put("metadata.tenant_uid", text(draft.take("OrganizationId")))
    native_id = text(draft.take("Id"))
    draft.put("metadata.uid", native_id)
    draft.put("metadata.correlation_uid", text(draft.take("CorrelationId")) or text(draft.take("InterSystemsId")))
    status = text(draft.take("ResultStatus"))
    put_outcome(draft, success=outcome(body), status=status, detail=text(draft.take("LogonError")))
    _put_actor(draft, body, reading)
    _put_where(draft, body)
    said = text(draft.take("Severity"))
    if reading.class_uid == API:
        draft.put("api.operation", operation)
        draft.put("api.service.name", text(body.get("Workload")))
    if reading.class_uid == FINDING:
        put_finding(draft, body, operation)
    else:
        put_target(draft, body, reading)
    return draft.event(
        *reading[:2],
        parse_time(draft.take("CreationTime")),
        native_id=native_id,
        severity_id=severity_of(reading, said),
    )


def _put_actor(draft: Draft, body: JsonObject, reading: Reading) -> None:
    kind = whole(draft.take("UserType"))
    name, key = draft.take("UserId"), draft.take("UserKey")
    if isinstance(name, str) and name.startswith(_GUEST):
        name = name.removeprefix(_GUEST)
    type_id = _TYPES.get(kind) if kind is not None else None
    failed = reading.class_uid == AUTHENTICATION and outcome(body) is False
    if reading.class_uid == AUTHENTICATION:
        put_person(draft, "user", name, key, type_id=type_id)
        draft.put("service.name", text(body.get("Workload")) or "Microsoft 365")
        draft.put("is_remote", value=True)
    if failed:
        draft.doubt("actor.user.name", "the sign-in failed: the name is what a stranger typed")
        return
    if kind in _SYSTEMS and "@" not in (text(name) or ""):
        draft.put("actor.user.uid", text(name) or text(key))
        draft.put("actor.user.type_id", type_id)
    else:
        put_person(draft, "actor.user", name, key, type_id=type_id)
    draft.put("actor.app_uid", text(draft.take("ApplicationId")) or text(draft.take("AppId")))
    draft.put("actor.app_name", text(draft.take("ApplicationDisplayName")))
    context = mapping(draft.take("AppAccessContext"))
    draft.put("actor.session.uid", text(context.get("AADSessionId")) or text(draft.take("SessionId")))


def _put_where(draft: Draft, body: JsonObject) -> None:
    extended = pairs(draft.take("ExtendedProperties"))
    names = ("ClientIP", "ClientIPAddress", "ActorIpAddress", "UserIp", "SenderIp")
    where = [draft.take(name) for name in names]
    agent = draft.take("UserAgent") or extended.get("UserAgent") or body.get("ClientInfoString")
    put_client(draft, next((found for found in where if text(found) is not None), None), agent)


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    workload = key[0].lower() if isinstance(key[0], str) else ""
    services = (*_SERVICES.get(workload, ()), "audit")
    return tuple(LogSource(None, "m365", service, _NAMES) for service in services)


SOURCE = carrying(
    Source(
        name=_NAME,
        title="Microsoft 365 audit log",
        formats=frozenset({"json", "csv"}),
        shapes=SHAPES,
        routing=Routing(("Workload",), _log_sources),
        normalize=_normalize,
    )
)
