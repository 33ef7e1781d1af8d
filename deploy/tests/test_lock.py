"""Two operators cannot ship at once."""

import dataclasses
from datetime import timedelta

import pytest

from conftest import Deployment, release
from minixdr_deploy import lock


def test_who_comes_second_is_told_who_was_first(deployment: Deployment) -> None:
    with (
        lock.held(deployment.world, "arn:ann"),
        pytest.raises(lock.LockedError) as caught,
        lock.held(deployment.world, "arn:bob"),
    ):
        pass
    assert caught.value.exit_status == 5
    assert any("arn:ann" in line for line in caught.value.problem.evidence)


def test_it_is_free_after_an_error(deployment: Deployment) -> None:
    with pytest.raises(ZeroDivisionError), lock.held(deployment.world, "arn:ann"):
        raise ZeroDivisionError
    with lock.held(deployment.world, "arn:bob"):
        pass


def test_one_left_behind_is_taken_only_when_asked_for_and_only_when_expired(deployment: Deployment) -> None:
    lock._take(deployment.world, "arn:ann#1", None)
    with pytest.raises(lock.LockedError), lock.held(deployment.world, "arn:bob", break_lock=True):
        pass
    now = deployment.world.now()
    later = _at(deployment, now + timedelta(seconds=61))
    with pytest.raises(lock.LockedError) as caught, lock.held(later, "arn:bob"):
        pass
    assert caught.value.problem.id == "lock-left-behind"
    with lock.held(later, "arn:bob", break_lock=True, watch_seconds=0.01) as held:
        assert "arn:bob" in str(lock.describe(deployment.kube.find("lease", "minixdr-deploy"), later.now()))
        held.check()


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_one_that_is_renewed_is_not_broken_whatever_the_clocks_say(deployment: Deployment, seconds: int) -> None:
    lock._take(deployment.world, "arn:ann#1", None)
    ours = _at(deployment, deployment.world.now() + timedelta(seconds=seconds))
    with pytest.raises(lock.LockedError) as caught, lock.held(ours, "arn:bob"):
        pass
    assert caught.value.problem.id == "lock-left-behind"

    def renewed(_line: str) -> None:
        deployment.kube.replace(deployment.kube.get("lease", "minixdr-deploy"))

    watched = dataclasses.replace(ours, say=renewed)
    with (
        pytest.raises(lock.LockedError, match="changed while it was watched"),
        lock.held(watched, "arn:bob", break_lock=True, watch_seconds=0.01),
    ):
        pass
    with lock.held(ours, "arn:bob", break_lock=True, watch_seconds=0.01) as held:
        held.check()


def test_who_lost_it_does_not_release_the_others(deployment: Deployment) -> None:
    with lock.held(deployment.world, "arn:ann"):
        deployment.kube.objects["lease", "minixdr-deploy"]["spec"]["holderIdentity"] = "arn:bob#2"
    assert deployment.kube.objects["lease", "minixdr-deploy"]["spec"]["holderIdentity"] == "arn:bob#2"


def test_a_ship_is_refused_while_another_runs(deployment: Deployment) -> None:
    with lock.held(deployment.world, "arn:bob"), pytest.raises(lock.LockedError):
        deployment.ship(release(1))
    assert ("deployment", "backend") not in deployment.kube.objects


def _at(deployment: Deployment, moment):
    return dataclasses.replace(deployment.world, now=lambda: moment)
