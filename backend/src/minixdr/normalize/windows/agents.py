"""Windows events as shippers and collectors write them: winlogbeat and Elastic Agent, Wazuh, EvtxECmd, Get-WinEvent, Fluent Bit.

In: a decoded body. Out: fields as rule authors name them. Sources: the products' documentation (Beats reference `winlog` fields, Wazuh eventchannel
decoder, Zimmerman's EvtxECmd, PowerShell's EventLogRecord, Fluent Bit's winevtlog). Not trusted: any part may be of any type.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from minixdr.normalize.source import Shape
from minixdr.normalize.windows.ecs import add_moved_data
from minixdr.normalize.windows.messages import add_message_fields
from minixdr.normalize.windows.parts import LINUX_CHANNEL, add_data, add_system, add_unnamed, attribute, named
from minixdr.normalize.windows.splunk import is_splunk, splunk_fields
from minixdr.schema.record import JsonObject

_MOST_PARAMETERS = 32


def _is_winlogbeat(body: JsonObject) -> bool:
    winlog = body.get("winlog")
    return (
        isinstance(winlog, dict)
        and "event_id" in winlog
        and ("channel" in winlog or "provider_name" in winlog)
        and winlog.get("channel") != LINUX_CHANNEL
    )


def _winlogbeat_fields(body: JsonObject) -> JsonObject:
    winlog = body["winlog"]
    fields: dict[str, Any] = {}
    for part in (winlog.get("event_data"), winlog.get("user_data")):
        add_data(fields, part)
    return _beat_fields(fields, winlog, body)


def _beat_fields(fields: JsonObject, winlog: JsonObject, body: JsonObject) -> JsonObject:
    fields["EventRecordID"] = winlog.get("record_id", winlog.get("record_number"))
    fields["TimeCreated"] = body.get("@timestamp")
    if "message" in body:
        fields.setdefault("Message", body["message"])
    if "param1" in fields:
        fields.setdefault("Data", _parameters(fields))
    named(
        fields,
        winlog.get("event_id"),
        winlog.get("channel"),
        winlog.get("provider_name"),
        winlog.get("computer_name"),
    )
    if "process" in body or "event" in body or "event.code" in body:
        add_moved_data(fields, body)
    return fields


def _parameters(fields: JsonObject) -> list[Any]:
    """Return the unnamed data, which Beats numbers."""
    names = [f"param{number}" for number in range(1, _MOST_PARAMETERS)]
    return [fields[name] for name in names if name in fields]


def _is_winlogbeat_dotted(body: JsonObject) -> bool:
    return "winlog.event_id" in body and body.get("winlog.channel") != LINUX_CHANNEL


def _dotted_fields(body: JsonObject) -> JsonObject:
    fields: dict[str, Any] = {}
    winlog: dict[str, Any] = {}
    for name, value in body.items():
        if name.startswith(("winlog.event_data.", "winlog.user_data.")):
            fields[name.split(".", 2)[2]] = value
        elif name in ("winlog.event_data", "winlog.user_data"):
            add_data(fields, value)
        elif name.startswith("winlog."):
            winlog[name[7:]] = value
    return _beat_fields(fields, winlog, body)


def _is_winlogbeat_6(body: JsonObject) -> bool:
    return "log_name" in body and "event_id" in body and "source_name" in body


def _winlogbeat_6_fields(body: JsonObject) -> JsonObject:
    fields: dict[str, Any] = {}
    add_data(fields, body.get("event_data"))
    add_data(fields, body.get("user_data"))
    winlog = {
        "event_id": body.get("event_id"),
        "channel": body.get("log_name"),
        "provider_name": body.get("source_name"),
        "computer_name": body.get("computer_name"),
        "record_id": body.get("record_number"),
    }
    return _beat_fields(fields, winlog, body)


def _is_hit(body: JsonObject) -> bool:
    source = body.get("_source")
    return isinstance(source, dict) and any(fits(source) for fits, _ in _BEATS)


def _hit_fields(body: JsonObject) -> JsonObject:
    source = body["_source"]
    return next(fields(source) for fits, fields in _BEATS if fits(source))


_BEATS: tuple[tuple[Callable[[JsonObject], bool], Callable[[JsonObject], JsonObject]], ...] = (
    (_is_winlogbeat, _winlogbeat_fields),
    (_is_winlogbeat_dotted, _dotted_fields),
    (_is_winlogbeat_6, _winlogbeat_6_fields),
)


def _win(body: JsonObject) -> JsonObject | None:
    for holder in (body, body.get("data"), body.get("_source")):
        if not isinstance(holder, dict):
            continue
        inner = holder.get("data", holder)
        win = holder.get("win") or (inner.get("win") if isinstance(inner, dict) else None)
        if isinstance(win, dict) and isinstance(win.get("system"), dict) and "eventID" in win["system"]:
            return win
    return None


def _is_wazuh(body: JsonObject) -> bool:
    return _win(body) is not None


def _wazuh_fields(body: JsonObject) -> JsonObject:
    """Wazuh lowers the first letter of each name: both writings are given, as which of them is the event's own cannot be told."""
    fields: dict[str, Any] = {}
    win = _win(body) or {}
    system = win["system"]
    for name, value in system.items():
        fields[name[:1].upper() + name[1:]] = value
    for part in ("eventdata", "userdata", "eventData", "userData"):
        data = win.get(part)
        if isinstance(data, dict):
            for name, value in data.items():
                fields[name] = value
                fields[name[:1].upper() + name[1:]] = value
            add_data(fields, {name[:1].upper() + name[1:]: value for name, value in data.items() if " " in name})
            if "data" in data:
                add_unnamed(fields, data["data"])
    fields["TimeCreated"] = system.get("systemTime")
    return named(
        fields, system.get("eventID"), system.get("channel"), system.get("providerName"), system.get("computer")
    )


