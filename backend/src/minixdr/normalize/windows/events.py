"""Windows record -> OCSF event. A table from (service, event id) to class, activity and the fields that class takes."""

from collections.abc import Callable
from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.windows.routing import SERVICES, event_number
from minixdr.normalize.windows.shapes import SHAPES
from minixdr.schema.event import Event
from minixdr.schema.record import Record

_NAME = "microsoft_windows"
Mapper = Callable[[Draft], None]


def normalize(record: Record) -> Event:
    """Return the event. Every Windows record is one."""
    body = record.body
    shape = next((shape for shape in SHAPES if shape.fits(body)), None)
    fields = body if shape is None or shape.fields is None else shape.fields(body)
    draft = Draft(record, _NAME, fields)
    channel = text(draft.take("Channel"))
    number = event_number(draft.take("EventID"))
    host = text(draft.take("Computer")) or text(draft.take("Hostname"))
    draft.put("device.hostname", host)
    draft.put("metadata.product.name", "Windows")
    draft.put("metadata.product.vendor_name", "Microsoft")
    draft.put("metadata.log_name", channel)
    draft.put("metadata.log_provider", text(draft.take("Provider_Name")) or text(draft.take("SourceName")))
    draft.put("metadata.event_code", None if number is None else str(number))
    message = text(draft.take("Message"))
    draft.put("message", message)
    time = (
        parse_time(draft.take("UtcTime"))
        or parse_time(draft.take("TimeCreated"))
        or parse_time(draft.take("@timestamp"))
        or parse_time(draft.take("EventTime"))
    )
    service = SERVICES.get((channel or "").lower(), "")
    class_uid, activity_id, mapper = _EVENTS.get((service, number or 0), (0, 0, None))
    if mapper is not None:
        mapper(draft)
    severity = _SEVERITY.get(number or 0, 1) if service == "windefend" else 1
    record_id = draft.take("EventRecordID")
    native = f"{host}|{channel}|{record_id}|{time}" if host and record_id is not None else None
    return draft.event(class_uid, activity_id, time, native_id=native, severity_id=severity)


def text(value: Any) -> str | None:
    """Return the value as text; None for what is none (absent, `-`, a nested object)."""
    if isinstance(value, str):
        return None if value in ("-", "") else value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def whole(value: Any) -> int | None:
    """Return a number written in decimal, or in hexadecimal as Windows does."""
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) < 20:  # noqa: PLR2004 - 64 bits have 18 hexadecimal digits with 0x
        try:
            return int(value, 16) if value[:2].lower() == "0x" else int(value)
        except ValueError:
            return None
    return None


def _file(draft: Draft, path: Any, prefix: str) -> None:
    plain = text(path)
    if plain is not None:
        draft.put(f"{prefix}.path", plain)
        draft.put(f"{prefix}.name", plain.replace("/", "\\").rsplit("\\", 1)[-1])
        draft.put(f"{prefix}.type_id", 1)


def _hashes(draft: Draft, value: Any, prefix: str) -> None:
    plain = text(value)
    if plain is None:
        return
    pairs = [part.split("=", 1) for part in plain.split(",") if "=" in part][:8]
    known = [
        (_ALGORITHMS[name.strip().upper()], digest.strip())
        for name, digest in pairs
        if name.strip().upper() in _ALGORITHMS
    ]
    draft.put(f"{prefix}.hashes.algorithm_id", [algorithm for algorithm, _ in known])
    draft.put(f"{prefix}.hashes.value", [digest for _, digest in known])


_ALGORITHMS = {"MD5": 1, "SHA1": 2, "SHA256": 3, "SHA512": 4}


def _process(draft: Draft, prefix: str, image: str, uid: str, pid: str) -> None:
    path = text(draft.take(image))
    _file(draft, path, f"{prefix}.file")
    if path is not None:
        draft.put(f"{prefix}.name", path.rsplit("\\", 1)[-1])
    draft.put(f"{prefix}.uid", text(draft.take(uid)))
    draft.put(f"{prefix}.pid", whole(draft.take(pid)))


