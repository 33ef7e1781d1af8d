"""Sysmon's events -> OCSF. Source: Sysmon 15's event schema (sysmon -s). Also for Sysmon for Linux, which writes the same fields."""

from itertools import pairwise

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import put_address
from minixdr.normalize.windows.attributes import (
    guid,
    put_account,
    put_endpoint,
    put_file,
    put_hashes,
    put_process,
    put_session,
    small,
    text,
    words,
)
from minixdr.normalize.windows.reading import Reading, Table

_INTEGRITY = {"untrusted": 1, "low": 2, "medium": 3, "high": 4, "system": 5}
_REGISTRY = {"createkey": 1, "deletekey": 4, "deletevalue": 4, "renamekey": 5}
_MOST_ANSWERS = 64


def _process(draft: Draft) -> None:
    put_process(draft, "process", "Image", "ProcessGuid", "ProcessId")
    draft.put("process.cmd_line", text(draft.take("CommandLine")))
    draft.put("process.working_directory", text(draft.take("CurrentDirectory")))
    draft.put("process.integrity_id", _INTEGRITY.get((text(draft.take("IntegrityLevel")) or "").lower()))
    put_hashes(draft, "process.file", draft.take("Hashes"))
    draft.put("process.file.company_name", text(draft.take("Company")))
    draft.put("process.file.desc", text(draft.take("Description")))
    draft.put("process.file.version", text(draft.take("FileVersion")))
    draft.put("process.file.internal_name", text(draft.take("OriginalFileName")))
    parent = "process.parent_process"
    put_process(draft, parent, "ParentImage", "ParentProcessGuid", "ParentProcessId")
    draft.put(f"{parent}.cmd_line", text(draft.take("ParentCommandLine")))
    put_account(draft, f"{parent}.user", draft.take("ParentUser"))
    user = draft.take("User")
    put_account(draft, "process.user", user)
    put_account(draft, "actor.user", user)
    put_session(draft, "actor.session", "LogonId")
    for name in ("file.path", "file.name", "file.type_id", "name", "uid", "pid", "cmd_line"):
        draft.put(f"actor.process.{name}", draft.attributes.get(f"{parent}.{name}"))


def actor(draft: Draft) -> None:
    """Set the process that acted, and its user."""
    put_process(draft, "actor.process", "Image", "ProcessGuid", "ProcessId")
    put_account(draft, "actor.user", draft.take("User"))


def _file(draft: Draft) -> None:
    actor(draft)
    put_file(draft, "file", draft.take("TargetFilename"))
    put_hashes(draft, "file", draft.take("Hashes") or draft.take("Hash"))


def _module(draft: Draft) -> None:
    actor(draft)
    put_file(draft, "module.file", draft.take("ImageLoaded"))
    put_hashes(draft, "module.file", draft.take("Hashes"))
    draft.put("module.file.company_name", text(draft.take("Company")))
    draft.put("module.file.desc", text(draft.take("Description")))
    draft.put("module.file.version", text(draft.take("FileVersion")))
    draft.put("module.file.internal_name", text(draft.take("OriginalFileName")))


def _driver(draft: Draft) -> None:
    put_file(draft, "driver.file", draft.take("ImageLoaded"))
    put_hashes(draft, "driver.file", draft.take("Hashes"))


def _access(draft: Draft) -> None:
    put_process(draft, "actor.process", "SourceImage", "SourceProcessGUID", "SourceProcessId")
    put_process(draft, "process", "TargetImage", "TargetProcessGUID", "TargetProcessId")
    for prefix, name in (("actor.process", "SourceProcessGuid"), ("process", "TargetProcessGuid")):
        found = guid(draft.take(name))
        if found is not None:
            draft.put(f"{prefix}.uid", found)
    put_account(draft, "actor.user", draft.take("SourceUser"))
    put_account(draft, "process.user", draft.take("TargetUser"))
    draft.put("actual_permissions", small(draft.take("GrantedAccess")))


def _remote_thread(draft: Draft) -> None:
    _access(draft)
    draft.put("injection_type_id", 1)
    draft.put("module.start_address", text(draft.take("StartAddress")))
    draft.put("module.function_name", text(draft.take("StartFunction")))
    put_file(draft, "module.file", draft.take("StartModule"))


def _tampering(draft: Draft) -> None:
    put_process(draft, "process", "Image", "ProcessGuid", "ProcessId")
    put_account(draft, "actor.user", draft.take("User"))


