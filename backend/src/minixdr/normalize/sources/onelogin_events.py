"""OneLogin events: sign-ins, users, roles, applications.

Source: OneLogin developers, `Event resource` and `Event types` (numbers). Sign-ins are Authentication, users Account
Change, roles User Access, the rest API Activity. Trusted: the ids and the address OneLogin saw. Not trusted:
`user_name` of a failed sign-in; `user_agent`.
"""

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.carried import carrying
from minixdr.normalize.draft import Draft
from minixdr.normalize.saas.activity import (
    ACCOUNT_CHANGE,
    ACCOUNT_SWITCH,
    API,
    AUTHENTICATION,
    LOGON,
    LOW,
    OTHER,
    USER_ACCESS,
    Reading,
)
from minixdr.normalize.saas.people import put_client, put_outcome, put_person
from minixdr.normalize.source import NotAnEvent, Routing, Shape, Source
from minixdr.normalize.values import text, whole
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "onelogin_events"
_FAILED = frozenset({6, 69, 90})
"""Event types of sign-ins that failed: to OneLogin, by RADIUS, to an application that is not the user's."""
_TABLE = {
    3: Reading(AUTHENTICATION, ACCOUNT_SWITCH, LOW),
    4: Reading(USER_ACCESS, 3),
    5: Reading(AUTHENTICATION, LOGON),
    6: Reading(AUTHENTICATION, LOGON),
    8: Reading(AUTHENTICATION, LOGON),
    11: Reading(ACCOUNT_CHANGE, 3),
    12: Reading(ACCOUNT_CHANGE, 12),
    13: Reading(ACCOUNT_CHANGE, 1),
    15: Reading(ACCOUNT_CHANGE, 5),
    16: Reading(ACCOUNT_CHANGE, 2),
    17: Reading(ACCOUNT_CHANGE, 6),
    19: Reading(ACCOUNT_CHANGE, 9),
    24: Reading(ACCOUNT_CHANGE, 11),
    69: Reading(AUTHENTICATION, LOGON),
    72: Reading(USER_ACCESS, 1, LOW),
    90: Reading(AUTHENTICATION, LOGON, LOW),
    532: Reading(ACCOUNT_CHANGE, 9),
    551: Reading(ACCOUNT_CHANGE, 5),
    553: Reading(ACCOUNT_CHANGE, 9),
}
"""event_type_id -> what it is. OneLogin has some 400 more; they are calls of an API, told by their number."""


def _is_event(body: JsonObject) -> bool:
    return "event_type_id" in body and ("actor_user_id" in body or "user_id" in body or "account_id" in body)


def _normalize(record: Record) -> Event:
    draft = Draft(record, _NAME)
    kind = whole(draft.take("event_type_id"))
    if kind is None:
        raise NotAnEvent("event_type_id is no number")
    reading = _TABLE.get(kind, Reading(API, OTHER))
    draft.put("metadata.product.name", "OneLogin")
    draft.put("metadata.product.vendor_name", "One Identity")
    draft.put("metadata.event_code", str(kind))
    native_id = text(draft.take("id")) or text(draft.take("uuid"))
    draft.put("metadata.uid", native_id)
    failed = kind in _FAILED
    put_outcome(draft, success=not failed, detail=text(draft.take("error_description")))
    name, uid = draft.take("user_name"), draft.take("user_id")
    actor, actor_uid = draft.take("actor_user_name") or name, draft.take("actor_user_id") or uid
    if reading.class_uid != API:
        put_person(draft, "user", name or actor, uid or actor_uid)
    if reading.class_uid == AUTHENTICATION and failed:
        draft.doubt("actor.user.name", "the sign-in failed: the name is what a stranger typed")
    else:
        put_person(draft, "actor.user", actor, actor_uid)
    put_client(draft, draft.take("ipaddr"), draft.take("user_agent"))
    app = text(draft.take("app_name"))
    if reading.class_uid == AUTHENTICATION:
        draft.put("service.name", app or "OneLogin")
        draft.put("is_remote", value=True)
    if reading.class_uid == API:
        draft.put("api.operation", str(kind))
        draft.put("api.service.name", app or "OneLogin")
    times = (parse_time(draft.take(name)) for name in ("created_at", "event_timestamp"))
    time = next((time for time in times if time is not None), None)
    return draft.event(*reading[:2], time, native_id=native_id, severity_id=reading.severity_id)


def _log_sources(_key: tuple[object, ...]) -> tuple[LogSource, ...]:
    return (LogSource(None, "onelogin", "onelogin.events", {"src_ip": "ipaddr"}),)


SOURCE = carrying(
    Source(
        name=_NAME,
        title="OneLogin events",
        formats=frozenset({"json"}),
        shapes=(Shape("event", _is_event),),
        routing=Routing((), _log_sources),
        normalize=_normalize,
    )
)
