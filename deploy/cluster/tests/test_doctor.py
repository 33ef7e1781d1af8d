"""`minixdr-deploy doctor` on the real control plane: silent on a healthy deployment, and each failure is found and mended by the command it names."""

import json
import time
from typing import Any

import pytest

from conftest import Site, say
from failures import FAILURES, Failure
from minixdr_cluster import rollouts
from minixdr_cluster.expired import expired_aws, expired_kubeconfig

_MOST_SECONDS = 10.0
_MENDED_SECONDS = 240.0


def _doctor(site: Site) -> dict[str, Any]:
    ran = site.installation.deploy("doctor", "--output", "json")
    assert ran.output, str(ran)
    return ran.json | {"exit_status": ran.status, "took": ran.seconds}


def _errors(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in told["problems"] if each.get("severity", "error") == "error"]


def _healthy(site: Site, seconds: float = _MENDED_SECONDS) -> dict[str, Any]:
    """Wait until nothing is wrong. Fails with what is."""
    until = time.monotonic() + seconds
    while True:
        told = _doctor(site)
        if told["exit_status"] == 0:
            return told
        assert not site.cluster.failures(), site.cluster.failures()
        assert time.monotonic() < until, f"{json.dumps(told, indent=1)}\n{site.cluster.state()}"
        time.sleep(2)


def test_a_healthy_deployment_has_no_finding(shipped: Site) -> None:
    """No false alarm, nothing that could not be looked at, in at most ten seconds."""
    rollouts.no_pod_is_leaving(shipped.cluster)
    _healthy(shipped)
    told = _doctor(shipped)
    say(f"doctor: {told['exit_status']} after {told['took']:.1f} s, not judged: {told['not_judged']}")
    assert told["problems"] == [], json.dumps(told["problems"], indent=1)
    assert told["took"] <= _MOST_SECONDS


def test_verify_says_that_what_runs_is_what_is_wanted(shipped: Site) -> None:
    """From digest to canary event."""
    ran = shipped.installation.deploy("verify", "--output", "json")
    assert ran.status == 0, str(ran)


@pytest.mark.parametrize("failure", FAILURES, ids=[each.name for each in FAILURES])
def test_a_failure_is_found_and_mended_by_the_command_it_names(shipped: Site, failure: Failure) -> None:
    """Made as it comes about; told first; gone when the command was pasted."""
    if shipped.shipped < 1:
        ran = shipped.installation.ship(shipped.release(1))
        assert ran.status == 0, str(ran)
        shipped.shipped = 1
    _healthy(shipped)
    failure.make(shipped)
    until = time.monotonic() + failure.seconds
    command = ("verify", "--output", "json") if failure.with_verify else ("doctor", "--output", "json")
    while True:
        told = shipped.installation.deploy(*command)
        errors = _errors(told.json)
        if errors and errors[0]["id"] == failure.problem:
            break
        assert time.monotonic() < until, f"{failure.problem} is not told first: {told}\n{shipped.cluster.state()}"
        time.sleep(2)
    assert told.status == 1
    problem = errors[0]
    assert problem["evidence"], "nothing is shown of what was seen"
    say(f"{failure.name}: {problem['title']} | {problem['mend']}")
    if failure.by_hand is not None:
        failure.by_hand(shipped)
    else:
        ran = shipped.installation.paste(problem["mend"])
        assert ran.status == 0, f"{problem['mend']}\n{ran}"
    if failure.lowers:
        shipped.shipped -= 1
    _healthy(shipped)


def test_expired_credentials_are_told_and_nothing_else(shipped: Site) -> None:
    """Who cannot look says so, with exit status 2 or the one failure; the deployment itself is not accused."""
    with expired_aws() as url:
        ran = shipped.installation.deploy("doctor", "--output", "json", environment={"AWS_ENDPOINT_URL": url})
    say(f"expired credentials of AWS: exit status {ran.status}, {[each['id'] for each in ran.json['problems']]}")
    assert [each["id"] for each in _errors(ran.json)] == ["credentials-expired"], str(ran)
    kubeconfig = expired_kubeconfig(shipped.cluster.plane)
    shipped.installation.write_config(kubeconfig=str(kubeconfig), source=str(shipped.release(shipped.shipped).folder))
    try:
        ran = shipped.installation.deploy("doctor", "--output", "json")
    finally:
        shipped.installation.check_out(shipped.release(shipped.shipped))
    assert ran.status in (1, 2), str(ran)
    ids = [each["id"] for each in ran.json["problems"]]
    say(f"expired credentials of kubectl: exit status {ran.status}, {ids}")
    assert ids == ["credentials-expired"], str(ran)


def test_two_problems_at_once_are_both_told(shipped: Site) -> None:
    """One does not hide the other where neither follows from the other."""
    group = next(each for each in FAILURES if each.problem == "security-group-drift")
    node = next(each for each in FAILURES if each.problem == "node-pressure")
    group.make(shipped)
    node.make(shipped)
    try:
        ids = {each["id"] for each in _errors(_doctor(shipped))}
        assert {"security-group-drift", "node-pressure"} <= ids
    finally:
        assert node.by_hand is not None
        node.by_hand(shipped)
        shipped.installation.deploy("access", "sync")
    _healthy(shipped)
