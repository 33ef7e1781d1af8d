"""OpenSSH's server: logons accepted and failed, unknown users, disconnects, refused protocols.

Source: OpenSSH 7 to 10; Linux-PAM. Attributes: OCSF Authentication, SSH Activity. Lines of other forms are Base Events. What the remote side writes
is refused where it could pass for sshd's own words (`normalize/linux/sshd_line.py`): such a record stays an event, names nobody, and carries a doubt.
"""

from collections.abc import Callable
from typing import Any

from minixdr.normalize.draft import Draft
from minixdr.normalize.linux.lines import (
    is_azure,
    is_bare,
    is_filebeat,
    is_journal,
    is_shipped,
    is_syslog,
    is_wazuh_line,
    leftovers,
    line_of,
    put_line,
    put_program,
)
from minixdr.normalize.linux.sshd_line import Statement, is_sshd_statement, parse_sshd
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import put_address
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "openssh_sshd"
PROGRAMS = frozenset({"sshd", "sshd-session", "sshd-auth", "sshd(pam_unix)"})
_AUTHENTICATION, _SSH, _BASE = 3002, 4007, 0
_SUCCESS, _FAILURE = 1, 2
_KINDS = {
    "accepted": (_AUTHENTICATION, 1, _SUCCESS),
    "failed": (_AUTHENTICATION, 1, _FAILURE),
    "invalid_user": (_AUTHENTICATION, 1, _FAILURE),
    "max_attempts": (_AUTHENTICATION, 1, _FAILURE),
    "denied": (_AUTHENTICATION, 1, _FAILURE),
    "pam_failure": (_AUTHENTICATION, 1, _FAILURE),
    "postponed": (_AUTHENTICATION, 99, None),
    "session_opened": (_AUTHENTICATION, 1, _SUCCESS),
    "session_closed": (_AUTHENTICATION, 2, None),
    "session": (_SSH, 1, None),
    "disconnected": (_SSH, 2, None),
    "connection": (_SSH, 1, None),
    "no_identification": (_SSH, 4, None),
    "bad_protocol": (_SSH, 4, None),
    "timeout": (_SSH, 4, None),
    "break_in_attempt": (_SSH, 99, None),
}
"""Event -> OCSF class, activity, status_id."""
_CLAIMED = frozenset({"failed", "invalid_user", "max_attempts", "denied", "pam_failure", "postponed", "disconnected"})


def _is_sshd(wrapping: Callable[[JsonObject], bool]) -> Callable[[JsonObject], bool]:
    return lambda body: wrapping(body) and line_of(body).program in PROGRAMS


def _is_bare_sshd(body: JsonObject) -> bool:
    message = body.get("message")
    return is_bare(body) and isinstance(message, str) and is_sshd_statement(message)


def _fields(body: JsonObject) -> JsonObject:
    """Return the line and what it says: `event`, `user`, `src_ip`, `src_port`, `method`."""
    line = line_of(body)
    said = parse_sshd(line.message)
    fields: dict[str, Any] = {"message": line.message, "program": line.program, "hostname": line.hostname}
    fields["event"] = said.event
    parsed = {"user": said.user, "src_ip": said.host, "src_port": said.port, "method": said.method}
    fields.update({name: value for name, value in parsed.items() if value is not None})
    return fields


def _normalize(record: Record) -> Event:
    line = line_of(record.body)
    draft = Draft(record, _NAME, leftovers(record.body))
    time = put_line(draft, line)
    said = parse_sshd(line.message)
    class_uid, activity_id, status_id = _KINDS.get(said.event, (_BASE, 99, None))
    draft.put("metadata.product.name", "OpenSSH")
    draft.put("status_id", status_id)
    draft.put("count", said.times)
    if class_uid == _BASE:
        put_program(draft, "actor.process", line)
    else:
        _put_statement(draft, said, class_uid)
    return draft.event(class_uid, activity_id, time)


def _put_statement(draft: Draft, said: Statement, class_uid: int) -> None:
    if class_uid == _AUTHENTICATION:
        draft.put("auth_protocol", said.method)
        draft.put("auth_protocol_id", 99 if said.method else None)
        draft.put("service.name", "sshd")
        draft.put("is_remote", value=True)
        draft.put("logon_type_id", 10 if said.event == "accepted" else None)
        user = "user"
    else:
        user = "actor.user"
        draft.put("dst_endpoint.svc_name", "sshd")
    draft.put("dst_endpoint.hostname", draft.attributes.get("device.hostname"))
    if said.doubt is not None:
        draft.doubt(f"{user}.name", said.doubt)
        draft.doubt("src_endpoint.ip", said.doubt)
        return
    draft.put(f"{user}.name", said.user)
    if said.user is not None and said.event in _CLAIMED:
        draft.doubt_kept(f"{user}.name", "the name that whoever failed to log on gave")
    _put_peer(draft, said)


def _put_peer(draft: Draft, said: Statement) -> None:
    if said.host is None or said.host == "UNKNOWN":
        return
    put_address(draft, "src_endpoint", said.host)
    draft.put("src_endpoint.port", said.port)
    if "src_endpoint.ip" not in draft.attributes:
        draft.put("src_endpoint.hostname", said.host)
        draft.doubt_kept("src_endpoint.hostname", "the name that the owner of the address gave it")


def _log_sources(_: tuple[object, ...]) -> tuple[LogSource, ...]:
    return tuple(LogSource(None, "linux", service) for service in ("sshd", "auth", "syslog"))


SOURCE = Source(
    name=_NAME,
    title="OpenSSH server",
    formats=frozenset({"syslog", "json", "text"}),
    shapes=(
        Shape("syslog", _is_sshd(is_syslog), _fields),
        Shape("journald", _is_sshd(is_journal), _fields),
        Shape("azure_syslog", _is_sshd(is_azure), _fields),
        Shape("filebeat", _is_sshd(is_filebeat), _fields),
        Shape("shipped", _is_sshd(is_shipped), _fields),
        Shape("wazuh", _is_sshd(is_wazuh_line), _fields),
        Shape("text", _is_bare_sshd, _fields),
    ),
    routing=Routing((), _log_sources),
    normalize=_normalize,
)
