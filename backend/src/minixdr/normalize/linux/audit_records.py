"""Linux audit events in all their shapes -> the records of the event: [{"type": "SYSCALL", "exe": ..., ...}, {"type": "EXECVE", ...}, ...].

Shapes: what our own reader of audit.log gives; Laurel's JSON (one object a type); Auditbeat and Elastic Agent (ECS with `auditd`); Azure's auoms (one
merged line inside syslog); Wazuh (`data.audit`). Sources: Laurel `laurel.8`, Beats reference `auditd`, auoms' own lines, Wazuh's auditd decoder.
Names, arguments and titles are what programs chose.
"""

import re
from typing import Any

from minixdr.normalize.linux.lines import line_of
from minixdr.schema.record import JsonObject

Records = list[dict[str, Any]]
_AUOMS = re.compile(
    r"type=(?P<type>\w{1,64}) audit\((?P<time>[\d.]{1,32}):(?P<serial>\d{1,20})\): ?(?P<rest>.*)\Z", re.DOTALL
)
_PAIR = re.compile(r'(?P<name>[A-Za-z_]\w*)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<list>\[[^\]]*\])|(?P<plain>[^\s"]*))')
_COMMAND = re.compile(r' cmdline="(.*)"(?= redactors=| containerid=|\Z)', re.DOTALL)
"""auoms does not escape quotes within the command line, which comes last of all texts that a program chose."""
_MOST_PAIRS = 200


def is_native(body: JsonObject) -> bool:
    """Return whether the body is an event of audit.log."""
    return isinstance(body.get("records"), list) and "serial" in body


def native(body: JsonObject) -> Records:
    """Return its records."""
    return [record for record in body["records"] if isinstance(record, dict)]


def is_laurel(body: JsonObject) -> bool:
    """Return whether the body is one of Laurel's."""
    return "ID" in body and any(name in body for name in _LAUREL_FIRST) and isinstance(body["ID"], str)


_LAUREL_FIRST = ("SYSCALL", "EXECVE", "PROCTITLE", "USER_CMD", "USER_LOGIN", "USER_AUTH", "USER_START", "USER_END", "AVC",
                 "SERVICE_START", "SERVICE_STOP", "CONFIG_CHANGE", "ADD_USER", "DEL_USER", "LOGIN", "CRED_ACQ")  # fmt: skip


def laurel(body: JsonObject) -> Records:
    """Return its records: the keys in upper case are types, PATH and the like are lists."""
    found: Records = []
    for kind, value in body.items():
        for record in value if isinstance(value, list) else [value]:
            if kind.isupper() and isinstance(record, dict):
                found.append({**record, "type": kind, **_laurel_arguments(record)})
    return found


def _laurel_arguments(record: dict[str, Any]) -> dict[str, Any]:
    arguments = record.get("ARGV")
    return {"argv": arguments} if isinstance(arguments, list) else {}


def is_auditbeat(body: JsonObject) -> bool:
    """Return whether the body is of Auditbeat's auditd module."""
    return isinstance(body.get("auditd"), dict)


def auditbeat(body: JsonObject) -> Records:
    """Return its records: the event's own, an EXECVE where it carries arguments, the paths."""
    auditd, process, user = _object(body["auditd"]), _object(body.get("process")), _object(body.get("user"))
    kind = str(auditd.get("message_type", "")).upper()
    data = _object(auditd.get("data"))
    own: dict[str, Any] = {**data, "type": kind}
    pairs = (
        ("exe", process.get("executable")),
        ("comm", process.get("name")),
        ("pid", process.get("pid")),
        ("ppid", process.get("ppid", _object(process.get("parent")).get("pid"))),
        ("cwd", process.get("working_directory")),
        ("uid", user.get("id")),
        ("UID", user.get("name")),
        ("auid", _object(user.get("audit")).get("id")),
        ("AUID", _object(user.get("audit")).get("name")),
        ("success", {"success": "yes", "fail": "no"}.get(str(auditd.get("result")))),
        ("ses", auditd.get("session")),
        ("SYSCALL", data.get("syscall")),
    )
    own.update({name: value for name, value in pairs if value is not None})
    tags = body.get("tags")
    if isinstance(tags, list) and tags:
        own["key"] = tags[0]
    found = [own]
    arguments = process.get("args")
    if isinstance(arguments, list) and data.get("syscall") in ("execve", "execveat"):
        found.append({"type": "EXECVE", "argv": arguments})
    paths = auditd.get("paths")
    found += [{**path, "type": "PATH"} for path in paths if isinstance(path, dict)] if isinstance(paths, list) else []
    destination = _object(body.get("destination"))
    if "ip" in destination:
        found.append({"type": "SOCKADDR", "laddr": destination["ip"], "lport": destination.get("port")})
    return found


