"""What a check is: a pure function of one look at a deployment, and what it explains.

A check asks for a part by `known`: where the part could not be looked at, the check ends there and is told as not judged, never as passed.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import msgspec

from minixdr_deploy.observe.observed import NotKnown, Observed, Value
from minixdr_deploy.problem import Problem
from minixdr_deploy.release import Release

Failure = Literal["schema drift", "image version mismatch", "security-group drift", "targets deregistered", "other"]
"""The four that this deployment is built against, or another."""


class Seen(msgspec.Struct, frozen=True):
    """A problem, and the components it is about, with commas between them; empty: about the deployment as a whole."""

    problem: Problem
    subject: str = ""


Judge = Callable[[Observed], Iterator[Seen]]


class Check(msgspec.Struct, frozen=True):
    """One kind of failure."""

    id: str
    title: str
    """What is wrong where it finds something, in general."""
    cause: str
    """How it comes to that, for the guide."""
    judge: Judge
    failure: Failure = "other"
    explains: frozenset[str] = frozenset()
    """Ids of checks whose problems follow from this one's."""
    gate: int = 0
    """Above 0 where its problems make whatever else is looked at worthless: all checks of a lower number are then told as its consequences."""


class UnknownError(Exception):
    """A part that a check needs could not be looked at."""

    def __init__(self, part: NotKnown) -> None:
        super().__init__(part.reason)
        self.part = part


def known(part: Value | NotKnown) -> Value:
    """Return a part. Raises UnknownError where it could not be looked at."""
    if isinstance(part, NotKnown):
        raise UnknownError(part)
    return part


def kubectl(observed: Observed, command: str, *, namespace: bool = True) -> str:
    """Return a command of kubectl that can be pasted."""
    wanted = observed.wanted
    inside = f" -n {wanted.namespace}" if namespace else ""
    return f"kubectl --context {wanted.context}{inside} {command}"


def aws(observed: Observed, command: str) -> str:
    """Return a command of the AWS CLI that can be pasted."""
    return f"aws {command} --region {observed.wanted.region}"


def back(observed: Observed, component: str) -> str:
    """Return the command that takes a component back to what worked: to the wanted image where another was set, else to the release before."""
    release, deployments = observed.kubernetes.release, observed.kubernetes.deployments
    if isinstance(release, Release) and isinstance(deployments, tuple):
        wanted = release.frontend_digest if component == "frontend" else release.backend_digest
        images = [image for each in deployments if each.component == component for image in each.images.values()]
        if images and not any(wanted in image for image in images):
            return "minixdr-deploy rollout"
    return "minixdr-deploy rollback"


def lines(commands: Iterable[str]) -> str:
    """Return commands, one a line."""
    return "\n".join(commands)


def some(values: Iterable[str], most: int = 5) -> str:
    """Return values in a row: the first few, and how many more there are."""
    every = list(values)
    rest = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + rest


def last_lines(text: str, count: int = 3) -> tuple[str, ...]:
    """Return the last lines that hold something, each cut to 300 characters."""
    return tuple(line.strip()[:300] for line in text.strip().splitlines() if line.strip())[-count:]
