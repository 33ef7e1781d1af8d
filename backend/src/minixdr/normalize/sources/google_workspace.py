"""Google Workspace: what users and administrators did, and what Google warns of.

In: activities of the Admin SDK Reports API (login, admin, drive, token, saml, groups, mobile, rules, gmail, ...), or
the Cloud Logging entries of them. One record is one event; its list of `events` becomes `api.operation` of the first,
the others stay in the record. Sign-ins are Authentication, users Account Change, privileges User Access, groups Group
Management, warnings Detection Findings, the rest API Activity. Source: see `normalize/google/workspace_shapes.py`.
Trusted: actor and address as Google saw them. Not trusted: the actor of a failed sign-in, titles of documents,
subjects and senders of mail.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.carried import carrying
from minixdr.normalize.draft import Draft
from minixdr.normalize.google.activities import reading_of
from minixdr.normalize.google.workspace_shapes import SHAPES, Activity, activities_of, application_of
from minixdr.normalize.saas.activity import (
    ACCOUNT_CHANGE,
    API,
    AUTHENTICATION,
    FINDING,
    GROUP_MANAGEMENT,
    LONGEST_NAME,
    USER_ACCESS,
    Reading,
)
from minixdr.normalize.saas.people import as_evidence, put_client, put_outcome, put_person
from minixdr.normalize.source import NotAnEvent, Routing, Source
from minixdr.normalize.values import mapping, text
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import Record

_NAME = "google_workspace"
_SAML = 5
_USERS = ("user_email", "affected_email_address", "target_user", "member_id", "user_id", "email")
"""Parameters that name the user acted on, the telling ones first."""
_RESOURCES = (
    ("doc_id", "doc_title", "document"),
    ("client_id", "app_name", "application"),
    ("app_id", "application_name", "application"),
    ("role_id", "role_name", "role"),
    ("group_email", "group_email", "group"),
    ("domain_name", "domain_name", "domain"),
    ("device_id", "device_model", "device"),
)
"""Parameter of the id, of the name, and what it is."""


def _normalize(record: Record) -> Event:
    body = record.body
    activities = activities_of(body)
    if not activities or activities[0].name is None:
        raise NotAnEvent("the activity has no event")
    application, first = application_of(body), activities[0]
    reading = max((_reading_of(application, activity.name) for activity in activities), key=_weight)
    draft = Draft(record, _NAME)
    draft.put("metadata.product.name", "Google Workspace")
    draft.put("metadata.product.vendor_name", "Google")
    draft.put("metadata.product.feature.name", application)
    draft.put("metadata.event_code", first.name)
    time, native_id, actor = _put_origin(draft)
    draft.put("metadata.uid", native_id)
    _put_actor(draft, reading, first, actor)
    _put_class(draft, reading, application, first)
    return draft.event(
        *reading[:2], parse_time(time), native_id=_identity(native_id, activities), severity_id=reading.severity_id
    )


def _reading_of(application: str | None, name: str | None) -> Reading:
    return reading_of((application or "")[:LONGEST_NAME], (name or "")[:LONGEST_NAME])


def _weight(reading: Reading) -> tuple[int, bool]:
    return reading.severity_id, reading.class_uid != API


def _identity(native_id: str | None, activities: list[Activity]) -> str | None:
    """Return the activity's id: events of one activity that came apart share `uniqueQualifier` and time."""
    return None if native_id is None else ":".join([native_id, *(activity.name or "" for activity in activities)])


def _put_origin(draft: Draft) -> tuple[Any, str | None, dict[str, Any]]:
    """Set where it came from, and return its time, its own id and who acted."""
    payload = draft.fields.get("protoPayload")
    if isinstance(payload, dict):
        put_client(
            draft,
            draft.take("protoPayload.requestMetadata.callerIp"),
            draft.take("protoPayload.requestMetadata.callerSuppliedUserAgent"),
        )
        email = draft.take("protoPayload.authenticationInfo.principalEmail")
        for name in ("serviceName", "methodName", "metadata"):
            draft.take(f"protoPayload.{name}")
        return draft.take("timestamp"), text(draft.take("insertId")), {"email": email}
    where = draft.take("ipAddress")
    if where is None:  # Meet says it as a parameter
        where = next(
            (said for activity in activities_of(dict(draft.fields)) if (said := activity.parameters.get("ip_address"))),
            None,
        )
    put_client(draft, where)
    network = mapping(draft.take("networkInfo"))
    draft.put("src_endpoint.location.country", text(network.get("regionCode")))
    identity = mapping(draft.take("id"))
    customer = text(identity.get("customerId"))
    draft.put("metadata.tenant_uid", customer)
    for name in ("kind", "name", "type"):
        draft.take(name)
    unique = text(identity.get("uniqueQualifier"))
    return (
        identity.get("time"),
        None if unique is None else f"{identity.get('time')}:{unique}",
        mapping(draft.take("actor")),
    )


