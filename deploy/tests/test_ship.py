"""The ways of a ship: to its end, or back to what ran before."""

import json

import pytest

from conftest import Deployment, interrupting, release
from minixdr_deploy import lock, plan, record
from minixdr_deploy.kube.errors import KubeError
from minixdr_deploy.plan import State, Wanted
from minixdr_deploy.problem import DeployError, Problem
from minixdr_deploy.ship import Ship

ONE, TWO = release(1), release(2)


def digest(number: int) -> str:
    return release(number).backend_digest


def test_a_ship_does_its_steps_in_order_and_notes_them(deployment: Deployment) -> None:
    assert deployment.ship(ONE).outcome == "shipped"
    deployment.kube.changes.clear()
    shipped = deployment.ship(TWO)
    assert (shipped.outcome, shipped.exit_status, shipped.problem) == ("shipped", 0, None)
    changes = [one for one in deployment.kube.changes if not one.startswith("apply configmap/minixdr-deploy")]
    first = changes.index
    assert first("sync secrets") < first("apply ingress/mini-xdr") < first("create job/migrate-222222222222")
    assert (
        first("create job/migrate-222222222222")
        < first("apply deployment/backend")
        < first("apply deployment/frontend")
    )
    assert {deployment.running(name) for name in ("backend", "worker", "frontend")} == {digest(2)}
    kept = record.read(deployment.kube)
    assert kept is not None
    assert (kept.release, kept.previous, kept.state) == (TWO, ONE, "shipped")
    newest = record.history(deployment.kube)[0]
    assert (newest.from_release, newest.to_release, newest.outcome) == (ONE.id, TWO.id, "shipped")
    assert newest.by == "arn:aws:iam::123456789012:user/ann"
    assert [step.name for step in newest.steps if step.outcome == "done"] == [
        "preflight", "secrets", "prepare", "migrate", "rollout-backend", "rollout-frontend", "verify",
    ]  # fmt: skip
    assert lock.describe(deployment.kube.find("lease", "minixdr-deploy"), deployment.world.now()) is None


def test_what_preflight_finds_stops_before_anything_is_changed(deployment: Deployment) -> None:
    deployment.problems["preflight"] = (Problem("quota", "no pods left"), Problem("x", "another"))
    shipped = deployment.ship(ONE)
    assert (shipped.outcome, shipped.exit_status) == ("failed", 1)
    assert shipped.problem is not None
    assert "no pods left" in shipped.problem.title
    assert "also: another" in shipped.problem.evidence
    assert ("deployment", "backend") not in deployment.kube.objects
    assert record.read(deployment.kube) is None


def test_objects_that_the_cluster_would_refuse_stop_it_before_anything_is_changed(deployment: Deployment) -> None:
    deployment.ship(ONE)
    deployment.kube.changes.clear()
    deployment.kube.refused_kind = "Ingress"
    shipped = deployment.ship(TWO)
    assert (shipped.outcome, shipped.exit_status) == ("failed", 1)
    assert deployment.kube.changes == ["sync secrets", "apply configmap/minixdr-deploy-history"]


def test_a_migration_that_fails_leaves_the_release_before(deployment: Deployment) -> None:
    deployment.ship(ONE)
    deployment.kube.failing_jobs[digest(2)] = 2
    deployment.kube.log = "column exists\n"
    shipped = deployment.ship(TWO)
    assert (shipped.outcome, shipped.exit_status) == ("rolled back", 1)
    assert shipped.problem is not None
    assert shipped.problem.id == "migration-failed"
    assert "| column exists" in shipped.problem.evidence
    assert deployment.running("backend") == digest(1)
    assert record.read(deployment.kube).release == ONE  # type: ignore[union-attr]


def test_a_failed_migration_is_run_again(deployment: Deployment) -> None:
    deployment.ship(ONE)
    deployment.kube.failing_jobs[digest(2)] = 2
    deployment.ship(TWO)
    deployment.kube.failing_jobs.clear()
    assert deployment.ship(TWO).outcome == "shipped"


