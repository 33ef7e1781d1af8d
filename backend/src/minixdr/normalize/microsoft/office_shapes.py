"""How the unified audit log of Microsoft 365 is written, and the names rules have for it.

Shapes: `record`, the Office 365 Management Activity API's record (also in Sentinel and the audit search's new
export); `export`, a row of `Search-UnifiedAuditLog` or of the portal's CSV with the record as JSON text in
`AuditData`. Rules of services exchange, threat_management and threat_detection name `eventSource`, `eventName` and
`status`. Source: Office 365 Management Activity API schema.
"""

from typing import Any

import orjson

from minixdr.normalize.source import Shape
from minixdr.normalize.values import objects, text
from minixdr.schema.record import JsonObject

_LONGEST = 1_048_576
"""Bytes of a record in a text; the API's own records end far below."""
_SUCCEEDED = frozenset({"success", "succeeded", "true", "partiallysucceeded"})
_FAILED = frozenset({"failure", "failed", "false"})
_MARKS = frozenset({"CreationTime", "RecordType", "Workload", "OrganizationId", "UserType", "UserKey", "Id"})
_ENOUGH = 3
"""Of the common schema's names, so many beside `Operation` tell a record."""


def _is_record(body: JsonObject) -> bool:
    return isinstance(body.get("Operation"), str) and "AuditData" not in body and len(_MARKS & body.keys()) >= _ENOUGH


def _is_export(body: JsonObject) -> bool:
    data = body.get("AuditData")
    return (isinstance(data, str) and data[:1] == "{") or (isinstance(data, dict) and "Operation" in data)


def parsed(value: Any) -> JsonObject:
    """Return an object, also from its JSON text; empty where it is none."""
    if isinstance(value, str) and value[:1] == "{" and len(value) <= _LONGEST:
        try:
            value = orjson.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, dict) else {}


def unfold(body: JsonObject) -> JsonObject:
    """Return the record itself, empty where its text is no JSON object."""
    return parsed(body["AuditData"]) if "AuditData" in body else body


def pairs(value: Any) -> dict[str, Any]:
    """Return a list of {Name, Value} (or {Key, Value}) as an object."""
    found: dict[str, Any] = {}
    for item in objects(value):
        name = item.get("Name", item.get("Key"))
        if isinstance(name, str):
            found[name] = item.get("Value", item.get("NewValue"))
    return found


def outcome(record: JsonObject) -> bool | None:
    """Return whether what the record tells of succeeded."""
    if text(record.get("LogonError")) is not None or record.get("Operation") == "UserLoginFailed":
        return False
    said = str(record.get("ResultStatus", record.get("IsSuccess"))).lower()
    return True if said in _SUCCEEDED else False if said in _FAILED else None


def fields(body: JsonObject) -> JsonObject:
    """Return the record as rules name it."""
    record = unfold(body)
    named: JsonObject = {**pairs(record.get("ExtendedProperties")), **record}
    operation = record.get("Operation")
    title = text(record.get("Name"))
    named["eventSource"] = record.get("Workload")
    named["eventName"] = operation if title is None else [operation, title]
    succeeded = outcome(record)
    state = text(record.get("Status"))
    named["status"] = (
        [item for item in ("success" if succeeded else "failure", state) if item] if succeeded is not None else state
    )
    parameters = record.get("Parameters")
    if parameters is not None:
        written = parameters if isinstance(parameters, str) else _compact(parameters)
        named["Payload"] = f"{operation} {written}"
    return named


def _compact(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # a lone surrogate, or a number of more than 64 bits
        return str(value)


SHAPES = (Shape("record", _is_record, fields), Shape("export", _is_export, fields))
