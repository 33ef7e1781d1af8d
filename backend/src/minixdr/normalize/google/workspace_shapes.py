"""How Google Workspace's activities are written, and the names rules have for them.

Shapes: `reports`, the Admin SDK Reports API's activity with its list of `events`; `activity`, one event of it with
its parameters as an object (BigQuery and Panther tables); `cloud_logging`, the audit log entry Google Cloud Logging
keeps of the same (`protoPayload.metadata.event`). Rules name `eventService`, `eventName` and parameters in lower
case, or Cloud Logging's path: all shapes give both. Source: Admin SDK Reports API, `Activities`; Cloud Logging,
`Audit logs for Google Workspace`.
"""

from typing import Any, NamedTuple

from minixdr.normalize.source import Shape
from minixdr.normalize.values import mapping, objects, text
from minixdr.schema.record import JsonObject

_KIND = "admin#reports#activity"
_DOMAIN = ".googleapis.com"
_VALUES = (
    "value", "intValue", "boolValue", "multiValue", "multiIntValue", "messageValue", "multiMessageValue", "multiStrValue", "multiBoolValue",
)  # fmt: skip
_SERVICES = frozenset(
    {"login.googleapis.com", "admin.googleapis.com", "cloudidentity.googleapis.com", "oauth2.googleapis.com"}
)


class Activity(NamedTuple):
    """One event of an activity."""

    type: str | None
    name: str | None
    parameters: dict[str, Any]


def _is_reports(body: JsonObject) -> bool:
    return isinstance(body.get("events"), list) and (
        body.get("kind") == _KIND or "applicationName" in mapping(body.get("id"))
    )


def _is_activity(body: JsonObject) -> bool:
    return "events" not in body and isinstance(body.get("name"), str) and "applicationName" in mapping(body.get("id"))


def is_workspace(body: JsonObject) -> bool:
    """Return whether an entry of Cloud Logging is of a Google Workspace application."""
    payload = body.get("protoPayload")
    if not isinstance(payload, dict) or text(payload.get("serviceName")) not in _SERVICES:
        return False
    return isinstance(mapping(payload.get("metadata")).get("event"), list)


def application_of(body: JsonObject) -> str | None:
    """Return the application: login, admin, drive."""
    payload = body.get("protoPayload")
    if isinstance(payload, dict):
        service = text(payload.get("serviceName"))
        return None if service is None else service.removesuffix(_DOMAIN)
    return text(mapping(body.get("id")).get("applicationName"))


def activities_of(body: JsonObject) -> list[Activity]:
    """Return the events of a record of any shape."""
    payload = body.get("protoPayload")
    if isinstance(payload, dict):
        events = objects(mapping(payload.get("metadata")).get("event"))
        return [
            Activity(text(event.get("eventType")), text(event.get("eventName")), _parameters(event.get("parameter")))
            for event in events
        ]
    if "events" in body:
        return [
            Activity(text(event.get("type")), text(event.get("name")), _parameters(event.get("parameters")))
            for event in objects(body["events"])
        ]
    return [Activity(text(body.get("type")), text(body.get("name")), _parameters(body.get("parameters")))]


def _parameters(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {name.lower(): item for name, item in value.items()}
    found: dict[str, Any] = {}
    for item in objects(value):
        name = item.get("name")
        if isinstance(name, str):
            found[name.lower()] = next((item[key] for key in _VALUES if key in item), None)
    return found


def _fields(body: JsonObject) -> JsonObject:
    """Return the record under its own names, with those of rules."""
    application = application_of(body)
    service = None if application is None else application + _DOMAIN
    fields: JsonObject = {}
    names: list[str] = []
    types: list[str] = []
    for activity in activities_of(body):
        names += [activity.name] if activity.name is not None else []
        types += [activity.type] if activity.type is not None else []
        for name, value in activity.parameters.items():
            fields[name] = value if name not in fields else _both(fields[name], value)
    fields.update(body)
    fields["eventService"] = fields["protoPayload.serviceName"] = service
    fields["eventName"] = fields["protoPayload.metadata.event.eventName"] = names[0] if len(names) == 1 else names
    fields["eventType"] = fields["protoPayload.metadata.event.eventType"] = types[0] if len(types) == 1 else types
    return fields


def _both(first: Any, second: Any) -> list[Any]:
    return [*(first if isinstance(first, list) else [first]), *(second if isinstance(second, list) else [second])]


SHAPES = (
    Shape("reports", _is_reports, _fields),
    Shape("activity", _is_activity, _fields),
    Shape("cloud_logging", is_workspace, _fields),
)
