"""The parts that the shapes of Windows events share: event data in all its writings, the System section, the four names that rules use."""

from typing import Any

import msgspec

from minixdr.normalize.event_xml import is_event_xml, parse_event_xml
from minixdr.normalize.windows.derived import IDS, POSITIONAL_IDS, add_derived
from minixdr.normalize.windows.routing import LOG_CLEARED, event_number
from minixdr.schema.record import JsonObject

_DERIVED = (*IDS, *POSITIONAL_IDS)
_ATTRIBUTES = "_attributes"
"""End of the key under which `evtx_dump --separate-json-attributes`, and what is built on it, writes an element's attributes."""
LINUX_CHANNEL = "Linux-Sysmon/Operational"
"""Sysmon for Linux writes the same objects; it is a log source of its own."""


def named(fields: JsonObject, number: Any, channel: Any, provider: Any, computer: Any) -> JsonObject:
    """Set EventID, Channel, Provider_Name and Computer, and what is derived from the rest; return the fields."""
    found = event_number(number)
    fields["EventID"] = number if found is None else found
    if found == LOG_CLEARED:
        fields.setdefault("ClearedChannel", fields.get("Channel", channel))
    fields["Channel"] = channel
    fields["Provider_Name"] = provider
    fields["Computer"] = computer
    fields.setdefault("ComputerName", computer)
    if found in _DERIVED:
        add_derived(fields)
    return fields


def add_system(fields: JsonObject, event: JsonObject) -> None:
    """Add the data and the System section of an event object."""
    system = event["System"]
    add_data(fields, event.get("EventData"))
    user_data = event.get("UserData")
    if isinstance(user_data, dict):
        for name, inner in user_data.items():
            if name.endswith(_ATTRIBUTES):
                continue
            if isinstance(inner, dict):
                add_data(fields, inner)
            elif name[:1] not in ("#", "@"):
                fields[name] = inner
    for name, value in system.items():
        if value is not None and not isinstance(value, (dict, list)):
            fields.setdefault(name, value)
    time = system.get("TimeCreated")
    fields["TimeCreated"] = _system_attribute(system, "TimeCreated", "SystemTime") or plain(time)
    user = _system_attribute(system, "Security", "UserID")
    if user is not None:
        fields["Security_UserID"] = user
    provider = _system_attribute(system, "Provider", "Name") or system.get("Provider_Name")
    if provider == "Service Control Manager":
        fields.setdefault("ProcessId", _system_attribute(system, "Execution", "ProcessID"))
    named(fields, system.get("EventID"), plain(system.get("Channel")), provider, plain(system.get("Computer")))


def _system_attribute(system: JsonObject, element: str, name: str) -> Any:
    """Return an attribute of a System element, which some decoders write beside the element."""
    return attribute(system.get(element) or system.get(element + _ATTRIBUTES), name)


def add_data(fields: JsonObject, data: Any) -> None:
    """Add the event data in any of its writings: named values, a list of {Name, text} pairs, unnamed texts under Data, XML."""
    if isinstance(data, str) and data.lstrip()[:1] == "<":
        data = parse_event_xml(data if is_event_xml(data) else f"<Event>{data}</Event>")
        data = data.get("EventData") or data.get("DataItem") or data
    elif isinstance(data, str) and data.lstrip()[:1] == "{":
        data = _json_object(data)
    if isinstance(data, list):
        data = {"Data": data}
    if not isinstance(data, dict):
        return
    for name, value in data.items():
        if type(value) is str:
            fields[name] = value
            if " " in name:  # Defender's `Threat Name`, in Sigma ThreatName
                fields.setdefault(name.replace(" ", ""), value)
            elif name == "Data":
                add_unnamed(fields, value)
        elif name == "Data":
            add_unnamed(fields, value)
        elif name[:1] not in ("#", "@"):
            fields[name] = plain(value)


def _json_object(text: str) -> Any:
    """Return the object a column holds as text; what is no JSON holds none."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def add_unnamed(fields: JsonObject, value: Any) -> None:
    """Add what stands under `Data`: {Name, text} pairs by name; texts stay `Data`, one alone as text, more as a list."""
    texts: list[Any] = []
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            texts.append(item)
            continue
        name = attribute(item, "Name")
        text = plain(item) if "#text" in item else item.get("text", item.get("Value", item.get("$")))
        if isinstance(name, str):
            fields[name] = text
            fields.setdefault(name.replace(" ", ""), text)
        elif text is not None:
            texts.extend(text if isinstance(text, list) else [text])
    if texts:
        fields["Data"] = texts[0] if len(texts) == 1 else texts


def attribute(node: Any, name: str) -> Any:
    """Return an XML attribute, however the decoder wrote it; None where it is absent."""
    if not isinstance(node, dict):
        return None
    attributes = node.get("#attributes")
    if isinstance(attributes, dict) and name in attributes:
        return attributes[name]
    return node.get(f"@{name}", node.get(name))


def plain(node: Any) -> Any:
    """Return an element's own text: decoders wrap it in an object where the element has attributes."""
    if not isinstance(node, dict):
        return node
    return node.get("#text", node.get("Value", node.get("value")))
