"""Everything that would make a ship fail half-way is found at once."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError

import healthy
from minixdr_deploy import config, preflight, say
from minixdr_deploy.observe.observed import NotKnown
from minixdr_deploy.world import World
from test_checks import injected

TEXT = """
account_id: "123456789012"
context: test
host: xdr.example.com
overlay: overlay
allowCidrs: ["0.0.0.0/0", "203.0.113.7/32"]
"""


class Reviewed:
    """A cluster that permits all but what is said."""

    def __init__(self, *refused: tuple[str, str]) -> None:
        self.refused = set(refused)

    def run(self, arguments: object, doing: str, *, sent: str) -> str:
        del arguments, doing
        items = json.loads(sent)["items"]
        for item in items:
            asked = item["spec"]["resourceAttributes"]
            item["status"] = {"allowed": (asked["resource"], asked["verb"]) not in self.refused}
        return json.dumps({"kind": "List", "items": items})


def world(kube: Any = None) -> World:
    made: Any = None
    return World(config.parse(TEXT, Path("deploy.yaml")), kube, made, made, made, say.nothing)


def test_the_whole_internet_is_refused_unless_it_is_meant():
    (problem,) = preflight._addresses(world(), internet=False)
    assert (problem.id, "--i-mean-the-internet" in problem.mend) == ("access-too-wide", True)
    assert list(preflight._addresses(world(), internet=True)) == []


def test_rights_that_lack_are_told_together():
    assert list(preflight._kubernetes_rights(world(Reviewed()))) == []
    (problem,) = preflight._kubernetes_rights(
        world(Reviewed(("deployments", "patch"), ("deployments", "create"), ("leases", "update")))
    )
    assert problem.evidence == ("deployments.apps: create, patch", "leases.coordination.k8s.io: update")


def test_a_healthy_deployment_stands_against_nothing():
    assert preflight._deployment(healthy.observed()) == []


def test_what_stands_against_a_ship_is_told_and_what_a_ship_mends_is_not():
    observed = injected(
        [
            ("kubernetes.controller", None),
            ("aws.secrets", lambda old: old[:2]),
            ("kubernetes.secrets", ()),
            ("kubernetes.nodes", lambda old: old[:1]),
            ("aws.load_balancer", NotKnown("denied", "denied")),
            ("kubernetes.ship_open", True),
        ]
    )
    found = preflight._deployment(observed)
    assert [each.id for each in found] == ["controller-missing", "secret-missing", "nodes-few", "ship-open"]
    assert found[1].title.startswith("AWS Secrets Manager has no secret mini-xdr/nats")


def test_before_the_first_ship_nothing_that_is_not_there_yet_is_missed():
    observed = injected(
        [
            ("kubernetes.namespace", None),
            ("kubernetes.release", None),
            ("kubernetes.deployments", ()),
            ("kubernetes.pods", ()),
            ("kubernetes.ingress", None),
            ("kubernetes.secrets", ()),
            ("kubernetes.jobs", ()),
            ("kubernetes.settings", None),
            ("aws.load_balancer", None),
            ("aws.target_groups", ()),
            ("aws.images", ()),
            ("web.versions", NotKnown("no such name", "unreachable")),
            ("web.readiness", NotKnown("no such name", "unreachable")),
        ]
    )
    assert preflight._deployment(observed) == []


def test_annotations_of_an_overlay_are_read_before_they_are_applied():
    text = """
kind: Ingress
metadata:
  name: mini-xdr
  annotations:
    alb.ingress.kubernetes.io/target-type: ip
    alb.ingress.kubernetes.io/idle-timeout-seconds: "120"
    alb.ingress.kubernetes.io/security-groups: sg-1
"""
    (problem,) = preflight._lint(yaml.safe_load(text))
    assert len(problem.evidence) == 2
    assert list(preflight._lint({"kind": "ConfigMap", "metadata": {"name": "x"}})) == []


def test_the_exit_status_tells_what_stands_against_from_what_is_not_known():
    from_ids = {
        (): 0,
        ("not-known",): 2,
        ("credentials-expired", "not-known"): 2,
        ("cluster-unreachable", "not-known"): 2,
        ("not-known", "controller-missing"): 1,
    }
    for ids, status in from_ids.items():
        assert preflight.Findings(tuple(preflight.Problem(each, each) for each in ids)).exit_status == status


class Repositories:
    """ECR, seen by who may look at these repositories only: it lists none."""

    def client(self, service: str) -> "Repositories":
        assert service == "ecr"
        return self

    def describe_repositories(self, repositoryNames: list[str]) -> None:  # noqa: N803 - AWS's own name
        if repositoryNames != ["mini-xdr-backend"]:
            raise ClientError({"Error": {"Code": "RepositoryNotFoundException"}}, "DescribeRepositories")


def test_a_missing_repository_is_found_without_listing_all_of_the_account():
    (problem,) = preflight._repositories(dataclasses.replace(world(), aws=Repositories()))
    assert (problem.id, "mini-xdr-frontend" in problem.title) == ("repository-missing", True)
    assert "--repository-name mini-xdr-frontend" in problem.mend
