"""How Okta's records are written.

Shapes: `api`, the System Log API's LogEvent (also log streaming to S3 or Splunk, one event a line); `eventbridge`,
the event in `detail`; `lower_case`, top names in lower case (Athena and Panther tables). Source: Okta System Log API;
Okta log streaming to AWS EventBridge.
"""

from minixdr.normalize.source import Shape
from minixdr.schema.record import JsonObject

_NAMES = {
    name.lower(): name
    for name in (
        "eventType", "legacyEventType", "displayMessage", "authenticationContext", "securityContext", "debugContext",
    )
}  # fmt: skip


_MARKS = frozenset({
    "published", "displayMessage", "outcome", "debugContext", "legacyEventType", "securityContext", "authenticationContext", "transaction",
})  # fmt: skip
_LOWER_MARKS = frozenset(mark.lower() for mark in _MARKS)
_ENOUGH = 3
"""Of the LogEvent's own names, so many tell it from other records with an `eventType`."""


def _is_event(body: JsonObject) -> bool:
    return isinstance(body.get("eventType"), str) and (len(_MARKS & body.keys()) >= _ENOUGH or _has_okta_actor(body))


def _is_lower_case(body: JsonObject) -> bool:
    return isinstance(body.get("eventtype"), str) and (
        len(_LOWER_MARKS & body.keys()) >= _ENOUGH or _has_okta_actor(body)
    )


def _has_okta_actor(body: JsonObject) -> bool:
    actor = body.get("actor")
    return isinstance(actor, dict) and "alternateId" in actor


def _is_eventbridge(body: JsonObject) -> bool:
    detail = body.get("detail")
    return "detail-type" in body and isinstance(detail, dict) and (_is_event(detail) or _is_lower_case(detail))


def _lower_case(body: JsonObject) -> JsonObject:
    return {_NAMES.get(name, name): value for name, value in body.items()}


def _eventbridge(body: JsonObject) -> JsonObject:
    detail = body.get("detail")
    if not isinstance(detail, dict):
        return {}
    return detail if "eventType" in detail else _lower_case(detail)


SHAPES = (
    Shape("api", _is_event),
    Shape("eventbridge", _is_eventbridge, _eventbridge),
    Shape("lower_case", _is_lower_case, _lower_case),
)


def fields_of(body: JsonObject) -> JsonObject:
    """Return a record's fields under Okta's own names."""
    if "detail-type" in body:
        return _eventbridge(body)
    return body if "eventType" in body else _lower_case(body)
