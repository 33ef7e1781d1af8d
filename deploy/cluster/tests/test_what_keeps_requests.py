"""The same load without the readiness gate or without preStop fails requests: so the test of a ship can fail, and both are needed."""

import time

import pytest

from conftest import Site, say
from minixdr_cluster import rollouts
from minixdr_cluster.cluster import NAMESPACE
from minixdr_cluster.load import Result

_LABEL = "elbv2.k8s.aws/pod-readiness-gate-inject"
_DEPLOYMENTS = ("backend", "frontend")
_SLOW_SECONDS = (25.0, 30.0)
"""From a running pod to its registration, as when AWS throttles the controller's calls."""


def _restart_under_load(site: Site, name: str) -> Result:
    """Replace all pods, one after the other, under load."""
    with site.load(name) as load:
        time.sleep(3)
        site.cluster.kubectl("rollout", "restart", *(f"deployment/{each}" for each in _DEPLOYMENTS))
        rollouts.rolled_out(site.cluster, _DEPLOYMENTS)
        rollouts.no_pod_is_leaving(site.cluster)
        time.sleep(max(_SLOW_SECONDS) if site.cluster.load_balancer.register_seconds == _SLOW_SECONDS else 3)
    assert load.result is not None
    say(f"{name}: {load.result.line()}")
    return load.result


def _pre_stop(site: Site, value: object) -> None:
    """Set or take away the sleep of both Deployments, and wait for their pods."""
    for deployment in _DEPLOYMENTS:
        container = {"backend": "api", "frontend": "web"}[deployment]
        patch = {"spec": {"template": {"spec": {"containers": [{"name": container, "lifecycle": value}]}}}}
        site.cluster.patch(f"deployment/{deployment}", patch)
    rollouts.rolled_out(site.cluster, _DEPLOYMENTS)
    rollouts.no_pod_is_leaving(site.cluster)


@pytest.fixture
def as_it_was(shipped: Site):  # type: ignore[no-untyped-def]
    """Put back what a test took away."""
    yield shipped
    shipped.cluster.load_balancer.register_seconds = (1.0, 5.0)
    shipped.cluster.kubectl("label", "namespace", NAMESPACE, f"{_LABEL}=enabled", "--overwrite")
    _pre_stop(shipped, {"preStop": {"sleep": {"seconds": 30}}})
    shipped.cluster.kubectl("rollout", "restart", *(f"deployment/{each}" for each in _DEPLOYMENTS))
    rollouts.rolled_out(shipped.cluster, _DEPLOYMENTS)
    rollouts.no_pod_is_leaving(shipped.cluster)


def test_without_pre_stop_requests_fail(as_it_was: Site) -> None:
    """A pod that ends at once gets requests for as long as the load balancer does not know."""
    _pre_stop(as_it_was, None)
    assert _restart_under_load(as_it_was, "without-pre-stop").failed > 0


def test_with_slow_registration_the_gate_keeps_requests(shipped: Site) -> None:
    """With the gate old pods stay until new targets are healthy, however long that takes."""
    shipped.cluster.load_balancer.register_seconds = _SLOW_SECONDS
    try:
        result = _restart_under_load(shipped, "slow-with-gate")
    finally:
        shipped.cluster.load_balancer.register_seconds = (1.0, 5.0)
    assert result.failed == 0, result.failures[:10]


def test_without_the_gate_requests_fail(as_it_was: Site) -> None:
    """Without it old pods end while the load balancer has no new target."""
    as_it_was.cluster.load_balancer.register_seconds = _SLOW_SECONDS
    as_it_was.cluster.kubectl("label", "namespace", NAMESPACE, f"{_LABEL}-")
    assert _restart_under_load(as_it_was, "without-gate").failed > 0
