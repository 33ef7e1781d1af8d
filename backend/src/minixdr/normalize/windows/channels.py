"""System, Task Scheduler, Defender, BITS, DNS, Terminal Services, AppLocker, Code Integrity, SQL Server and other channels -> OCSF.

Sources: Microsoft's documentation of each provider. Channels and ids without a row are Base Events with their fields in `unmapped`.
"""

import re

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import put_address
from minixdr.normalize.windows.attributes import (
    file_name,
    put_account,
    put_client,
    put_file,
    put_subject,
    small,
    text,
)
from minixdr.normalize.windows.logons import put_terminal_session
from minixdr.normalize.windows.reading import Reading, Table
from minixdr.normalize.windows.sysmon import put_answers

_SCHEDULED = 1  # OCSF job.type_id: Task Scheduler
_PORT_OF_DNS = 53


def _service_installed(draft: Draft) -> None:
    draft.put("win_service.name", text(draft.take("ServiceName")))
    draft.put("win_service.cmd_line", text(draft.take("ImagePath")))
    put_file(draft, "win_service.service_file", draft.fields.get("ImagePath"), 8)
    draft.put("win_service.service_start_name", _service_account(draft))


def _service_account(draft: Draft) -> str | None:
    """Return the account the service runs as. NXLog overwrites it with the account that wrote the event."""
    return None if "AccountType" in draft.fields else text(draft.take("AccountName"))


def _service_state(draft: Draft) -> Reading | None:
    draft.put("win_service.name", text(draft.take("param1")))
    state = (text(draft.take("param2")) or "").lower()
    return {"running": Reading(201004, 3), "stopped": Reading(201004, 4)}.get(state)


def _service_changed(draft: Draft) -> None:
    draft.put("win_service.name", text(draft.take("param4")) or text(draft.take("param1")))
    draft.put("win_service.service_start_type", text(draft.take("param3")))


def _service_failed(draft: Draft) -> None:
    name = text(draft.take("param1"))
    draft.put("win_service.name", text(draft.take("param2")) if name and name.isdigit() else name)
    draft.put("status_id", 2)


def _log_cleared(draft: Draft) -> None:
    put_subject(draft)
    cleared = text(draft.take("ClearedChannel"))
    draft.put("log_name", cleared or text(draft.fields.get("Channel_Name")) or text(draft.fields.get("Channel")))


def _task(draft: Draft) -> None:
    draft.put("job.name", text(draft.take("TaskName")) or text(draft.take("Name")))
    draft.put("job.type_id", _SCHEDULED)
    draft.put("job.cmd_line", text(draft.take("ActionName")) or text(draft.take("Path")))
    put_account(draft, "actor.user", draft.take("UserContext") or draft.take("UserName") or draft.take("User"))
    draft.put("actor.process.pid", small(draft.take("ProcessId")))
    result = small(draft.take("ResultCode"))
    draft.put("status_id", None if result is None else 1 if result == 0 else 2)


_SEVERITIES = {1: 2, 2: 3, 4: 4, 5: 5}  # Defender's Severity ID -> OCSF severity_id
_TAKEN = {2: 3, 3: 5, 6: 1, 8: 1, 9: 16, 10: 2}  # Defender's Action ID -> OCSF disposition_id
_TAKEN_BY_NAME = {"quarantine": 3, "remove": 5, "allow": 1, "no action": 16, "block": 2, "clean": 11}


def _threat(draft: Draft) -> Reading:
    name = text(draft.take("ThreatName")) or "threat"
    uid = text(draft.take("DetectionID")) or text(draft.take("ThreatID")) or text(draft.take("ID")) or name
    put_account(draft, "actor.user", draft.take("DetectionUser") or draft.take("User"))
    _put_threat(draft, name, uid)
    action = _TAKEN.get(small(draft.take("ActionID")) or -1)
    named_action = _TAKEN_BY_NAME.get((text(draft.take("ActionName")) or text(draft.take("Action")) or "").lower())
    draft.put("disposition_id", action or named_action)
    category = text(draft.take("CategoryName")) or text(draft.take("Category"))
    draft.put("finding_info.types", [category] if category else None)
    return Reading(2004, 1, _SEVERITIES.get(small(draft.take("SeverityID")) or 0, 4))


