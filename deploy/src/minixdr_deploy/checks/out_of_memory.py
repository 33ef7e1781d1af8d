"""A container that the kernel ended because it used more memory than its limit."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known, kubectl
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem


def _judge(observed: Observed) -> Iterator[Seen]:
    for pod in known(observed.kubernetes.pods):
        for container in pod.containers:
            if not pod.leaving and "OOMKilled" in (container.reason, container.last_reason):
                title = f"{pod.component}: {container.name} used more memory than its limit"
                evidence = (f"{pod.name} on {pod.node}: OOMKilled, {container.restarts} restarts",)
                limit = kubectl(observed, f"get pod {pod.name} -o jsonpath='{{.spec.containers[*].resources}}'")
                raised = kubectl(
                    observed, f"set resources {_owner(pod.component)} -c {container.name} --limits=memory=<more>"
                )
                runs = container.state == "running" and pod.ready
                yield Seen(
                    Problem("out-of-memory", title, evidence, f"{limit}\n{raised}", "warning" if runs else "error"),
                    pod.component,
                )


def _owner(component: str) -> str:
    return f"{'statefulset' if component == 'nats' else 'deployment'} {component}"


CHECK = Check(
    "out-of-memory",
    "Out of memory",
    "The load grew, or the limit in the overlay is too low.",
    _judge,
    explains=frozenset(
        {"crash-loop", "pod-not-ready", "rollout-stuck", "half-rollout", "targets", "nats-quorum", "entrance", "canary"}
    ),
)
