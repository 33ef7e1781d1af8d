"""Linux audit event -> OCSF. Source: audit-documentation, `Record types` and `Field dictionary`; what each type says
of itself.

In a kernel event the actor is the account that logged in (auid), the process runs as uid. Account names in a failed
logon are whatever was typed; host and address are the daemon's word.
"""

from typing import Any

from minixdr.normalize.draft import Draft
from minixdr.normalize.linux.audit_fields import call_name, command_line, first, paths, peer
from minixdr.normalize.linux.audit_records import Records
from minixdr.normalize.values import address, put_address, text, whole

_NOBODY = frozenset({"4294967295", "-1", "unset", "?", "(unknown)"})
_LARGEST_ID = 2**32
_LOGONS = {"USER_LOGIN": 1, "USER_AUTH": 1, "USER_ACCT": 99, "USER_START": 1, "USER_END": 2, "USER_LOGOUT": 2, "CRED_ACQ": 99,
           "CRED_DISP": 99, "CRED_REFR": 99, "USER_ERR": 1}  # fmt: skip
_ACCOUNTS = {"ADD_USER": 1, "DEL_USER": 6, "USER_CHAUTHTOK": 3, "USER_MGMT": 99, "ACCT_LOCK": 9, "ACCT_UNLOCK": 12}
_GROUPS = {"ADD_GROUP": 6, "DEL_GROUP": 5, "GRP_MGMT": 9}
_SERVICES = {"SERVICE_START": 3, "SERVICE_STOP": 4}
_LOGGING = {"DAEMON_START": 6, "DAEMON_END": 7, "DAEMON_ABORT": 7, "DAEMON_ROTATE": 5, "DAEMON_RESUME": 6}
_FILE_CALLS = {
    "chmod": 7, "fchmod": 7, "fchmodat": 7, "chown": 7, "fchown": 7, "fchownat": 7, "lchown": 7, "setxattr": 6, "lsetxattr": 6, "fsetxattr": 6,
    "removexattr": 6, "utime": 6, "utimes": 6, "utimensat": 6, "futimesat": 6, "rename": 5, "renameat": 5, "renameat2": 5, "unlink": 4, "unlinkat": 4,
    "rmdir": 4, "open": 14, "openat": 14, "openat2": 14, "creat": 1, "mkdir": 1, "mkdirat": 1, "link": 1, "linkat": 1, "symlink": 1, "symlinkat": 1,
    "truncate": 3, "ftruncate": 3,
}  # fmt: skip
_MODULE_CALLS = {"init_module": 1, "finit_module": 1, "delete_module": 2}
_EXECUTIONS = frozenset({"execve", "execveat"})
_BASE, _OTHER = 0, 99


def put_event(draft: Draft, records: Records) -> tuple[int, int]:
    """Set the attributes; return OCSF class and activity."""
    own = records[0] if records else {}
    kind = str(own.get("type"))
    class_uid, activity_id = _put_kind(draft, records, own, kind)
    if activity_id == _OTHER and "activity_name" not in draft.attributes:
        draft.put("activity_name", kind)
    return class_uid, activity_id


def _put_kind(draft: Draft, records: Records, own: dict[str, Any], kind: str) -> tuple[int, int]:
    if kind in _LOGONS:
        return _logon(draft, own, _LOGONS[kind])
    if kind in _ACCOUNTS:
        return _account(draft, own, _ACCOUNTS[kind])
    if kind in _GROUPS:
        return _group(draft, own, _GROUPS[kind])
    if kind in _SERVICES:
        draft.put("app.name", text(own.get("unit")) or text(own.get("comm")) or "unknown")
        return 6002, _SERVICES[kind]
    if kind in _LOGGING:
        draft.put("log_name", "audit")
        return 1008, _LOGGING[kind]
    call = next((record for record in records if record.get("type") == "SYSCALL"), None)
    if kind == "EXECVE" and command_line(records) is not None:  # alone, without its system call: who ran it is not said
        arguments = own.get("argv")
        draft.put("process.cmd_line", command_line(records))
        draft.put("process.name", text(arguments[0]) if isinstance(arguments, list) and arguments else None)
        return 1007, 1
    if kind == "USER_CMD":
        _put_actor(draft, own)
        _put_process(draft, "process", own)
        draft.put("process.cmd_line", command_line(records))
        return 1007, 1
    return (_BASE, _OTHER) if call is None else _kernel(draft, records, call)


def _kernel(draft: Draft, records: Records, call: dict[str, Any]) -> tuple[int, int]:
    name = call_name(call)
    draft.put("status_id", {"yes": 1, "no": 2}.get(str(call.get("success"))))
    draft.put("status_code", text(call.get("exit")))
    _put_actor(draft, call)
    if name in _EXECUTIONS and call.get("success") != "no":
        _put_execution(draft, records, call)
        return 1007, 1
    _put_process(draft, "actor.process", call)
    draft.put("actor.process.cmd_line", text(first(records, "PROCTITLE", "proctitle")))
    host, port = peer(records)
    if name == "connect" and host is not None:
        put_address(draft, "dst_endpoint", host)
        draft.put("dst_endpoint.port", port)
        return 4001, 1
    if name in _MODULE_CALLS:
        module = text(first(records, "KERN_MODULE", "name")) or _path(records) or "unknown"
        _put_file(draft, "driver.file", module)
        return 1002, _MODULE_CALLS[name]
    if name in _FILE_CALLS:
        path = _path(records)
        if path is not None:
            _put_file(draft, "file", path)
            created = name in ("open", "openat", "openat2") and bool(paths(records, "CREATE"))
            return 1001, 1 if created else _FILE_CALLS[name]
    if name == "ptrace":
        draft.put("process.pid", _number(first(records, "OBJ_PID", "opid")) or _hexadecimal(call.get("a1")))
        draft.put("process.name", text(first(records, "OBJ_PID", "ocomm")))
        return 1007, 3
    draft.put("activity_name", name or str(call.get("type")))
    return _BASE, _OTHER


