"""`minixdr-deploy ship` on a real control plane, under load: nothing fails, nothing is lost, and what cannot be shipped goes back by itself."""

import time

import pytest

from conftest import Site, say
from minixdr_cluster import rollouts
from minixdr_cluster.installation import Ran
from minixdr_cluster.load import Result

_MOST_OWN_SECONDS = 120.0
"""A ship's own waiting; how long pods take to end is apart."""
_SETTLE_SECONDS = 5.0


def _account(name: str, ran: Ran, result: Result | None) -> Result:
    assert result is not None
    say(f"{name}: exit status {ran.status} after {ran.seconds:.0f} s; {result.line()}")
    return result


def _nothing_is_lost(site: Site, result: Result) -> None:
    """Each acknowledged record has a receipt and is an event."""
    kept = site.installation.kept(result.batches)
    until = time.monotonic() + 60
    while kept["events"] < result.acknowledged and time.monotonic() < until:
        time.sleep(1)
        kept = site.installation.kept(result.batches)
    assert (kept["received"], kept["events"], kept["unaccounted"]) == (result.acknowledged, result.acknowledged, 0)


def _versions(site: Site) -> set[str]:
    return {each["metadata"]["labels"]["app.kubernetes.io/version"] for each in site.cluster.objects("deployments")}


def test_the_first_ship_installs(shipped: Site) -> None:
    """On an empty cluster everything is there afterwards, and each pod behind the load balancer has its gate."""
    ran = shipped.installation.deploy("status", "--output", "json")
    assert ran.status == 0, str(ran)
    for pod in shipped.cluster.objects("pods", "-l", "app.kubernetes.io/component in (backend, frontend)"):
        assert pod["spec"].get("readinessGates"), f"{pod['metadata']['name']} has no gate"


@pytest.mark.parametrize("run", [1, 2, 3])
def test_a_ship_with_a_schema_change_fails_no_request_and_loses_no_event(shipped: Site, run: int) -> None:
    """From N to N+1, whose migration adds a column, while people read and logs arrive."""
    release = shipped.release(shipped.shipped + 1)
    with shipped.load(f"ship-{run}") as load:
        time.sleep(_SETTLE_SECONDS)
        ran = shipped.installation.ship(release, "--output", "json")
        rollouts.no_pod_is_leaving(shipped.cluster)
        time.sleep(_SETTLE_SECONDS)
    result = _account(f"ship {run} of 3", ran, load.result)
    assert ran.status == 0, str(ran)
    shipped.shipped += 1
    say(", ".join(f"{each['name']} {each['seconds']:.0f} s" for each in ran.json["steps"] if each["seconds"] > 0.5))
    assert result.failed == 0, result.failures[:10]
    assert result.requests > 1_000, "there was hardly any load"
    assert result.versions.get(f"minixdr {release.version}"), "the new release was never asked"
    _nothing_is_lost(shipped, result)
    assert _versions(shipped) == {release.version}
    assert ran.seconds <= _MOST_OWN_SECONDS


def test_an_image_that_cannot_be_pulled_goes_back_by_itself(shipped: Site) -> None:
    """The digest is in ECR, but no node gets it: the release before runs on and no request fails."""
    before = _versions(shipped)
    release = shipped.release(shipped.shipped + 1)
    shipped.cluster.images.forget(release.backend)
    with shipped.load("bad-image") as load:
        ran = shipped.installation.ship(release, "--output", "json")
        rollouts.no_pod_is_leaving(shipped.cluster)
    shipped.cluster.images.add(release.backend)
    result = _account("bad image", ran, load.result)
    assert ran.status == 1
    assert ran.json["outcome"] == "rolled back", str(ran)
    assert ran.json["problem"]["id"] == "image-pull", str(ran)
    assert result.failed == 0, result.failures[:10]
    _nothing_is_lost(shipped, result)
    assert _versions(shipped) == before


def test_a_migration_that_fails_goes_back_by_itself(shipped: Site) -> None:
    """No pod of the new release was started, and the schema is as it was."""
    before = _versions(shipped)
    with shipped.load("failing-migration") as load:
        ran = shipped.installation.ship(shipped.failing_migration(), "--output", "json")
        rollouts.no_pod_is_leaving(shipped.cluster)
    result = _account("failing migration", ran, load.result)
    assert ran.status == 1
    assert ran.json["outcome"] == "rolled back", str(ran)
    assert "name" in str(ran.json["problem"]), "the reason that PostgreSQL gave is not told"
    assert result.failed == 0, result.failures[:10]
    _nothing_is_lost(shipped, result)
    assert _versions(shipped) == before


def test_a_pod_that_never_gets_ready_goes_back_by_itself(shipped: Site) -> None:
    """The rollout is given up and the release before runs on; old pods were never taken away."""
    before = _versions(shipped)
    with shipped.load("never-ready") as load:
        ran = shipped.installation.ship(shipped.never_ready(), "--rollout-timeout", "45", "--output", "json")
        rollouts.no_pod_is_leaving(shipped.cluster)
    result = _account("never ready", ran, load.result)
    assert ran.status == 1
    assert ran.json["outcome"] == "rolled back", str(ran)
    assert result.failed == 0, result.failures[:10]
    _nothing_is_lost(shipped, result)
    assert _versions(shipped) == before


def test_a_second_operator_is_refused_while_one_ships(shipped: Site) -> None:
    """Who holds the lock is said; nothing is changed."""
    held = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "minixdr-deploy", "namespace": "mini-xdr"},
        "spec": {
            "holderIdentity": "arn:aws:iam::123456789012:user/somebody",
            "leaseDurationSeconds": 600,
            "renewTime": time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime()),
        },
    }
    shipped.cluster.apply(held)
    try:
        ran = shipped.installation.ship(shipped.release(shipped.shipped), "--output", "json")
        assert ran.status == 5, str(ran)
        assert "somebody" in ran.output + ran.errors
    finally:
        shipped.cluster.kubectl("delete", "lease", "minixdr-deploy")
