"""What a check says."""

from typing import Literal

import msgspec

State = Literal["ok", "warn", "fail", "skip"]


class Check(msgspec.Struct, frozen=True):
    """One thing looked at."""

    name: str
    state: State
    """`skip`: it cannot be looked at now."""
    said: str
    """What was seen."""
    advice: str = ""
    """What to do about it."""


def ok(name: str, said: str) -> Check:
    """Return that something is as it should be."""
    return Check(name, "ok", said)


def skip(name: str, said: str) -> Check:
    """Return that something cannot be looked at now, and why."""
    return Check(name, "skip", said)


def warn(name: str, said: str, advice: str) -> Check:
    """Return that something may come to be wrong."""
    return Check(name, "warn", said, advice)


def fail(name: str, said: str, advice: str) -> Check:
    """Return that something is wrong."""
    return Check(name, "fail", said, advice)
