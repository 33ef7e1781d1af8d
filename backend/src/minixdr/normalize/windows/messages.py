"""Event data of records that carry only the rendered message and its inserts by position (Get-WinEvent, Fluent Bit).

Sysmon's message is `Name: value` lines with the data's own names. Of Security's and others' messages the names are prose, in the language of the
machine; there the inserts' order is taken, from Microsoft's manifests, for the ids that rules ask for most. Other ids: the inserts stay under `Data`.
"""

from typing import Any

from minixdr.normalize.windows.derived import IDS, add_derived
from minixdr.schema.record import JsonObject

SYSMON_PROVIDER = "Microsoft-Windows-Sysmon"
_MOST_LINES = 200
_SUBJECT = "SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId"
_TARGET = "TargetUserName TargetDomainName TargetSid"
_INSERTS: dict[tuple[str, int], str] = {
    ("security", 1102): _SUBJECT,
    ("security", 4624): (
        f"{_SUBJECT} TargetUserSid TargetUserName TargetDomainName TargetLogonId LogonType LogonProcessName AuthenticationPackageName"
        " WorkstationName LogonGuid TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort"
    ),
    ("security", 4625): (
        f"{_SUBJECT} TargetUserSid TargetUserName TargetDomainName Status FailureReason SubStatus LogonType LogonProcessName"
        " AuthenticationPackageName WorkstationName TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort"
    ),
    ("security", 4634): "TargetUserSid TargetUserName TargetDomainName TargetLogonId LogonType",
    ("security", 4648): (
        f"{_SUBJECT} LogonGuid TargetUserName TargetDomainName TargetLogonGuid TargetServerName TargetInfo ProcessId ProcessName IpAddress IpPort"
    ),
    ("security", 4657): (
        f"{_SUBJECT} ObjectName ObjectValueName HandleId OperationType OldValueType OldValue NewValueType NewValue ProcessId ProcessName"
    ),
    (
        "security",
        4663,
    ): f"{_SUBJECT} ObjectServer ObjectType ObjectName HandleId AccessList AccessMask ProcessId ProcessName ResourceAttributes",
    ("security", 4672): f"{_SUBJECT} PrivilegeList",
    ("security", 4688): (
        f"{_SUBJECT} NewProcessId NewProcessName TokenElevationType ProcessId CommandLine TargetUserSid TargetUserName TargetDomainName"
        " TargetLogonId ParentProcessName MandatoryLabel"
    ),
    ("security", 4697): f"{_SUBJECT} ServiceName ServiceFileName ServiceType ServiceStartType ServiceAccount",
    ("security", 4698): f"{_SUBJECT} TaskName TaskContent",
    ("security", 4702): f"{_SUBJECT} TaskName TaskContentNew",
    ("security", 4720): f"{_TARGET} {_SUBJECT} PrivilegeList SamAccountName",
    ("security", 4728): f"MemberName MemberSid {_TARGET} {_SUBJECT} PrivilegeList",
    ("security", 4732): f"MemberName MemberSid {_TARGET} {_SUBJECT} PrivilegeList",
    ("security", 4756): f"MemberName MemberSid {_TARGET} {_SUBJECT} PrivilegeList",
    ("security", 4768): (
        "TargetUserName TargetDomainName TargetSid ServiceName ServiceSid TicketOptions Status TicketEncryptionType PreAuthType IpAddress IpPort"
    ),
    ("security", 4769): (
        "TargetUserName TargetDomainName ServiceName ServiceSid TicketOptions TicketEncryptionType IpAddress IpPort Status LogonGuid"
    ),
    ("security", 4776): "PackageName TargetUserName Workstation Status",
    ("security", 5140): f"{_SUBJECT} ObjectType IpAddress IpPort ShareName ShareLocalPath AccessMask AccessList",
    ("security", 5145): (
        f"{_SUBJECT} ObjectType IpAddress IpPort ShareName ShareLocalPath RelativeTargetName AccessMask AccessList AccessReason"
    ),
    ("security", 5156): (
        "ProcessID Application Direction SourceAddress SourcePort DestAddress DestPort Protocol FilterRTID LayerName LayerRTID"
    ),
    ("system", 7045): "ServiceName ImagePath ServiceType StartType AccountName",
    ("microsoft-windows-powershell/operational", 4103): "ContextInfo UserData Payload",
    ("microsoft-windows-powershell/operational", 4104): "MessageNumber MessageTotal ScriptBlockText ScriptBlockId Path",
}
"""Channel in lower case and event id -> names of the inserts, in order."""


def add_message_fields(fields: JsonObject, inserts: list[Any]) -> None:
    """Add the event data: by the message's lines (Sysmon), else by the inserts' order, else the inserts as `Data`."""
    channel, number, message = fields.get("Channel"), fields.get("EventID"), fields.get("Message")
    if fields.get("Provider_Name") == SYSMON_PROVIDER and isinstance(message, str):
        add_message_lines(fields, message)
        return
    key = (channel.lower() if isinstance(channel, str) else "", number if isinstance(number, int) else 0)
    names = _INSERTS.get(key)
    if names is None:
        if inserts:
            fields.setdefault("Data", inserts)
        return
    for name, value in zip(names.split(), inserts, strict=False):
        fields.setdefault(name, value)
    if number in IDS:
        add_derived(fields)


def add_message_lines(fields: JsonObject, message: Any) -> None:
    """Add the `Name: value` lines of a message of Sysmon's; what is there already stays."""
    if isinstance(message, str):
        for line in message.split("\n", _MOST_LINES)[1:_MOST_LINES]:
            name, separator, value = line.rstrip("\r").partition(": ")
            if separator and name.isalnum():
                fields.setdefault(name, value)