def _put_execution(draft: Draft, records: Records, call: dict[str, Any]) -> None:
    _put_process(draft, "process", call)
    draft.put("process.cmd_line", command_line(records))
    draft.put("process.working_directory", text(first(records, "CWD", "cwd")) or text(call.get("cwd")))
    _put_pid(draft, "process.parent_process", call.get("ppid"))
    _put_pid(draft, "actor.process", call.get("ppid"))
    parent = text(first(records, "PARENT_INFO", "exe"))
    if parent is not None:
        _put_file(draft, "process.parent_process.file", parent)
        draft.put("process.parent_process.name", parent.rpartition("/")[2] or parent)
        draft.put("actor.process.name", parent.rpartition("/")[2] or parent)


def _put_process(draft: Draft, prefix: str, record: dict[str, Any]) -> None:
    path = text(record.get("exe"))
    if path is not None:
        _put_file(draft, f"{prefix}.file", path)
    draft.put(f"{prefix}.name", (path or "").rpartition("/")[2] or text(record.get("comm")))
    _put_pid(draft, prefix, record.get("pid"))
    uid, name = _user(record.get("uid")), _user(record.get("UID"))
    draft.put(f"{prefix}.user.uid", uid)
    draft.put(f"{prefix}.user.name", name)


def _put_pid(draft: Draft, prefix: str, value: Any) -> None:
    """Set the process id, and with it what tells the process from others of its time: the kernel gives no better name."""
    pid = _number(value)
    draft.put(f"{prefix}.pid", pid)
    draft.put(f"{prefix}.uid", None if pid is None else f"{_where(draft)}:{pid}")


def _where(draft: Draft) -> str:
    """Return the host, or the log that is one host's: audit.log says its host only where `name_format` is set."""
    host = draft.attributes.get("device.hostname")
    return host if isinstance(host, str) else draft.record.file


def _put_actor(draft: Draft, record: dict[str, Any]) -> None:
    """Set the account that logged in; a daemon's events have none, there it is the account the process runs as."""
    audit = _user(record.get("auid"))
    if audit is None:
        draft.put("actor.user.uid", _user(record.get("uid")))
        draft.put("actor.user.name", _user(record.get("UID")))
    else:
        draft.put("actor.user.uid", audit)
        draft.put("actor.user.name", _user(record.get("AUID")))
    session = text(record.get("ses"))
    if session is not None and session not in _NOBODY:
        draft.put("actor.session.uid_alt", session)
        draft.put("actor.session.uid", f"{_where(draft)}:{session}")


def _logon(draft: Draft, record: dict[str, Any], activity_id: int) -> tuple[int, int]:
    _put_actor(draft, record)
    _put_process(draft, "logon_process", record)
    for name in ("file.path", "file.name", "file.type_id", "user.uid", "user.name"):
        draft.attributes.pop(f"logon_process.{name}", None)
    failed = record.get("res") in ("failed", "no", "0")
    draft.put("status_id", 2 if failed else 1)
    account = _user(record.get("acct")) or _user(record.get("ID"))
    draft.put("user.name", account)
    draft.put("user.uid", None if account else _user(record.get("id")))
    if failed and account is not None:
        draft.doubt_kept("user.name", "the name that whoever failed to log on gave")
    _put_source(draft, record)
    draft.put("session.terminal", text(record.get("terminal")))
    draft.put("service.name", (text(record.get("exe")) or "").rpartition("/")[2] or text(record.get("op")))
    return 3002, activity_id


def _put_source(draft: Draft, record: dict[str, Any]) -> None:
    for name in ("addr", "hostname"):
        value = text(record.get(name))
        if value is None or value in _NOBODY:
            continue
        if address(value) is not None:
            put_address(draft, "src_endpoint", value)
        elif name == "hostname":
            draft.put("src_endpoint.hostname", value)


def _account(draft: Draft, record: dict[str, Any], activity_id: int) -> tuple[int, int]:
    _put_actor(draft, record)
    draft.put("user.name", _user(record.get("acct")) or _user(record.get("ID")))
    draft.put("user.uid", _user(record.get("id")))
    draft.put("status_id", 2 if record.get("res") in ("failed", "no", "0") else 1)
    return 3001, activity_id


def _group(draft: Draft, record: dict[str, Any], activity_id: int) -> tuple[int, int]:
    _put_actor(draft, record)
    draft.put("group.name", text(record.get("acct")) or text(record.get("grp")))
    draft.put("group.uid", _user(record.get("id")))
    draft.put("status_id", 2 if record.get("res") in ("failed", "no", "0") else 1)
    return 3006, activity_id


def _path(records: Records) -> str | None:
    for kind in ("CREATE", "DELETE", "NORMAL", "UNKNOWN"):
        found = paths(records, kind)
        if found:
            return found[0]
    return None


def _put_file(draft: Draft, prefix: str, path: str) -> None:
    draft.put(f"{prefix}.path", path)
    draft.put(f"{prefix}.name", path.rstrip("/").rpartition("/")[2] or path)
    draft.put(f"{prefix}.type_id", 1)


def _user(value: Any) -> str | None:
    found = text(value)
    return None if found in _NOBODY else found


def _number(value: Any) -> int | None:
    found = whole(value)
    return found if found is not None and 0 <= found < _LARGEST_ID else None


def _hexadecimal(value: Any) -> int | None:
    try:
        return int(value, 16) if isinstance(value, str) and len(value) < 9 else None  # noqa: PLR2004 - process ids have 32 bits
    except ValueError:
        return None