def test_pods_that_crash_bring_the_release_before_back(deployment: Deployment) -> None:
    deployment.ship(ONE)
    deployment.kube.crashing.add(digest(2))
    shipped = deployment.ship(TWO)
    assert (shipped.outcome, shipped.exit_status) == ("rolled back", 1)
    assert shipped.problem is not None
    assert shipped.problem.id == "crash-loop"
    assert {deployment.running(name) for name in ("backend", "worker", "frontend")} == {digest(1)}
    assert shipped.steps[-1].name == "rollback"
    assert record.history(deployment.kube)[0].outcome == "rolled back"


def test_going_back_takes_settings_along_but_not_addresses(deployment: Deployment) -> None:
    deployment.ship(ONE)
    kept = record.read(deployment.kube)
    assert kept is not None
    old = json.loads(json.dumps(kept.manifests))
    for item in old:
        if item["kind"] == "Ingress":
            item["metadata"]["annotations"]["alb.ingress.kubernetes.io/inbound-cidrs"] = "198.51.100.0/24"
        if item["kind"] == "ConfigMap":
            item["data"]["MINIXDR_PORT"] = "9999"
    record.write(deployment.kube, record.Record(kept.release, "shipped", kept.at, kept.by, tuple(old)))
    deployment.kube.crashing.add(digest(2))
    assert deployment.ship(TWO).outcome == "rolled back"
    ingress = deployment.kube.objects["ingress", "mini-xdr"]
    assert ingress["metadata"]["annotations"]["alb.ingress.kubernetes.io/inbound-cidrs"] == "203.0.113.0/24"
    assert deployment.kube.objects["configmap", "mini-xdr-config"]["data"]["MINIXDR_PORT"] == "9999"


def test_a_release_before_that_no_longer_serves_the_schema_is_not_gone_back_to(deployment: Deployment) -> None:
    deployment.ship(ONE)
    deployment.kube.crashing.add(digest(2))
    deployment.kube.refusing[digest(1)] = 1
    shipped = deployment.ship(TWO)
    assert (shipped.outcome, shipped.exit_status) == ("half", 4)
    assert shipped.rollback_problem is not None
    assert shipped.rollback_problem.id == "schema-out-of-range"


def test_what_verify_finds_anew_goes_back_and_what_was_there_before_does_not(deployment: Deployment) -> None:
    deployment.ship(ONE)
    old, new = Problem("certificate-expiring", "expires"), Problem("image-mismatch", "another digest runs")
    deployment.problems |= {"doctor": (old,), "verify": (old,)}
    assert deployment.ship(TWO).outcome == "shipped"
    assert any("was there before this ship: expires" in line for line in deployment.said)
    deployment.problems["verify"] = (old, new)
    shipped = deployment.ship(release(3))
    assert shipped.outcome == "rolled back"
    assert shipped.problem is not None
    assert shipped.problem.id == "image-mismatch"
    assert deployment.running("backend") == digest(2)


@pytest.mark.parametrize(
    ("at", "outcome", "running"),
    [
        ("sync secrets", "shipped", 2),  # not a change of the cluster: the hook is not called
        ("apply ingress/mini-xdr", "rolled back", 1),
        ("create job/migrate-222222222222", "rolled back", 1),
        ("apply deployment/worker", "rolled back", 1),
        ("apply deployment/frontend", "rolled back", 1),
    ],
)
def test_an_interrupt_leaves_one_release_and_no_lock(
    deployment: Deployment, at: str, outcome: str, running: int
) -> None:
    deployment.ship(ONE)
    deployment.kube.on_change = interrupting(at)
    shipped = deployment.ship(TWO)
    assert shipped.outcome == outcome
    assert shipped.exit_status == (0 if outcome == "shipped" else 130)
    assert {deployment.running(name) for name in ("backend", "worker", "frontend")} == {digest(running)}
    assert lock.describe(deployment.kube.find("lease", "minixdr-deploy"), deployment.world.now()) is None


