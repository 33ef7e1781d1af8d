"""A pod that runs and is not ready: its probe fails, its gate is not open, or its node went away."""

from collections.abc import Iterator
from datetime import timedelta

from minixdr_deploy.checks.check import Check, Seen, known, kubectl, last_lines
from minixdr_deploy.kube.labels import LASTING
from minixdr_deploy.observe.observed import Observed, Pod
from minixdr_deploy.problem import Problem

_PATIENCE = timedelta(seconds=90)
"""A start takes 8 s with its models, the load balancer's first health checks another 30."""


def _judge(observed: Observed) -> Iterator[Seen]:
    events = known(observed.kubernetes.events)
    seen = set()
    for pod in known(observed.kubernetes.pods):
        condition = pod.condition("Ready")
        since = (condition.since if condition else None) or pod.created_at
        fresh = since is not None and observed.at - since < _PATIENCE
        works = pod.component in LASTING and pod.phase == "Running" and not pod.leaving
        if not works or pod.ready or fresh or pod.component in seen:
            continue
        seen.add(pod.component)
        said = [f"{event.reason}: {event.message}" for event in events if event.object == f"Pod/{pod.name}"]
        logs = [line for container in pod.containers for line in last_lines(container.log, 2)]
        mend = kubectl(observed, f"describe pod {pod.name}") + "\n" + kubectl(observed, f"logs {pod.name} --tail=50")
        yield Seen(
            Problem(
                "pod-not-ready", f"{pod.component}: a pod runs and is not ready", (*_why(pod), *said[-2:], *logs), mend
            ),
            pod.component,
        )


def _why(pod: Pod) -> list[str]:
    closed = [
        each
        for each in pod.conditions
        if each.status != "True" and (each.type in pod.gates or each.type in {"ContainersReady", "Initialized"})
    ]
    return [
        f"{pod.name} on {pod.node}",
        *(f"{each.type} is {each.status}: {each.reason} {each.message}".strip() for each in closed),
    ]


CHECK = Check(
    "pod-not-ready",
    "Pod not ready",
    "Something the program needs is away (see `/readyz`), the load balancer does not reach the pod, or the node does not answer.",
    _judge,
    explains=frozenset(
        {"rollout-stuck", "half-rollout", "image-version-mismatch", "targets", "entrance", "canary", "nats-quorum"}
    ),
)
