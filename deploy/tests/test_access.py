"""The list of who may come in: what is refused, and that deploy.yaml keeps everything else."""

import dataclasses
from pathlib import Path

import httpx
import msgspec
import pytest
import yaml

from conftest import CONFIG, Deployment, release
from minixdr_deploy import access, preflight
from minixdr_deploy.access import Access
from minixdr_deploy.problem import UsageError
from minixdr_deploy.world import World

BLOCK = """# who may come in
region: us-east-1
allowCidrs:
  - "203.0.113.7/32"  # the office
  # Jo, until May
  - 198.51.100.0/24
host: xdr.example.com  # the name
"""


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "10.0.0.0/7", "2001::/20"])
def test_the_whole_internet_is_refused_unless_it_is_meant(text: str):
    with pytest.raises(UsageError) as error:
        access.checked(text, internet=False)
    assert "--i-mean-the-internet" in error.value.problem.mend
    assert str(access.checked(text, internet=True)) == text


@pytest.mark.parametrize("text", ["203.0.113.7/24", "xdr.example.com", "", "203.0.113.0/33"])
def test_what_is_no_network_is_refused(text: str):
    with pytest.raises(UsageError):
        access.checked(text, internet=True)


def test_adding_and_taking_keeps_comments_and_order():
    changed = access.with_list(BLOCK, ["203.0.113.7/32", "192.0.2.0/28"])
    assert yaml.safe_load(changed)["allowCidrs"] == ["203.0.113.7/32", "192.0.2.0/28"]
    assert '- "203.0.113.7/32"  # the office\n' in changed
    assert changed.startswith("# who may come in\n")
    assert changed.endswith("host: xdr.example.com  # the name\n")
    assert "198.51.100.0/24" not in changed


def test_the_last_line_of_a_file_without_a_line_end_is_kept():
    text = "allowCidrs:\n- 203.0.113.7/32"
    assert yaml.safe_load(access.with_list(text, ["203.0.113.7/32", "::1/128"]))["allowCidrs"] == [
        "203.0.113.7/32",
        "::1/128",
    ]


def test_a_list_in_brackets_is_changed_too():
    text = 'region: x\nallowCidrs: ["203.0.113.7/32"]  # here\nhost: y\n'
    changed = access.with_list(text, ["192.0.2.1/32"])
    assert changed == 'region: x\nallowCidrs: ["192.0.2.1/32"]  # here\nhost: y\n'


def test_a_file_without_a_list_is_refused():
    with pytest.raises(UsageError):
        access.with_list("allowCidrs: 203.0.113.7/32\n", ["192.0.2.1/32"])


def test_three_places_must_agree():
    same = Access(("203.0.113.7/32",), ("203.0.113.7/32",), ("203.0.113.7/32",), "deploy.yaml", "203.0.113.7")
    assert same.exit_status == 0
    assert "(you)" in same.lines()[0]
    drifted = msgspec.structs.replace(same, group=("203.0.113.7/32", "0.0.0.0/0"))
    assert drifted.exit_status == 1
    assert any(line.startswith("0.0.0.0/0") and "not in: deploy.yaml, Ingress" in line for line in drifted.lines())


def test_what_is_absent_is_said_and_is_no_disagreement():
    told = Access(("203.0.113.7/32",), None, None, "deploy.yaml")
    assert told.exit_status == 0
    assert "Ingress: there is none yet" in told.lines()


def _world(deployment: Deployment) -> World:
    """Return the world of somebody whose own address nobody tells."""
    Path(deployment.world.config.path).write_text(CONFIG, "utf-8")
    silent = httpx.MockTransport(lambda _: httpx.Response(503))
    return dataclasses.replace(deployment.world, http=httpx.Client(transport=silent))


def _change(world: World, networks: list[str], *, dry_run: bool) -> Access:
    return access.change(world, networks, force=False, internet=False, dry_run=dry_run)


def test_a_dry_run_tells_what_is_there_not_what_is_wanted(deployment: Deployment):
    deployment.ship(release(1))
    told = _change(_world(deployment), ["203.0.113.0/24", "192.0.2.7/32"], dry_run=True)
    assert told.ingress == ("203.0.113.0/24",)
    assert not told.agree
    assert "192.0.2.7/32" not in Path(told.config).read_text("utf-8")
    assert "your own address is not known" in " ".join(deployment.said)


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_old_deploy_yaml_takes_nothing_back_that_somebody_else_changed(deployment: Deployment, dry_run: bool):
    deployment.ship(release(1))
    theirs = {"metadata": {"annotations": {"alb.ingress.kubernetes.io/inbound-cidrs": "198.51.100.0/24"}}}
    deployment.kube.patch("ingress", "mini-xdr", theirs)
    with pytest.raises(access.AccessError) as caught:
        _change(_world(deployment), ["203.0.113.0/24", "192.0.2.7/32"], dry_run=dry_run)
    assert caught.value.problem.id == "access-differs"
    assert access.read(_world(deployment)).ingress == ("198.51.100.0/24",)


def test_a_ship_tells_before_it_writes_another_list_than_the_one_in_use(deployment: Deployment):
    deployment.ship(release(1))
    assert list(preflight._list(_world(deployment))) == []
    theirs = {"metadata": {"annotations": {"alb.ingress.kubernetes.io/inbound-cidrs": "198.51.100.0/24"}}}
    deployment.kube.patch("ingress", "mini-xdr", theirs)
    (problem,) = preflight._list(_world(deployment))
    assert (problem.id, problem.severity) == ("access-differs", "warning")
    assert any("198.51.100.0/24" in line for line in problem.evidence)
