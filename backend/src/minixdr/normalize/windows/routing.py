"""Channel, event id and event type -> Sigma log sources.

Sources: SigmaHQ's Windows log source guides, its THOR configuration and taxonomy appendix; pySigma's Windows pipelines; Sysmon's and Microsoft's
event lists. A category's rules are written in Sysmon's field names: where Security audits the same thing (4688, 4657, 5156) they meet that event
too, by `field_names` and by what `derived.py` computes. Not covered: categories of ETW providers other than Kernel-File.
"""

import re

from minixdr.schema.event import LogSource

SERVICES = {
    "application": "application",
    "dns server": "dns-server",
    "microsoft-iis-configuration/operational": "iis-configuration",
    "microsoft-servicebus-client/admin": "microsoft-servicebus-client",
    "microsoft-servicebus-client/operational": "microsoft-servicebus-client",
    "microsoft-windows-application-experience/program-compatibility-assistant": "application-experience",
    "microsoft-windows-application-experience/program-telemetry": "application-experience",
    "microsoft-windows-applocker/exe and dll": "applocker",
    "microsoft-windows-applocker/msi and script": "applocker",
    "microsoft-windows-applocker/packaged app-deployment": "applocker",
    "microsoft-windows-applocker/packaged app-execution": "applocker",
    "microsoft-windows-appmodel-runtime/admin": "appmodel-runtime",
    "microsoft-windows-appxdeploymentserver/operational": "appxdeployment-server",
    "microsoft-windows-appxpackaging/operational": "appxpackaging-om",
    "microsoft-windows-backup": "windows-backup",
    "microsoft-windows-bitlocker-api/management": "bitlocker",
    "microsoft-windows-bitlocker/bitlocker management": "bitlocker",
    "microsoft-windows-bits-client/operational": "bits-client",
    "microsoft-windows-capi2/operational": "capi2",
    "microsoft-windows-certificateservicesclient-lifecycle-system/operational": "certificateservicesclient-lifecycle-system",
    "microsoft-windows-codeintegrity/operational": "codeintegrity-operational",
    "microsoft-windows-dhcp-server/operational": "dhcp",
    "microsoft-windows-diagnosis-scripted/operational": "diagnosis-scripted",
    "microsoft-windows-dns client events/operational": "dns-client",
    "microsoft-windows-dns-client/operational": "dns-client",
    "microsoft-windows-dns-server/analytical": "dns-server-analytic",
    "microsoft-windows-dns-server/audit": "dns-server-audit",
    "microsoft-windows-dnsserver/analytical": "dns-server-analytic",
    "microsoft-windows-dnsserver/audit": "dns-server-audit",
    "microsoft-windows-driverframeworks-usermode/operational": "driver-framework",
    "microsoft-windows-hyper-v-worker": "hyper-v-worker",
    "microsoft-windows-hyper-v-worker-admin": "hyper-v-worker",
    "microsoft-windows-hyper-v-worker/admin": "hyper-v-worker",
    "microsoft-windows-kernel-eventtracing": "kernel-event-tracing",
    "microsoft-windows-kernel-eventtracing/admin": "kernel-event-tracing",
    "microsoft-windows-kernel-file/analytic": "kernel-file",
    "microsoft-windows-kernel-shimengine/diagnostic": "kernel-shimengine",
    "microsoft-windows-kernel-shimengine/operational": "kernel-shimengine",
    "microsoft-windows-ldap-client/debug": "ldap",
    "microsoft-windows-lsa/operational": "lsa-server",
    "microsoft-windows-ntfs/operational": "ntfs",
    "microsoft-windows-ntlm/operational": "ntlm",
    "microsoft-windows-ntlm/protecteduserfailures-domaincontroller": "ntlm",
    "microsoft-windows-powershell/operational": "powershell",
    "microsoft-windows-printservice/admin": "printservice-admin",
    "microsoft-windows-printservice/operational": "printservice-operational",
    "microsoft-windows-remotedesktopservices-rdpcorets/operational": "rdpcorets",
    "microsoft-windows-security-mitigations/kernel mode": "security-mitigations",
    "microsoft-windows-security-mitigations/kernelmode": "security-mitigations",
    "microsoft-windows-security-mitigations/user mode": "security-mitigations",
    "microsoft-windows-security-mitigations/usermode": "security-mitigations",
    "microsoft-windows-sense/operational": "sense",
    "microsoft-windows-shell-core/operational": "shell-core",
    "microsoft-windows-smbclient/connectivity": "smbclient-connectivity",
    "microsoft-windows-smbclient/operational": "smbclient-operational",
    "microsoft-windows-smbclient/security": "smbclient-security",
    "microsoft-windows-smbserver/audit": "smbserver-audit",
    "microsoft-windows-smbserver/connectivity": "smbserver-connectivity",
    "microsoft-windows-smbserver/operational": "smbserver-operational",
    "microsoft-windows-smbserver/security": "smbserver-security",
    "microsoft-windows-sysmon/operational": "sysmon",
    "microsoft-windows-taskscheduler/operational": "taskscheduler",
    "microsoft-windows-terminalservices-localsessionmanager/operational": "terminalservices-localsessionmanager",
    "microsoft-windows-terminalservices-remoteconnectionmanager/operational": "terminalservices-remoteconnectionmanager",
    "microsoft-windows-vhdmp-operational": "vhdmp",
    "microsoft-windows-vhdmp/operational": "vhdmp",
    "microsoft-windows-windows defender/operational": "windefend",
    "microsoft-windows-windows defender/whc": "windefend-whc",
    "microsoft-windows-windows firewall with advanced security/firewall": "firewall-as",
    "microsoft-windows-winrm/operational": "winrm",
    "microsoft-windows-wmi-activity/operational": "wmi",
    "msexchange management": "msexchange-management",
    "openssh/operational": "openssh",
    "powershellcore/operational": "powershell",
    "security": "security",
    "setup": "setup",
    "system": "system",
    "windows powershell": "powershell-classic",
}
"""Channel in lower case -> Sigma service (our own word where Sigma has none)."""

