"""Channel and event id -> Sigma log sources.

Source: SigmaHQ's Windows log source guides and its THOR configuration; Sysmon's and Microsoft's event lists.
"""

from minixdr.schema.event import LogSource

SERVICES = {
    "application": "application",
    "security": "security",
    "system": "system",
    "dns server": "dns-server",
    "msexchange management": "msexchange-management",
    "microsoft-iis-configuration/operational": "iis-configuration",
    "microsoft-servicebus-client/admin": "microsoft-servicebus-client",
    "microsoft-servicebus-client/operational": "microsoft-servicebus-client",
    "microsoft-windows-appmodel-runtime/admin": "appmodel-runtime",
    "microsoft-windows-application-experience/program-compatibility-assistant": "application-experience",
    "microsoft-windows-application-experience/program-telemetry": "application-experience",
    "microsoft-windows-applocker/exe and dll": "applocker",
    "microsoft-windows-applocker/msi and script": "applocker",
    "microsoft-windows-applocker/packaged app-deployment": "applocker",
    "microsoft-windows-applocker/packaged app-execution": "applocker",
    "microsoft-windows-appxdeploymentserver/operational": "appxdeployment-server",
    "microsoft-windows-appxpackaging/operational": "appxpackaging-om",
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
    "microsoft-windows-driverframeworks-usermode/operational": "driver-framework",
    "microsoft-windows-hyper-v-worker": "hyper-v-worker",
    "microsoft-windows-kernel-eventtracing": "kernel-event-tracing",
    "microsoft-windows-kernel-shimengine/diagnostic": "kernel-shimengine",
    "microsoft-windows-kernel-shimengine/operational": "kernel-shimengine",
    "microsoft-windows-ldap-client/debug": "ldap",
    "microsoft-windows-lsa/operational": "lsa-server",
    "microsoft-windows-ntfs/operational": "ntfs",
    "microsoft-windows-ntlm/operational": "ntlm",
    "microsoft-windows-powershell/operational": "powershell",
    "microsoft-windows-printservice/admin": "printservice-admin",
    "microsoft-windows-printservice/operational": "printservice-operational",
    "microsoft-windows-security-mitigations/kernel mode": "security-mitigations",
    "microsoft-windows-security-mitigations/kernelmode": "security-mitigations",
    "microsoft-windows-security-mitigations/user mode": "security-mitigations",
    "microsoft-windows-security-mitigations/usermode": "security-mitigations",
    "microsoft-windows-sense/operational": "sense",
    "microsoft-windows-shell-core/operational": "shell-core",
    "microsoft-windows-smbclient/connectivity": "smbclient-connectivity",
    "microsoft-windows-smbclient/security": "smbclient-security",
    "microsoft-windows-smbserver/connectivity": "smbserver-connectivity",
    "microsoft-windows-sysmon/operational": "sysmon",
    "microsoft-windows-taskscheduler/operational": "taskscheduler",
    "microsoft-windows-terminalservices-localsessionmanager/operational": "terminalservices-localsessionmanager",
    "microsoft-windows-vhdmp/operational": "vhdmp",
    "microsoft-windows-windows defender/operational": "windefend",
    "microsoft-windows-windows firewall with advanced security/firewall": "firewall-as",
    "microsoft-windows-wmi-activity/operational": "wmi",
    "openssh/operational": "openssh",
    "powershellcore/operational": "powershell",
    "windows powershell": "powershell-classic",
}
"""Channel in lower case -> Sigma service."""

CATEGORIES = {
    "sysmon": {
        1: ("process_creation",),
        2: ("file_change",),
        3: ("network_connection",),
        4: ("sysmon_status",),
        5: ("process_termination",),
        6: ("driver_load",),
        7: ("image_load",),
        8: ("create_remote_thread",),
        9: ("raw_access_thread",),
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
    "powershell-classic": {400: ("ps_classic_start",), 600: ("ps_classic_provider_start",), 800: ("ps_classic_script",)},
}
"""Service -> event id -> categories."""

_REGISTRY_TYPES = {"createkey": ("registry_add",), "deletekey": ("registry_delete",), "deletevalue": ("registry_delete",)}
_ANTIVIRUS = {1006, 1007, 1008, 1009, 1010, 1011, 1012, 1017, 1018, 1019, 1115, 1116, 1117}
_SECURITY_PROCESS = {
    "Image": "NewProcessName",
    "ParentImage": "ParentProcessName",
    "ProcessId": "NewProcessId",
    "ParentProcessId": "ProcessId",
    "LogonId": "SubjectLogonId",
}

KEYS = ("Channel", "EventID", "EventType")


def log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    """Return the Sigma log sources of a record with this channel, event id and event type."""
    channel, number, event_type = key
    service = SERVICES.get(channel.lower()) if isinstance(channel, str) else None
    event_id = event_number(number)
    found = [
        LogSource(category, "windows", service)
        for category in CATEGORIES.get(service or "", {}).get(event_id or 0, ())
    ]
    if service == "sysmon" and event_id == 12 and isinstance(event_type, str):  # noqa: PLR2004 - Sysmon's RegistryEvent
        found += [LogSource(c, "windows", service) for c in _REGISTRY_TYPES.get(event_type.lower(), ())]
    if service == "security" and event_id == 4688:  # noqa: PLR2004 - a new process has been created
        found.append(LogSource("process_creation", "windows", service, _SECURITY_PROCESS))
    if service == "windefend" and event_id in _ANTIVIRUS:
        found.append(LogSource("antivirus", "windows", service, {"Signature": "ThreatName", "Filename": "Path"}))
    return (*found, LogSource(None, "windows", service))


def event_number(value: object) -> int | None:
    """Return the event id as a number, None where it is none."""
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 7 else None  # noqa: PLR2004 - ids have five digits