def _put_threat(draft: Draft, name: str, uid: str) -> None:
    draft.put("finding_info.title", name)
    draft.put("finding_info.uid", uid)
    draft.put("is_alert", value=True)
    draft.put("malware.name", [name])
    draft.put("malware.classification_ids", [[0]])
    process = text(draft.take("ProcessName")) or text(draft.take("Processname"))
    if process is not None and process != "Unknown":
        put_file(draft, "actor.process.file", process)
        draft.put("actor.process.name", file_name(process))
    path = text(draft.take("Path"))
    if path is not None:
        first = path.split(";")[0]
        plain = first.split("_", 1)[-1] if "_" in first[:20] and ":" in first[:20] else first
        draft.put("evidences.file.path", [plain])
        draft.put("evidences.file.name", [file_name(plain) or plain])
        draft.put("evidences.file.type_id", [1])


def _attack_surface_rule(draft: Draft) -> Reading:
    """1121: Defender's attack surface reduction stopped something; 1122: would have."""
    title = text(draft.take("RuleName")) or text(draft.take("ThreatName")) or "attack surface reduction"
    put_account(draft, "actor.user", draft.take("User"))
    _put_threat(draft, title, text(draft.take("RuleID")) or text(draft.take("ID")) or title)
    draft.attributes.pop("malware.name", None)
    draft.attributes.pop("malware.classification_ids", None)
    draft.put("disposition_id", 2 if draft.attributes.get("metadata.event_code") == "1121" else 15)
    return Reading(2004, 1, 3)


def _crashed(draft: Draft) -> Reading | None:
    """Application Error and Application Hang: a program ended by mistake."""
    data = draft.fields.get("Data")
    texts = [item for item in data if isinstance(item, str)] if isinstance(data, list) else []
    name = text(draft.take("AppName")) or text(draft.take("param1")) or (texts[0] if texts else None)
    paths = [text(draft.take("AppPath")), text(draft.take("param9")), *(item for item in texts if "\\" in item)]
    path = next((item for item in paths if item is not None), None)
    if name is None:
        return Reading(0, 99)
    put_file(draft, "process.file", path or name)
    draft.put("process.name", name)
    draft.put("process.pid", small(draft.take("ProcessId")) or small(draft.take("param4")))
    draft.put("status_id", 2)
    return None


def _log_service(draft: Draft) -> None:
    draft.put("log_name", "Windows Event Log")


def _protection(draft: Draft) -> Reading:
    put_account(draft, "actor.user", draft.take("User"))
    return Reading(5019, 1, 3)


def _transfer(draft: Draft) -> None:
    url = text(draft.take("url"))
    draft.put("url.url_string", url)
    host = None if url is None or "://" not in url else re.split(r"[/:?#]", url.partition("://")[2])[0]
    draft.put("dst_endpoint.hostname", host)
    draft.put("app_name", text(draft.take("name")))


def _transfer_job(draft: Draft) -> None:
    put_account(draft, "actor.user", draft.take("jobOwner"))
    path = text(draft.take("processPath"))
    draft.put("actor.process.path", path)
    draft.put("actor.process.name", None if path is None else file_name(path))
    draft.put("actor.process.pid", small(draft.take("processId")))


def _remote_logon(draft: Draft) -> None:
    draft.put("user.name", text(draft.take("Param1")))
    draft.put("user.domain", text(draft.take("Param2")))
    put_client(draft, "Param3")
    draft.put("logon_type_id", 10)
    draft.put("is_remote", value=True)


