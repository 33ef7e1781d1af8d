"""Atlassian Data Center audit logs: Bitbucket, Jira, Confluence.

Source: Atlassian support, `View and configure the audit log` (Bitbucket Data Center), the JSON lines of the audit log
file and of its REST API. Sign-ins are Authentication, members of groups Group Management, permissions User Access,
the rest API Activity. Trusted: author and time. `source` may name several addresses: the first came from
X-Forwarded-For and is a claim, so where there are two the client is none of them. Not covered: the older audit
records of Jira and Confluence Cloud.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.carried import carrying
from minixdr.normalize.draft import Draft
from minixdr.normalize.saas.activity import (
    API,
    AUTHENTICATION,
    GROUP_MANAGEMENT,
    LOGON,
    OTHER,
    USER_ACCESS,
    Reading,
    verb,
)
from minixdr.normalize.saas.people import put_client, put_outcome, put_person
from minixdr.normalize.source import NotAnEvent, Routing, Shape, Source
from minixdr.normalize.values import mapping, objects, text, whole
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "atlassian_audit"
_PRODUCTS = ("bitbucket", "jira", "confluence")
_BILLION = 1_000_000_000
_NAMES = {"src_ip": "source"}


def _is_audit(body: JsonObject) -> bool:
    kind = body.get("auditType", body.get("type"))
    return (
        isinstance(kind, dict) and "action" in kind and "author" in body and "timestamp" in body and "category" in kind
    )


def _fields(body: JsonObject) -> JsonObject:
    """Return the record, with `auditType` also where the REST API calls it `type`."""
    kind = mapping(body.get("auditType")) or mapping(body.get("type"))
    return {**body, "auditType": kind, "product": _product(kind, body)}


def _product(kind: JsonObject, body: JsonObject) -> str | None:
    said = f"{kind.get('actionI18nKey')} {kind.get('categoryI18nKey')} {body.get('system')}".lower()
    return next((name for name in _PRODUCTS if name in said), None)


def _reading(category: str, action: str) -> Reading:
    low = action.lower()
    if "login" in low or "logged in" in low:
        return Reading(AUTHENTICATION, LOGON)
    if "group" in low and ("added to" in low or "removed from" in low):
        return Reading(GROUP_MANAGEMENT, 3 if "added" in low else 4)
    if category.lower() == "permissions" or "permission" in low:
        return Reading(USER_ACCESS, 2 if verb(action) == 4 else 1 if "grant" in low or "added" in low else OTHER)  # noqa: PLR2004 - Delete
    return Reading(API, verb(action))


def _normalize(record: Record) -> Event:
    draft = Draft(record, _NAME, _fields(record.body))
    action = text(draft.take("auditType.action"))
    if action is None:
        raise NotAnEvent("no action: not an entry of an Atlassian audit log")
    category = text(draft.take("auditType.category")) or ""
    reading = _reading(category, action)
    product = text(draft.take("product"))
    draft.put("metadata.product.name", (product or "Data Center").title())
    draft.put("metadata.product.vendor_name", "Atlassian")
    draft.put("metadata.product.feature.name", category)
    draft.put("metadata.event_code", action)
    failed = "fail" in action.lower() or "unauthorized" in action.lower()
    put_outcome(draft, success=not failed)
    _put_people(draft, reading, failed=failed)
    _put_client(draft)
    _put_objects(draft, reading, action)
    return draft.event(*reading[:2], _time(draft.take("timestamp")))


def _time(stamp: Any) -> Any:
    parts = mapping(stamp)
    seconds = whole(parts.get("epochSecond"))
    return parse_time(stamp) if seconds is None else parse_time(seconds + (whole(parts.get("nano")) or 0) / _BILLION)


def _put_people(draft: Draft, reading: Reading, *, failed: bool) -> None:
    author = mapping(draft.take("author"))
    if reading.class_uid == AUTHENTICATION:
        put_person(draft, "user", author.get("name"), author.get("id"))
        draft.put("service.name", str(draft.attributes["metadata.product.name"]))
        draft.put("is_remote", value=True)
        if failed:
            draft.doubt("actor.user.name", "the sign-in failed: the name is what a stranger typed")
            return
    put_person(draft, "actor.user", author.get("name"), author.get("id"))


def _put_client(draft: Draft) -> None:
    said = text(draft.take("source"))
    if said is None:
        return
    if "," in said:
        draft.doubt("src_endpoint.ip", "several addresses: the first is what a client claimed")
    else:
        put_client(draft, said)


def _put_objects(draft: Draft, reading: Reading, action: str) -> None:
    found = objects(draft.take("affectedObjects"))
    people = [item for item in found if str(item.get("type")).upper() == "USER"]
    groups = [item for item in found if str(item.get("type")).upper() == "GROUP"]
    if reading.class_uid in (GROUP_MANAGEMENT, USER_ACCESS) and people:
        put_person(draft, "user", people[0].get("name"), people[0].get("id"))
    if reading.class_uid == GROUP_MANAGEMENT and groups:
        draft.put("group.name", text(groups[0].get("name")))
    if reading.class_uid == API:
        draft.put("api.operation", action)
        draft.put("api.service.name", text(draft.attributes.get("metadata.product.name")))
    rest = [item for item in found if item not in people and item not in groups and text(item.get("name")) is not None]
    if rest and reading.class_uid != AUTHENTICATION:
        draft.put("resources.uid", [str(item["name"]) for item in rest])
        draft.put("resources.name", [str(item["name"]) for item in rest])
        draft.put("resources.type", [text(item.get("type")) or "unknown" for item in rest])


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    product = key[0] if isinstance(key[0], str) else "bitbucket"
    return (LogSource(None, product, "audit", _NAMES),)


SOURCE = carrying(
    Source(
        name=_NAME,
        title="Atlassian Data Center audit log",
        formats=frozenset({"json"}),
        shapes=(Shape("record", _is_audit, _fields),),
        routing=Routing(("product",), _log_sources),
        normalize=_normalize,
    )
)