def _user(draft: Draft, prefix: str, name: str, domain: str, sid: str, logon: str | None = None) -> None:
    draft.put(f"{prefix}.name", text(draft.take(name)))
    draft.put(f"{prefix}.domain", text(draft.take(domain)))
    draft.put(f"{prefix}.uid", text(draft.take(sid)))
    if logon is not None:
        logon_id = text(draft.take(logon))
        draft.put("actor.session.uid" if prefix.startswith("actor") else "session.uid", logon_id)


def _account(draft: Draft, prefix: str, field: str) -> None:
    """Sysmon's DOMAIN\\user."""
    name = text(draft.take(field))
    if name is not None:
        domain, _, user = name.rpartition("\\")
        draft.put(f"{prefix}.name", user)
        draft.put(f"{prefix}.domain", domain)


def _subject(draft: Draft) -> None:
    _user(draft, "actor.user", "SubjectUserName", "SubjectDomainName", "SubjectUserSid", "SubjectLogonId")


def _sysmon_process(draft: Draft) -> None:
    _process(draft, "process", "Image", "ProcessGuid", "ProcessId")
    draft.put("process.cmd_line", text(draft.take("CommandLine")))
    draft.put("process.working_directory", text(draft.take("CurrentDirectory")))
    _hashes(draft, draft.take("Hashes"), "process.file")
    _process(draft, "process.parent_process", "ParentImage", "ParentProcessGuid", "ParentProcessId")
    draft.put("process.parent_process.cmd_line", text(draft.take("ParentCommandLine")))
    _account(draft, "process.user", "User")
    draft.put("actor.user.name", draft.attributes.get("process.user.name"))
    draft.put("process.file.internal_name", text(draft.take("OriginalFileName")))


def _sysmon_actor(draft: Draft) -> None:
    _process(draft, "actor.process", "Image", "ProcessGuid", "ProcessId")
    _account(draft, "actor.user", "User")


def _security_process(draft: Draft) -> None:
    _process(draft, "process", "NewProcessName", "NewProcessGuid", "NewProcessId")
    draft.put("process.cmd_line", text(draft.take("CommandLine")))
    path = text(draft.take("ParentProcessName"))
    _file(draft, path, "process.parent_process.file")
    draft.put("process.parent_process.pid", whole(draft.take("ProcessId")))
    _subject(draft)


def _security_exit(draft: Draft) -> None:
    _process(draft, "process", "ProcessName", "ProcessGuid", "ProcessId")
    draft.put("exit_code", whole(draft.take("Status")))
    _subject(draft)


def _logon(draft: Draft) -> None:
    _subject(draft)
    _user(draft, "user", "TargetUserName", "TargetDomainName", "TargetUserSid", "TargetLogonId")
    draft.put("src_endpoint.ip", _ip(draft, "IpAddress", "src_endpoint.ip"))
    draft.put("src_endpoint.hostname", text(draft.take("WorkstationName")) or text(draft.take("Workstation")))
    draft.put("src_endpoint.port", whole(draft.take("IpPort")))
    kind = whole(draft.take("LogonType"))
    draft.put("logon_type_id", kind if kind in _LOGON_TYPES else None)
    draft.put("logon_process.name", text(draft.take("LogonProcessName")))
    draft.put("auth_protocol", text(draft.take("AuthenticationPackageName")))
    status = text(draft.take("Status"))
    draft.put("status_detail", status)


_LOGON_TYPES = {0, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13}


def _logon_failed(draft: Draft) -> None:
    _logon(draft)
    draft.put("status_id", 2)


def _logon_succeeded(draft: Draft) -> None:
    _logon(draft)
    draft.put("status_id", 1)