def _raw_access(draft: Draft) -> None:
    actor(draft)
    put_file(draft, "file", draft.take("Device"), 4)


def _registry_key(draft: Draft) -> Reading | None:
    actor(draft)
    kind = (text(draft.take("EventType")) or "").lower()
    path = text(draft.take("TargetObject"))
    if kind == "deletevalue":
        _put_value(draft, path)
        return Reading(201002, 4)
    draft.put("reg_key.path", text(draft.take("NewName")) or path if kind == "renamekey" else path)
    if kind == "renamekey":
        draft.put("prev_reg_key.path", path)
    return Reading(201001, _REGISTRY.get(kind, 99))


def _registry_value(draft: Draft) -> None:
    actor(draft)
    _put_value(draft, text(draft.take("TargetObject")))
    draft.put("reg_value.data", text(draft.take("Details")))


def _put_value(draft: Draft, path: str | None) -> None:
    if path is not None:
        key, _, name = path.rpartition("\\")
        draft.put("reg_value.path", key or path)
        draft.put("reg_value.name", name or "(Default)")


def _network(draft: Draft) -> None:
    actor(draft)
    put_endpoint(draft, "src_endpoint", "SourceIp", "SourcePort")
    put_endpoint(draft, "dst_endpoint", "DestinationIp", "DestinationPort")
    draft.put("src_endpoint.hostname", text(draft.take("SourceHostname")))
    draft.put("dst_endpoint.hostname", text(draft.take("DestinationHostname")))
    draft.put("dst_endpoint.svc_name", text(draft.take("DestinationPortName")))
    protocol = text(draft.take("Protocol"))
    draft.put("connection_info.protocol_name", None if protocol is None else protocol.lower())
    initiated = (text(draft.take("Initiated")) or str(draft.fields.get("Initiated"))).lower()
    draft.put("connection_info.direction_id", {"true": 2, "false": 1}.get(initiated))


def _pipe(draft: Draft) -> None:
    actor(draft)
    put_file(draft, "file", draft.take("PipeName"), 6)


def _wmi(draft: Draft) -> None:
    put_account(draft, "actor.user", draft.take("User"))
    draft.put("activity_name", text(draft.take("EventType")))


def _dns(draft: Draft) -> None:
    actor(draft)
    draft.put("query.hostname", text(draft.take("QueryName")))
    draft.put("src_endpoint.hostname", draft.attributes.get("device.hostname"))
    draft.put("status_code", text(draft.take("QueryStatus")))
    put_answers(draft, draft.take("QueryResults"))


def put_answers(draft: Draft, value: object) -> None:
    """Set the answers of `type:  5 alias.example.org;::ffff:192.0.2.1;`."""
    parts = [part.strip() for part in (text(value) or "").split(";")]
    answers = [part.rsplit(" ", 1)[-1].removeprefix("::ffff:") for part in parts if part][:_MOST_ANSWERS]
    draft.put("answers.rdata", [answer for answer in answers if answer])


def _clipboard(draft: Draft) -> None:
    actor(draft)
    found = words(draft.take("ClientInfo"))
    for name, value in pairwise(found):
        if name == "ip:":
            put_address(draft, "device", value)


def _status(draft: Draft) -> None:
    draft.put("activity_name", text(draft.take("State")))


SYSMON: Table = {
    1: (1007, 1, _process),
    2: (1001, 6, _file),
    3: (4001, 1, _network),
    4: (0, 99, _status),
    5: (1007, 2, _tampering),
    6: (1002, 1, _driver),
    7: (1005, 1, _module),
    8: (1007, 4, _remote_thread),
    9: (1001, 2, _raw_access),
    10: (1007, 3, _access),
    11: (1001, 1, _file),
    12: (201001, 99, _registry_key),
    13: (201002, 2, _registry_value),
    14: (201001, 5, _registry_key),
    15: (1001, 1, _file),
    17: (1001, 1, _pipe),
    18: (1001, 14, _pipe),
    19: (0, 99, _wmi),
    20: (0, 99, _wmi),
    21: (0, 99, _wmi),
    22: (4003, 2, _dns),
    23: (1001, 4, _file),
    24: (0, 99, _clipboard),
    25: (1007, 99, _tampering),
    26: (1001, 4, _file),
    27: (1001, 1, _file),
    28: (1001, 4, _file),
    29: (1001, 1, _file),
}
"""Event id -> OCSF class, activity, mapper."""
