"""Syslog and journal of a Linux host: sudo, su, cron, accounts, services, PAM, packets; every other program's lines as Base Events.

Sources: RFC 3164 and 5424, systemd's journal fields; the forms of lines in `normalize/linux/`. Lines of sshd, the audit system, Sysmon and web
servers belong to their own sources. A line's program is the sender's word: any local user can write one in another's name (except in journald's
checked fields), and the texts of commands, directories and remote hosts are others' choice.
"""

import re
from collections.abc import Callable
from typing import Any

from minixdr.normalize.draft import Draft
from minixdr.normalize.event_xml import is_event_xml
from minixdr.normalize.linux.audit_lines import is_audit_message
from minixdr.normalize.linux.lines import (
    Line,
    is_azure,
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
from minixdr.normalize.linux.sudo_line import parse_sudo
from minixdr.normalize.linux.syslog_forms import Form, attribute, read_form
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import put_address, whole
from minixdr.normalize.web.access_line import is_access_line
from minixdr.normalize.web.error_line import is_apache_error, is_nginx_error
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "linux_syslog"
_BASE, _OTHER, _PROCESS, _NETWORK = 0, 99, 1007, 4001
_SUCCESS, _FAILURE = 1, 2
_CRON = 2  # OCSF job.type_id
_ELSEWHERE = frozenset({"sshd", "sshd-session", "sshd-auth", "sshd(pam_unix)", "falco"})
_WEB = frozenset(
    {"nginx", "apache", "apache2", "httpd", "apache-access", "apache-error", "lighttpd", "traefik", "caddy"}
)
_SERVICES = {
    "sudo": ("sudo", "auth", "syslog"), "cron": ("cron", "syslog"), "CRON": ("cron", "syslog"), "crond": ("cron", "syslog"),
    "CROND": ("cron", "syslog"), "crontab": ("cron", "syslog"), "anacron": ("cron", "syslog"), "vsftpd": ("vsftpd", "syslog"),
    "clamd": ("clamav", "syslog"), "clamav": ("clamav", "syslog"), "freshclam": ("clamav", "syslog"), "clamscan": ("clamav", "syslog"),
    "guacd": ("guacamole", "syslog"), "guacamole": ("guacamole", "syslog"), "auditd": ("auditd", "syslog"),
    **dict.fromkeys(("su", "su-l", "login", "pkexec", "polkitd", "systemd-logind", "useradd", "usermod", "userdel", "groupadd", "groupmod",
                     "groupdel", "gpasswd", "passwd", "chpasswd", "gdm-password]", "doas", "polkit-agent-helper-1"), ("auth", "syslog")),
}  # fmt: skip
_AUTH_FACILITIES = frozenset({4, 10, "auth", "authpriv"})
_SERVICE = "log_service"
"""The derived field that chooses the Sigma services: the first of them."""
_FIREWALL = re.compile(
    r"(?:\[ *\d+\.\d+\] )?.{0,64}?\bIN=(?P<in>\S*) OUT=(?P<out>\S*) .*?\bSRC=(?P<src>\S+) DST=(?P<dst>\S+) .*?\bPROTO=(?P<proto>\S+)(?P<rest>.*)\Z",
    re.DOTALL,
)
_PORTS = re.compile(r"\b(SPT|DPT)=(\d{1,5})\b")
_REFUSED = re.compile(r"block|drop|deny|reject", re.IGNORECASE)


def _is_ours(wrapping: Callable[[JsonObject], bool]) -> Callable[[JsonObject], bool]:
    return lambda body: wrapping(body) and "_AUDIT_TYPE_NAME" not in body and not _is_others(line_of(body))


def _is_others(line: Line) -> bool:
    message = line.message
    if line.program in _ELSEWHERE or message.startswith(("type=AUOMS_", "CEF:", "LEEF:")) or is_event_xml(message):
        return True
    if message[:5] in ("type=", "node=", "audit"):
        return is_audit_message(message)
    if line.program in _WEB:
        return is_access_line(message) or is_nginx_error(message) or is_apache_error(message)
    return False


def _fields(body: JsonObject) -> dict[str, Any]:
    """Return the line, and what its form says under the form's own names: `event`, `user`, `target_user`; sudo's USER, COMMAND ..."""
    line = line_of(body)
    program = line.program.partition("(")[0]
    fields: dict[str, Any] = {
        "message": line.message,
        "program": line.program,
        "hostname": line.hostname,
        _SERVICE: _service(program, body),
    }
    sudo = parse_sudo(line.message) if program == "sudo" else None
    if sudo is not None:
        fields.update(sudo.fields)
        fields["event"] = "command" if sudo.reason is None else "command_refused"
        fields["user"] = sudo.user
        return fields
    found = read_form(program, line.message)
    if found is not None:
        form, parts = found
        fields["event"] = form.event
        names = {"by": "user", "to": "target_user", "to2": "target_user", "group2": "group", "host": "src_ip"}
        fields.update({names.get(name, name): value for name, value in parts.items()})
    return fields


def _service(program: str, body: JsonObject) -> str:
    if program in _SERVICES:
        return _SERVICES[program][0]
    facility = body.get("facility", body.get("Facility", body.get("SYSLOG_FACILITY")))
    number = whole(facility)
    known = number if number is not None else facility
    return "auth" if isinstance(known, (int, str)) and known in _AUTH_FACILITIES else "syslog"


def _normalize(record: Record) -> Event:
    line = line_of(record.body)
    draft = Draft(record, _NAME, leftovers(record.body))
    time = put_line(draft, line)
    program = line.program.partition("(")[0]
    class_uid, activity_id = _put_statement(draft, line, program)
    return draft.event(class_uid, activity_id, time)


def _put_statement(draft: Draft, line: Line, program: str) -> tuple[int, int]:
    if program == "sudo" and _put_sudo(draft, line):
        return _PROCESS, 1
    found = read_form(program, line.message)
    if found is not None:
        _put_form(draft, line, *found)
        return found[0].class_uid, found[0].activity_id
    if program == "kernel" and _put_packet(draft, line):
        refused = _REFUSED.search(line.message[:128]) is not None
        return _NETWORK, 5 if refused else 6
    put_program(draft, "actor.process", line)
    return _BASE, _OTHER


def _put_sudo(draft: Draft, line: Line) -> bool:
    sudo = parse_sudo(line.message)
    if sudo is None:
        return False
    if sudo.doubt is not None:
        draft.doubt("process.cmd_line", sudo.doubt)
        draft.doubt("process.user.name", sudo.doubt)
        draft.put("actor.user.name", sudo.user)
        return True
    draft.put("actor.user.name", sudo.user)
    draft.put("actor.session.terminal", sudo.fields.get("TTY"))
    put_program(draft, "actor.process", line)
    draft.put("process.cmd_line", sudo.fields.get("COMMAND"))
    draft.put("process.user.name", sudo.fields.get("USER"))
    draft.put("process.working_directory", sudo.fields.get("PWD"))
    path = (sudo.fields.get("COMMAND") or "").split(" ", 1)[0]
    draft.put("process.name", path.rpartition("/")[2])
    draft.put("status_id", _SUCCESS if sudo.reason is None else _FAILURE)
    draft.put("status_detail", sudo.reason)
    return True


def _put_form(draft: Draft, line: Line, form: Form, parts: dict[str, str]) -> None:
    draft.put("status_id", form.status_id)
    for group, value in parts.items():
        name = attribute(form, group)
        if name == "src_endpoint":
            _put_peer(draft, value)
        else:
            draft.put(name, value)
    if form.class_uid == 3002 and form.activity_id == 7:  # noqa: PLR2004 - an account switch
        draft.put("account_switch_type_id", 1)
    if form.class_uid == 3002:  # noqa: PLR2004 - Authentication asks what was logged on to
        draft.put("dst_endpoint.hostname", draft.attributes.get("device.hostname"))
    if form.class_uid == 1006:  # noqa: PLR2004 - Scheduled Job
        draft.put("job.type_id", _CRON)
    if form.status_id == _FAILURE and "user.name" in draft.attributes and form.event in ("auth_failed", "login_failed"):
        draft.doubt_kept("user.name", "the name that whoever failed to log on gave")
    if form.class_uid != 6002:  # noqa: PLR2004 - Application Lifecycle has no actor of its own
        put_program(draft, "actor.process", line)


def _put_peer(draft: Draft, host: str) -> None:
    put_address(draft, "src_endpoint", host)
    if "src_endpoint.ip" not in draft.attributes:
        draft.put("src_endpoint.hostname", host)
        draft.doubt_kept("src_endpoint.hostname", "the name that the owner of the address gave it")


def _put_packet(draft: Draft, line: Line) -> bool:
    found = _FIREWALL.match(line.message[:4096])
    if found is None:
        return False
    ports = dict(_PORTS.findall(found["rest"]))
    put_address(draft, "src_endpoint", found["src"])
    put_address(draft, "dst_endpoint", found["dst"])
    for prefix, name in (("src_endpoint", "SPT"), ("dst_endpoint", "DPT")):
        port = whole(ports.get(name))
        draft.put(f"{prefix}.port", port if port is not None and port < 2**16 else None)
    protocol = found["proto"].lower()
    draft.put("connection_info.protocol_name", protocol)
    draft.put(
        "connection_info.direction_id",
        1 if found["in"] and not found["out"] else 2 if found["out"] and not found["in"] else 0,
    )
    return True


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    first = key[0]
    services = (
        next((names for names in _SERVICES.values() if names[0] == first), None) if isinstance(first, str) else None
    )
    if services is None:
        services = ("auth", "syslog") if first == "auth" else ("syslog",)
    return tuple(LogSource(None, "linux", service) for service in services)


SOURCE = Source(
    name=_NAME,
    title="Linux syslog and journal",
    formats=frozenset({"syslog", "json"}),
    shapes=(
        Shape("syslog", _is_ours(is_syslog), _fields),
        Shape("journald", _is_ours(is_journal), _fields),
        Shape("azure_syslog", _is_ours(is_azure), _fields),
        Shape("filebeat", _is_ours(is_filebeat), _fields),
        Shape("shipped", _is_ours(is_shipped), _fields),
        Shape("wazuh", _is_ours(is_wazuh_line), _fields),
    ),
    routing=Routing((_SERVICE,), _log_sources),
    normalize=_normalize,
)
