"""Security's audit of processes, objects, registry, network, tasks, services, privileges -> OCSF.

Source: Microsoft, `Advanced security audit policy settings`, event descriptions. Logons and accounts: `logons.py`, `accounts.py`.
"""

from minixdr.normalize.draft import Draft
from minixdr.normalize.windows.attributes import (
    file_name,
    guid,
    put_account,
    put_client,
    put_endpoint,
    put_file,
    put_process,
    put_session,
    put_subject,
    put_user,
    small,
    text,
    words,
)
from minixdr.normalize.windows.reading import Reading, Table

_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}
_RESOURCE_TYPES = {"file": 7, "key": 25, "process": 20, "token": 8, "thread": 9, "section": 10, "directory": 1,
                   "symboliclink": 18, "event": 2, "desktop": 22, "job": 29, "device": 4, "driver": 15,
                   "sam_alias": 33, "sam_group": 34, "sam_user": 35, "sam_domain": 36, "sam_server": 37}  # fmt: skip
_DELETE, _WRITE_DATA = 0x10000, 0x2
_INBOUND, _OUTBOUND = "%%14592", "%%14593"


def caller(draft: Draft) -> None:
    """Set the account, session and process that acted."""
    put_subject(draft)
    put_process(draft, "actor.process", "ProcessName", "ProcessGuid", "ProcessId")
    if "actor.process.name" not in draft.attributes:
        put_process(draft, "actor.process", "CallerProcessName", "CallerProcessGuid", "CallerProcessId")


def _process_created(draft: Draft) -> None:
    put_subject(draft)
    put_process(draft, "process", "NewProcessName", "NewProcessGuid", "NewProcessId")
    draft.put("process.cmd_line", text(draft.take("CommandLine")))
    path = text(draft.take("ParentProcessName"))
    parent = "process.parent_process"
    put_file(draft, f"{parent}.file", path)
    draft.put(f"{parent}.name", None if path is None else file_name(path))
    draft.put(f"{parent}.pid", small(draft.take("ProcessId")))
    put_user(draft, "process.user", "TargetUserName", "TargetDomainName", "TargetUserSid")
    for name in ("file.path", "file.name", "file.type_id", "name", "pid"):
        draft.put(f"actor.process.{name}", draft.attributes.get(f"{parent}.{name}"))


def _process_exited(draft: Draft) -> None:
    put_subject(draft)
    put_process(draft, "process", "ProcessName", "ProcessGuid", "ProcessId")
    draft.put("exit_code", small(draft.take("Status")))


def _object(draft: Draft) -> Reading | None:
    """An object was asked for, opened, deleted: a file, a registry key, or any other."""
    caller(draft)
    kind = (text(draft.take("ObjectType")) or "").lower()
    name = text(draft.take("ObjectName"))
    mask = small(draft.take("AccessMask"))
    if kind == "file" and name is not None:
        put_file(draft, "file", name)
        draft.put("access_mask", mask)
        asked = mask or 0
        return Reading(1001, 4 if asked & _DELETE else 3 if asked & _WRITE_DATA else 14)
    if kind == "key" and name is not None:
        draft.put("reg_key.path", name)
        draft.put("access_mask", mask)
        return Reading(201001, 4 if (mask or 0) & _DELETE else 2)
    draft.put("win_resource.name", name or text(draft.take("Service")) or text(draft.take("ObjectServer")))
    draft.put("win_resource.type_id", _RESOURCE_TYPES.get(kind, 99 if kind else 0))
    draft.put("win_resource.svc_name", text(draft.take("ObjectServer")))
    return None


def _registry_value(draft: Draft) -> Reading:
    caller(draft)
    draft.put("reg_value.path", text(draft.take("ObjectName")))
    draft.put("reg_value.name", text(draft.take("ObjectValueName")))
    draft.put("reg_value.data", text(draft.take("NewValue")))
    draft.put("prev_reg_value.data", text(draft.take("OldValue")))
    for derived in ("TargetObject", "Image", "Details", "EventType"):
        draft.take(derived)
    return Reading(201002, 4 if draft.take("OperationType") == "%%1906" else 2)


def _privileges(draft: Draft) -> None:
    put_user(draft, "user", "SubjectUserName", "SubjectDomainName", "SubjectUserSid")
    put_session(draft, "session", "SubjectLogonId")
    draft.put("privileges", words(draft.take("PrivilegeList")))


def _token_rights(draft: Draft) -> None:
    caller(draft)
    put_user(draft, "user", "TargetUserName", "TargetDomainName", "TargetUserSid")
    put_session(draft, "session", "TargetLogonId")
    draft.put("privileges", words(draft.take("EnabledPrivilegeList")))


def _right_assigned(draft: Draft) -> None:
    put_subject(draft)
    draft.put("user.uid", text(draft.take("TargetSid")))
    draft.put("privileges", words(draft.take("AccessGranted")) or words(draft.take("PrivilegeList")))


