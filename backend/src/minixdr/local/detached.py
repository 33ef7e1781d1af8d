"""`minixdr up --detach`: the platform in the background, watched until it is ready."""

import subprocess
from collections.abc import Sequence

from minixdr.local.children import own_command
from minixdr.local.supervisor import Say

READY = "ready: "


def up_detached(arguments: Sequence[str], say: Say) -> int:
    """Start `minixdr up` with these arguments in a session of its own, pass on what it says until it is ready, and leave it. Return the exit status.

    It is told to end where this process is interrupted before. What it says later has no reader: `minixdr status` and the logs have it.
    """
    process = subprocess.Popen(  # noqa: S603 - the command is our own
        own_command("up", *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
        errors="replace",
    )
    if process.stdout is None:  # for the type checker: a pipe was asked for
        raise RuntimeError("no pipe")
    try:
        for line in process.stdout:
            say(line.rstrip("\n"))
            if line.startswith(READY):
                return 0
    except BaseException:
        process.terminate()
        process.wait()
        raise
    return process.wait() or 1
