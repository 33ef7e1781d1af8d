"""Windows events as Splunk exports them: a result with extracted fields, and `_raw`, which is the event as XML or as
`Name=value` text.

In: a decoded body ({"result": {...}} or the result itself). Out: fields as rule authors name them. Source: Splunk
Add-on for Microsoft Windows. XML is read whole. In the text form the data's names are the English message's; those of
the events that rules ask for most get their own names back.
"""

from typing import Any

from minixdr.normalize.event_xml import is_event_xml, parse_event_xml
from minixdr.normalize.windows.parts import LINUX_CHANNEL, add_system, named
from minixdr.schema.record import JsonObject

_MOST_LINES = 400
_CHANNELS = ("Channel", "LogName", "source")
_PREFIXES = ("XmlWinEventLog:", "WinEventLog:")
_NAMES = {
    "New_Process_Name": "NewProcessName",
    "New_Process_ID": "NewProcessId",
    "Creator_Process_Name": "ParentProcessName",
    "Creator_Process_ID": "ProcessId",
    "Process_Command_Line": "CommandLine",
    "Service_Name": "ServiceName",
    "Service_File_Name": "ImagePath",
    "Task_Name": "TaskName",
    "Logon_Type": "LogonType",
    "Source_Network_Address": "IpAddress",
    "Source_Port": "IpPort",
    "Workstation_Name": "WorkstationName",
    "Authentication_Package": "AuthenticationPackageName",
    "Failure_Reason": "FailureReason",
    "Share_Name": "ShareName",
    "Relative_Target_Name": "RelativeTargetName",
    "Object_Name": "ObjectName",
    "Object_Type": "ObjectType",
    "Ticket_Encryption_Type": "TicketEncryptionType",
    "Ticket_Options": "TicketOptions",
}


def _result(body: JsonObject) -> JsonObject:
    result = body.get("result")
    return result if isinstance(result, dict) else body


def is_splunk(body: JsonObject) -> bool:
    """Return whether the body is a Splunk result of a Windows event."""
    result = _result(body)
    return "EventCode" in result and _channel(result) is not None and _channel(result) != LINUX_CHANNEL


def _channel(result: JsonObject) -> str | None:
    for name in _CHANNELS:
        value = result.get(name)
        if isinstance(value, str):
            for prefix in _PREFIXES:
                value = value.removeprefix(prefix)
            return value
    return None


def splunk_fields(body: JsonObject) -> JsonObject:
    """Return the fields."""
    result = _result(body)
    raw = result.get("_raw")
    fields: dict[str, Any] = {name: value for name, value in result.items() if name != "_raw"}
    if isinstance(raw, str) and is_event_xml(raw):
        event = parse_event_xml(raw)
        if isinstance(event.get("System"), dict):
            add_system(fields, event)
            return fields
    if isinstance(raw, str):
        _add_lines(fields, raw)
    for theirs, own in _NAMES.items():
        if theirs in fields:
            fields.setdefault(own, fields[theirs])
    fields.setdefault("TimeCreated", fields.get("_time"))
    provider = fields.get("SourceName", fields.get("Name"))
    computer = fields.get("ComputerName", fields.get("Computer", fields.get("host")))
    return named(fields, result.get("EventCode"), _channel(result), provider, computer)


def _add_lines(fields: JsonObject, raw: str) -> None:
    """Add the header's `Name=value` lines; the message, which comes last, whole."""
    for line in raw.split("\n", _MOST_LINES)[:_MOST_LINES]:
        name, met, value = line.rstrip("\r").partition("=")
        if name == "Message" and met:
            fields.setdefault("Message", raw.partition("Message=")[2])
            return
        if met and name.isidentifier():
            fields.setdefault(name, value)
