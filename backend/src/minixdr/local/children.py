"""Child processes that do not outlive this one.

On Linux the kernel signals a child when the thread that started it ends (`prctl(2)`, PR_SET_PDEATHSIG), also when this process is killed with
SIGKILL. So children are started by a thread that lives as long as the program: the main one. Elsewhere a killed supervisor may leave
children behind.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from minixdr.local.accounts import Account
from minixdr.local.error import LocalError

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def start(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    output: IO[bytes] | int,
    account: Account | None = None,
    at_parents_end: signal.Signals = signal.SIGKILL,
    folder: Path = Path("/"),
) -> subprocess.Popen[bytes]:
    """Start a process in a process group of its own (a terminal's Ctrl-C reaches this process alone). Return it.

    `output` takes what it writes to both streams. `account` is whom it runs as; None: the same. It gets `at_parents_end` when this process ends,
    and begins in `folder`.
    Raises OSError where it cannot be started.
    """
    return subprocess.Popen(  # noqa: S603 - the commands are our own
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(environment),
        cwd=folder,
        umask=0o077,
        process_group=0,
        preexec_fn=_bound_to(os.getpid(), at_parents_end),  # noqa: PLW1509 - this process has one thread
        user=account.user_id if account else None,
        group=account.group_id if account else None,
        extra_groups=[] if account else None,
    )


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    account: Account | None = None,
    timeout_seconds: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end. Return its result, output and errors together in `stdout`. Raises OSError, LocalError."""
    try:
        return subprocess.run(  # noqa: S603 - as above
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd="/",
            umask=0o077,
            process_group=0,
            preexec_fn=_bound_to(os.getpid(), signal.SIGKILL),
            text=True,
            errors="replace",
            timeout=timeout_seconds,
            check=False,
            user=account.user_id if account else None,
            group=account.group_id if account else None,
            extra_groups=[] if account else None,
        )
    except subprocess.TimeoutExpired:
        raise LocalError(f"{Path(command[0]).name} took longer than {timeout_seconds:,.0f} s and was ended") from None


def plain_environment() -> dict[str, str]:
    """Return what an engine needs of this process's environment: no `PG*`, no secrets."""
    kept = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}


def own_command(*arguments: str) -> list[str]:
    """Return the command that runs this program again."""
    return [sys.executable, "-P", "-m", "minixdr.wiring", *arguments]


def _bound_to(parent: int, sent: signal.Signals) -> Callable[[], None]:
    """Return what a new child does last before it becomes its program; after the change of account, which would clear it."""

    def bind() -> None:
        if _LIBC is None:
            return
        if _LIBC.prctl(_PR_SET_PDEATHSIG, int(sent), 0, 0, 0) != 0:
            os._exit(126)
        if os.getppid() != parent:  # the parent ended before the kernel was asked
            os._exit(125)

    return bind
