"""Two releases run side by side, and nobody is at work on it."""

from collections.abc import Iterator
from datetime import timedelta

from minixdr_deploy.checks.check import Check, Seen, known, some
from minixdr_deploy.checks.image_version_mismatch import rolls
from minixdr_deploy.kube.labels import DEPLOYMENTS
from minixdr_deploy.observe.observed import Deployment, Observed, Pod
from minixdr_deploy.problem import Problem

_ID = "half-rollout"
_ON = "minixdr-deploy rollout  # or minixdr-deploy rollback"
_PATIENCE = timedelta(minutes=5)
"""A rollout of two pods takes two minutes, with preStop and gates."""


def _judge(observed: Observed) -> Iterator[Seen]:
    deployments = [each for each in known(observed.kubernetes.deployments) if each.name in DEPLOYMENTS]
    if known(observed.kubernetes.at_work):
        return
    if known(observed.kubernetes.ship_open):
        evidence: tuple[str, ...] = ("ConfigMap minixdr-deploy-release: rolling-out", "nobody holds the lock")
        yield Seen(Problem(_ID, "a ship began and did not end", evidence, _ON))
    pods = known(observed.kubernetes.pods)
    for each in deployments:
        mine = [pod for pod in pods if pod.component == each.component and not pod.leaving]
        owners = {pod.owner for pod in mine}
        if each.paused and rolls(each):
            evidence = (f"{each.updated} of {each.replicas} pods are new", *_owners(mine))
            yield Seen(
                Problem(
                    _ID,
                    f"the rollout of {each.name} is paused half-way",
                    evidence,
                    f"{_resume(observed, each)}\nminixdr-deploy rollout",
                ),
                each.component,
            )
        elif len(owners) > 1 and _old(observed, mine):
            evidence = (f"{each.updated} of {each.replicas} pods are new", *_owners(mine))
            title = f"{each.name} runs two releases side by side"
            yield Seen(Problem(_ID, title, evidence, _ON), each.component)
    releases = {each.name: each.release for each in deployments}
    if len(set(releases.values())) > 1 and not any(rolls(each) for each in deployments):
        evidence = tuple(f"{name}: release {release or 'not noted'}" for name, release in releases.items())
        yield Seen(Problem(_ID, "the workloads are of different releases", evidence, _ON))


def _old(observed: Observed, pods: list[Pod]) -> bool:
    newest = max((pod.created_at for pod in pods if pod.created_at is not None), default=None)
    return newest is not None and observed.at - newest > _PATIENCE


def _owners(pods: list[Pod]) -> list[str]:
    return [
        f"{owner}: {some(pod.name for pod in pods if pod.owner == owner)}"
        for owner in sorted({pod.owner for pod in pods})
    ]


def _resume(observed: Observed, deployment: Deployment) -> str:
    return f"kubectl --context {observed.wanted.context} -n {observed.wanted.namespace} rollout resume deployment {deployment.name}"


CHECK = Check(
    _ID,
    "Half a rollout",
    "A ship was interrupted after one workload; a Deployment was paused; new pods never became ready.",
    _judge,
    "image version mismatch",
    explains=frozenset({"image-version-mismatch"}),
)
