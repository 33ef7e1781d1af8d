"""The forms of lines that programs of a Linux host write about accounts, privileges, jobs, services and packets.

Sources: sudo's logging.c, util-linux and shadow `su`, `login`, shadow-utils useradd to gpasswd, Linux-PAM pam_unix,
Vixie and cronie cron, systemd, pkexec, OpenBSD doas, netfilter's LOG target. A form is tried on the whole message of
the programs it is for; what a group holds goes to the attribute that `attribute` names. Text that a user can choose
(a directory's name, a command) stands last, or its form ends where it begins.
"""

import re
from typing import NamedTuple

_SUCCESS, _FAILURE = 1, 2


class Form(NamedTuple):
    """One form: which programs write it, what it says."""

    programs: frozenset[str]
    """Empty: any program."""
    pattern: re.Pattern[str]
    event: str
    class_uid: int
    activity_id: int
    status_id: int | None


def _form(
    programs: str, event: str, pattern: str, class_uid: int, activity_id: int, status_id: int | None = None
) -> Form:
    return Form(frozenset(programs.split()), re.compile(pattern, re.DOTALL), event, class_uid, activity_id, status_id)


_TO = {1006: "job.user.name", 1007: "process.user.name"}
_TTY = {1007: "actor.session.terminal"}
_COMMAND = {1006: "job.cmd_line", 1007: "process.cmd_line"}
_GROUPS = {
    "by": "actor.user.name",
    "to2": "user.name",
    "group": "group.name",
    "group2": "group.name",
    "gid": "group.uid",
    "uid": "user.uid",
    "service": "service.name",
    "host": "src_endpoint",
    "unit": "app.name",
    "session": "session.uid_alt",
}


def attribute(form: Form, group: str) -> str:
    """Return the OCSF attribute of a form's group (`src_endpoint`: an address or a name)."""
    match group:
        case "to":
            return _TO.get(form.class_uid, "user.name")
        case "tty":
            return _TTY.get(form.class_uid, "session.terminal")
        case "command":
            return _COMMAND[form.class_uid]
    return _GROUPS[group]


_SU = "su su-l runuser"
_SHADOW = "useradd usermod userdel adduser deluser groupadd groupmod groupdel gpasswd passwd chpasswd newusers chage chsh chfn vipw"
_CRON = "cron CRON crond CROND crontab anacron"
_NAME = r"[^\s,'()]{1,256}"
_UID = r"(?:\(uid=-?\d+\))?"