def test_a_second_interrupt_leaves_it_half_says_so_and_rollback_mends_it(deployment: Deployment) -> None:
    deployment.ship(ONE)
    deployment.kube.on_change = lambda change: _raise() if change.startswith("apply deployment/") else None
    shipped = deployment.ship(TWO)
    assert (shipped.outcome, shipped.exit_status) == ("half", 4)
    kept = record.read(deployment.kube)
    assert kept is not None
    assert (kept.state, kept.release, kept.previous) == ("rolling-out", TWO, ONE)
    deployment.kube.on_change = lambda change: None
    deployment.kube.crashing.add(digest(2))
    assert deployment.ship(TWO).outcome == "rolled back"
    assert deployment.running("backend") == digest(1)


def test_a_fault_of_the_program_itself_goes_back_too_and_is_noted(deployment: Deployment) -> None:
    deployment.ship(ONE)
    faulty = ["apply deployment/worker"]

    def fault(change: str) -> None:
        if change in faulty:
            faulty.remove(change)
            raise ZeroDivisionError

    deployment.kube.on_change = fault
    shipped = deployment.ship(TWO)
    assert (shipped.outcome, shipped.exit_status) == ("rolled back", 1)
    assert shipped.problem is not None
    assert shipped.problem.id == "internal-error"
    assert any("ZeroDivisionError" in line for line in shipped.problem.evidence)
    assert deployment.running("backend") == digest(1)
    assert record.history(deployment.kube)[0].outcome == "rolled back"


def test_that_a_leftover_cannot_be_deleted_takes_no_release_back(deployment: Deployment) -> None:
    deployment.ship(ONE)
    kept = record.read(deployment.kube)
    assert kept is not None
    old = {"kind": "NetworkPolicy", "metadata": {"name": "old"}}
    deployment.kube.apply([old])
    record.write(deployment.kube, record.Record(kept.release, "shipped", kept.at, kept.by, (*kept.manifests, old)))

    def refuse(change: str) -> None:
        if change == "delete networkpolicy/old":
            raise KubeError(Problem("kube-forbidden", "may not be deleted"))

    deployment.kube.on_change = refuse
    assert deployment.ship(TWO).outcome == "shipped"
    assert any("could not be deleted: may not be deleted" in line for line in deployment.said)


def test_the_first_ship_has_nothing_to_go_back_to(deployment: Deployment) -> None:
    deployment.kube.crashing.add(digest(1))
    shipped = deployment.ship(ONE)
    assert (shipped.outcome, shipped.exit_status) == ("half", 4)
    deployment.kube.crashing.clear()
    assert deployment.ship(ONE).outcome == "shipped"


def _raise() -> None:
    raise KeyboardInterrupt


def test_what_is_no_longer_part_of_the_release_is_deleted_but_nothing_with_targets_or_data(
    deployment: Deployment,
) -> None:
    deployment.ship(ONE)
    kept = record.read(deployment.kube)
    assert kept is not None
    policy = {"kind": "NetworkPolicy", "metadata": {"name": "old"}}
    service = {"kind": "Service", "metadata": {"name": "old"}}
    deployment.kube.apply([policy, service])
    record.write(
        deployment.kube, record.Record(kept.release, "shipped", kept.at, kept.by, (*kept.manifests, policy, service))
    )
    deployment.ship(TWO)
    assert ("networkpolicy", "old") not in deployment.kube.objects
    assert ("service", "old") in deployment.kube.objects
    assert any("Service/old is no longer part of the release and was left" in line for line in deployment.said)


def test_a_plan_that_is_overtaken_is_refused(deployment: Deployment) -> None:
    deployment.ship(ONE)
    made = plan.plan(Wanted(TWO.id, TWO.backend_image, TWO.frontend_image, 2), State(release(3), release(3), "shipped"))
    ship = Ship(deployment.world, made, "arn", deployment.looks(), lambda _: None, lambda: TWO)
    with pytest.raises(DeployError, match="since the plan was made"):
        ship.run()
