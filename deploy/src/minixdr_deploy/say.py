"""Progress: lines with the seconds since the command began, for people, on standard error. The result alone goes to standard output."""

import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO


class Say(Protocol):
    """Takes one line of progress."""

    def __call__(self, line: str) -> None:
        """Show it."""


def elapsed_lines(stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> Say:
    """Return a `Say` that writes `  12.3 s  line`."""
    began = clock()

    def say(line: str) -> None:
        to = stream or sys.stderr
        for part in line.splitlines() or [""]:
            to.write(f"{clock() - began:7.1f} s  {part}\n")
        to.flush()

    return say


def nothing(line: str) -> None:
    """Show nothing."""
    del line