def _task(draft: Draft) -> None:
    put_subject(draft)
    draft.put("job.name", text(draft.take("TaskName")))
    draft.put("job.type_id", 1)
    content = text(draft.take("TaskContent")) or text(draft.take("TaskContentNew"))
    if content is not None:
        draft.put("job.cmd_line", _command(content))
        draft.put("job.desc", content)


def _command(content: str) -> str | None:
    """Return command and arguments of a task's XML."""
    parts = []
    for name in ("Command", "Arguments"):
        _, _, rest = content.partition(f"<{name}>")
        value, closed, _ = rest.partition(f"</{name}>")
        if closed:
            parts.append(value.strip())
    return " ".join(parts) or None


def _service(draft: Draft) -> None:
    put_subject(draft)
    draft.put("win_service.name", text(draft.take("ServiceName")))
    draft.put("win_service.cmd_line", text(draft.take("ServiceFileName")))
    put_file(draft, "win_service.service_file", draft.fields.get("ServiceFileName"), 8)
    draft.put("win_service.service_start_name", text(draft.take("ServiceAccount")))


def _share(draft: Draft) -> None:
    put_subject(draft)
    put_client(draft, "IpAddress", "IpPort")
    draft.put("share", text(draft.take("ShareName")))
    draft.put("dst_endpoint.hostname", draft.attributes.get("device.hostname"))
    relative = text(draft.take("RelativeTargetName"))
    if relative is not None:
        put_file(draft, "file", relative)


def _filtered(draft: Draft) -> None:
    put_process(draft, "actor.process", "Application", "ProcessGuid", "ProcessID")
    draft.put("actor.process.pid", small(draft.take("ProcessId")) or draft.attributes.get("actor.process.pid"))
    put_endpoint(draft, "src_endpoint", "SourceAddress", "SourcePort")
    put_endpoint(draft, "dst_endpoint", "DestAddress", "DestPort")
    protocol = draft.take("Protocol")
    name = _PROTOCOLS.get(small(protocol) or 0, protocol if isinstance(protocol, str) and protocol.isalpha() else None)
    draft.put("connection_info.protocol_name", name)
    draft.put("connection_info.direction_id", {_INBOUND: 1, _OUTBOUND: 2}.get(str(draft.take("Direction"))))
    draft.take("Initiated")


def _blocked(draft: Draft) -> None:
    _filtered(draft)
    draft.put("action_id", 2)
    draft.put("disposition_id", 2)


def _directory(draft: Draft) -> None:
    put_subject(draft)
    draft.put("entity.name", text(draft.take("ObjectDN")) or text(draft.take("OldObjectDN")))
    draft.put("entity.uid", guid(draft.take("ObjectGUID")))
    draft.put("entity.type", text(draft.take("ObjectClass")))


def _log_cleared(draft: Draft) -> None:
    put_subject(draft)
    draft.put("log_name", text(draft.fields.get("Channel")))


def _account_of_credentials(draft: Draft) -> None:
    put_subject(draft)
    draft.put("actor.process.pid", small(draft.take("ClientProcessId")))


def _certificate(draft: Draft) -> None:
    """A certificate was asked for, issued or refused."""
    put_account(draft, "actor.user", draft.take("Requester"))


SECURITY: Table = {
    1102: (1008, 1, _log_cleared),
    4656: (201003, 1, _object),
    4657: (201002, 2, _registry_value),
    4658: (201003, 99, _object),
    4660: (201003, 99, _object),
    4661: (201003, 1, _object),
    4662: (201003, 1, _object),
    4663: (201003, 1, _object),
    4670: (201003, 99, _object),
    4672: (3003, 1, _privileges),
    4673: (201003, 1, _object),
    4674: (201003, 1, _object),
    4688: (1007, 1, _process_created),
    4689: (1007, 2, _process_exited),
    4690: (201003, 99, _object),
    4697: (201004, 1, _service),
    4698: (1006, 1, _task),
    4699: (1006, 3, _task),
    4700: (1006, 4, _task),
    4701: (1006, 5, _task),
    4702: (1006, 2, _task),
    4703: (3003, 1, _token_rights),
    4704: (3003, 1, _right_assigned),
    4717: (3003, 1, _right_assigned),
    5136: (3004, 3, _directory),
    5137: (3004, 1, _directory),
    5138: (3004, 99, _directory),
    5139: (3004, 5, _directory),
    5141: (3004, 4, _directory),
    5140: (4006, 2, _share),
    5145: (4006, 2, _share),
    5152: (4001, 5, _blocked),
    5154: (4001, 7, _filtered),
    5155: (4001, 5, _blocked),
    5156: (4001, 1, _filtered),
    5157: (4001, 5, _blocked),
    5158: (4001, 99, _filtered),
    4886: (0, 99, _certificate),
    4887: (0, 99, _certificate),
    4888: (0, 99, _certificate),
    5379: (0, 99, _account_of_credentials),
    5381: (0, 99, _account_of_credentials),
    5382: (0, 99, _account_of_credentials),
}
"""Event id -> OCSF class, activity, mapper."""
