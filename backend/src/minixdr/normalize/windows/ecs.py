"""Event data that Winlogbeat's and Elastic Agent's modules moved away: back from the ECS fields where they put it.

In: a document of Beats', and the event data that stayed. Out: the missing data under its own names: from Sysmon's message where there is one,
else from ECS. Source: Beats' `sysmon`, `security` and `powershell` modules (7.x and 8.x). A field that is there is never replaced.
"""

from typing import Any

from minixdr.normalize.windows.messages import SYSMON_PROVIDER, add_message_lines
from minixdr.schema.record import JsonObject

_OF_ALL = {
    "CommandLine": "process.command_line",
    "IpAddress": "source.ip",
    "IpPort": "source.port",
    "NewProcessName": "process.executable",
    "ParentProcessName": "process.parent.executable",
    "ScriptBlockText": "powershell.file.script_block_text",
    "ScriptBlockId": "powershell.file.script_block_id",
    "Path": "file.path",
}
_OF_SYSMON = {
    "Image": "process.executable",
    "CommandLine": "process.command_line",
    "CurrentDirectory": "process.working_directory",
    "ProcessGuid": "process.entity_id",
    "ProcessId": "process.pid",
    "ParentImage": "process.parent.executable",
    "ParentCommandLine": "process.parent.command_line",
    "ParentProcessGuid": "process.parent.entity_id",
    "ParentProcessId": "process.parent.pid",
    "OriginalFileName": "process.pe.original_file_name",
    "Company": "process.pe.company",
    "Description": "process.pe.description",
    "Product": "process.pe.product",
    "TargetFilename": "file.path",
    "ImageLoaded": "file.path",
    "PipeName": "file.name",
    "TargetObject": "registry.path",
    "QueryName": "dns.question.name",
    "SourceIp": "source.ip",
    "SourcePort": "source.port",
    "SourceHostname": "source.domain",
    "DestinationIp": "destination.ip",
    "DestinationPort": "destination.port",
    "DestinationHostname": "destination.domain",
    "Protocol": "network.transport",
    "UtcTime": "@timestamp",
}
_DIRECTIONS = {"outbound": "true", "egress": "true", "inbound": "false", "ingress": "false"}
_HASHES = ("md5", "sha1", "sha256", "imphash")
_ONLY_OF = {"ImageLoaded": (6, 7), "PipeName": (17, 18), "TargetFilename": (2, 9, 11, 15, 23, 26, 27, 28, 29)}


def add_moved_data(fields: JsonObject, body: JsonObject) -> None:
    """Add what is missing of the event data. `fields` has EventID, Channel and Provider_Name already."""
    if fields.get("Provider_Name") == SYSMON_PROVIDER:
        if "Image" not in fields or "UtcTime" not in fields:
            add_message_lines(fields, fields.get("Message"))
            _add_sysmon(fields, body)
        return
    if fields.get("Channel") == "Windows PowerShell":
        fields.setdefault("Data", fields.get("Message"))
    for name, path in _OF_ALL.items():
        if name not in fields:
            _set(fields, name, _at(body, path))


def _add_sysmon(fields: JsonObject, body: JsonObject) -> None:
    for name, path in _OF_SYSMON.items():
        numbers = _ONLY_OF.get(name)
        if name not in fields and (numbers is None or fields.get("EventID") in numbers):
            _set(fields, name, _at(body, path))
    user = _at(body, "user.name")
    domain = _at(body, "user.domain")
    if "User" not in fields and isinstance(user, str):
        fields["User"] = f"{domain}\\{user}" if isinstance(domain, str) else user
    if "Initiated" not in fields:
        _set(fields, "Initiated", _DIRECTIONS.get(str(_at(body, "network.direction"))))
    if "Hashes" not in fields:
        pairs = [
            (kind, _at(body, f"{holder}.hash.{kind}")) for holder in ("process", "file", "dll") for kind in _HASHES
        ]
        found = [f"{kind.upper()}={value}" for kind, value in pairs if isinstance(value, str)]
        _set(fields, "Hashes", ",".join(found) or None)
    strings = _at(body, "registry.data.strings")
    if "Details" not in fields and isinstance(strings, list) and strings:
        _set(fields, "Details", strings[0])


def _set(fields: JsonObject, name: str, value: Any) -> None:
    if value is not None:
        fields[name] = value


def _at(body: JsonObject, path: str) -> Any:
    if path in body:
        return body[path]
    node: Any = body
    for key in path.split("."):
        if not isinstance(node, dict):
            return None
        node = node.get(key)
    return node
