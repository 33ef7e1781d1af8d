"""Waiting for rollouts, and for the pods that they took away."""

from minixdr_cluster.client import Object
from minixdr_cluster.cluster import Cluster


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


def _is_out(deployment: Object) -> bool:
    status, wanted = deployment.get("status", {}), deployment["spec"]["replicas"]
    seen = status.get("observedGeneration") == deployment["metadata"]["generation"]
    counts = (status.get("updatedReplicas"), status.get("availableReplicas"), status.get("replicas"))
    return seen and counts == (wanted, wanted, wanted)
