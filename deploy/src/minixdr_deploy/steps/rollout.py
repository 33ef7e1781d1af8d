"""Rolling Deployments out: apply, watch until each new pod is available, or say why that will not be."""

import time
from collections.abc import Callable, Sequence

from minixdr_deploy.kube.errors import KubeError, UnreachableError
from minixdr_deploy.kube.kubectl import Kubectl, Object
from minixdr_deploy.kube.labels import APP, COMPONENT, NAME
from minixdr_deploy.problem import DeployError, Problem
from minixdr_deploy.say import Say
from minixdr_deploy.steps.progress import Progress, Trouble, judge, waiting_for

_EVERY_SECONDS = 1.0
_GRACE_SECONDS = 15.0
"""Trouble that may pass by itself is given up on after this long: a second try of the kubelet is within it."""
_AWAY_SECONDS = 60.0
"""An API server that is being replaced is back within this."""
_REPEAT_SECONDS = 15.0
"""The same line is shown again after this long, so that one sees that we still look."""
_LOG_LINES = 10
_LOG_WIDTH = 300
"""Of a line of JSON with a traceback in it the beginning says enough; `logs` shows all."""


class RolloutError(DeployError):
    """The new pods do not become available."""


def apply_and_watch(
    kube: Kubectl, deployments: Sequence[Object], say: Say, *, seconds: float, before: Callable[[], None] = lambda: None
) -> None:
    """Apply Deployments together and wait until all their pods are new and available. `before` may raise, to refuse the change.

    Raises RolloutError after `seconds`, or as soon as it is clear that it will not be; KubeError.
    """
    before()
    kube.apply(deployments)
    watch(kube, [item["metadata"]["name"] for item in deployments], say, seconds=seconds)


def watch(kube: Kubectl, names: Sequence[str], say: Say, *, seconds: float) -> None:
    """Wait until all pods of the Deployments are new and available. Raises RolloutError, KubeError."""
    began = time.monotonic()
    shown: dict[str, tuple[str, float]] = {}
    trouble_since: dict[str, float] = {}
    away_since: float | None = None
    while True:
        now = time.monotonic()
        try:
            progress = look(kube, names)
            away_since = None
        except UnreachableError:
            away_since = away_since or now
            if now - away_since > _AWAY_SECONDS:
                raise
            say("the cluster does not answer; trying again")
            time.sleep(_EVERY_SECONDS)
            continue
        for name, one in progress.items():
            line, at = shown.get(name, ("", 0.0))
            if line != one.line or (now - at > _REPEAT_SECONDS and not one.done):
                say(one.line)
                shown[name] = (one.line, now)
            _give_up(kube, name, one, trouble_since, now)
        if all(one.done for one in progress.values()):
            return
        if now - began > seconds:
            late = [one.line for one in progress.values() if not one.done]
            problem = Problem(
                "rollout-late", f"the rollout was not done in {seconds:.0f} s", tuple(late), "minixdr-deploy status"
            )
            raise RolloutError(problem)
        time.sleep(_EVERY_SECONDS)


def look(kube: Kubectl, names: Sequence[str]) -> dict[str, Progress]:
    """Return where each Deployment stands. Raises KubeError; RolloutError where one is not there."""
    found = look_all(kube)
    gone = [name for name in names if name not in found]
    if gone:
        raise RolloutError(
            Problem(
                "deployment-gone", f"there is no Deployment {', '.join(gone)} any more", mend="minixdr-deploy status"
            )
        )
    return {name: found[name] for name in names}


def look_all(kube: Kubectl) -> dict[str, Progress]:
    """Return where each Deployment of ours stands. Raises KubeError."""
    by_kind: dict[str, list[Object]] = {"Deployment": [], "ReplicaSet": [], "Pod": []}
    for item in kube.list("deployments,replicasets,pods", selector=f"{NAME}={APP}"):
        by_kind[item["kind"]].append(item)
    return {
        item["metadata"]["name"]: judge(item, by_kind["ReplicaSet"], by_kind["Pod"]) for item in by_kind["Deployment"]
    }


