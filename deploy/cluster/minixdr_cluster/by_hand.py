"""A rollout with kubectl alone, for trying the manifests themselves: with and without what keeps requests from failing."""

import json
from collections.abc import Callable
from typing import Any

import yaml

from minixdr_cluster.client import Object
from minixdr_cluster.cluster import Cluster
from minixdr_cluster.installation import Installation
from minixdr_cluster.releases import Release

Change = Callable[[Object], None]


def objects(installation: Installation, release: Release, change: Change | None = None) -> list[Object]:
    """Return what the overlay renders for a release; `change` is given each object."""
    text = installation.cluster.kubectl("kustomize", str(installation.folder / "overlay"))
    found = [each for each in yaml.safe_load_all(text) if each]
    for value in found:
        if value["kind"] == "Ingress":
            value["metadata"]["annotations"]["alb.ingress.kubernetes.io/inbound-cidrs"] = ",".join(installation.allowed)
        template = value.get("spec", {}).get("template", {})
        for container in _containers(template):
            image = {"mini-xdr-backend": release.backend, "mini-xdr-frontend": release.frontend}.get(container["image"])
            if image is not None:
                container["image"] = image.reference
                for each in container.get("env") or []:
                    if each["name"] == "MINIXDR_IMAGE_DIGEST":
                        each["value"] = image.digest
        if change is not None:
            change(value)
    return found


def migrate(cluster: Cluster, found: list[Object], name: str) -> None:
    """Run the migration Job and wait for it. Raises TimeoutError."""
    job = next(each for each in found if each["kind"] == "Job" and each["metadata"]["name"] == "migrate")
    cluster.apply(job | {"metadata": job["metadata"] | {"name": name}})

    def done() -> bool:
        status = json.loads(cluster.kubectl("get", "job", name, "-o", "json")).get("status", {})
        if status.get("failed", 0) > 1:
            raise AssertionError(cluster.kubectl("logs", f"job/{name}", check=False))
        return bool(status.get("succeeded"))

    cluster.wait(f"job {name}", done, 90)


def apply(
    cluster: Cluster, found: list[Object], *, kinds: tuple[str, ...] = (), without: tuple[str, ...] = ("Job",)
) -> None:
    """Apply the objects, in the order in which pods find what they need."""
    order = ("Namespace", "PriorityClass", "ServiceAccount", "ConfigMap", "Service", "Ingress")
    chosen = [each for each in found if (not kinds or each["kind"] in kinds) and each["kind"] not in without]
    cluster.apply(sorted(chosen, key=lambda each: order.index(each["kind"]) if each["kind"] in order else len(order)))


def rolled_out(
    cluster: Cluster, names: tuple[str, ...] = ("backend", "worker", "frontend"), seconds: float = 240
) -> float:
    """Wait until the Deployments are. Return the seconds that it took. Raises TimeoutError."""

    def done() -> bool:
        return all(_is_out(each) for each in cluster.objects("deployments") if each["metadata"]["name"] in names)

    return cluster.wait("rollout", done, seconds)


def no_pod_is_leaving(cluster: Cluster, seconds: float = 120) -> float:
    """Wait until pods that end have ended. Return the seconds that it took. Raises TimeoutError."""
    return cluster.wait(
        "pods that end",
        lambda: not any(each["metadata"].get("deletionTimestamp") for each in cluster.objects("pods")),
        seconds,
    )


def without_pre_stop(value: Object) -> None:
    """Take the sleep before the end away."""
    for container in _containers(value.get("spec", {}).get("template", {})):
        container.pop("lifecycle", None)


def _containers(template: dict[str, Any]) -> list[dict[str, Any]]:
    spec = template.get("spec", {})
    return [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]


def _is_out(deployment: Object) -> bool:
    status, wanted = deployment.get("status", {}), deployment["spec"]["replicas"]
    seen = status.get("observedGeneration") == deployment["metadata"]["generation"]
    counts = (status.get("updatedReplicas"), status.get("availableReplicas"), status.get("replicas"))
    return seen and counts == (wanted, wanted, wanted)
