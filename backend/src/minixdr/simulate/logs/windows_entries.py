"""The data of Windows events, by what happened. Field names and texts: Microsoft's event pages, Sysmon's event schema."""

from dataclasses import dataclass
from hashlib import sha256
from random import Random

from minixdr.simulate.identifiers import guid
from minixdr.simulate.logs.windows import POWERSHELL, SECURITY, SYSMON, SYSTEM, Entry
from minixdr.simulate.world import DOMAIN, NETBIOS_DOMAIN

SYSTEM_SID = "S-1-5-18"
_SYSTEM32 = "C:\\Windows\\System32\\"
INTERACTIVE, NETWORK, SERVICE, REMOTE_INTERACTIVE = 2, 3, 5, 10
_HIGH_LABEL, _MEDIUM_LABEL, _SYSTEM_LABEL = "S-1-16-12288", "S-1-16-8192", "S-1-16-16384"
_LABELS = {"High": _HIGH_LABEL, "Medium": _MEDIUM_LABEL, "System": _SYSTEM_LABEL}


@dataclass(frozen=True, slots=True)
class Account:
    """A Windows account and its logon session."""

    name: str
    sid: str
    logon_id: str
    domain: str = NETBIOS_DOMAIN
    integrity: str = "Medium"

    @property
    def full(self) -> str:
        """Return DOMAIN\\name."""
        return f"{self.domain}\\{self.name}"


LOCAL_SYSTEM = Account("SYSTEM", SYSTEM_SID, "0x3e7", "NT AUTHORITY", "System")


@dataclass(frozen=True, slots=True)
class Process:
    """A running program."""

    image: str
    command_line: str
    pid: int
    guid: str


def process(rng: Random, image: str, command_line: str) -> Process:
    """Return a process with a new id."""
    return Process(
        image if "\\" in image else _SYSTEM32 + image, command_line, 4 * rng.randrange(300, 5_000), guid(rng)
    )


def created(host: str, started: Process, parent: Process, account: Account) -> tuple[Entry, Entry]:
    """Return what Security (4688) and Sysmon (1) say about a program that starts."""
    name = started.image.rpartition("\\")[2]
    digest = sha256(name.lower().encode()).hexdigest().upper()
    security = Entry(SECURITY, 4688, {
        "SubjectUserSid": account.sid, "SubjectUserName": account.name if account is not LOCAL_SYSTEM else f"{host.upper()}$",
        "SubjectDomainName": account.domain if account is not LOCAL_SYSTEM else NETBIOS_DOMAIN, "SubjectLogonId": account.logon_id,
        "NewProcessId": hex(started.pid), "NewProcessName": started.image, "TokenElevationType": "%%1936", "ProcessId": hex(parent.pid),
        "CommandLine": started.command_line, "TargetUserSid": "S-1-0-0", "TargetUserName": "-", "TargetDomainName": "-", "TargetLogonId": "0x0",
        "ParentProcessName": parent.image, "MandatoryLabel": _LABELS[account.integrity],
    })  # fmt: skip
    sysmon = Entry(SYSMON, 1, {
        "ProcessGuid": started.guid, "ProcessId": str(started.pid), "Image": started.image, "FileVersion": "10.0.20348.1 (WinBuild.160101.0800)",
        "Description": name.removesuffix(".exe"), "Product": "Microsoft® Windows® Operating System", "Company": "Microsoft Corporation",
        "OriginalFileName": name, "CommandLine": started.command_line, "CurrentDirectory": "C:\\Windows\\system32\\", "User": account.full,
        "LogonGuid": started.guid, "LogonId": account.logon_id, "TerminalSessionId": "2", "IntegrityLevel": account.integrity,
        "Hashes": f"SHA256={digest}", "ParentProcessGuid": parent.guid, "ParentProcessId": str(parent.pid), "ParentImage": parent.image,
        "ParentCommandLine": parent.command_line, "ParentUser": account.full,
    })  # fmt: skip
    return security, sysmon