def _remote_connection(draft: Draft) -> None:
    client = text(draft.take("ClientIP"))
    if client is not None:
        host, _, port = client.rpartition(":")
        put_address(draft, "src_endpoint", host.strip("[]") or client)
        draft.put("src_endpoint.port", small(port))
    draft.put("connection_info.protocol_name", (text(draft.take("ConnType")) or "").lower() or None)


def _dns_query(draft: Draft) -> None:
    draft.put("query.hostname", text(draft.take("QueryName")) or text(draft.take("QNAME")))
    draft.put("status_code", text(draft.take("QueryStatus")) or text(draft.take("Status")))
    put_answers(draft, draft.take("QueryResults"))
    put_client(draft, "Source")
    if "src_endpoint.ip" not in draft.attributes:
        draft.put("src_endpoint.hostname", draft.attributes.get("device.hostname"))


def _code(draft: Draft) -> Reading | None:
    """AppLocker let run, or not, a file."""
    put_account(draft, "actor.user", draft.take("TargetUser"))
    draft.put("actor.user.uid", text(draft.take("TargetUser")))
    path = text(draft.take("FullFilePath")) or text(draft.take("FilePath"))
    kind = (text(draft.take("PolicyName")) or "").upper()
    if kind == "DLL":
        put_file(draft, "module.file", path)
        return Reading(1005, 1)
    if kind in ("SCRIPT", "MSI"):
        put_file(draft, "script.file", path)
        draft.put("script.type_id", 0)
        return Reading(1009, 1)
    put_file(draft, "process.file", path)
    draft.put("process.pid", small(draft.take("TargetProcessId")))
    return None


def _code_blocked(draft: Draft) -> Reading | None:
    draft.put("action_id", 2)
    draft.put("disposition_id", 2)
    return _code(draft)


def _image(draft: Draft) -> None:
    """Code Integrity judged an image."""
    put_file(draft, "module.file", draft.take("FileNameBuffer") or draft.take("FileName"))
    path = text(draft.take("ProcessNameBuffer")) or text(draft.take("ProcessName"))
    draft.put("actor.process.path", path)
    draft.put("actor.process.name", None if path is None else file_name(path))


def _disk_image(draft: Draft) -> None:
    put_file(draft, "file", draft.take("VhdFileName") or draft.take("VhdFile"))


def _ntlm(draft: Draft) -> None:
    draft.put("user.name", text(draft.take("UserName")))
    draft.put("user.domain", text(draft.take("DomainName")))
    workstation = text(draft.take("WorkstationName")) or text(draft.take("Workstation"))
    draft.put("src_endpoint.hostname", workstation)
    if workstation is not None:
        draft.doubt_kept("src_endpoint.hostname", "the client's own claim")
    draft.put("dst_endpoint.hostname", text(draft.take("SChannelName")) or text(draft.take("TargetName")))
    draft.put("auth_protocol_id", 1)


_CLIENT = re.compile(r"\s*\[[A-Za-z\u0080-\uffff]{2,20}: ?([^\[\]]{1,45})\]\s*\Z")


def _sql_logon(draft: Draft) -> None:
    """SQL Server's logon events: the name, the reason, and last `[CLIENT: address]`, each a text of its own."""
    data = draft.take("Data")
    texts = [item for item in data if isinstance(item, str)] if isinstance(data, list) else []
    if not texts:
        return
    draft.put("user.name", text(texts[0]))
    found = _CLIENT.match(texts[-1]) if len(texts) > 1 else None
    if found is not None and found[1] != "<local machine>":
        put_address(draft, "src_endpoint", found[1])
    draft.put("dst_endpoint.hostname", draft.attributes.get("device.hostname"))
    draft.put("service.name", "Microsoft SQL Server")


def _sql_logon_failed(draft: Draft) -> None:
    _sql_logon(draft)
    draft.put("status_id", 2)
    draft.doubt_kept("user.name", "the name that whoever failed to log on gave")


