"""A container that cannot be made: it refers to a ConfigMap, a key or a volume that is not there, or breaks the namespace's security standard."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known, kubectl, some
from minixdr_deploy.checks.said import broken
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem

_REASONS = {"CreateContainerConfigError", "CreateContainerError"}
_EVENTS = {"FailedMount", "FailedAttachVolume", "FailedCreate"}


def _judge(observed: Observed) -> Iterator[Seen]:
    pods = known(observed.kubernetes.pods)
    hit: dict[str, list[str]] = {}
    for pod, container in broken(pods):
        if container.reason in _REASONS:
            hit.setdefault(pod.component, []).append(f"{pod.name}/{container.name}: {container.message[:300]}")
    for component, evidence in hit.items():
        describe = kubectl(observed, f"describe pods -l app.kubernetes.io/component={component}")
        mend = f"minixdr-deploy secrets sync\nminixdr-deploy rollout\n{describe}"
        yield Seen(
            Problem(
                "container-config",
                f"{component}: a container cannot be made: {evidence[0].partition(': ')[2]}",
                tuple(evidence[:3]),
                mend,
            ),
            component,
        )
    settings = known(observed.kubernetes.settings)
    if settings is None:
        evidence = ["the namespace has no ConfigMap mini-xdr-config"]
        yield Seen(Problem("container-config", "the settings are missing", tuple(evidence), "minixdr-deploy rollout"))
    starting = {f"Pod/{pod.name}": pod.component for pod in pods if not pod.ready and not pod.leaving}
    for event in known(observed.kubernetes.events):
        if event.reason in _EVENTS and event.object in starting:
            title = f"{starting[event.object]}: {event.reason}"
            mend = kubectl(observed, f"describe {event.object.replace('/', ' ').lower()}")
            yield Seen(
                Problem("container-config", title, (f"{event.object}: {some([event.message])[:400]}",), mend),
                starting[event.object],
            )


CHECK = Check(
    "container-config",
    "Container cannot be made",
    "A ConfigMap, Secret key or volume that the pod refers to is not there.",
    _judge,
    explains=frozenset(
        {
            "pod-not-ready",
            "rollout-stuck",
            "half-rollout",
            "targets",
            "migration-failed",
            "entrance",
            "canary",
            "nats-quorum",
        }
    ),
)
