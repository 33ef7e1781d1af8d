"""audit.log events as auditd writes them (log_format = RAW, name_format = HOSTNAME): all lines of one serial.

Source: linux-audit documentation, "Audit event fields"; syscall numbers of x86_64.
"""

from dataclasses import dataclass

_EXECVE, _OPENAT = 59, 257
_UNSET = 4_294_967_295  # auid of what no login started


@dataclass(frozen=True, slots=True)
class Actor:
    """The process that acts."""

    pid: int
    ppid: int
    uid: int = 0
    auid: int = _UNSET
    session: int = _UNSET
    terminal: str = "(none)"
    folder: str = "/"


@dataclass(frozen=True, slots=True)
class Execution:
    """A program that was started."""

    exe: str
    arguments: tuple[str, ...]
    actor: Actor
    key: str = "exec"


@dataclass(frozen=True, slots=True)
class FileOpen:
    """A watched file that was opened."""

    exe: str
    path: str
    actor: Actor
    key: str = "identity"
    flags: str = "0"
    """Third argument of openat, hexadecimal: 0 read, 241 create and write, 441 append."""


def execution(time: float, node: str, serial: int, event: Execution) -> bytes:
    """Return the lines of an execve."""
    head = f"msg=audit({time:.3f}:{serial}):"
    name = event.exe.rpartition("/")[2]
    arguments = " ".join(f"a{number}={_text(argument)}" for number, argument in enumerate(event.arguments))
    proctitle = "\0".join(event.arguments).encode().hex().upper()
    lines = [
        (
            f"type=SYSCALL {head} arch=c000003e syscall={_EXECVE} success=yes exit=0 a0=55d0c8a1e2f0 a1=55d0c8a1f4a0 a2=55d0c8a20010 a3=8"
            f" items=2 {_process(event.actor)} comm={_text(name[:15])} exe={_text(event.exe)} subj=unconfined key={_text(event.key)}"
        ),
        f"type=EXECVE {head} argc={len(event.arguments)} {arguments}",
        f"type=CWD {head} cwd={_text(event.actor.folder)}",
        (
            f"type=PATH {head} item=0 name={_text(event.exe)} inode=131202 dev=103:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL"
            " cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0"
        ),
        (
            f'type=PATH {head} item=1 name="/lib/ld-linux-x86-64.so.2" inode=131981 dev=103:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL'
            " cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0"
        ),
        f"type=PROCTITLE {head} proctitle={proctitle[:256]}",
    ]
    return _joined(node, lines)


def file_open(time: float, node: str, serial: int, event: FileOpen) -> bytes:
    """Return the lines of an openat."""
    head = f"msg=audit({time:.3f}:{serial}):"
    name = event.exe.rpartition("/")[2]
    created = "CREATE" if event.flags == "241" else "NORMAL"
    lines = [
        (
            f"type=SYSCALL {head} arch=c000003e syscall={_OPENAT} success=yes exit=3 a0=ffffff9c a1=7ffd8c3b1e70 a2={event.flags} a3=1b6"
            f" items=1 {_process(event.actor)} comm={_text(name[:15])} exe={_text(event.exe)} subj=unconfined key={_text(event.key)}"
        ),
        f"type=CWD {head} cwd={_text(event.actor.folder)}",
        (
            f"type=PATH {head} item=0 name={_text(event.path)} inode=262410 dev=103:01 mode=0100640 ouid=0 ogid=42 rdev=00:00 nametype={created}"
            " cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0"
        ),
        f"type=PROCTITLE {head} proctitle={_text(name)}",
    ]
    return _joined(node, lines)


def _process(actor: Actor) -> str:
    uid = actor.uid
    return (
        f"ppid={actor.ppid} pid={actor.pid} auid={actor.auid} uid={uid} gid={uid} euid={uid} suid={uid} fsuid={uid} egid={uid} sgid={uid}"
        f" fsgid={uid} tty={actor.terminal} ses={actor.session}"
    )


def _text(value: str) -> str:
    """Return the value quoted, or in hexadecimal where it holds what auditd does not quote."""
    if any(letter == '"' or not "!" <= letter <= "~" for letter in value):
        return value.encode().hex().upper()
    return f'"{value}"'


def _joined(node: str, lines: list[str]) -> bytes:
    return "".join(f"node={node} {line}\n" for line in lines).encode()