SYSTEM: Table = {
    104: (1008, 1, _log_cleared),
    6005: (1008, 6, _log_service),
    6006: (1008, 7, _log_service),
    7000: (201004, 3, _service_failed),
    7001: (201004, 3, _service_failed),
    7009: (201004, 3, _service_failed),
    7022: (201004, 3, _service_failed),
    7023: (201004, 4, _service_failed),
    7024: (201004, 4, _service_failed),
    7031: (201004, 4, _service_failed),
    7034: (201004, 4, _service_failed),
    7036: (201004, 99, _service_state),
    7040: (201004, 2, _service_changed),
    7045: (201004, 1, _service_installed),
}
TASK_SCHEDULER: Table = {
    100: (1006, 6, _task),
    102: (1006, 99, _task),
    106: (1006, 1, _task),
    110: (1006, 6, _task),
    118: (1006, 6, _task),
    119: (1006, 6, _task),
    129: (1006, 6, _task),
    140: (1006, 2, _task),
    141: (1006, 3, _task),
    142: (1006, 5, _task),
    200: (1006, 6, _task),
    201: (1006, 99, _task),
}
DEFENDER: Table = {
    1121: (2004, 1, _attack_surface_rule),
    1122: (2004, 1, _attack_surface_rule),
    **dict.fromkeys((1006, 1007, 1008, 1015, 1017, 1018, 1019, 1115, 1116, 1117, 1118, 1119), (2004, 1, _threat)),
    **dict.fromkeys((1013, 5000, 5001, 5004, 5007, 5008, 5009, 5010, 5011, 5012, 5013, 5101), (5019, 1, _protection)),
}
BITS: Table = {
    3: (0, 99, _transfer_job),
    4: (0, 99, _transfer_job),
    5: (0, 99, _transfer_job),
    59: (4001, 1, _transfer),
    60: (4001, 2, _transfer),
    61: (4001, 4, _transfer),
}
LOCAL_SESSIONS: Table = {
    21: (3002, 1, put_terminal_session),
    22: (3002, 1, put_terminal_session),
    23: (3002, 2, put_terminal_session),
    24: (3002, 2, put_terminal_session),
    25: (3002, 1, put_terminal_session),
}
REMOTE_CONNECTIONS: Table = {1149: (3002, 1, _remote_logon)}
REMOTE_DESKTOP: Table = {131: (4005, 1, _remote_connection)}
DNS_CLIENT: Table = {
    **dict.fromkeys((3006, 3009, 3010, 3016, 3019), (4003, 1, _dns_query)),
    **dict.fromkeys((3008, 3011, 3018, 3020), (4003, 2, _dns_query)),
}
DNS_SERVER_ANALYTIC: Table = {256: (4003, 1, _dns_query), 257: (4003, 2, _dns_query)}
APPLOCKER: Table = {
    8002: (1007, 1, _code),
    8003: (1007, 1, _code),
    8004: (1007, 1, _code_blocked),
    8005: (1009, 1, _code),
    8006: (1009, 1, _code),
    8007: (1009, 1, _code_blocked),
}
_IMAGE_IDS = (
    3001,
    3002,
    3004,
    3021,
    3022,
    3023,
    3032,
    3033,
    3034,
    3036,
    3037,
    3065,
    3066,
    3076,
    3077,
    3082,
    3083,
    3104,
)
CODE_INTEGRITY: Table = dict.fromkeys(_IMAGE_IDS, (1005, 1, _image))
DISK_IMAGES: Table = {1: (1001, 12, _disk_image), 2: (1001, 13, _disk_image), 12: (1001, 12, _disk_image)}
NTLM: Table = dict.fromkeys((8001, 8002, 8003, 8004), (3002, 1, _ntlm))
CRASHES: Table = {1000: (1007, 2, _crashed), 1002: (1007, 2, _crashed)}
SQL_SERVER: Table = {
    18453: (3002, 1, _sql_logon),
    18454: (3002, 1, _sql_logon),
    18456: (3002, 1, _sql_logon_failed),
}
"""Event id -> OCSF class, activity, mapper."""
