"""Looking at many things at once, within a time limit: what fails or does not answer in time becomes `NotKnown`, with the reason.

Threads are daemons: one that hangs in a dead connection does not keep the program from ending.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLateError
from typing import Generic, TypeVar

import httpx

from minixdr_deploy.aws.failures import AwsAwayError, AwsDeniedError, AwsExpiredError
from minixdr_deploy.kube.errors import ExpiredError, ForbiddenError, UnreachableError
from minixdr_deploy.observe.observed import NotKnown, Why
from minixdr_deploy.problem import CannotLookError, DeployError

Got = TypeVar("Got")

_WHY: tuple[tuple[type[DeployError], Why], ...] = (
    (AwsExpiredError, "expired"),
    (ExpiredError, "expired"),
    (AwsDeniedError, "denied"),
    (ForbiddenError, "denied"),
    (AwsAwayError, "unreachable"),
    (UnreachableError, "unreachable"),
    (CannotLookError, "unreachable"),
)


class NotLookedError(Exception):
    """Something that a look depends on is not known."""

    def __init__(self, part: NotKnown) -> None:
        super().__init__(part.reason)
        self.part = part


def need(part: Got | NotKnown) -> Got:
    """Return what another look found. Raises NotLookedError where it is not known."""
    if isinstance(part, NotKnown):
        raise NotLookedError(part)
    return part


def not_known(error: DeployError) -> NotKnown:
    """Return what an error means for the one who looks."""
    why: Why = next((why for kind, why in _WHY if isinstance(error, kind)), "failed")
    evidence = (" ".join(line.split()) for line in error.problem.evidence[-1:])
    return NotKnown(": ".join((error.problem.title, *evidence))[:300], why)


class Look(Generic[Got]):
    """One thing that is being looked at."""

    def __init__(self, name: str, ends: float, future: "Future[Got | NotKnown]") -> None:
        self.name = name
        self._ends = ends
        self._future = future

    def result(self) -> Got | NotKnown:
        """Return what was found; NotKnown where it did not answer in time."""
        try:
            return self._future.result(max(0.0, self._ends - time.monotonic()))
        except TooLateError:
            return NotKnown(f"{self.name}: no answer in time", "unreachable")


class Looking:
    """Looks at many things at once, until a common end."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds

    def start(self, name: str, work: Callable[[], Got]) -> Look[Got]:
        """Look at something in a thread of its own. Other errors than those of looking come out of `result`."""
        future: Future[Got | NotKnown] = Future()

        def run() -> None:
            try:
                future.set_result(_answer(name, work))
            except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the result, not lost
                future.set_exception(error)

        threading.Thread(target=run, name=f"look {name}", daemon=True).start()
        return Look(name, self.ends, future)


def _answer(name: str, work: Callable[[], Got]) -> Got | NotKnown:
    try:
        return work()
    except NotLookedError as error:
        return error.part
    except DeployError as error:
        return not_known(error)
    except httpx.HTTPError as error:
        return NotKnown(f"{name}: {type(error).__name__}: {error}", "unreachable")
