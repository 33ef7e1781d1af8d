"""What is wrong, with what was seen and the command that mends it; and the error that carries it."""

import traceback
from typing import Literal

import msgspec

Severity = Literal["warning", "error"]
"""A warning does not stop a ship; an error does."""


_FRAMES = 6
"""So many of the innermost calls, and the error itself, are shown."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong."""

    id: str
    """Of the kind of problem, the same on each run: `image-pull`."""
    title: str
    """One sentence."""
    evidence: tuple[str, ...] = ()
    """The very values that were seen, a line each."""
    mend: str = ""
    """A command that can be pasted; several are lines."""
    severity: Severity = "error"
    consequences: tuple["Problem", ...] = ()
    """Problems that this one explains."""


def unexpected(error: Exception) -> Problem:
    """Return the problem of an error that has no name here: a fault of this program, told with where it happened."""
    where = traceback.format_exception(error)[-_FRAMES:]
    evidence = tuple(line for part in where for line in part.rstrip().splitlines())
    title = f"minixdr-deploy met an error that it does not know: {type(error).__name__}"
    return Problem(
        "internal-error", title, evidence, "minixdr-deploy status  # how things are; and report the lines above"
    )


class DeployError(Exception):
    """Something could not be done. The root of all errors of this program; it carries the problem to show."""

    exit_status = 1

    def __init__(self, problem: Problem) -> None:
        super().__init__("\n".join((problem.title, *problem.evidence)))
        self.problem = problem


class CannotLookError(DeployError):
    """The cluster or AWS did not answer, so nothing is known."""

    exit_status = 2


class UsageError(DeployError):
    """A setting, an option or a file is not as it must be."""

    exit_status = 3
