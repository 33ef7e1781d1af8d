"""Progress: lines with the seconds since the command began, for people, on standard error. The result alone goes to standard output.

What pods and the cluster wrote is shown too, and is not trusted: characters that would steer a terminal are shown as their escapes.
"""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TextIO

_STEERING = {code: f"\\x{code:02x}" for code in (*range(9), *range(10, 32), *range(127, 160))}


def printable(line: str) -> str:
    """Return the line with control characters, the tab apart, as escapes."""
    return line.translate(_STEERING)


class Say(Protocol):
    """Takes one line of progress."""

    def __call__(self, line: str) -> None:
        """Show it."""


def elapsed_lines(stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> Say:
    """Return a `Say` that writes `  12.3 s  line`. Where nobody reads any more (a lost SSH session) it is silent: the way back must go on."""
    began = clock()

    def say(line: str) -> None:
        to = stream or sys.stderr
        with suppress(OSError):
            for part in line.splitlines() or [""]:
                to.write(f"{clock() - began:7.1f} s  {printable(part)}\n")
            to.flush()

    return say


def nothing(line: str) -> None:
    """Show nothing."""
    del line
