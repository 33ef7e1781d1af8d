"""Audit records that came alone, inside other logs: lines of audisp-syslog and of the kernel's ring in syslog,
journald's audit entries.

In: a decoded body. Out: the one record, as `audit_records.py` has them. Sources: audisp-syslog(8), systemd.journal-
fields(7) `_AUDIT_*`; encoding of fields as in audit.log. Not covered: joining the records of one event, which syslog
mixes with everything else: rules that name one record's fields meet it all the same.
"""

import re
from typing import Any

from minixdr.normalize.linux.audit_records import Records
from minixdr.normalize.linux.lines import (
    is_azure,
    is_filebeat,
    is_journal,
    is_shipped,
    is_syslog,
    is_wazuh_line,
    line_of,
)
from minixdr.schema.record import JsonObject

_LINE = re.compile(
    r"(?:audit: )?(?:node=(?P<node>\S{1,255}) )?type=(?P<type>(?!AUOMS_)[A-Z]\w{1,63}) "
    r"(?:msg=)?audit\((?P<time>[\d.]{1,32}):(?P<serial>\d{1,20})\): ?(?P<rest>.*)\Z",
    re.DOTALL,
)
_PAIR = re.compile(r'(?P<name>[A-Za-z_][\w-]*)=(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"\x1d]*))')
_ENCODED = frozenset({"acct", "cmd", "comm", "cwd", "exe", "name", "path", "proctitle", "key", "ocomm", "dir"})
_HEXADECIMAL = re.compile(r"(?:[0-9A-F]{2})+\Z")
_ARGUMENT = re.compile(r"a\d{1,4}\Z")
_MOST_PAIRS = 1_000
_WRAPPINGS = (is_syslog, is_journal, is_azure, is_filebeat, is_shipped, is_wazuh_line)


def is_audit_message(message: str) -> bool:
    """Return whether a line's message is an audit record."""
    return message.startswith(("type=", "node=", "audit: type=")) and _LINE.match(message) is not None


def is_audit_line(body: JsonObject) -> bool:
    """Return whether the body is a line, or a journal entry, that holds an audit record."""
    if isinstance(body.get("_AUDIT_TYPE_NAME"), str) and "MESSAGE" in body:
        return True
    if isinstance(body.get("data"), dict) or isinstance(body.get("auditd"), dict):
        return False
    message = line_of(body).message
    return (
        message[:5] in ("type=", "node=", "audit")
        and any(fits(body) for fits in _WRAPPINGS)
        and is_audit_message(message)
    )


def audit_line(body: JsonObject) -> Records:
    """Return the record."""
    message = line_of(body).message
    kind = body.get("_AUDIT_TYPE_NAME")
    if isinstance(kind, str):
        return [{"type": kind, **_fields(kind, message.removeprefix(kind))}]
    found = _LINE.match(message)
    return [] if found is None else [{"type": found["type"], **_fields(found["type"], found["rest"])}]


def audit_line_time(body: JsonObject) -> str | None:
    """Return the kernel's time of the record, None where the line does not hold it."""
    found = _LINE.match(line_of(body).message)
    return None if found is None else found["time"]


def _fields(kind: str, text: str) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for number, found in enumerate(_PAIR.finditer(text.replace("msg='", "", 1))):
        if number >= _MOST_PAIRS:
            break
        name, value = found["name"], found["quoted"]
        if value is None:
            value = found["plain"].rstrip("'")
            if (name in _ENCODED or (kind == "EXECVE" and _ARGUMENT.match(name))) and _HEXADECIMAL.match(value):
                value = bytes.fromhex(value).decode("utf-8", "replace")
        record.setdefault(name, value.replace("\x00", " ").rstrip() if name == "proctitle" else value)
    if kind == "EXECVE":
        names = sorted((name for name in record if _ARGUMENT.match(name)), key=lambda name: int(name[1:]))
        record["argv"] = [record[name] for name in names]
    return record
