"""How Windows events are written: EVTX as JSON, NXLog and alike, `System`/`EventData` objects, event XML. Agents' shapes: `agents.py`.

In: a decoded body. Out: its fields as rule authors name them: event data beside EventID, Channel, Provider_Name, Computer. A flat record has those
names already, so the flat shape that all but a few records are in costs nothing. Not trusted: any part may be of any type.
"""

from typing import Any

from minixdr.normalize.event_xml import is_event_xml, parse_event_xml
from minixdr.normalize.source import Shape
from minixdr.normalize.windows.agents import AGENT_SHAPES
from minixdr.normalize.windows.derived import IDS, add_derived
from minixdr.normalize.windows.parts import LINUX_CHANNEL, add_data, add_system, named
from minixdr.schema.record import JsonObject

_OTHER_SHAPES = (
    "EventID",
    "System",
    "winlog",
    "winlog.event_id",
    "event_id",
    "EventId",
    "Id",
    "win",
    "data",
    "_source",
    "EventCode",
    "result",
)
_XML_KEYS = ("message", "_raw", "xml", "Xml", "Event", "event")


def _is_nxlog(body: JsonObject) -> bool:
    return (
        "EventID" in body
        and "SourceName" in body
        and "Channel" in body
        and body["EventID"] not in IDS
        and body["Channel"] != LINUX_CHANNEL
    )


def _is_nxlog_audit(body: JsonObject) -> bool:
    return "EventID" in body and "SourceName" in body and "Channel" in body and body["EventID"] in IDS


def _is_flat(body: JsonObject) -> bool:
    return (
        "EventID" in body
        and "SourceName" not in body
        and "StringInserts" not in body
        and ("Channel" in body or "EventLog" in body)
        and "System" not in body
        and body.get("Channel") != LINUX_CHANNEL
    )


def _nxlog_audit_fields(body: JsonObject) -> JsonObject:
    fields = dict(body)
    add_derived(fields)
    return fields


def _flat_fields(body: JsonObject) -> JsonObject:
    fields = dict(body)
    for name in ("ExtraEventData", "EventData"):
        if name in body:
            del fields[name]
            add_data(fields, body[name])
    fields.setdefault("Channel", body.get("EventLog"))
    return named(
        fields,
        body.get("EventID"),
        body.get("Channel", body.get("EventLog")),
        body.get(
            "Provider_Name",
            body.get("ProviderName", body.get("Provider", body.get("EventSourceName", body.get("Source")))),
        ),
        body.get("Computer", body.get("Hostname", body.get("ComputerName", body.get("host")))),
    )


def _is_evtx(body: JsonObject) -> bool:
    event = body.get("Event")
    return isinstance(event, dict) and _is_system(event)


def _is_system(body: JsonObject) -> bool:
    system = body.get("System")
    return (
        isinstance(system, dict)
        and "EventID" in system
        and ("Channel" in system or "Computer" in system)
        and system.get("Channel") != LINUX_CHANNEL
    )


def _evtx_fields(body: JsonObject) -> JsonObject:
    fields: dict[str, Any] = {}
    add_system(fields, body["Event"])
    return fields


def _system_fields(body: JsonObject) -> JsonObject:
    fields: dict[str, Any] = {}
    add_system(fields, body)
    if "Message" in body:
        fields.setdefault("Message", body["Message"])
    return fields


def _xml_of(body: JsonObject) -> str | None:
    for key in _XML_KEYS:
        text = body.get(key)
        if isinstance(text, str) and is_event_xml(text):
            return text
    return None


def _is_xml(body: JsonObject) -> bool:
    if any(key in body for key in _OTHER_SHAPES):
        return False
    text = _xml_of(body)
    return text is not None and "Linux-Sysmon" not in text[:1_000]


def _xml_fields(body: JsonObject) -> JsonObject:
    fields: dict[str, Any] = {}
    event = parse_event_xml(_xml_of(body) or "")
    if isinstance(event.get("System"), dict):
        add_system(fields, event)
    return fields


_NXLOG_NAMES = {
    "Provider_Name": "SourceName",
    "Computer": "Hostname",
    "ComputerName": "Hostname",
    "ClearedChannel": "Channel",
}
"""Rule author's or routing's name -> NXLog's. A flat record has one Channel, the event's own."""
SHAPES = (
    Shape("nxlog", _is_nxlog, None, {**_NXLOG_NAMES, "Data": "Message"}),
    Shape("evtx", _is_evtx, _evtx_fields),
    Shape("nxlog_audit", _is_nxlog_audit, _nxlog_audit_fields, _NXLOG_NAMES),
    Shape("flat", _is_flat, _flat_fields),
    Shape("system", _is_system, _system_fields),
    *AGENT_SHAPES,
    Shape("xml", _is_xml, _xml_fields),
)
