"""Objects as a real kube-apiserver (1.37) gave them during a rollout of an image that cannot be pulled, read into the values that are judged."""

import json
from pathlib import Path
from typing import Any

import pytest

from minixdr_deploy.kube.errors import ForbiddenError, NotFoundError, UnreachableError
from minixdr_deploy.observe import cluster, cluster_objects
from minixdr_deploy.observe.observed import NotKnown
from minixdr_deploy.problem import Problem

OBJECTS: dict[str, Any] = json.loads((Path(__file__).parent / "samples/objects.json").read_text("utf-8"))


def test_a_pod_that_serves():
    pod = cluster_objects.pod(OBJECTS["pods"][0])
    assert (pod.component, pod.phase, pod.ready, pod.leaving) == ("backend", "Running", True, False)
    assert [gate.partition("/")[0] for gate in pod.gates] == ["target-health.elbv2.k8s.aws"]
    models, api = pod.containers
    assert (models.name, models.init, models.state, models.exit_code) == ("models", True, "terminated", 0)
    assert (api.name, api.init, api.state, api.ready, api.pre_stop) == ("api", False, "running", True, True)
    assert api.env_digest == api.image.rpartition("@")[2]
    assert api.image_id.endswith(api.env_digest or "")
    assert pod.owner.startswith("backend-")
    assert pod.grace_seconds == 75


def test_a_pod_whose_image_cannot_be_pulled():
    pod = cluster_objects.pod(OBJECTS["pods"][1])
    (api,) = (each for each in pod.containers if each.name == "api")
    assert not pod.ready
    assert (api.state, api.reason) == ("waiting", "ImagePullBackOff")
    assert "Back-off pulling image" in api.message


def test_a_deployment_in_a_rollout():
    found = cluster_objects.deployment(OBJECTS["deployments"][0])
    assert (found.name, found.kind, found.replicas, found.updated, found.total, found.current) == (
        "backend",
        "Deployment",
        2,
        1,
        3,
        True,
    )
    assert (found.max_unavailable, found.max_surge, found.pre_stop, found.grace_seconds) == ("0", "1", True, 75)
    assert found.images["api"].endswith("0" * 64)
    assert found.release
    available = found.condition("Available")
    assert available is not None
    assert available.status == "True"


def test_a_stateful_set_that_is_done_has_no_old_pods():
    found = cluster_objects.deployment(OBJECTS["statefulsets"][0])
    assert (found.name, found.kind, found.replicas, found.updated, found.ready) == ("nats", "StatefulSet", 3, 3, 3)


def test_the_ingress_and_what_belongs_to_it():
    ingress = cluster_objects.ingress(OBJECTS["ingresses"][0])
    assert ingress.class_name == "alb"
    assert ingress.address
    assert {(route.path, route.service, route.port) for route in ingress.routes} >= {
        ("/", "frontend", 3000),
        ("/api", "backend", 8000),
    }
    service = cluster_objects.service(OBJECTS["services"][0], OBJECTS["endpointslices"])
    assert (service.name, service.ports, len(service.ready)) == ("backend", (8000,), 2)
    assert cluster_objects.service(OBJECTS["services"][0], []).ready == ()
    assert {binding.service for binding in map(cluster_objects.binding, OBJECTS["targetgroupbindings"])} == {
        "backend",
        "frontend",
    }


def test_the_rest():
    assert cluster_objects.node(OBJECTS["nodes"][0]).true("Ready")
    assert cluster_objects.job(OBJECTS["jobs"][0]).state == "complete"
    assert cluster_objects.budget(OBJECTS["poddisruptionbudgets"][0]).component == "backend"
    assert cluster_objects.controller(OBJECTS["controllers"]) is not None
    assert [each.name for each in cluster_objects.webhooks(OBJECTS["webhooks"])] == ["mpod.elbv2.k8s.aws"]
    assert {cluster_objects.event(each).object.partition("/")[0] for each in OBJECTS["events"]} <= {
        "Pod",
        "Deployment",
        "Ingress",
        "Node",
    }
    assert cluster_objects.controller([]) is None
    assert cluster_objects.webhooks([]) == ()


class OneByOne:
    """kubectl where kinds cannot be listed together, and some not at all."""

    namespace = "mini-xdr"

    def list(self, kinds: str) -> list[Any]:
        if "," in kinds or kinds == "events":
            raise ForbiddenError(
                Problem("kube-forbidden", "listing: the cluster does not permit it", ("events is forbidden",))
            )
        if kinds.startswith("targetgroupbindings"):
            raise NotFoundError(Problem("kube-not-found", "no such kind"))
        return OBJECTS["pods"] if kinds == "pods" else []


def test_a_kind_that_may_not_be_listed_is_not_known_and_the_others_are():
    found = cluster.in_namespace(OneByOne())  # type: ignore[arg-type]
    events = found["Event"]
    assert isinstance(events, NotKnown)
    assert (events.why, "events is forbidden" in events.reason) == ("denied", True)
    assert len(found["Pod"]) == 3 if isinstance(found["Pod"], list) else False
    assert found["TargetGroupBinding"] == []


def test_a_cluster_that_does_not_answer_is_not_asked_kind_by_kind():
    class Away:
        asked = 0

        def list(self, kinds: str) -> list[Any]:
            self.asked += 1
            raise UnreachableError(Problem("cluster-unreachable", "no answer"))

    away = Away()
    with pytest.raises(UnreachableError):
        cluster.in_namespace(away)  # type: ignore[arg-type]
    assert away.asked == 1


def test_a_secret_is_read_as_keys_sizes_and_version():
    note = cluster._secret("mini-xdr-secrets\tA=24 B=0 \tv1")
    assert (note.name, note.keys, note.empty, note.version) == ("mini-xdr-secrets", ("A", "B"), ("B",), "v1")
    assert cluster._secret("other\t\t") == cluster.SecretNote("other", ())
