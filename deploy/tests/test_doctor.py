"""What `doctor` writes and how it ends: text, JSON, Prometheus; exit status 0, 1, 2."""

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

import healthy
from failures import FAILURES
from minixdr_deploy import checks, verify
from minixdr_deploy.diagnosis import diagnose
from minixdr_deploy.doctor import Looked
from minixdr_deploy.observe.observed import NotKnown
from minixdr_deploy.steps.jobs import Ended
from test_checks import injected


def looked(name: str | None = None, **options: bool) -> Looked:
    changes = next(changes for each, _, changes in FAILURES if each == name) if name else []
    observed = injected(changes)
    return Looked(observed, diagnose(observed), 1.25, **options)


def test_a_healthy_deployment_is_one_line_and_status_0():
    told = looked()
    assert told.exit_status == 0
    count = len(checks.every())
    assert told.lines() == [f"healthy: {count} of {count} checks could look at all they need, in 1.2 s"]
    assert looked(quiet=True).lines() == []


def test_a_problem_is_told_with_failure_evidence_and_command():
    told = looked("the whole internet let in by hand")
    text = "\n".join(told.lines())
    assert told.exit_status == 1
    assert "security-group drift" in text
    assert "sg-front (k8s-minixdr-front): 0.0.0.0/0 port 443 is not in allowCidrs" in text
    assert "aws ec2 revoke-security-group-ingress --region us-east-1 --group-id sg-front" in text
    assert looked("the whole internet let in by hand", quiet=True).lines()
    (problem,) = json.loads(json.dumps(told.document()))["problems"]
    assert problem["failure"] == "security-group drift"


def test_credentials_that_expired_are_status_2():
    assert looked("credentials that expired").exit_status == 2


def test_prometheus_text_has_a_line_for_each_check():
    lines = looked("an empty target group", prometheus=True).lines()
    assert "minixdr_deploy_healthy 0" in lines
    assert 'minixdr_deploy_problem{id="targets",severity="error"} 1' in lines
    assert sum(line.startswith("minixdr_deploy_check{") for line in lines) == len(checks.every())
    assert 'minixdr_deploy_check{check="targets",failure="targets deregistered",state="problem"} 1' in lines
    assert 'minixdr_deploy_check{check="dns",failure="other",state="ok"} 1' in lines


def test_prometheus_reads_what_is_written():
    families = {
        each.name: each
        for each in text_string_to_metric_families("\n".join(looked("one replica", prometheus=True).lines()) + "\n")
    }
    assert families["minixdr_deploy_healthy"].samples[0].value == 1
    assert families["minixdr_deploy_problem"].samples[0].labels == {"id": "availability", "severity": "warning"}


@pytest.mark.parametrize("name", [name for name, _, _ in FAILURES])
def test_what_verify_compares_is_never_all_the_same_where_something_it_compares_is_wrong(name: str):
    observed = injected(next(changes for each, _, changes in FAILURES if each == name))
    told = diagnose(observed)
    compared = {each.what: each.outcome for each in verify._compared(observed, told)}
    wrong = {check for problem in told.problems for check in (problem.id, *(each.id for each in problem.consequences))}
    for what, ids in verify._CHECKS.items():
        if wrong & set(ids):
            assert compared[what] == "differs", (what, compared)


def test_verify_compares_all_that_is_healthy_as_the_same():
    observed = healthy.observed()
    assert {each.outcome for each in verify._compared(observed, diagnose(observed))} == {"same"}


def test_what_verify_could_not_see_is_not_known():
    observed = injected([("aws.load_balancer", NotKnown("denied", "denied"))])
    compared = {each.what: each.outcome for each in verify._compared(observed, diagnose(observed))}
    assert compared["security group"] == "not known"


def test_a_canary_that_says_nothing_has_found_nothing():
    silent = verify.parse_canary("canary-1", Ended(succeeded=True, exit_code=0, log=("Killed",)))
    assert not silent.ok
    assert "Killed" in (silent.problem or "")
    lying = verify.parse_canary("canary-1", Ended(succeeded=False, exit_code=1, message='{"ok": true}'))
    assert not lying.ok
    found = verify.parse_canary(
        "canary-1",
        Ended(
            succeeded=True,
            exit_code=0,
            message=json.dumps(
                {
                    "ok": True,
                    "found_after_seconds": 1.5,
                    "workers": [{"version": "1", "revision": None, "image_digest": "sha256:x"}],
                }
            ),
        ),
    )
    assert (found.ok, found.found_after_seconds, found.workers[0].image_digest) == (True, 1.5, "sha256:x")
