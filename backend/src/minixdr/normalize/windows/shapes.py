"""How Windows events are written: EVTX as JSON, winlogbeat, NXLog and alike, `System`/`EventData` objects.

In: a decoded body. Out: its fields as rule authors name them: event data beside EventID, Channel, Provider_Name, Computer.
Not trusted: any part may be of any type.
"""

from typing import Any

from minixdr.normalize.source import Shape
from minixdr.normalize.windows.routing import event_number
from minixdr.schema.record import JsonObject


def _is_nxlog(body: JsonObject) -> bool:
    return "EventID" in body and "Channel" in body and "SourceName" in body


def _is_flat(body: JsonObject) -> bool:
    return "EventID" in body and "Channel" in body and "SourceName" not in body


def _flat_fields(body: JsonObject) -> JsonObject:
    fields = dict(body)
    for name in ("ExtraEventData", "EventData"):
        _add_data(fields, body.get(name))
    fields.setdefault("Provider_Name", body.get("ProviderName", body.get("Provider")))
    fields.setdefault("Computer", body.get("Hostname", body.get("ComputerName")))
    return fields


def _is_evtx(body: JsonObject) -> bool:
    event = body.get("Event")
    return isinstance(event, dict) and isinstance(event.get("System"), dict)


def _is_system(body: JsonObject) -> bool:
    system = body.get("System")
    return isinstance(system, dict) and "EventID" in system and "Channel" in system


def _is_winlogbeat(body: JsonObject) -> bool:
    winlog = body.get("winlog")
    return isinstance(winlog, dict) and "channel" in winlog and "event_id" in winlog


def _is_winlogbeat_dotted(body: JsonObject) -> bool:
    return "winlog.channel" in body and "winlog.event_id" in body


def _is_winlogbeat_6(body: JsonObject) -> bool:
    return "log_name" in body and "event_id" in body and "source_name" in body


def _evtx_fields(body: JsonObject) -> JsonObject:
    return _system_fields(body["Event"])


def _system_fields(event: JsonObject) -> JsonObject:
    system = event["System"]
    fields: dict[str, Any] = {}
    _add_data(fields, event.get("EventData"))
    user_data = event.get("UserData")
    if isinstance(user_data, dict):
        for name, inner in user_data.items():
            if isinstance(inner, dict):
                _add_data(fields, inner)
            elif not name.startswith("#"):
                fields[name] = inner
    for name, value in system.items():
        if not isinstance(value, (dict, list)) and value is not None:
            fields.setdefault(name, value)
    provider = _attribute(system.get("Provider"), "Name")
    if provider is not None:
        fields["Provider_Name"] = provider
    fields["EventID"] = _plain(system.get("EventID"))
    fields["Channel"] = _plain(system.get("Channel"))
    fields["Computer"] = _plain(system.get("Computer"))
    fields["TimeCreated"] = _attribute(system.get("TimeCreated"), "SystemTime") or _plain(system.get("TimeCreated"))
    user = _attribute(system.get("Security"), "UserID")
    if user is not None:
        fields["Security_UserID"] = user
    return fields


def _add_data(fields: JsonObject, data: Any) -> None:
    """Add the event data in any of its writings: named values, a list of {Name, text} pairs, unnamed texts under Data."""
    if not isinstance(data, dict):
        return
    for name, value in data.items():
        if name[:1] == "#":
            continue
        if name == "Data":
            _add_unnamed(fields, value)
            continue
        plain = value if not isinstance(value, dict) else _plain(value)
        fields[name] = plain
        if " " in name:  # Defender's `Threat Name`
            fields.setdefault(name.replace(" ", ""), plain)


def _add_unnamed(fields: JsonObject, value: Any) -> None:
    items = value if isinstance(value, list) else [value]
    texts: list[Any] = []
    for item in items:
        if isinstance(item, dict):
            name = item.get("@Name") or item.get("Name") or _attribute(item, "Name")
            text = item.get("#text", item.get("text", item.get("Value")))
            if isinstance(name, str):
                fields[name] = text
                continue
            texts.extend(text if isinstance(text, list) else [text])
        else:
            texts.append(item)
    if texts:
        fields["Data"] = texts[0] if len(texts) == 1 else texts


def _attribute(node: Any, name: str) -> Any:
    if not isinstance(node, dict):
        return None
    attributes = node.get("#attributes")
    if isinstance(attributes, dict) and name in attributes:
        return attributes[name]
    return node.get(f"@{name}", node.get(name))


def _plain(node: Any) -> Any:
    return node.get("#text") if isinstance(node, dict) else node


def _winlogbeat_fields(body: JsonObject) -> JsonObject:
    winlog = body["winlog"]
    fields: dict[str, Any] = {}
    for part in (winlog.get("event_data"), winlog.get("user_data")):
        _add_data(fields, part)
    _add_ecs(fields, winlog, body)
    return fields


def _add_ecs(fields: JsonObject, winlog: JsonObject, body: JsonObject) -> None:
    fields["EventID"] = _number(winlog.get("event_id"))
    fields["Channel"] = winlog.get("channel")
    fields["Provider_Name"] = winlog.get("provider_name")
    fields["Computer"] = winlog.get("computer_name")
    fields["EventRecordID"] = winlog.get("record_id")
    fields["TimeCreated"] = body.get("@timestamp")
    if "message" in body:
        fields["Message"] = body["message"]


def _dotted_fields(body: JsonObject) -> JsonObject:
    fields: dict[str, Any] = {}
    winlog: dict[str, Any] = {}
    for name, value in body.items():
        if name.startswith(("winlog.event_data.", "winlog.user_data.")):
            fields[name.split(".", 2)[2]] = value
        elif name.startswith("winlog."):
            winlog[name[7:]] = value
    _add_ecs(fields, winlog, body)
    return fields


def _winlogbeat_6_fields(body: JsonObject) -> JsonObject:
    fields: dict[str, Any] = {}
    _add_data(fields, body.get("event_data"))
    fields["EventID"] = _number(body.get("event_id"))
    fields["Channel"] = body.get("log_name")
    fields["Provider_Name"] = body.get("source_name")
    fields["Computer"] = body.get("computer_name")
    fields["EventRecordID"] = body.get("record_number")
    fields["TimeCreated"] = body.get("@timestamp")
    return fields


def _number(value: object) -> object:
    number = event_number(value)
    return value if number is None else number


SHAPES = (
    Shape("nxlog", _is_nxlog, None, {"Provider_Name": "SourceName", "Computer": "Hostname"}),
    Shape("flat", _is_flat, _flat_fields),
    Shape("evtx", _is_evtx, _evtx_fields),
    Shape("system", _is_system, _system_fields),
    Shape("winlogbeat", _is_winlogbeat, _winlogbeat_fields),
    Shape("winlogbeat_dotted", _is_winlogbeat_dotted, _dotted_fields),
    Shape("winlogbeat_6", _is_winlogbeat_6, _winlogbeat_6_fields),
)