def _ip(draft: Draft, field: str, attribute: str) -> str | None:
    from minixdr.normalize.entities import canonical_address  # noqa: PLC0415 - one name

    value = text(draft.take(field))
    if value is None:
        return None
    plain = value.strip()
    if canonical_address(plain) is None and plain not in ("::1", "127.0.0.1", "0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        draft.doubt(attribute, f"{field} is no address")
        return None
    return plain


def _account_change(draft: Draft) -> None:
    _subject(draft)
    _user(draft, "user", "TargetUserName", "TargetDomainName", "TargetSid")


def _group_change(draft: Draft) -> None:
    _subject(draft)
    draft.put("group.name", text(draft.take("TargetUserName")))
    draft.put("group.uid", text(draft.take("TargetSid")))
    draft.put("user.name", text(draft.take("MemberName")))
    draft.put("user.uid", text(draft.take("MemberSid")))


def _task(draft: Draft) -> None:
    _subject(draft)
    draft.put("job.name", text(draft.take("TaskName")))
    draft.put("job.cmd_line", text(draft.take("TaskContent")))


def _service(draft: Draft) -> None:
    draft.put("win_service.name", text(draft.take("ServiceName")))
    draft.put("win_service.cmd_line", text(draft.take("ImagePath")) or text(draft.take("ServiceFileName")))
    draft.put("actor.user.name", text(draft.take("AccountName")))
    _subject(draft)


def _script(draft: Draft) -> None:
    draft.put("script.script_content", text(draft.take("ScriptBlockText")))
    draft.put("script.uid", text(draft.take("ScriptBlockId")))
    draft.put("script.type_id", 2)
    _file(draft, draft.take("Path"), "script.file")


def _file_event(draft: Draft) -> None:
    _sysmon_actor(draft)
    _file(draft, draft.take("TargetFilename"), "file")
    _hashes(draft, draft.take("Hashes") or draft.take("Hash"), "file")


def _module(draft: Draft) -> None:
    _sysmon_actor(draft)
    _file(draft, draft.take("ImageLoaded"), "module.file")
    _hashes(draft, draft.take("Hashes"), "module.file")


def _process_access(draft: Draft) -> None:
    _process(draft, "actor.process", "SourceImage", "SourceProcessGUID", "SourceProcessId")
    draft.put("actor.process.uid", text(draft.take("SourceProcessGuid")) or draft.attributes.get("actor.process.uid"))
    _process(draft, "process", "TargetImage", "TargetProcessGUID", "TargetProcessId")
    draft.put("process.uid", text(draft.take("TargetProcessGuid")) or draft.attributes.get("process.uid"))
    _account(draft, "actor.user", "SourceUser")
    draft.put("actual_permissions", whole(draft.take("GrantedAccess")))


def _registry_key(draft: Draft) -> None:
    _sysmon_actor(draft)
    draft.put("reg_key.path", text(draft.take("TargetObject")))


def _registry_value(draft: Draft) -> None:
    _sysmon_actor(draft)
    path = text(draft.take("TargetObject"))
    if path is not None:
        key, _, name = path.rpartition("\\")
        draft.put("reg_value.path", key)
        draft.put("reg_value.name", name)
    draft.put("reg_value.data", text(draft.take("Details")))


def _network(draft: Draft) -> None:
    _sysmon_actor(draft)
    draft.put("src_endpoint.ip", _ip(draft, "SourceIp", "src_endpoint.ip"))
    draft.put("src_endpoint.port", whole(draft.take("SourcePort")))
    draft.put("src_endpoint.hostname", text(draft.take("SourceHostname")))
    draft.put("dst_endpoint.ip", _ip(draft, "DestinationIp", "dst_endpoint.ip"))
    draft.put("dst_endpoint.port", whole(draft.take("DestinationPort")))
    draft.put("dst_endpoint.hostname", text(draft.take("DestinationHostname")))
    draft.put("connection_info.protocol_name", text(draft.take("Protocol")))


def _filtering(draft: Draft) -> None:
    _process(draft, "actor.process", "Application", "ProcessGuid", "ProcessID")
    draft.put("src_endpoint.ip", _ip(draft, "SourceAddress", "src_endpoint.ip"))
    draft.put("src_endpoint.port", whole(draft.take("SourcePort")))
    draft.put("dst_endpoint.ip", _ip(draft, "DestAddress", "dst_endpoint.ip"))
    draft.put("dst_endpoint.port", whole(draft.take("DestPort")))


def _dns(draft: Draft) -> None:
    _sysmon_actor(draft)
    draft.put("query.hostname", text(draft.take("QueryName")))
    draft.put("status_detail", text(draft.take("QueryStatus")))


def _log_cleared(draft: Draft) -> None:
    _subject(draft)
    draft.put("log_name", text(draft.take("Channel")))


def _defender(draft: Draft) -> None:
    draft.put("finding_info.title", text(draft.take("ThreatName")) or text(draft.take("Threat Name")))
    draft.put("finding_info.uid", text(draft.take("Detection ID")) or text(draft.take("DetectionID")))
    _account(draft, "actor.user", "Detection User")


_SEVERITY = {1006: 4, 1007: 4, 1015: 4, 1116: 4, 1117: 4, 5001: 4, 5010: 4, 5012: 4}

_EVENTS: dict[tuple[str, int], tuple[int, int, Mapper]] = {
    ("sysmon", 1): (1007, 1, _sysmon_process),
    ("sysmon", 2): (1001, 6, _file_event),
    ("sysmon", 3): (4001, 1, _network),
    ("sysmon", 5): (1007, 2, _sysmon_process),
    ("sysmon", 7): (1005, 1, _module),
    ("sysmon", 8): (1007, 4, _process_access),
    ("sysmon", 10): (1007, 3, _process_access),
    ("sysmon", 11): (1001, 1, _file_event),
    ("sysmon", 12): (201001, 99, _registry_key),
    ("sysmon", 13): (201002, 2, _registry_value),
    ("sysmon", 14): (201001, 5, _registry_key),
    ("sysmon", 15): (1001, 1, _file_event),
    ("sysmon", 22): (4003, 1, _dns),
    ("sysmon", 23): (1001, 4, _file_event),
    ("sysmon", 26): (1001, 4, _file_event),
    ("sysmon", 29): (1001, 1, _file_event),
    ("security", 1102): (1008, 1, _log_cleared),
    ("system", 104): (1008, 1, _log_cleared),
    ("security", 4624): (3002, 1, _logon_succeeded),
    ("security", 4625): (3002, 1, _logon_failed),
    ("security", 4634): (3002, 2, _logon),
    ("security", 4647): (3002, 2, _logon),
    ("security", 4648): (3002, 1, _logon),
    ("security", 4768): (3002, 3, _logon),
    ("security", 4769): (3002, 4, _logon),
    ("security", 4771): (3002, 7, _logon_failed),
    ("security", 4776): (3002, 1, _logon),
    ("security", 4688): (1007, 1, _security_process),
    ("security", 4689): (1007, 2, _security_exit),
    ("security", 4697): (201004, 1, _service),
    ("system", 7045): (201004, 1, _service),
    ("security", 4698): (1006, 1, _task),
    ("security", 4699): (1006, 3, _task),
    ("security", 4700): (1006, 4, _task),
    ("security", 4701): (1006, 5, _task),
    ("security", 4702): (1006, 2, _task),
    ("taskscheduler", 106): (1006, 1, _task),
    ("taskscheduler", 140): (1006, 2, _task),
    ("taskscheduler", 141): (1006, 3, _task),
    ("security", 4720): (3001, 1, _account_change),
    ("security", 4722): (3001, 2, _account_change),
    ("security", 4723): (3001, 3, _account_change),
    ("security", 4724): (3001, 4, _account_change),
    ("security", 4725): (3001, 5, _account_change),
    ("security", 4726): (3001, 6, _account_change),
    ("security", 4728): (3006, 3, _group_change),
    ("security", 4732): (3006, 3, _group_change),
    ("security", 4756): (3006, 3, _group_change),
    ("security", 4729): (3006, 4, _group_change),
    ("security", 4733): (3006, 4, _group_change),
    ("security", 4740): (3001, 9, _account_change),
    ("security", 5156): (4001, 1, _filtering),
    ("security", 5158): (4001, 99, _filtering),
    ("powershell", 4104): (1009, 1, _script),
    ("windefend", 1116): (2004, 1, _defender),
    ("windefend", 1117): (2004, 2, _defender),
}
