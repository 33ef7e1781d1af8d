"""One replica where there must be two, and disruption budgets that let no node be drained."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem

_LEAST = {"backend": 2, "worker": 2, "frontend": 2, "nats": 3}


def _judge(observed: Observed) -> Iterator[Seen]:
    for each in known(observed.kubernetes.deployments):
        least = _LEAST.get(each.name, 0)
        if each.replicas < least:
            stopped = each.replicas == 0
            title = (
                f"{each.name} is scaled to zero"
                if stopped
                else f"{each.name} has {each.replicas} replicas: a lost node ends it"
            )
            evidence = (f"replicas {each.replicas}, at least {least} are wanted",)
            mend = f"minixdr-deploy scale {each.name} {least}"
            yield Seen(
                Problem(
                    "availability", title, evidence, mend, "error" if stopped or each.name == "nats" else "warning"
                ),
                each.component,
            )
    for budget in known(observed.kubernetes.budgets):
        if budget.allowed == 0 and budget.expected and budget.healthy >= budget.expected:
            title = f"the disruption budget {budget.name} never allows to take a pod away: no node can be drained"
            evidence = (f"{budget.healthy} of {budget.expected} pods are healthy, {budget.wanted_healthy} must be",)
            yield Seen(
                Problem(
                    "availability",
                    title,
                    evidence,
                    f"minixdr-deploy scale {budget.component} {budget.expected + 1}",
                    "warning",
                ),
                budget.component,
            )


CHECK = Check(
    "availability",
    "One replica, or a disruption budget that blocks",
    "Somebody scaled down by hand; the budget asks for as many pods as there are.",
    _judge,
    explains=frozenset({"targets", "entrance", "canary", "nats-quorum"}),
)