def _put_actor(draft: Draft, reading: Reading, first: Activity, actor: dict[str, Any]) -> None:
    failed = reading.class_uid == AUTHENTICATION and first.name == "login_failure"
    if reading.class_uid == AUTHENTICATION:
        put_outcome(draft, success=not failed)
        put_person(draft, "user", actor.get("email"), actor.get("profileId"))
        draft.put("service.name", text(first.parameters.get("application_name")) or "Google Workspace")
        draft.put("is_remote", value=True)
        challenge = first.parameters.get("login_challenge_method")
        draft.put("is_mfa", True if isinstance(challenge, list) and len(challenge) > 1 else None)
    if failed:
        draft.doubt("actor.user.name", "the sign-in failed: the name is what a stranger typed")
        return
    put_person(draft, "actor.user", actor.get("email"), actor.get("profileId"))
    draft.put("actor.app_name", text(actor.get("key")))


def _put_class(draft: Draft, reading: Reading, application: str | None, first: Activity) -> None:
    target = next((first.parameters[name] for name in _USERS if text(first.parameters.get(name)) is not None), None)
    match reading.class_uid:
        case _ if reading.class_uid == AUTHENTICATION:
            if application == "saml":
                draft.put("auth_protocol_id", _SAML)
            return
        case _ if reading.class_uid == GROUP_MANAGEMENT:
            draft.put("group.name", text(first.parameters.get("group_email")) or text(first.parameters.get("group_id")))
            put_person(draft, "user", target)
            return
        case _ if reading.class_uid in (ACCOUNT_CHANGE, USER_ACCESS):
            put_person(draft, "user", target or draft.attributes.get("actor.user.name"))
        case _ if reading.class_uid == FINDING:
            put_person(draft, "user", target)
            draft.put("finding_info.uid", text(draft.attributes.get("metadata.uid")) or first.name)
            draft.put("finding_info.title", f"Google {application}: {first.name}")
            draft.put("finding_info.types", [kind] if (kind := first.type) else None)
            draft.put("is_alert", value=True)
            as_evidence(draft)
        case _ if reading.class_uid == API:
            draft.put("api.operation", first.name)
            draft.put("api.service.name", application)
    if reading.class_uid != ACCOUNT_CHANGE:
        _put_resources(draft, first)


def _put_resources(draft: Draft, first: Activity) -> None:
    found: list[tuple[str, str, str]] = []
    for uid_parameter, name_parameter, kind in _RESOURCES:
        uid, name = text(first.parameters.get(uid_parameter)), text(first.parameters.get(name_parameter))
        if uid is not None or name is not None:
            found.append((uid or name or kind, name or uid or kind, kind))
    draft.put("resources.uid", [uid for uid, _, _ in found])
    draft.put("resources.name", [name for _, name, _ in found])
    draft.put("resources.type", [kind for _, _, kind in found])


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    service = key[0]
    if not isinstance(service, str):
        return (LogSource(None, "gcp", None),)
    application = service.removesuffix(".googleapis.com")
    names = {"protoPayload.Servicename": "protoPayload.serviceName", "src_ip": "ipAddress"}
    return (
        LogSource(None, "gcp", f"google_workspace.{application}", names),
        LogSource(None, "google_workspace", application, names),
    )


SOURCE = carrying(
    Source(
        name=_NAME,
        title="Google Workspace",
        formats=frozenset({"json"}),
        shapes=SHAPES,
        routing=Routing(("eventService",), _log_sources),
        normalize=_normalize,
    )
)
