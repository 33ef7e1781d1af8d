"""A container that ends again and again."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, back, known, kubectl, last_lines, lines
from minixdr_deploy.checks.said import broken
from minixdr_deploy.observe.observed import ContainerState, Observed, Pod
from minixdr_deploy.problem import Problem

_ENDED = {
    "CrashLoopBackOff",
    "Error",
    "RunContainerError",
    "StartError",
    "ContainerCannotRun",
    "Completed",
    "DeadlineExceeded",
}


def _judge(observed: Observed) -> Iterator[Seen]:
    seen = set()
    for pod, container in broken(known(observed.kubernetes.pods)):
        if container.reason not in _ENDED or (container.restarts == 0 and container.exit_code is None):
            continue
        if (pod.component, container.name) in seen:
            continue
        seen.add((pod.component, container.name))
        title = f"{pod.component}: {container.name} ends right after its start ({container.reason}, {container.restarts} restarts)"
        log = kubectl(observed, f"logs {pod.name} -c {container.name} --previous --tail=50")
        way_back = _way_back(observed, pod)
        mend = lines([f"{log}  # why; then", way_back]) if way_back else log
        yield Seen(Problem("crash-loop", title, _evidence(pod, container), mend), pod.component)


def _evidence(pod: Pod, container: ContainerState) -> tuple[str, ...]:
    code = container.last_exit_code if container.exit_code is None else container.exit_code
    last = container.log or container.last_message or container.message
    return (
        f"{pod.name} on {pod.node}: exit code {code}, {container.last_reason or container.reason}",
        f"image {container.image}",
        *last_lines(last),
    )


def _way_back(observed: Observed, pod: Pod) -> str | None:
    """Return what takes the change back, where pods of an earlier ReplicaSet still serve; None where there is nothing to go back to."""
    serving = [
        other
        for other in known(observed.kubernetes.pods)
        if other.component == pod.component and other.owner != pod.owner and other.ready and not other.leaving
    ]
    if not serving:
        return None
    if pod.component != "nats" and all(_same_release(pod, other) for other in serving):
        return kubectl(observed, f"rollout undo deployment {pod.component}")  # a setting was changed by hand
    return back(observed, pod.component)


def _same_release(one: Pod, other: Pod) -> bool:
    return one.release == other.release and [each.image for each in one.containers] == [
        each.image for each in other.containers
    ]


CHECK = Check(
    "crash-loop",
    "Crash loop",
    "The program ends at its start: a wrong setting, something it needs is away, or a fault of the release.",
    _judge,
    explains=frozenset(
        {
            "pod-not-ready",
            "rollout-stuck",
            "half-rollout",
            "image-version-mismatch",
            "targets",
            "availability",
            "entrance",
            "canary",
            "nats-quorum",
        }
    ),
)