_SYSTEM_DATASETS = frozenset({"process", "login", "socket", "user", "package", "host"})
_ACTIONS = {
    "user_login": "USER_LOGIN",
    "user_logout": "USER_LOGOUT",
    "user_added": "ADD_USER",
    "user_removed": "DEL_USER",
    "password_changed": "USER_CHAUTHTOK",
}


def is_auditbeat_system(body: JsonObject) -> bool:
    """Return whether the body is of Auditbeat's system module."""
    event = body.get("event")
    if not isinstance(event, dict) or event.get("module") != "system" or "auditd" in body:
        return False
    return isinstance(event.get("dataset"), str) and event["dataset"] in _SYSTEM_DATASETS


def auditbeat_system(body: JsonObject) -> Records:
    """Return its records, as the kernel would have written them; what the module only saw running is no system call."""
    event, process, user = body["event"], _object(body.get("process")), _object(body.get("user"))
    pairs = (
        ("exe", process.get("executable")),
        ("comm", process.get("name")),
        ("pid", process.get("pid")),
        ("ppid", process.get("ppid", _object(process.get("parent")).get("pid"))),
        ("cwd", process.get("working_directory")),
        ("uid", user.get("id")),
        ("UID", user.get("name")),
    )
    own = {name: value for name, value in pairs if value is not None}
    action = str(event.get("action", ""))
    if action == "process_started":
        call = {"type": "SYSCALL", "SYSCALL": "execve", "success": "yes", **own}
        return [call, {"type": "EXECVE", "argv": process.get("args")}]
    if action == "network_flow":
        peer = _object(body.get("destination"))
        call = {"type": "SYSCALL", "SYSCALL": "connect", **own}
        return [call, {"type": "SOCKADDR", "laddr": peer.get("ip"), "lport": peer.get("port")}]
    account = {"acct": user.get("name"), "id": user.get("id"), "addr": _object(body.get("source")).get("ip")}
    result = "failed" if event.get("outcome") == "failure" else "success"
    kind = _ACTIONS.get(action, action.upper() or "UNKNOWN")
    return [{"type": kind, **own, **account, "terminal": user.get("terminal"), "res": result}]


def is_auoms(body: JsonObject) -> bool:
    """Return whether the body is a syslog line of Azure's audit collector."""
    return ("SyslogMessage" in body or "program" in body) and line_of(body).message.startswith("type=AUOMS_")


def auoms(body: JsonObject) -> Records:
    """Return its records. One line holds what the kernel wrote in several: the path is a PATH record again."""
    found = _AUOMS.match(line_of(body).message)
    if found is None:
        return []
    own: dict[str, Any] = {"type": found["type"].removeprefix("AUOMS_")}
    command = _COMMAND.search(found["rest"])
    end = len(found["rest"]) if command is None else command.start()
    for number, pair in enumerate(_PAIR.finditer(found["rest"], 0, end)):
        if number >= _MOST_PAIRS:
            break
        value = pair["quoted"] if pair["quoted"] is not None else pair["list"] or pair["plain"]
        own.setdefault(pair["name"], value)
    for name, theirs in (("SYSCALL", "syscall"), ("UID", "user"), ("AUID", "audit_user")):
        if own.get(theirs) not in (None, "", "unset"):
            own[name] = own[theirs]
    records: Records = [{**own, "type": "SYSCALL"}]
    if command is not None and command[1]:
        records.append({"type": "EXECVE", "command": command[1]})
    if own.get("name"):
        records.append({"type": "PATH", "name": own["name"], "nametype": own.get("nametype")})
    return records


def auoms_time(body: JsonObject) -> str | None:
    """Return the time inside the line."""
    found = _AUOMS.match(line_of(body).message)
    return None if found is None else found["time"]


def is_wazuh(body: JsonObject) -> bool:
    """Return whether the body is an alert of Wazuh's on an audit event."""
    data = body.get("data")
    return isinstance(data, dict) and isinstance(data.get("audit"), dict)


def wazuh(body: JsonObject) -> Records:
    """Return its records."""
    audit = body["data"]["audit"]
    own = {name: value for name, value in audit.items() if not isinstance(value, dict)}
    own["comm"] = audit.get("command")
    found: Records = [{"type": "SYSCALL", **own}]
    execve = _object(audit.get("execve"))
    if execve:
        names = sorted((name for name in execve if name[1:].isdecimal()), key=lambda name: int(name[1:4]))
        found.append({"type": "EXECVE", **execve, "argv": [execve[name] for name in names]})
    for kind in ("file", "directory"):
        part = _object(audit.get(kind))
        if part:
            found.append({"type": "PATH", **part})
    return found


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
