"""Settings of a workload with which a rollout loses requests: no preStop, too short a grace period, pods taken away before others are there."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem

_LEAST_GRACE_SECONDS = 60
"""preStop of 30 s and the time to finish what has begun."""
_MOST_DEREGISTRATION_SECONDS = 60


def _judge(observed: Observed) -> Iterator[Seen]:
    for each in known(observed.kubernetes.deployments):
        if each.name not in {"backend", "frontend"}:
            continue
        wrong = []
        if not each.pre_stop:
            wrong.append("no preStop: it ends before the load balancer stops sending to it")
        if each.grace_seconds < _LEAST_GRACE_SECONDS:
            wrong.append(f"terminationGracePeriodSeconds {each.grace_seconds}: preStop alone takes 30")
        if each.max_unavailable not in {"0", "0%"}:
            wrong.append(f"maxUnavailable {each.max_unavailable}: it must be 0")
        if wrong:
            title = f"a rollout of {each.name} would lose requests"
            yield Seen(Problem("unsafe-rollout", title, tuple(wrong), "minixdr-deploy rollout"), each.name)
    groups = observed.aws.target_groups
    for group in groups if isinstance(groups, tuple) else ():
        seconds = group.deregistration_seconds
        if group.service and seconds is not None and seconds > _MOST_DEREGISTRATION_SECONDS:
            evidence = (
                f"target group {group.name}: deregistration_delay.timeout_seconds {seconds}",
                "pods end 75 s after they are asked to",
            )
            title = f"{group.service} is deregistered more slowly than its pods end"
            yield Seen(Problem("unsafe-rollout", title, evidence, "minixdr-deploy rollout", "warning"), group.service)


CHECK = Check(
    "unsafe-rollout",
    "Settings with which a rollout loses requests",
    "The manifests were changed by hand in the cluster, or an overlay took something away.",
    _judge,
    "targets deregistered",
    explains=frozenset({"targets"}),
)
