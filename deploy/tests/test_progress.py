"""Where a rollout stands, and when to give it up."""

from typing import Any

import pytest

from minixdr_deploy.steps.progress import Progress, judge, waiting_for

GATE = "target-health.elbv2.k8s.aws/k8s-minixdr-backend-1"


def deployment(
    updated: int = 1, available: int = 2, replicas: int = 3, seen: int = 4, conditions: tuple[dict, ...] = ()
) -> dict[str, Any]:
    return {
        "metadata": {
            "name": "backend",
            "uid": "d",
            "generation": 4,
            "annotations": {"deployment.kubernetes.io/revision": "2"},
        },
        "spec": {"replicas": 2, "progressDeadlineSeconds": 300},
        "status": {
            "observedGeneration": seen,
            "updatedReplicas": updated,
            "availableReplicas": available,
            "replicas": replicas,
            "conditions": list(conditions),
        },
    }


def replica_set(revision: str) -> dict[str, Any]:
    owner = [{"controller": True, "uid": "d"}]
    meta = {"name": f"backend-{revision}", "uid": f"rs{revision}", "ownerReferences": owner}
    return {"metadata": {**meta, "annotations": {"deployment.kubernetes.io/revision": revision}}}


def pod(
    revision: str = "2", state: dict | None = None, conditions: dict[str, str] | None = None, **status: Any
) -> dict[str, Any]:
    container = {
        "name": "api",
        "image": f"r@sha256:{revision}",
        "restartCount": status.pop("restarts", 0),
        "state": state or {"running": {}},
        **status,
    }
    return {
        "metadata": {
            "name": f"backend-{revision}-x",
            "ownerReferences": [{"controller": True, "uid": f"rs{revision}"}],
        },
        "spec": {
            "readinessGates": [{"conditionType": GATE}],
            "containers": [{"name": "api", "image": f"r@sha256:{revision}"}],
        },
        "status": {
            "conditions": [{"type": key, "status": value} for key, value in (conditions or {}).items()],
            "containerStatuses": [container],
        },
    }


def judged(pods: list[dict], **how: Any) -> Progress:
    return judge(deployment(**how), [replica_set("1"), replica_set("2")], pods)


def test_it_is_done_when_every_pod_is_new_and_available_and_no_old_one_is_left() -> None:
    ready = pod(conditions={"Ready": "True"})
    assert judged([ready], updated=2, available=2, replicas=2).done
    assert not judged([ready], updated=2, available=2, replicas=3).done
    assert not judged([ready], updated=2, available=1, replicas=2).done


def test_before_the_controller_has_seen_the_change_nothing_is_concluded() -> None:
    crashed = pod(state={"waiting": {"reason": "CrashLoopBackOff"}}, restarts=5)
    late = judged([crashed], updated=2, available=2, replicas=2, seen=3)
    assert not late.done
    assert late.trouble is None


@pytest.mark.parametrize(
    ("state", "more", "kind", "passing"),
    [
        ({"waiting": {"reason": "CrashLoopBackOff"}}, {"restarts": 1}, "crash-loop", False),
        ({"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}, {}, "image-pull", True),
        (
            {"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "mini-xdr-secrets" not found'}},
            {},
            "container-config",
            True,
        ),
    ],
)
def test_a_container_that_will_never_run_is_told_with_what_the_kubelet_says(
    state: dict, more: dict, kind: str, passing: bool
) -> None:
    found = judged([pod(state=state, **more)]).trouble
    assert found is not None
    assert (found.problem.id, found.passing) == (kind, passing)
    if state["waiting"].get("message"):
        assert state["waiting"]["message"] in found.problem.evidence
    if kind == "container-config":
        assert found.problem.mend == "minixdr-deploy secrets sync"


def test_an_old_pod_in_trouble_is_not_blamed_on_the_new_release() -> None:
    assert judged([pod("1", state={"waiting": {"reason": "CrashLoopBackOff"}}, restarts=9)]).trouble is None


def test_one_restart_is_no_crash_loop() -> None:
    assert judged([pod(state={"running": {}}, restarts=1)]).trouble is None


def test_the_deadline_of_the_deployment_and_refused_pods_are_told() -> None:
    late = judged(
        [],
        conditions=(
            {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"},
        ),
    )
    assert late.trouble is not None
    assert (late.trouble.problem.id, late.trouble.passing) == ("progress-deadline", False)
    refused = judged([], conditions=({"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"},))
    assert refused.trouble is not None
    assert (refused.trouble.problem.id, refused.trouble.passing) == ("pods-refused", True)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (pod(conditions={"Ready": "True"}), ""),
        (pod(conditions={"PodScheduled": "False"}), "waits for a node"),
        (pod(conditions={"ContainersReady": "True"}), f"waits for its readiness gate {GATE}"),
        (pod(conditions={"ContainersReady": "False"}), "runs, waits for the probes of api"),
        (pod(state={"waiting": {"reason": "ContainerCreating"}}), "starts"),
        (pod(state={"waiting": {"reason": "ErrImagePull"}}), "api: ErrImagePull"),
    ],
)
def test_what_a_pod_waits_for_is_said(one: dict, said: str) -> None:
    assert waiting_for(one).startswith(said)
    assert bool(waiting_for(one)) == bool(said)
