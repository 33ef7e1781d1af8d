"""Okta System Log: sign-ins, factors, users, groups, applications, policies, administrators, threats.

Source: Okta System Log API, `LogEvent` object and `Event types`. Sign-ins are Authentication, users' life cycle
Account Change, privileges and application assignments User Access, groups Group Management, policies, zones and
applications Entity Management, threats Detection Findings, the rest API Activity. Trusted: the actor Okta resolved,
the address Okta saw. Not trusted: user agent, `X-Forwarded-For` in `request.ipChain`, the name in a failed sign-in
(anybody may type it). Okta's own workers (SystemPrincipal) are no user.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.carried import carrying
from minixdr.normalize.draft import Draft
from minixdr.normalize.okta.events import reading_of
from minixdr.normalize.okta.shapes import SHAPES, fields_of
from minixdr.normalize.saas.activity import (
    ACCOUNT_CHANGE,
    API,
    AUTHENTICATION,
    ENTITY_MANAGEMENT,
    FINDING,
    GROUP_MANAGEMENT,
    HIGH,
    LOGON,
    LONGEST_NAME,
    MEDIUM,
    PREAUTH,
    USER_ACCESS,
    Reading,
)
from minixdr.normalize.saas.people import SYSTEM, USER, as_evidence, put_client, put_outcome, put_person
from minixdr.normalize.source import NotAnEvent, Routing, Source
from minixdr.normalize.values import mapping, objects, real, text, whole
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "okta_system"
_SEVERITIES = {"DEBUG": 1, "INFO": 1, "WARN": MEDIUM, "ERROR": HIGH}
_SUCCESS = {"SUCCESS": True, "ALLOW": True, "FAILURE": False, "DENY": False}
"""outcome.result -> success; CHALLENGE, SKIPPED, UNKNOWN and others are neither."""
_LOG_SOURCES = (
    LogSource(
        None,
        "okta",
        "okta",
        {
            "eventtype": "eventType", "displaymessage": "displayMessage", "legacyeventtype": "legacyEventType",
            "src_ip": "client.ipAddress", "securitycontext.isproxy": "securityContext.isProxy",
            "debugcontext.debugdata.requesturi": "debugContext.debugData.requestUri",
            "debugcontext.debugdata.behaviors": "debugContext.debugData.behaviors",
            "client.user.id": "actor.id", "actor.alternateid": "actor.alternateId", "actor.displayname": "actor.displayName",
            "target.displayname": "target.displayName",
        },
    ),
)  # fmt: skip


def _normalize(record: Record) -> Event:
    fields = fields_of(record.body)
    kind = text(fields.get("eventType"))
    if kind is None:
        raise NotAnEvent("no event type: not an Okta system log event")
    draft = Draft(record, _NAME, fields)
    reading = reading_of(kind[:LONGEST_NAME])
    draft.put("metadata.product.name", "Okta System Log")
    draft.put("metadata.product.vendor_name", "Okta")
    draft.put("metadata.product.version", text(draft.take("version")))
    draft.put("metadata.event_code", text(draft.take("eventType")))
    native_id = text(draft.take("uuid"))
    draft.put("metadata.uid", native_id)
    draft.put("metadata.correlation_uid", text(draft.take("transaction.id")))
    draft.put("message", text(draft.take("displayMessage")))
    result = (text(draft.take("outcome.result")) or "").upper()
    success = _SUCCESS.get(result)
    put_outcome(draft, success=success, status=result or None, detail=text(draft.take("outcome.reason")))
    _put_client(draft)
    _put_actor(draft, reading, success=success)
    _put_targets(draft, reading, kind)
    severity = max(reading.severity_id, _SEVERITIES.get(text(draft.take("severity")) or "", 1))
    return draft.event(
        reading.class_uid,
        reading.activity_id,
        parse_time(draft.take("published")),
        native_id=native_id,
        severity_id=severity,
    )


def _put_client(draft: Draft) -> None:
    put_client(draft, draft.take("client.ipAddress"), draft.take("client.userAgent.rawUserAgent"))
    place = mapping(draft.take("client.geographicalContext"))
    for name, attribute in (
        ("city", "city"),
        ("country", "country"),
        ("state", "region"),
        ("postalCode", "postal_code"),
    ):
        draft.put(f"src_endpoint.location.{attribute}", text(place.get(name)))
    position = mapping(place.get("geolocation"))
    draft.put("src_endpoint.location.lat", real(position.get("lat")))
    draft.put("src_endpoint.location.long", real(position.get("lon")))
    draft.put("src_endpoint.autonomous_system.number", whole(draft.take("securityContext.asNumber")))
    draft.put("src_endpoint.autonomous_system.name", text(draft.take("securityContext.asOrg")))
    draft.put("src_endpoint.isp", text(draft.take("securityContext.isp")))
    draft.put("http_request.uid", text(draft.take("debugContext.debugData.requestId")))
    draft.put("http_request.url.path", text(draft.take("debugContext.debugData.requestUri")))


def _put_actor(draft: Draft, reading: Reading, *, success: bool | None) -> None:
    """Set who acted. A sign-in that failed says only who was tried."""
    actor = mapping(draft.take("actor"))
    session = text(draft.take("authenticationContext.externalSessionId"))
    if session not in ("unknown", "trs", None):
        draft.put("actor.session.uid", session)
    attribute = "actor.user"
    if reading.class_uid == AUTHENTICATION and reading.activity_id in (LOGON, PREAUTH) and success is False:
        attribute = "user"
        draft.doubt("actor.user.name", "the sign-in failed: the name is what a stranger typed")
    kind = text(actor.get("type"))
    if kind == "SystemPrincipal":
        draft.put(f"{attribute}.uid", text(actor.get("id")))
        draft.put(f"{attribute}.display_name", text(actor.get("displayName")))
        draft.put(f"{attribute}.type_id", SYSTEM)
    elif kind == "PublicClientApp":
        draft.put("actor.app_name", text(actor.get("displayName")))
        draft.put("actor.app_uid", text(actor.get("id")))
    elif actor:
        put_person(
            draft, attribute, actor.get("alternateId"), actor.get("id"), display=actor.get("displayName"), type_id=USER
        )


def _put_targets(draft: Draft, reading: Reading, kind: str) -> None:
    targets = objects(draft.take("target"))
    users = [target for target in targets if text(target.get("type")) in ("User", "AppUser")]
    others = [target for target in targets if text(target.get("type")) not in ("User", "AppUser", "UserGroup")]
    match reading.class_uid:
        case _ if reading.class_uid in (AUTHENTICATION, ACCOUNT_CHANGE, USER_ACCESS):
            _put_user(draft, users)
        case _ if reading.class_uid == GROUP_MANAGEMENT:
            _put_user(draft, users)
            groups = [target for target in targets if text(target.get("type")) in ("UserGroup", "Group")] or others
            if groups:
                draft.put("group.name", text(groups[0].get("displayName")))
                draft.put("group.uid", text(groups[0].get("id")))
        case _ if reading.class_uid == ENTITY_MANAGEMENT and targets:
            draft.put("entity.name", text(targets[0].get("displayName")))
            draft.put("entity.uid", text(targets[0].get("id")))
            draft.put("entity.type", text(targets[0].get("type")))
        case _ if reading.class_uid == FINDING:
            _put_finding(draft, kind)
            as_evidence(draft)
        case _ if reading.class_uid == API:
            draft.put("api.operation", kind)
    if reading.class_uid == AUTHENTICATION:
        _put_authentication(draft, others)
    elif reading.class_uid in (API, USER_ACCESS, FINDING):
        _put_resources(draft, targets if reading.class_uid != USER_ACCESS else others)


def _put_user(draft: Draft, users: list[JsonObject]) -> None:
    """Set the user acted on: the target, else whoever acted (on their own account)."""
    if users:
        user = users[0]
        put_person(
            draft, "user", user.get("alternateId"), user.get("id"), display=user.get("displayName"), type_id=USER
        )
        return
    for name in ("name", "uid", "email_addr", "display_name", "type_id"):
        draft.attributes.setdefault(f"user.{name}", draft.attributes.get(f"actor.user.{name}", ""))
        if draft.attributes[f"user.{name}"] == "":
            del draft.attributes[f"user.{name}"]


def _put_authentication(draft: Draft, apps: list[JsonObject]) -> None:
    named = [app for app in apps if text(app.get("type")) == "AppInstance" and text(app.get("displayName")) is not None]
    draft.put("service.name", text(named[0]["displayName"]) if named else "Okta")
    draft.put("service.uid", text(named[0].get("id")) if named else None)
    draft.put("is_remote", value=True)
    session = draft.attributes.get("actor.session.uid")
    draft.put("session.uid", session)


def _put_resources(draft: Draft, targets: list[JsonObject]) -> None:
    named = [(text(t.get("id")), text(t.get("displayName")), text(t.get("type"))) for t in targets]
    draft.put("resources.uid", [uid or name or "unknown" for uid, name, _ in named])
    draft.put("resources.name", [name or uid or "unknown" for uid, name, _ in named])
    draft.put("resources.type", [kind or "unknown" for _, _, kind in named])


def _put_finding(draft: Draft, kind: str) -> None:
    draft.put("finding_info.uid", text(draft.fields.get("uuid")) or kind)
    draft.put("finding_info.title", text(draft.fields.get("displayMessage")) or kind)
    draft.put("finding_info.types", [kind])
    draft.put("is_alert", value=True)
    detail: Any = draft.take("debugContext.debugData.threatDetections")
    draft.put("finding_info.desc", text(detail))


def _log_sources(_key: tuple[object, ...]) -> tuple[LogSource, ...]:
    return _LOG_SOURCES


SOURCE = carrying(
    Source(
        name=_NAME,
        title="Okta System Log",
        formats=frozenset({"json"}),
        shapes=SHAPES,
        routing=Routing(("eventType",), _log_sources),
        normalize=_normalize,
    )
)
