"""A line of OpenSSH's server -> what happened, who, from where; and why not, where a stranger's text could have said it.

Source: OpenSSH 7 to 10, auth.c `auth_log`, auth-pam.c, packet.c `sshpkt_fmt_connection_id`, monitor.c; Linux-PAM's pam_unix. The remote side
chooses the user name, its banner, algorithm lists and disconnect text, all of which may hold " from 192.0.2.9 port 22 ssh2". A regular
expression is fooled whichever way it is written, so addresses are counted: where a line names a second peer, user and address are left out and
the reason is kept.
"""

import re
from typing import Any, NamedTuple

from minixdr.normalize.linux.sshd_forms import FORMS
from minixdr.normalize.values import address, port

_PEER = re.compile(r"(?:\bfrom |\bby |\bfor |\bwith |\buser |\brhost=|^| )(\S{2,255}) port (\d{1,5})\b")
_ADDRESS_LIKE = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.\d{1,3}){0,3})(?![\w.:])"
)
TWO_PEERS = "the line names more than one peer: part of it is the other side's text"
ODD_NAME = "the user name holds words of the line's own form: it is the other side's text"


class Statement(NamedTuple):
    """What a line says. `event` is the kind of happening, the other parts None where the line lacks them or they are refused."""

    event: str
    user: str | None = None
    host: str | None = None
    port: int | None = None
    method: str | None = None
    invalid_user: bool = False
    doubt: str | None = None
    key: str | None = None
    times: int | None = None
    """How often it happened, where rsyslog folded lines."""


_ACCOUNTS = frozenset({"accepted", "failed", "invalid_user", "max_attempts", "denied", "pam_failure", "postponed"})
_ONE_USER = re.compile(r" from | port \d| ssh2|\[preauth\]| for ")
_FREE_TEXT = frozenset({"listening", "connection", "break_in_attempt", "session"})
_REPEATED = re.compile(r"message repeated (\d{1,6}) times: \[ ?(.*)\]\Z", re.DOTALL)
_LONGEST = 4_096  # characters; OpenSSH cuts a line at 1 KB


def parse_sshd(message: str) -> Statement:
    """Return what the line says; event `other` for a line that is none of the forms."""
    if len(message) > _LONGEST:
        return Statement("other")
    plain = message.strip()
    times = None
    repeated = _REPEATED.match(plain)
    if repeated is not None:
        plain, times = repeated[2], int(repeated[1])
    plain = plain.removeprefix("error: ").removeprefix("fatal: ")
    for event, form in FORMS:
        found = form.match(plain)
        if found is not None:
            return _statement(event, plain, found.groupdict())._replace(times=times)
    return Statement("other")


def _statement(event: str, message: str, parts: dict[str, Any]) -> Statement:
    doubt = None if event in _FREE_TEXT else _doubt(message, parts)
    if doubt is not None:
        return Statement(event, method=parts.get("method"), invalid_user=bool(parts.get("invalid")), doubt=doubt)
    return Statement(
        event,
        parts.get("user") or None,
        parts.get("host") or None,
        port(parts.get("port")),
        parts.get("method"),
        bool(parts.get("invalid")),
        None,
        parts.get("key"),
    )


def _doubt(message: str, parts: dict[str, Any]) -> str | None:
    user = parts.get("user") or ""
    if len(_PEER.findall(message)) > 1 or len(set(_addresses(message))) > 1:
        return TWO_PEERS
    return ODD_NAME if _ONE_USER.search(f" {user} ") is not None else None


def _addresses(message: str) -> list[str]:
    found = [address(text) for text in _ADDRESS_LIKE.findall(message)]
    return [item for item in found if item is not None]


def is_sshd_statement(message: str) -> bool:
    """Return whether a line without a program's name can only be sshd's."""
    return message.lstrip()[:9] in _STARTS and parse_sshd(message).event != "other"


_STARTS = frozenset(
    {"Accepted ", "Failed pa", "Failed pu", "Failed no", "Failed ke", "Invalid u", "Illegal u"}
    | {
        "error: ma",
        "maximum a",
        "Disconnec",
        "Connectio",
        "Received ",
        "Unable to",
        "Did not r",
        "Timeout b",
        "fatal: Ti",
    }
    | {"input_use", "banner ex", "ssh_dispa", "Postponed", "Starting ", "error: Re", "fatal: Un", "reverse m"}
)
