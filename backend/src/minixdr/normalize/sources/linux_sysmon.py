"""Sysmon for Linux: processes, connections, files, raw access.

Sources: Sysmon for Linux 1.3 (github.com/microsoft/SysmonForLinux), which writes Sysmon's events as XML into syslog;
exports of them as JSON. Attributes: OCSF, as for Sysmon on Windows. Command lines and paths are what programs chose.
"""

from collections.abc import Callable
from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.event_xml import is_event_xml, parse_event_xml
from minixdr.normalize.linux.lines import is_azure, is_bare, is_filebeat, is_journal, is_syslog, line_of
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import text, whole
from minixdr.normalize.windows.parts import LINUX_CHANNEL, add_data, add_system
from minixdr.normalize.windows.routing import CATEGORIES, event_number
from minixdr.normalize.windows.sysmon import SYSMON, actor
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "linux_sysmon"
_LINUX = 200  # OCSF os.type_id
_BASE, _OTHER = 0, 99
_HEAD = 1_000  # characters; the provider stands at the beginning


def _xml_of(body: JsonObject) -> str | None:
    message = line_of(body).message
    if is_event_xml(message):
        return message
    raw = body.get("_raw")
    return raw if isinstance(raw, str) and is_event_xml(raw) else None


def _is_xml(wrapping: Callable[[JsonObject], bool]) -> Callable[[JsonObject], bool]:
    return lambda body: wrapping(body) and "Linux-Sysmon" in (_xml_of(body) or "")[:_HEAD]


def _is_raw(body: JsonObject) -> bool:
    return "_raw" in body and "message" not in body


def _xml_fields(body: JsonObject) -> dict[str, Any]:
    event = parse_event_xml(_xml_of(body) or "")
    return _with_system(event if isinstance(event.get("System"), dict) else {"System": {}})


def _with_system(event: JsonObject) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    add_system(fields, event)
    return fields


def _is_event(body: JsonObject) -> bool:
    event = body.get("Event")
    return isinstance(event, dict) and _is_system(event)


def _is_system(body: JsonObject) -> bool:
    system = body.get("System")
    return isinstance(system, dict) and "EventID" in system and system.get("Channel") == LINUX_CHANNEL


def _event_fields(body: JsonObject) -> dict[str, Any]:
    return _with_system(body["Event"])


def _is_flat(body: JsonObject) -> bool:
    return "EventID" in body and body.get("Channel") == LINUX_CHANNEL and "System" not in body


def _flat_fields(body: JsonObject) -> dict[str, Any]:
    fields = dict(body)
    add_data(fields, body.get("EventData"))
    number = event_number(body.get("EventID"))
    fields["EventID"] = body.get("EventID") if number is None else number
    return fields


def _is_winlog(body: JsonObject) -> bool:
    winlog = body.get("winlog")
    return isinstance(winlog, dict) and winlog.get("channel") == LINUX_CHANNEL and "event_id" in winlog


def _winlog_fields(body: JsonObject) -> dict[str, Any]:
    winlog = body["winlog"]
    fields: dict[str, Any] = {}
    add_data(fields, winlog.get("event_data"))
    number = event_number(winlog.get("event_id"))
    fields.update({"EventID": number, "Channel": LINUX_CHANNEL, "Computer": winlog.get("computer_name")})
    fields["TimeCreated"] = body.get("@timestamp")
    return fields


_SHAPES: tuple[tuple[str, Callable[[JsonObject], bool], Callable[[JsonObject], dict[str, Any]]], ...] = (
    ("syslog", _is_xml(is_syslog), _xml_fields),
    ("journald", _is_xml(is_journal), _xml_fields),
    ("azure_syslog", _is_xml(is_azure), _xml_fields),
    ("filebeat", _is_xml(is_filebeat), _xml_fields),
    ("text", _is_xml(is_bare), _xml_fields),
    ("raw", _is_xml(_is_raw), _xml_fields),
    ("event", _is_event, _event_fields),
    ("system", _is_system, _with_system),
    ("flat", _is_flat, _flat_fields),
    ("winlog", _is_winlog, _winlog_fields),
)


def _normalize(record: Record) -> Event:
    fields = next((read(record.body) for _, fits, read in _SHAPES if fits(record.body)), {})
    draft = Draft(record, _NAME, fields)
    number = event_number(draft.take("EventID"))
    host = text(draft.take("Computer")) or text(line_of(record.body).hostname)
    draft.put("device.hostname", host)
    draft.put("device.type_id", 0)
    draft.put("device.os.name", "Linux")
    draft.put("device.os.type_id", _LINUX)
    draft.put("metadata.product.name", "Sysmon for Linux")
    draft.put("metadata.product.vendor_name", "Microsoft")
    draft.put("metadata.log_name", text(draft.take("Channel")))
    draft.put("metadata.log_provider", text(draft.take("Provider_Name")))
    draft.put("metadata.event_code", None if number is None else str(number))
    time = parse_time(draft.take("UtcTime"))
    for name in ("TimeCreated", "@timestamp"):
        time = time or parse_time(draft.take(name))
    class_uid, activity_id, severity_id = _BASE, _OTHER, 1
    row = SYSMON.get(number or 0)
    if row is None:
        actor(draft)
    else:
        class_uid, activity_id, mapper = row
        reading = mapper(draft)
        draft.attributes.pop("actor.session.uid", None)  # on Linux a LogonId is the user's id, not a session
        if reading is not None:
            class_uid, activity_id, severity_id = reading
    serial = whole(draft.take("EventRecordID"))
    native = f"{host}|{serial}|{time}" if host and serial and time else None
    return draft.event(class_uid, activity_id, time, native_id=native, severity_id=severity_id)


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    categories = CATEGORIES["sysmon"].get(event_number(key[0]) or 0, ())
    return (*(LogSource(category, "linux", "sysmon") for category in categories), LogSource(None, "linux", "sysmon"))


SOURCE = Source(
    name=_NAME,
    title="Sysmon for Linux",
    formats=frozenset({"syslog", "json", "text", "windows_xml"}),
    shapes=tuple(Shape(name, fits, read) for name, fits, read in _SHAPES),
    routing=Routing(("EventID",), _log_sources),
    normalize=_normalize,
)