def _give_up(kube: Kubectl, name: str, progress: Progress, since: dict[str, float], now: float) -> None:
    trouble = progress.trouble
    if trouble is None:
        since.pop(name, None)
        return
    began = since.setdefault(name, now)
    if not trouble.passing or now - began > _GRACE_SECONDS:
        raise RolloutError(explained(kube, trouble, progress.waiting))


def explained(kube: Kubectl, trouble: Trouble, waiting: Sequence[str]) -> Problem:
    """Return the problem, with what the cluster noted of the pods and what the container wrote last, where that can be read."""
    problem = trouble.problem
    seen = list(problem.evidence)
    try:
        if trouble.pod is None:
            seen += _warnings(kube, waiting)
            seen += [
                f"| {line[:_LOG_WIDTH]}"
                for pod in waiting[:1]
                for line in kube.logs(pod, lines=_LOG_LINES).splitlines()
            ]
        elif trouble.container is not None and not trouble.passing:
            text = kube.logs(trouble.pod, container=trouble.container, lines=_LOG_LINES, previous=True)
            seen += [f"| {line[:_LOG_WIDTH]}" for line in text.splitlines()]
    except KubeError as error:
        seen.append(f"(more cannot be read: {error.problem.title})")
    return Problem(problem.id, problem.title, tuple(seen), problem.mend, problem.severity)


def _warnings(kube: Kubectl, pods: Sequence[str]) -> list[str]:
    """Return the newest warning about each pod, such as what a probe was answered."""
    found: dict[str, str] = {}
    for event in sorted(
        kube.list("events", fields="type=Warning"),
        key=lambda one: str(one.get("lastTimestamp") or one.get("eventTime")),
    ):
        about = event.get("involvedObject") or {}
        if about.get("kind") == "Pod" and about.get("name") in pods:
            found[about["name"]] = f"{about['name']}: {event.get('reason')}: {str(event.get('message'))[:300]}"
    return list(found.values())


def watch_stateful_set(kube: Kubectl, name: str, say: Say, *, seconds: float) -> None:
    """Wait until all pods of a StatefulSet are new and ready. Raises RolloutError, KubeError."""
    ends = time.monotonic() + seconds
    shown = ""
    while True:
        item = kube.get("statefulset", name)
        wanted, status = int(item["spec"].get("replicas", 1)), item.get("status") or {}
        seen = int(status.get("observedGeneration") or 0) >= int(item["metadata"]["generation"])
        ready, new = int(status.get("readyReplicas") or 0), int(status.get("updatedReplicas") or 0)
        line = f"{name}: {new} of {wanted} new, {ready} ready"
        if line != shown:
            say(line)
            shown = line
        if seen and ready == wanted and status.get("currentRevision") == status.get("updateRevision"):
            return
        if time.monotonic() > ends:
            mend = f"kubectl -n {kube.namespace} describe pods -l app.kubernetes.io/component={name}"
            raise RolloutError(Problem("rollout-late", f"{name} was not ready in {seconds:.0f} s", (line,), mend))
        time.sleep(_EVERY_SECONDS)


def replace_stuck(kube: Kubectl, name: str, say: Say) -> None:
    """Delete the pods of a StatefulSet that are not ready and not as they should be: its controller waits for them, it does not replace them.

    Kubernetes calls it a forced rollback (StatefulSet, "Forced rollback"). Raises KubeError.
    """

    def seen(item: Object) -> bool:
        return int((item.get("status") or {}).get("observedGeneration") or 0) >= int(item["metadata"]["generation"])

    wanted = kube.wait("statefulset", name, seen, seconds=_AWAY_SECONDS)["status"].get("updateRevision")
    for pod in kube.list("pods", selector=f"{NAME}={APP},{COMPONENT}={name}"):
        if waiting_for(pod) and pod["metadata"]["labels"].get("controller-revision-hash") != wanted:
            say(f"{pod['metadata']['name']} is stuck: it is made anew")
            kube.delete("pod", pod["metadata"]["name"], wait=False)
