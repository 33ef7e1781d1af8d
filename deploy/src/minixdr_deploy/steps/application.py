"""Putting a release's objects into the cluster, and going back to the release before.

To go back means to apply the objects of the release before as they were kept, so that not only the images but the settings and probes are those that
ran. What is about access (the Ingress' address list) is of today: a rollback lets nobody in again.
"""

import copy
from collections.abc import Callable, Sequence

from minixdr_deploy import manifests
from minixdr_deploy.config import Config
from minixdr_deploy.kube.errors import KubeError
from minixdr_deploy.kube.kubectl import Kubectl, Object
from minixdr_deploy.kube.labels import SECRET_VERSION
from minixdr_deploy.manifests import Live
from minixdr_deploy.plan import APPLICATION
from minixdr_deploy.problem import Problem
from minixdr_deploy.say import Say
from minixdr_deploy.steps import cluster, rollout
from minixdr_deploy.steps.rollout import RolloutError

_NATS_SECONDS = 300.0
_PRUNED = {
    "ConfigMap",
    "Deployment",
    "HorizontalPodAutoscaler",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "Role",
    "RoleBinding",
    "ServiceAccount",
}
"""Not Service and Ingress: with them the controller deletes a target group at once. Not StatefulSet: its volumes would be orphaned."""


def prepare(kube: Kubectl, base: Sequence[Object], say: Say, *, before: Callable[[], None] = lambda: None) -> None:
    """Apply all but the application, and wait for NATS. Raises KubeError, RolloutError."""
    before()
    namespaces = [item for item in base if item["kind"] == "Namespace"]
    rest = [item for item in base if item["kind"] != "Namespace"]
    kube.apply(namespaces)
    kube.apply(rest)
    say(f"applied {len(base)} objects")
    for item in rest:
        if item["kind"] == "StatefulSet":
            rollout.watch_stateful_set(kube, item["metadata"]["name"], say, seconds=_NATS_SECONDS)


def roll_out(
    kube: Kubectl,
    deployments: Sequence[Object],
    names: Sequence[str],
    say: Say,
    *,
    seconds: float,
    before: Callable[[], None] = lambda: None,
) -> None:
    """Apply the named Deployments together and wait for their pods. Raises RolloutError, KubeError."""
    live = cluster.read_live(kube)
    chosen = [copy.deepcopy(item) for item in deployments if item["metadata"]["name"] in names]
    for item in chosen:
        manifests.keep_scale(item, live)  # an autoscaler may have added pods since the manifests were made
    rollout.apply_and_watch(kube, chosen, say, seconds=seconds, before=before)


def go_back(kube: Kubectl, kept: Sequence[Object], config: Config, live: Live, say: Say, *, seconds: float) -> None:
    """Apply the objects of the release before, the console first, and wait for their pods. Raises RolloutError, KubeError."""
    if not kept:
        raise RolloutError(
            Problem(
                "nothing-kept",
                "the objects of the release before were not kept, so they cannot be applied again",
                mend="minixdr-deploy ship",
            )
        )
    objects = [as_of_today(item, config, live) for item in kept if item["kind"] != "Job"]
    kube.apply([item for item in objects if item["kind"] not in {"Deployment", "Namespace"}])
    for item in objects:
        if item["kind"] == "StatefulSet":
            rollout.replace_stuck(kube, item["metadata"]["name"], say)
            rollout.watch_stateful_set(kube, item["metadata"]["name"], say, seconds=_NATS_SECONDS)
    for _, names in reversed(APPLICATION):
        roll_out(kube, [item for item in objects if item["kind"] == "Deployment"], names, say, seconds=seconds)


def as_of_today(item: Object, config: Config, live: Live) -> Object:
    """Return a kept object with what does not belong to the release as it is now: addresses, number of replicas, versions of secrets."""
    changed = manifests.with_access(item, config)
    manifests.keep_scale(changed, live)
    template = manifests.pod_template(changed)
    if template is not None and SECRET_VERSION in (template["metadata"].get("annotations") or {}):
        manifests.note_secrets(template, live)
    return changed


def prune(kube: Kubectl, before: Sequence[Object], after: Sequence[Object], say: Say) -> None:
    """Delete objects that only the release before has. Those that lose data or targets with them are named, not deleted; one that cannot be
    deleted is named too, for the release runs without."""
    wanted = {_key(item) for item in after}
    for kind, name in (key for item in before if (key := _key(item)) not in wanted):
        if kind in _PRUNED:
            try:
                kube.delete(kind.lower(), name, wait=False)
            except KubeError as error:
                say(f"{kind}/{name} is no longer part of the release and could not be deleted: {error.problem.title}")
                continue
            say(f"deleted {kind}/{name}: it is no longer part of the release")
        elif kind != "Job":
            say(
                f"{kind}/{name} is no longer part of the release and was left: kubectl -n {kube.namespace} delete {kind.lower()} {name}"
            )


def _key(item: Object) -> tuple[str, str]:
    return str(item["kind"]), str(item["metadata"]["name"])