def _is_evtxecmd(body: JsonObject) -> bool:
    return "EventId" in body and "Channel" in body and "Provider" in body and "EventRecordId" in body


def _evtxecmd_fields(body: JsonObject) -> JsonObject:
    fields: dict[str, Any] = {}
    payload = body.get("Payload")
    if isinstance(payload, str):
        try:
            payload = msgspec.json.decode(payload)
        except (msgspec.DecodeError, RecursionError):
            payload = None
    if isinstance(payload, dict):
        add_system(fields, {"System": {}, **{k: v for k, v in payload.items() if k in ("EventData", "UserData")}})
    fields["TimeCreated"] = body.get("TimeCreated")
    fields["EventRecordID"] = body.get("EventRecordId")
    return named(fields, body.get("EventId"), body.get("Channel"), body.get("Provider"), body.get("Computer"))


def _is_get_winevent(body: JsonObject) -> bool:
    return "Id" in body and "LogName" in body and "ProviderName" in body


def _get_winevent_fields(body: JsonObject) -> JsonObject:
    inserts = body.get("Properties")
    values = [attribute(item, "Value") for item in inserts] if isinstance(inserts, list) else []
    fields: dict[str, Any] = {"Message": body.get("Message"), "TimeCreated": body.get("TimeCreated")}
    fields["EventRecordID"] = body.get("RecordId")
    named(fields, body.get("Id"), body.get("LogName"), body.get("ProviderName"), body.get("MachineName"))
    add_message_fields(fields, values)
    return fields


def _is_fluent_bit(body: JsonObject) -> bool:
    return "StringInserts" in body and "EventID" in body and "Channel" in body


def _fluent_bit_fields(body: JsonObject) -> JsonObject:
    fields = {name: value for name, value in body.items() if name != "StringInserts"}
    inserts = body["StringInserts"]
    provider = body.get("ProviderName", body.get("SourceName"))
    named(fields, body.get("EventID"), body.get("Channel"), provider, body.get("Computer", body.get("ComputerName")))
    add_message_fields(fields, inserts if isinstance(inserts, list) else [])
    return fields


def _is_splunk_alone(body: JsonObject) -> bool:
    return "EventID" not in body and "winlog" not in body and is_splunk(body)


AGENT_SHAPES = (
    Shape("winlogbeat", _is_winlogbeat, _winlogbeat_fields),
    Shape("winlogbeat_dotted", _is_winlogbeat_dotted, _dotted_fields),
    Shape("winlogbeat_6", _is_winlogbeat_6, _winlogbeat_6_fields),
    Shape("elasticsearch_hit", _is_hit, _hit_fields),
    Shape("wazuh", _is_wazuh, _wazuh_fields),
    Shape("evtxecmd", _is_evtxecmd, _evtxecmd_fields),
    Shape("get_winevent", _is_get_winevent, _get_winevent_fields),
    Shape("fluent_bit", _is_fluent_bit, _fluent_bit_fields),
    Shape("splunk", _is_splunk_alone, splunk_fields),
)