def logon(account: Account, kind: int, address: str, workstation: str, port: int) -> Entry:
    """Return 4624: an account logged on."""
    package = {REMOTE_INTERACTIVE: ("User32 ", "Negotiate"), NETWORK: ("Kerberos", "Kerberos")}.get(
        kind, ("Advapi  ", "Negotiate")
    )
    return Entry(SECURITY, 4624, {
        "SubjectUserSid": SYSTEM_SID, "SubjectUserName": "-", "SubjectDomainName": "-", "SubjectLogonId": "0x3e7", "TargetUserSid": account.sid,
        "TargetUserName": account.name, "TargetDomainName": account.domain, "TargetLogonId": account.logon_id, "LogonType": str(kind),
        "LogonProcessName": package[0], "AuthenticationPackageName": package[1], "WorkstationName": workstation,
        "LogonGuid": "{00000000-0000-0000-0000-000000000000}", "TransmittedServices": "-", "LmPackageName": "-", "KeyLength": "0",
        "ProcessId": "0x4d8", "ProcessName": _SYSTEM32 + "svchost.exe", "IpAddress": address, "IpPort": str(port),
        "ImpersonationLevel": "%%1833", "RestrictedAdminMode": "-", "VirtualAccount": "%%1843", "ElevatedToken": "%%1842",
    })  # fmt: skip


def logon_failed(name: str, kind: int, address: str, workstation: str, port: int) -> Entry:
    """Return 4625: a wrong password."""
    data = {
        "SubjectUserSid": "S-1-0-0", "SubjectUserName": "-", "SubjectDomainName": "-", "SubjectLogonId": "0x0", "TargetUserSid": "S-1-0-0",
        "TargetUserName": name, "TargetDomainName": NETBIOS_DOMAIN, "Status": "0xc000006d", "FailureReason": "%%2313",
        "SubStatus": "0xc000006a", "LogonType": str(kind), "LogonProcessName": "NtLmSsp ", "AuthenticationPackageName": "NTLM",
        "WorkstationName": workstation, "TransmittedServices": "-", "LmPackageName": "-", "KeyLength": "0", "ProcessId": "0x0",
        "ProcessName": "-", "IpAddress": address, "IpPort": str(port),
    }  # fmt: skip
    return Entry(SECURITY, 4625, data, failed=True)


def logoff(account: Account, kind: int) -> Entry:
    """Return 4634."""
    return Entry(SECURITY, 4634, {
        "TargetUserSid": account.sid, "TargetUserName": account.name, "TargetDomainName": account.domain, "TargetLogonId": account.logon_id,
        "LogonType": str(kind),
    })  # fmt: skip


def privileges(account: Account) -> Entry:
    """Return 4672: a logon with an administrator's rights."""
    rights = (
        "SeSecurityPrivilege",
        "SeBackupPrivilege",
        "SeRestorePrivilege",
        "SeTakeOwnershipPrivilege",
        "SeDebugPrivilege",
        "SeLoadDriverPrivilege",
    )
    return Entry(SECURITY, 4672, {
        "SubjectUserSid": account.sid, "SubjectUserName": account.name, "SubjectDomainName": account.domain,
        "SubjectLogonId": account.logon_id, "PrivilegeList": "\n\t\t\t".join(rights),
    })  # fmt: skip


def ticket(account: Account, service: str, address: str, port: int) -> Entry:
    """Return 4769: a Kerberos service ticket was asked for."""
    return Entry(SECURITY, 4769, {
        "TargetUserName": f"{account.name}@{DOMAIN.upper()}", "TargetDomainName": DOMAIN.upper(), "ServiceName": service,
        "ServiceSid": account.sid, "TicketOptions": "0x40810000", "TicketEncryptionType": "0x12", "IpAddress": f"::ffff:{address}",
        "IpPort": str(port), "Status": "0x0", "LogonGuid": "{00000000-0000-0000-0000-000000000000}", "TransmittedServices": "-",
    })  # fmt: skip


