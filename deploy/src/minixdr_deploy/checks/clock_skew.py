"""This machine's clock is off: AWS refuses signatures, and times in reports mislead."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem

_WARN_SECONDS = 30.0
_REFUSED_SECONDS = 300.0
"""AWS refuses a signature that is more than five minutes off."""


def _judge(observed: Observed) -> Iterator[Seen]:
    skew = known(observed.aws.clock_skew_seconds)
    if abs(skew) > _WARN_SECONDS:
        far = abs(skew) > _REFUSED_SECONDS
        title = f"this machine's clock is {abs(skew):.0f} s {'behind' if skew > 0 else 'ahead of'} AWS's"
        evidence = (
            f"AWS's clock minus this one's: {skew:+.1f} s",
            f"from {_REFUSED_SECONDS:.0f} s on AWS refuses requests",
        )
        mend = "sudo timedatectl set-ntp true && timedatectl status"
        yield Seen(Problem("clock-skew", title, evidence, mend, "error" if far else "warning"))


CHECK = Check(
    "clock-skew",
    "Clock skew",
    "The machine has no time service, or slept.",
    _judge,
    explains=frozenset({"credentials-expired"}),
)