FORMS: tuple[Form, ...] = (
    _form(_SU, "switched", rf"Successful su for (?P<to>{_NAME}) by (?P<by>{_NAME})\Z", 3002, 7, _SUCCESS),
    _form(_SU, "switch_failed", rf"FAILED su for (?P<to>{_NAME}) by (?P<by>{_NAME})\Z", 3002, 7, _FAILURE),
    _form(
        _SU, "switch_failed", rf"FAILED SU \(to (?P<to>{_NAME})\) (?P<by>{_NAME}) on (?P<tty>\S+)\Z", 3002, 7, _FAILURE
    ),
    _form(_SU, "switched", rf"\(to (?P<to>{_NAME})\) (?P<by>{_NAME}) on (?P<tty>\S+)\Z", 3002, 7, _SUCCESS),
    _form(_SU, "switched", rf"\+ (?P<tty>\S+) (?P<by>[^\s:]+):(?P<to>{_NAME})\Z", 3002, 7, _SUCCESS),
    _form(_SU, "switch_failed", rf"- (?P<tty>\S+) (?P<by>[^\s:]+):(?P<to>{_NAME})\Z", 3002, 7, _FAILURE),
    _form(_SU, "switch_failed", rf"BAD SU (?P<by>{_NAME}) to (?P<to>{_NAME}) on (?P<tty>\S+)\Z", 3002, 7, _FAILURE),
    _form(_SU, "switched", rf"(?P<by>{_NAME}) to (?P<to>{_NAME}) on (?P<tty>\S+)\Z", 3002, 7, _SUCCESS),
    _form(
        _SU,
        "switch_failed",
        rf"failed: (?P<tty>\S+) changing from (?P<by>{_NAME}) to (?P<to>{_NAME})\Z",
        3002,
        7,
        _FAILURE,
    ),
    _form(
        "",
        "auth_failed",
        r"(?:pam_\w+\((?P<service>[\w.:-]+?):auth\): )?(?:\d+ more )?authentication failures?; logname=\S* uid=-?\d+ euid=-?\d+"
        r" tty=(?P<tty>\S*) ruser=(?P<by>\S*) rhost=(?P<host>\S*)(?:\s+user=(?P<to>\S+))?\s*\Z",
        3002,
        1,
        _FAILURE,
    ),
    _form(
        "",
        "session_opened",
        rf"(?:pam_\w+\((?P<service>[\w.:-]+?):session\): )?session opened for user (?P<to>{_NAME}){_UID} by (?P<by>[^\s()]*)\s*{_UID}\Z",
        3002,
        1,
        _SUCCESS,
    ),
    _form(
        "",
        "session_closed",
        rf"(?:pam_\w+\((?P<service>[\w.:-]+?):session\): )?session closed for user (?P<to>{_NAME})\Z",
        3002,
        2,
        None,
    ),
    _form(
        "",
        "password_changed",
        rf"(?:pam_\w+\((?:[\w.:-]+?):chauthtok\): )?password changed for (?P<to>{_NAME})\Z",
        3001,
        3,
        _SUCCESS,
    ),
    _form(
        _SHADOW,
        "password_changed",
        rf"password for '(?P<to>{_NAME})' changed by '(?P<by>{_NAME})'\Z",
        3001,
        3,
        _SUCCESS,
    ),
    _form(_SHADOW, "user_added", rf"new user: name=(?P<to>{_NAME}), UID=(?P<uid>\d+), .*\Z", 3001, 1, _SUCCESS),
    _form(_SHADOW, "user_add_failed", rf"failed adding user '(?P<to>{_NAME})'.*\Z", 3001, 1, _FAILURE),
    _form(_SHADOW, "user_deleted", rf"delete user '(?P<to>{_NAME})'\Z", 3001, 6, _SUCCESS),
    _form(_SHADOW, "user_locked", rf"lock user '(?P<to>{_NAME})' password\Z", 3001, 9, _SUCCESS),
    _form(_SHADOW, "user_unlocked", rf"unlock user '(?P<to>{_NAME})' password\Z", 3001, 12, _SUCCESS),
    _form(_SHADOW, "password_changed", rf"change user '(?P<to>{_NAME})' password\Z", 3001, 3, _SUCCESS),
    _form(
        _SHADOW,
        "user_changed",
        rf"(?:change user '(?P<to>{_NAME})' .*|changed user '(?P<to2>{_NAME})' .*)\Z",
        3001,
        99,
        _SUCCESS,
    ),
    _form(
        _SHADOW,
        "group_added",
        rf"(?:new group: name=(?P<group>{_NAME}), GID=(?P<gid>\d+)|group added to \S+: name=(?P<group2>{_NAME}), GID=\d+)\Z",
        3006,
        6,
        _SUCCESS,
    ),
    _form(
        _SHADOW,
        "group_deleted",
        rf"(?:group '(?P<group>{_NAME})' removed.*|removed (?:shadow )?group '(?P<group2>{_NAME})' owned by .*)\Z",
        3006,
        5,
        _SUCCESS,
    ),
    _form(
        _SHADOW,
        "member_added",
        rf"add '(?P<to>{_NAME})' to (?:shadow )?group '(?P<group>{_NAME})'\Z",
        3006,
        3,
        _SUCCESS,
    ),
    _form(
        _SHADOW,
        "member_added",
        rf"user (?P<to>{_NAME}) added by (?P<by>{_NAME}) to group (?P<group>{_NAME})\Z",
        3006,
        3,
        _SUCCESS,
    ),
    _form(
        _SHADOW,
        "member_removed",
        rf"delete '(?P<to>{_NAME})' from (?:shadow )?group '(?P<group>{_NAME})'\Z",
        3006,
        4,
        _SUCCESS,
    ),
    _form(
        _SHADOW,
        "member_removed",
        rf"user (?P<to>{_NAME}) removed by (?P<by>{_NAME}) from group (?P<group>{_NAME})\Z",
        3006,
        4,
        _SUCCESS,
    ),
    _form(_CRON, "job_started", rf"\((?P<by>{_NAME})\) CMD \((?P<command>.*)\)\Z", 1006, 6, None),
    _form(_CRON, "jobs_replaced", rf"\((?P<by>{_NAME})\) (?:REPLACE|END EDIT) \((?P<to>{_NAME})\)\Z", 1006, 2, None),
    _form(_CRON, "jobs_deleted", rf"\((?P<by>{_NAME})\) DELETE \((?P<to>{_NAME})\)\Z", 1006, 3, None),
    _form(
        _CRON,
        "jobs_other",
        rf"\((?P<by>{_NAME})\) (?:LIST|BEGIN EDIT|RELOAD|ORPHAN|ERROR|WRONG FILE OWNER) \((?P<to>[^()]*)\)\Z",
        1006,
        99,
        None,
    ),
    _form("systemd", "service_started", r"Started (?P<unit>.{1,512}?)\.?\Z", 6002, 3, _SUCCESS),
    _form("systemd", "service_stopped", r"Stopped (?P<unit>.{1,512}?)\.?\Z", 6002, 4, _SUCCESS),
    _form("systemd", "service_failed", r"Failed to start (?P<unit>.{1,512}?)\.?\Z", 6002, 3, _FAILURE),
    _form(
        "systemd-logind",
        "session_opened",
        rf"New session (?P<session>\S+) of user (?P<to>{_NAME}?)\.?\Z",
        3002,
        1,
        _SUCCESS,
    ),
    _form(
        "login",
        "login_failed",
        r"FAILED LOGIN (?:\(\d+\)|\d+) (?:on|FROM) '?(?P<tty>[^\s']+)'? (?:from '[^']*' )?FOR '?(?P<to>.*?)'?, .*\Z",
        3002,
        1,
        _FAILURE,
    ),
    _form(
        "login",
        "login",
        rf"(?:ROOT LOGIN|LOGIN) ON (?P<tty>\S+)(?: BY (?P<to>{_NAME}))?(?: FROM (?P<host>\S+))?\Z",
        3002,
        1,
        _SUCCESS,
    ),
    _form(
        "pkexec",
        "command",
        rf"(?P<by>{_NAME}): Executing command \[USER=(?P<to>[^\]\s]+)\] \[TTY=(?P<tty>[^\]]*)\] \[CWD=.*\] \[COMMAND=(?P<command>.*)\]\Z",
        1007,
        1,
        _SUCCESS,
    ),
    _form(
        "doas",
        "command",
        rf"(?P<by>{_NAME}) ran command (?P<command>.*) as (?P<to>{_NAME}) from .*\Z",
        1007,
        1,
        _SUCCESS,
    ),
    _form("doas", "command_refused", rf"failed command for (?P<by>{_NAME}): (?P<command>.*)\Z", 1007, 1, _FAILURE),
)
_BY_PROGRAM: dict[str, tuple[Form, ...]] = {}
for _program in {name for form in FORMS for name in form.programs}:
    _BY_PROGRAM[_program] = tuple(form for form in FORMS if not form.programs or _program in form.programs)
_ANY = tuple(form for form in FORMS if not form.programs)
_LONGEST = 16_384
_HINTS = ("pam_", "authentication failure", "session opened", "session closed", "password changed")


def read_form(program: str, message: str) -> tuple[Form, dict[str, str]] | None:
    """Return the form the message has and its parts, None where it has none."""
    if len(message) > _LONGEST:
        return None
    forms = _BY_PROGRAM.get(program)
    if forms is None:
        if not any(hint in message for hint in _HINTS) and "authentication failure" not in message:
            return None
        forms = _ANY
    plain = message.strip()
    for form in forms:
        found = form.pattern.match(plain)
        if found is not None:
            return form, {name: value for name, value in found.groupdict().items() if value}
    return None
