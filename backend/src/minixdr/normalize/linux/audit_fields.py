"""Records of one audit event -> the fields that rules read.

Sigma's auditd rules look at one record at a time (`type: PATH`, `name: ...`); here a field holds the values of all
the event's records, so such a rule still matches, and one that names two records at once (a call and its path) can.
The arguments of an execution are `a0`, `a1` ...; a call's own register values have those names only where nothing was
executed. Rules of the categories process_creation, file_event, file_delete and network_connection, written for
Sysmon, meet the event by derived fields: Image, CommandLine, User, TargetFilename, DestinationIp. An audit event does
not say its parent's image.
"""

from typing import Any

from minixdr.normalize.linux.audit_records import Records
from minixdr.normalize.linux.syscalls import syscall_name

CATEGORY = "event_category"
"""The derived field that chooses the Sigma category."""
_REGISTERS = ("a0", "a1", "a2", "a3")
_EXECUTIONS = frozenset({"execve", "execveat"})
_DELETED, _CREATED = "DELETE", "CREATE"
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


def audit_fields(records: Records, timestamp: Any = None, node: Any = None) -> dict[str, Any]:
    """Return the merged and the derived fields."""
    executed = any(record.get("type") == "EXECVE" for record in records)
    fields: dict[str, Any] = {}
    for record in records:
        kind = record.get("type")
        for name, value in record.items():
            if executed and kind == "SYSCALL" and name in _REGISTERS:
                continue
            if name == "argv":
                _add_arguments(fields, value)
            else:
                _merge(fields, name, value)
    if timestamp is not None:
        fields["timestamp"] = timestamp
    if node is not None:
        fields["node"] = node
    _derive(fields, records)
    return fields


def _merge(fields: dict[str, Any], name: str, value: Any) -> None:
    if name not in fields:
        fields[name] = value
        return
    known = fields[name]
    if isinstance(known, list):
        if value not in known:
            known.append(value)
    elif value != known:
        fields[name] = [known, value]


def _add_arguments(fields: dict[str, Any], arguments: Any) -> None:
    if isinstance(arguments, list):
        for number, argument in enumerate(arguments[:_MOST_ARGUMENTS]):
            fields[f"a{number}"] = argument


_MOST_ARGUMENTS = 256


def _derive(fields: dict[str, Any], records: Records) -> None:
    call = next((record for record in records if record.get("type") == "SYSCALL"), records[0] if records else {})
    name = call_name(call)
    if name is not None:
        fields["SYSCALL"] = name
    user = call.get("UID") or call.get("AUID") or call.get("uid")
    pairs = (
        ("Image", call.get("exe")),
        ("User", user),
        ("ProcessId", call.get("pid")),
        ("ParentProcessId", call.get("ppid")),
        ("CurrentDirectory", first(records, "CWD", "cwd") or call.get("cwd")),
    )
    fields.update({key: value for key, value in pairs if value is not None})
    command = command_line(records)
    if command is not None:
        fields["CommandLine"] = command
    parent = first(records, "PARENT_INFO", "exe")
    if parent is not None:
        fields["ParentImage"] = parent
    fields[CATEGORY] = _category(fields, records, call)


def _category(fields: dict[str, Any], records: Records, call: dict[str, Any]) -> str:
    name = call_name(call)
    if name in _EXECUTIONS and call.get("success") != "no":
        return "process_creation"
    if "CommandLine" in fields and name is None:
        return "process_creation"
    host, port = peer(records)
    if host is not None and name in ("connect", "sendto", None):
        fields["DestinationIp"], fields["DestinationPort"], fields["Initiated"] = host, port, "true"
        return "network_connection"
    for nametype, category in ((_CREATED, "file_event"), (_DELETED, "file_delete")):
        names = paths(records, nametype)
        if names:
            fields["TargetFilename"] = names[0] if len(names) == 1 else names
            return category
    return "other"


def command_line(records: Records) -> str | None:
    """Return the command line of an execution: its arguments joined by blanks, as Sysmon joins them; the process title where they are missing."""
    for record in records:
        if record.get("type") == "EXECVE":
            arguments = record.get("argv")
            if isinstance(arguments, list):
                return " ".join(str(argument) for argument in arguments)
            if isinstance(record.get("command"), str):
                return str(record["command"])
        if record.get("type") == "USER_CMD" and isinstance(record.get("cmd"), str):
            return str(record["cmd"])
    call = next((record for record in records if record.get("type") == "SYSCALL"), {})
    title = first(records, "PROCTITLE", "proctitle")
    return title if isinstance(title, str) and call_name(call) in _EXECUTIONS else None


def call_name(call: dict[str, Any]) -> str | None:
    """Return the system call's name."""
    name = call.get("SYSCALL")
    return name if isinstance(name, str) else syscall_name(call.get("arch"), call.get("syscall"))


def paths(records: Records, nametype: str) -> list[str]:
    """Return the paths of this kind, absolute where the event says the directory."""
    cwd = first(records, "CWD", "cwd")
    found = []
    for record in records:
        name = record.get("name")
        if record.get("type") == "PATH" and record.get("nametype") == nametype and isinstance(name, str):
            found.append(name if name.startswith("/") or not isinstance(cwd, str) else f"{cwd.rstrip('/')}/{name}")
    return found


def peer(records: Records) -> tuple[str | None, int | None]:
    """Return address and port of an internet socket: enriched `laddr`, else the kernel's bytes."""
    for record in records:
        if record.get("type") != "SOCKADDR":
            continue
        if isinstance(record.get("laddr"), str):
            port = str(record.get("lport", ""))
            return record["laddr"], int(port) if port.isdecimal() and len(port) < 6 else None  # noqa: PLR2004 - ports have five digits
        found = _socket_address(record.get("saddr"))
        if found is not None:
            return found
    return None, None


def _socket_address(text: Any) -> tuple[str, int] | None:
    """Return address and port of a struct sockaddr in hexadecimal: the family in the host's (little-endian) order, the rest in the network's."""
    if not isinstance(text, str) or not 16 <= len(text) <= 64 or not set(text) <= _HEX_DIGITS:  # noqa: PLR2004 - sockaddr_in and _in6
        return None
    family, port = text[:4], int(text[4:8], 16)
    if family == "0200":
        return ".".join(str(int(text[place : place + 2], 16)) for place in range(8, 16, 2)), port
    if family == "0A00" and len(text) >= 48:  # noqa: PLR2004 - port, flow, 16 bytes of address
        groups = [text[place : place + 4] for place in range(16, 48, 4)]
        return ":".join(groups), port
    return None


def first(records: Records, kind: str, name: str) -> Any:
    """Return the field of the first record of this type, None where there is none."""
    return next((record[name] for record in records if record.get("type") == kind and name in record), None)