def connection(
    by: Process, account: Account, source: tuple[str, int], target: tuple[str, int], target_name: str = "-"
) -> Entry:
    """Return Sysmon 3: a connection outward."""
    return Entry(SYSMON, 3, {
        "ProcessGuid": by.guid, "ProcessId": str(by.pid), "Image": by.image, "User": account.full, "Protocol": "tcp", "Initiated": "true",
        "SourceIsIpv6": "false", "SourceIp": source[0], "SourceHostname": "-", "SourcePort": str(source[1]), "SourcePortName": "-",
        "DestinationIsIpv6": "false", "DestinationIp": target[0], "DestinationHostname": target_name, "DestinationPort": str(target[1]),
        "DestinationPortName": "-",
    })  # fmt: skip


def file_created(by: Process, account: Account, path: str) -> Entry:
    """Return Sysmon 11."""
    return Entry(SYSMON, 11, {
        "ProcessGuid": by.guid, "ProcessId": str(by.pid), "Image": by.image, "TargetFilename": path, "CreationUtcTime": "2026-03-02 00:00:00.000",
        "User": account.full,
    })  # fmt: skip


def process_accessed(by: Process, target: Process, account: Account, access: str, trace: str) -> Entry:
    """Return Sysmon 10."""
    return Entry(SYSMON, 10, {
        "SourceProcessGUID": by.guid, "SourceProcessId": str(by.pid), "SourceThreadId": "4120", "SourceImage": by.image,
        "TargetProcessGUID": target.guid, "TargetProcessId": str(target.pid), "TargetImage": target.image, "GrantedAccess": access,
        "CallTrace": trace, "SourceUser": account.full, "TargetUser": LOCAL_SYSTEM.full,
    })  # fmt: skip


def registry_set(by: Process, account: Account, path: str, details: str) -> Entry:
    """Return Sysmon 13."""
    return Entry(SYSMON, 13, {
        "EventType": "SetValue", "ProcessGuid": by.guid, "ProcessId": str(by.pid), "Image": by.image, "TargetObject": path, "Details": details,
        "User": account.full,
    })  # fmt: skip


def name_resolved(by: Process, account: Account, name: str, address: str) -> Entry:
    """Return Sysmon 22."""
    return Entry(SYSMON, 22, {
        "ProcessGuid": by.guid, "ProcessId": str(by.pid), "QueryName": name, "QueryStatus": "0", "QueryResults": f"::ffff:{address};",
        "Image": by.image, "User": account.full,
    })  # fmt: skip


def script_block(rng: Random, text: str) -> Entry:
    """Return PowerShell 4104."""
    return Entry(POWERSHELL, 4104, {
        "MessageNumber": "1", "MessageTotal": "1", "ScriptBlockText": text, "ScriptBlockId": guid(rng).strip("{}"), "Path": "",
    })  # fmt: skip


def service_installed(name: str, image: str) -> Entry:
    """Return System 7045."""
    return Entry(SYSTEM, 7045, {
        "ServiceName": name, "ImagePath": image, "ServiceType": "user mode service", "StartType": "demand start", "AccountName": "LocalSystem",
    })  # fmt: skip


def log_cleared(account: Account) -> Entry:
    """Return Security 1102."""
    return Entry(SECURITY, 1102, {
        "SubjectUserSid": account.sid, "SubjectUserName": account.name, "SubjectDomainName": account.domain, "SubjectLogonId": account.logon_id,
    })  # fmt: skip


def task_created(account: Account, name: str, command: str, arguments: str) -> Entry:
    """Return Security 4698."""
    content = (
        '<?xml version="1.0" encoding="UTF-16"?><Task version="1.2"><Actions Context="Author"><Exec>'
        f"<Command>{command}</Command><Arguments>{arguments}</Arguments></Exec></Actions></Task>"
    )
    return Entry(SECURITY, 4698, {
        "SubjectUserSid": account.sid, "SubjectUserName": account.name, "SubjectDomainName": account.domain, "SubjectLogonId": account.logon_id,
        "TaskName": name, "TaskContent": content,
    })  # fmt: skip
