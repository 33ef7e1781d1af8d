"""Each failure, injected as a value, is found, is the one problem told, and names a command; a healthy deployment has none."""

import re
from typing import Any

import pytest

import healthy
from failures import FAILURES, Change
from minixdr_deploy import checks
from minixdr_deploy.diagnosis import diagnose
from minixdr_deploy.observe.observed import NotKnown, Observed


def injected(changes: list[Change]) -> Observed:
    value: Any = healthy.observed()
    for path, new in changes:
        value = healthy.changed(value, path, new)
    made: Observed = value
    return made


def test_a_healthy_deployment_has_no_problem():
    told = diagnose(healthy.observed())
    assert told.problems == ()
    assert told.not_judged == ()
    assert (told.healthy, told.exit_status) == (True, 0)
    assert set(told.judged) == {check.id for check in checks.every()}


@pytest.mark.parametrize(
    ("check", "changes"), [(check, changes) for _, check, changes in FAILURES], ids=[name for name, _, _ in FAILURES]
)
def test_a_failure_is_the_one_problem_that_is_told(check: str, changes: list[Change]):
    problems = diagnose(injected(changes)).problems
    assert [each.id for each in problems] == [check] * len(problems), [(each.id, each.title) for each in problems]
    assert problems
    assert all(each.evidence and each.mend for each in problems)


def test_each_check_has_a_failure_that_it_finds():
    assert {check for _, check, _ in FAILURES} == {check.id for check in checks.every()}


def test_each_mending_command_can_be_pasted():
    for name, _, changes in FAILURES:
        for problem in diagnose(injected(changes)).problems:
            for line in problem.mend.splitlines():
                assert re.match(r"(minixdr-deploy|kubectl|aws|helm|curl|dig|sudo|export|#) ?", line), (name, line)


def test_what_a_check_explains_is_a_check():
    known = {check.id for check in checks.every()}
    for check in checks.every():
        assert check.explains <= known, check.id
        assert check.id not in check.explains


@pytest.mark.parametrize(
    "part",
    [
        "kubernetes.pods",
        "kubernetes.deployments",
        "aws.load_balancer",
        "aws.target_groups",
        "aws.secrets",
        "web.readiness",
    ],
)
def test_what_could_not_be_looked_at_is_told_and_is_never_healthy(part: str):
    told = diagnose(injected([(part, NotKnown("access denied: no permission", "denied"))]))
    assert told.exit_status == 2
    assert [each.reason for each in told.not_judged] == ["access denied: no permission"]


def test_what_is_not_supported_is_told_and_leaves_the_deployment_healthy():
    told = diagnose(injected([("aws.quotas", NotKnown("no quotas here", "not supported"))]))
    assert told.exit_status == 0
    assert told.state("quota") == "not_judged"


def test_a_cause_is_told_with_what_follows_from_it():
    (problem,) = diagnose(
        injected(next(changes for name, _, changes in FAILURES if name == "a database that was stopped"))
    ).problems
    assert {each.id for each in problem.consequences} >= {"crash-loop", "targets"}


def test_two_causes_are_both_told():
    both = [
        change
        for name, _, changes in FAILURES
        if name in {"the whole internet let in by hand", "an empty target group"}
        for change in changes
    ]
    assert {each.id for each in diagnose(injected(both)).problems} == {"security-group-drift", "targets"}