_FURTHER_SERVICES = {
    "ldap": ("ldap_debug",),
    "microsoft-servicebus-client": ("servicebus-client",),
}
"""Service -> the other names that rules have for it."""

CATEGORIES: dict[str, dict[int, tuple[str, ...]]] = {
    "sysmon": {
        1: ("process_creation",),
        2: ("file_change",),
        3: ("network_connection",),
        4: ("sysmon_status",),
        5: ("process_termination",),
        6: ("driver_load",),
        7: ("image_load",),
        8: ("create_remote_thread",),
        9: ("raw_access_thread", "raw_access_read"),
        10: ("process_access",),
        11: ("file_event",),
        12: ("registry_event",),
        13: ("registry_event", "registry_set"),
        14: ("registry_event", "registry_rename"),
        15: ("create_stream_hash",),
        16: ("sysmon_status",),
        17: ("pipe_created",),
        18: ("pipe_created",),
        19: ("wmi_event",),
        20: ("wmi_event",),
        21: ("wmi_event",),
        22: ("dns_query",),
        23: ("file_delete",),
        24: ("clipboard_capture", "clipboard_change"),
        25: ("process_tampering",),
        26: ("file_delete", "file_delete_detected"),
        27: ("file_block_executable",),
        28: ("file_block_shredding",),
        29: ("file_executable_detected",),
        255: ("sysmon_error",),
    },
    "powershell": {4103: ("ps_module",), 4104: ("ps_script",)},
    "powershell-classic": {
        400: ("ps_classic_start",),
        600: ("ps_classic_provider_start",),
        800: ("ps_classic_script",),
    },
    "kernel-file": {12: ("file_access",), 26: ("file_delete",), 27: ("file_rename",), 30: ("file_event",)},
}
"""Service -> event id -> categories."""

_BY_EVENT_TYPE: dict[int, dict[str, tuple[str, ...]]] = {
    12: {
        "createkey": ("registry_add",),
        "deletekey": ("registry_delete",),
        "deletevalue": ("registry_delete",),
    },
    4657: {
        "createvalue": ("registry_event", "registry_set", "registry_add"),
        "setvalue": ("registry_event", "registry_set"),
        "deletevalue": ("registry_event", "registry_delete"),
    },
}
"""Event id -> event type in lower case -> categories."""

