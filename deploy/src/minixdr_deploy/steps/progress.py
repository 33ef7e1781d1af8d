"""Where the rollout of a Deployment stands: in go the Deployment, its ReplicaSets and pods, out comes a line for people, whether it is done, and
what keeps it from ever being done. Pure.

The conditions and reasons are those of Kubernetes (apps/v1 DeploymentCondition; kubelet's container states). A pod that is merely slow is no failure:
how long it may take is the Deployment's `progressDeadlineSeconds`.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from minixdr_deploy.kube.kubectl import Object, Objects
from minixdr_deploy.problem import Problem

_IMAGE = {
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "ErrImageNeverPull",
    "RegistryUnavailable",
    "ImageInspectError",
}
_CONFIG = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
_REVISION = "deployment.kubernetes.io/revision"


class Trouble(msgspec.Struct, frozen=True):
    """What keeps a rollout from being done."""

    problem: Problem
    pod: str | None = None
    container: str | None = None
    passing: bool = False
    """It may pass by itself within seconds: a registry that hiccuped, a Secret that comes a moment later."""


class Progress(msgspec.Struct, frozen=True):
    """Where it stands."""

    done: bool
    line: str
    trouble: Trouble | None = None
    images: tuple[str, ...] = ()
    """Digests that its pods run, those that are ending apart."""
    waiting: tuple[str, ...] = ()
    """New pods that are not ready."""


def judge(deployment: Object, replica_sets: Iterable[Object], pods: Iterable[Object]) -> Progress:
    """Return where the rollout of a Deployment stands."""
    name = deployment["metadata"]["name"]
    status = deployment.get("status") or {}
    wanted = int(deployment["spec"].get("replicas", 1))
    replica_sets = list(replica_sets)
    current = _current(deployment, replica_sets)
    mine = {one["metadata"]["uid"] for one in _sets_of(deployment, replica_sets)}
    every = [pod for pod in pods if _owner(pod) in mine and not _ending(pod)]
    new = [pod for pod in every if current is not None and _owner(pod) == current["metadata"]["uid"]]
    images = tuple(sorted({one["image"].rpartition("@")[2] for pod in every for one in pod["spec"]["containers"][:1]}))
    counts = {key: int(status.get(key) or 0) for key in ("updatedReplicas", "availableReplicas", "replicas")}
    seen = int(status.get("observedGeneration") or 0) >= int(deployment["metadata"]["generation"])
    done = (
        seen
        and counts["updatedReplicas"] == wanted == counts["availableReplicas"] == counts["replicas"]
        and current is not None
    )
    late = {pod["metadata"]["name"]: what for pod in new if (what := waiting_for(pod))}
    waits = "; ".join(f"{pod} {what}" for pod, what in late.items())
    line = f"{name}: {counts['updatedReplicas']} of {wanted} new, {counts['availableReplicas']} of {counts['replicas']} available"
    line += f": {waits}" if waits else ""
    if done:
        return Progress(done=True, line=f"{name}: {wanted} of {wanted} new and available", images=images)
    trouble = (_pod_trouble(name, new) or _condition_trouble(deployment)) if seen else None
    return Progress(done=False, line=line, trouble=trouble, images=images, waiting=tuple(late))


def waiting_for(pod: Object) -> str:
    """Return what a pod waits for, in words; empty where it is ready."""
    conditions = {one["type"]: one for one in (pod.get("status") or {}).get("conditions") or ()}
    if (conditions.get("Ready") or {}).get("status") == "True":
        return ""
    scheduled = conditions.get("PodScheduled") or {}
    if scheduled.get("status") == "False":
        return f"waits for a node: {scheduled.get('message') or scheduled.get('reason')}"
    for one in _statuses(pod):
        state = one.get("state") or {}
        if "waiting" in state and state["waiting"].get("reason") not in {None, "PodInitializing", "ContainerCreating"}:
            return f"{one['name']}: {state['waiting']['reason']}"
    if (conditions.get("ContainersReady") or {}).get("status") == "True":
        gates = [one["conditionType"] for one in pod["spec"].get("readinessGates") or ()]
        closed = [gate for gate in gates if (conditions.get(gate) or {}).get("status") != "True"]
        return f"waits for its readiness gate {', '.join(closed)}" if closed else "waits to be ready"
    started = [one["name"] for one in _statuses(pod) if not one.get("ready") and "running" in (one.get("state") or {})]
    if started:
        return f"runs, waits for the probes of {', '.join(started)}"
    return "starts"


def _pod_trouble(name: str, pods: Sequence[Object]) -> Trouble | None:
    for pod in pods:
        for one in _statuses(pod):
            found = container_trouble(name, pod, one)
            if found:
                return found
    return None


def container_trouble(component: str, pod: Object, status: Object) -> Trouble | None:
    """Return what keeps a container from running for good, None where nothing does."""
    waiting = (status.get("state") or {}).get("waiting") or {}
    reason, said = waiting.get("reason"), waiting.get("message") or ""
    named = pod["metadata"]["name"]
    if reason in _IMAGE:
        evidence = (f"pod {named}, image {status.get('image')}", *([said] if said else []))
        mend = "minixdr-deploy status  # is the digest in the registry, may the nodes pull it?"
        return Trouble(
            Problem("image-pull", f"{component}: the image cannot be pulled", evidence, mend),
            named,
            status["name"],
            passing=True,
        )
    if reason in _CONFIG:
        evidence = (f"pod {named}, container {status['name']}: {reason}", *([said] if said else []))
        mend = "minixdr-deploy secrets sync" if "secret" in said else _describe(pod, f"pod {named}")
        return Trouble(
            Problem("container-config", f"{component}: a container cannot be made", evidence, mend),
            named,
            status["name"],
            passing=True,
        )
    if reason == "CrashLoopBackOff" and int(status.get("restartCount") or 0) >= 1:
        ended = (status.get("lastState") or {}).get("terminated") or {}
        evidence = (
            f"pod {named}, container {status['name']}: ended {int(status['restartCount'])} times or more",
            f"last exit code {ended.get('exitCode')}, reason {ended.get('reason')}{': ' + ended['message'] if ended.get('message') else ''}",
        )
        problem = Problem(
            "crash-loop",
            f"{component}: a container ends again and again",
            evidence,
            f"minixdr-deploy logs {component} --previous",
        )
        return Trouble(problem, named, status["name"])
    return None


def _condition_trouble(deployment: Object) -> Trouble | None:
    name = deployment["metadata"]["name"]
    conditions = {one["type"]: one for one in (deployment.get("status") or {}).get("conditions") or ()}
    progressing = conditions.get("Progressing") or {}
    if progressing.get("status") == "False" and progressing.get("reason") == "ProgressDeadlineExceeded":
        seconds = deployment["spec"].get("progressDeadlineSeconds", 600)
        evidence = (str(progressing.get("message")),)
        return Trouble(
            Problem(
                "progress-deadline",
                f"{name}: no new pod became ready in {seconds} s",
                evidence,
                f"minixdr-deploy logs {name}",
            )
        )
    failure = conditions.get("ReplicaFailure") or {}
    if failure.get("status") == "True":
        problem = Problem(
            "pods-refused",
            f"{name}: the cluster does not accept its pods",
            (str(failure.get("message")),),
            _describe(deployment, f"replicaset -l app.kubernetes.io/component={name}"),
        )
        return Trouble(problem, passing=True)
    return None


def _describe(item: Object, what: str) -> str:
    return f"kubectl -n {item['metadata'].get('namespace', 'default')} describe {what}"


def _current(deployment: Object, replica_sets: Objects) -> Object | None:
    revision = (deployment["metadata"].get("annotations") or {}).get(_REVISION)
    mine = _sets_of(deployment, replica_sets)
    return next((one for one in mine if (one["metadata"].get("annotations") or {}).get(_REVISION) == revision), None)


def _sets_of(deployment: Object, replica_sets: Objects) -> Objects:
    return [one for one in replica_sets if _owner(one) == deployment["metadata"]["uid"]]


def _statuses(pod: Object) -> list[dict[str, Any]]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _owner(item: Object) -> str | None:
    owners = item["metadata"].get("ownerReferences") or ()
    return next((str(one["uid"]) for one in owners if one.get("controller")), None)


def _ending(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]
