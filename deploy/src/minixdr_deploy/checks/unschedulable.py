"""Pods for which there is no place."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, aws, known, kubectl, some
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem


def _judge(observed: Observed) -> Iterator[Seen]:
    waiting: dict[str, list[tuple[str, str]]] = {}
    for pod in known(observed.kubernetes.pods):
        scheduled = pod.condition("PodScheduled")
        if not pod.leaving and scheduled is not None and scheduled.status == "False":
            waiting.setdefault(pod.component, []).append((pod.name, f"{scheduled.reason}: {scheduled.message}"))
    for component, pods in waiting.items():
        evidence = (f"pods {some(name for name, _ in pods)}", pods[0][1][:400])
        wanted = observed.wanted
        group = f"aws eks list-nodegroups --region {wanted.region} --cluster-name {wanted.cluster}"
        scaling = f"--cluster-name {wanted.cluster} --nodegroup-name <group> --scaling-config desiredSize=<more>"
        more = aws(observed, f"eks update-nodegroup-config {scaling}")
        mend = (
            f"{kubectl(observed, 'describe nodes', namespace=False)} | grep -A8 'Allocated resources'\n{group}\n{more}"
        )
        yield Seen(
            Problem(
                "unschedulable",
                f"{component}: there is no place for {len(pods)} pod{'s' * (len(pods) > 1)}",
                evidence,
                mend,
            ),
            component,
        )


CHECK = Check(
    "unschedulable",
    "Pod cannot be scheduled",
    "The nodes are full, the spread over zones cannot be kept, a taint keeps pods away, or a volume is in another zone.",
    _judge,
    explains=frozenset(
        {
            "pod-not-ready",
            "rollout-stuck",
            "half-rollout",
            "image-version-mismatch",
            "targets",
            "nats-quorum",
            "migration-failed",
            "entrance",
            "canary",
        }
    ),
)