_ANTIVIRUS = frozenset({1006, 1007, 1008, 1009, 1010, 1011, 1012, 1015, 1017, 1018, 1019, 1115, 1116, 1117, 1118, 1119})
"""Defender's ids that name a threat or its path."""

_SECURITY_NAMES: dict[int, tuple[str, dict[str, str]]] = {
    4688: (
        "process_creation",
        {
            "Image": "NewProcessName",
            "ParentImage": "ParentProcessName",
            "ProcessId": "NewProcessId",
            "ParentProcessId": "ProcessId",
            "LogonId": "SubjectLogonId",
            "User": "SubjectUserName",
            "IntegrityLevel": "MandatoryLabel",
        },
    ),
    4689: ("process_termination", {"Image": "ProcessName", "User": "SubjectUserName"}),
    5156: (
        "network_connection",
        {
            "Image": "Application",
            "ProcessId": "ProcessID",
            "SourceIp": "SourceAddress",
            "DestinationIp": "DestAddress",
            "DestinationPort": "DestPort",
        },
    ),
}
"""Security event id -> category, and its rules' field names in this event."""

_DEFENDER_NAMES = {
    name: own
    for own in (
        "Threat Name",
        "New Value",
        "Old Value",
        "Source Name",
        "Severity Name",
        "Category Name",
        "Process Name",
        "Action Name",
    )
    for name in (own.replace(" ", ""), own.replace(" ", "_"))
} | {"Feature_Name": "Feature Name", "FeatureName": "Feature Name"}
"""Defender's own names have blanks, which rules leave out or write as underscores."""

LOG_CLEARED = 104
"""System event id of a cleared log. To its rules `Channel` is the log that was cleared, which the event's own data has under that name too."""

KEYS = ("Channel", "EventID", "EventType")


def log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    """Return the Sigma log sources of a record with this channel, event id and event type."""
    channel, number, event_type = key
    service = SERVICES.get(channel.lower()) if isinstance(channel, str) else None
    event_id = event_number(number) or 0
    categories = CATEGORIES.get(service or "", {}).get(event_id, ())
    if isinstance(event_type, str) and (service, event_id) in {("sysmon", 12), ("security", 4657)}:
        categories += _BY_EVENT_TYPE[event_id].get(event_type.lower(), ())
    found = [LogSource(category, "windows", service) for category in categories]
    if service == "security" and event_id in _SECURITY_NAMES:
        category, names = _SECURITY_NAMES[event_id]
        found.append(LogSource(category, "windows", service, names))
    if service == "windefend" and event_id in _ANTIVIRUS:
        found.append(LogSource("antivirus", "windows", service, {"Signature": "Threat Name", "Filename": "Path"}))
    if service == "system" and event_id == LOG_CLEARED:
        return (LogSource(None, "windows", service, {"Channel": "ClearedChannel"}),)
    if service == "windefend":
        return (*found, LogSource(None, "windows", service, _DEFENDER_NAMES))
    further = _FURTHER_SERVICES.get(service or "", ())
    return (*found, LogSource(None, "windows", service), *(LogSource(None, "windows", name) for name in further))


_HEXADECIMAL = re.compile(r"0[xX][0-9A-Fa-f]+$")
_LONGEST_ID = 10  # characters: 0x and eight hexadecimal digits


def event_number(value: object) -> int | None:
    """Return the event id as a number (also from decimal or 0x text, or `{"#text": ...}`), None where it is none.

    Classic providers' ids carry a severity and a facility in the upper 16 bits (0x40000568): the id is the lower half.
    """
    if isinstance(value, dict):
        value = value.get("#text", value.get("Value", value.get("value")))
    if isinstance(value, str) and value.isascii() and 0 < len(value) <= _LONGEST_ID:
        plain = value.strip()
        if plain.isdigit():
            value = int(plain)
        elif _HEXADECIMAL.match(plain):
            value = int(plain, 16)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**32:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**32:
        return None
    return value & 0xFFFF if value > 0xFFFF else value  # noqa: PLR2004 - see above
