"""A line of sudo's -> who ran what as whom. Source: sudo 1.8 and 1.9, lib/logsrv `log_message`: `user : [reason ;
]TTY=x ; PWD=y ; USER=z ; COMMAND=c`.

The user chooses the directory's name and the command. COMMAND is last and takes the rest; a name that appears twice
before it, or twice at all where the command has no such text, was smuggled in by the directory, and nothing of the
line is believed.
"""

from typing import NamedTuple

SMUGGLED = "a field appears twice: the directory's name holds text of the line's own form"
_SEPARATOR = " ; "
_KNOWN = ("HOST", "TTY", "CHROOT", "PWD", "USER", "GROUP", "TSID", "ENV")
_LONGEST = 16_384


class Sudo(NamedTuple):
    """What a line says. `fields`: TTY, PWD, USER, GROUP, COMMAND ... as sudo names them."""

    user: str
    reason: str | None
    fields: dict[str, str]
    doubt: str | None


def parse_sudo(message: str) -> Sudo | None:
    """Return what the line says, None where it is not of sudo's log form."""
    user, met, rest = message.strip().partition(" : ")
    if not met or " " in user or not user or len(message) > _LONGEST:
        return None
    head, command_met, command = rest.partition("COMMAND=")
    fields: dict[str, str] = {}
    reason = None
    doubt = None
    for part in head.split(_SEPARATOR):
        name, equals, value = part.strip().removesuffix(" ;").partition("=")
        if equals and name in _KNOWN:
            doubt = SMUGGLED if name in fields else doubt
            fields.setdefault(name, value)
        elif part.strip() and not fields:
            reason = part.strip()
        elif part.strip() and "PWD" in fields:
            fields["PWD"] += _SEPARATOR + part
    if not fields and not command_met:
        return None
    if command_met:
        fields["COMMAND"] = command
    if "COMMAND=" in fields.get("COMMAND", "") and "USER=" in fields["COMMAND"]:
        doubt = SMUGGLED
    return Sudo(user, reason, {} if doubt else fields, doubt)
