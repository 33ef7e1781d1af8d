"""Entities: one writing for each, whichever record names it."""

import pytest

from minixdr.normalize.entities import entities_of

_ACCOUNT = "111122223333"


def _found(path: str, value: str) -> set[tuple[str, str]]:
    return {(entity.type, entity.value) for entity in entities_of({path: [value]})}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"arn:aws:iam::{_ACCOUNT}:user/ops/Ada", ("user", "ada")),
        (f"arn:aws:iam::{_ACCOUNT}:role/pipeline/Deploy", ("role", f"arn:aws:iam::{_ACCOUNT}:role/Deploy")),
        (f"arn:aws-cn:iam::{_ACCOUNT}:role/Deploy", ("role", f"arn:aws-cn:iam::{_ACCOUNT}:role/Deploy")),
        (f"arn:aws:iam::{_ACCOUNT}:root", ("user", f"arn:aws:iam::{_ACCOUNT}:root")),
        (
            f"arn:aws:sts::{_ACCOUNT}:assumed-role/Deploy/ci",
            ("session", f"arn:aws:sts::{_ACCOUNT}:assumed-role/Deploy/ci"),
        ),
        (f"arn:aws:ec2:eu-central-1:{_ACCOUNT}:instance/i-0abc1234", ("resource", "i-0abc1234")),
        ("arn:aws:s3:::example-ledger", ("resource", "arn:aws:s3:::example-ledger")),
        ("AKIAEXAMPLEADA000001", ("access_key", "AKIAEXAMPLEADA000001")),
        ("AKIA is no key", ("resource", "AKIA is no key")),
        ("pod/shop/web-1", ("pod", "shop/web-1")),
        ("pod/web-1", ("resource", "pod/web-1")),
        ("node/ip-10-0-1-5.ec2.internal", ("host", "ip-10-0-1-5")),
        ("daemonset/shop/agent", ("workload", "shop/agent")),
        ("serviceaccount/shop/web", ("service_account", "shop/web")),
        ("namespace/shop", ("namespace", "shop")),
        ("a" * 64, ("container", "a" * 12)),
    ],
)
def test_a_resource_is_the_entity_its_name_says(value: str, expected: tuple[str, str]) -> None:
    """AWS's ARNs and ids, and Kubernetes' names, lead to what other log sources call the same thing."""
    assert _found("resources.uid", value) == {expected}


def test_a_role_s_path_does_not_part_it_from_its_sessions() -> None:
    """Session ARNs leave the path out; role names are unique in an account."""
    by_issuer = _found("actor.session.issuer", f"arn:aws:iam::{_ACCOUNT}:role/aws-reserved/sso.amazonaws.com/Admin")
    assert by_issuer == _found("resources.uid", f"arn:aws:iam::{_ACCOUNT}:role/Admin")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("system:serviceaccount:shop:web", {("service_account", "shop/web")}),
        ("system:node:ip-10-0-1-5.ec2.internal", {("host", "ip-10-0-1-5")}),
        ("system:anonymous", set()),
        ("Ada", {("user", "ada")}),
    ],
)
def test_kubernetes_users_are_what_they_stand_for(name: str, expected: set[tuple[str, str]]) -> None:
    """A service account and a node are no people; an anonymous caller is nobody."""
    assert {(entity.type, entity.value) for entity in entities_of({"actor.user.name": name})} == expected


@pytest.mark.parametrize("value", ["containerd://" + "b" * 64, "b" * 64, "b" * 12])
def test_a_container_has_one_writing(value: str) -> None:
    """Runtimes write the id whole, with a scheme, or by its first digits."""
    assert _found("container.uid", value) == {("container", "b" * 12)}
