"""What rules of Sysmon's categories ask of Security's own audit events, computed from their fields.

4657 (a registry value was modified): Sysmon's TargetObject, Details, EventType. 5156 (a connection was allowed): Initiated, Protocol. Sources:
Microsoft's descriptions of the events; Sysmon's way of writing the same.
"""

from typing import Any

IDS = (4657, 5156)
"""Security event ids with derived fields. Other channels reuse the numbers: `add_derived` looks at the fields too."""
POSITIONAL_IDS = (1000,)
"""Ids whose data older Windows writes without names: Application Error."""
_APPLICATION_ERROR = (
    "AppName", "AppVersion", "AppTimeStamp", "ModuleName", "ModuleVersion", "ModuleTimeStamp", "ExceptionCode", "FaultingOffset",
)  # fmt: skip

_HIVES = (("\\REGISTRY\\MACHINE", "HKLM"), ("\\REGISTRY\\USER", "HKU"))
_OPERATIONS = {"%%1904": "CreateValue", "%%1905": "SetValue", "%%1906": "DeleteValue"}
_DWORD, _QWORD = "%%1876", "%%1883"
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_DIRECTIONS = {"%%14592": "false", "%%14593": "true"}
_LONGEST_NUMBER = 20


def add_derived(fields: dict[str, Any]) -> None:
    """Add the fields, where the record is one of these events."""
    if "ObjectValueName" in fields and isinstance(fields.get("ObjectName"), str):
        fields["TargetObject"] = _registry_path(fields["ObjectName"], fields["ObjectValueName"])
        fields["Image"] = fields.get("ProcessName")
        fields["Details"] = _details(fields.get("NewValueType"), fields.get("NewValue"))
        fields["EventType"] = _OPERATIONS.get(str(fields.get("OperationType")), "SetValue")
    elif fields.get("Provider_Name") == "Application Error" and isinstance(fields.get("Data"), list):
        for name, value in zip(_APPLICATION_ERROR, fields["Data"], strict=False):
            fields.setdefault(name, value)
    elif "DestAddress" in fields:
        fields["Initiated"] = _DIRECTIONS.get(str(fields.get("Direction")))
        fields["Protocol"] = _PROTOCOLS.get(str(fields.get("Protocol")), fields.get("Protocol"))


def _registry_path(key: str, value: object) -> str:
    for native, short in _HIVES:
        if key[: len(native)].upper() == native:
            key = short + key[len(native) :]
    key = key.replace("\\ControlSet001\\", "\\CurrentControlSet\\", 1)
    return f"{key}\\{value}" if isinstance(value, str) and value else key


def _details(kind: object, value: object) -> object:
    if kind not in (_DWORD, _QWORD) or not isinstance(value, (str, int)) or isinstance(value, bool):
        return value
    plain = str(value)
    if not plain.isascii() or not plain.isdigit() or len(plain) > _LONGEST_NUMBER:
        return value
    number = int(plain)
    if kind == _DWORD:
        return f"DWORD (0x{number:08x})"
    return f"QWORD (0x{number >> 32:08x}-0x{number & 0xFFFFFFFF:08x})"
