"""A service quota of AWS that is nearly used up."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem

_FULL = 1.0
_NEAR = 0.8


def _judge(observed: Observed) -> Iterator[Seen]:
    for quota in known(observed.aws.quotas):
        used = quota.used / quota.limit if quota.limit else _FULL
        if used >= _NEAR:
            title = f"the quota of {quota.name} is {'used up' if used >= _FULL else 'nearly used up'}"
            evidence = (f"{quota.used} of {quota.limit:.0f} in {observed.wanted.region}",)
            mend = (
                f"aws service-quotas request-service-quota-increase --region {observed.wanted.region} "
                f"--service-code {quota.service} --quota-code {quota.code} --desired-value {2 * quota.limit:.0f}"
            )
            yield Seen(Problem("quota", title, evidence, mend, "warning"))


CHECK = Check(
    "quota",
    "Quota used up",
    "The account has other uses; the next load balancer, rule or image cannot be made.",
    _judge,
    explains=frozenset(),
)
