"""The list of who may come in: what is refused, and that deploy.yaml keeps everything else."""

import msgspec
import pytest
import yaml

from minixdr_deploy import access
from minixdr_deploy.access import Access
from minixdr_deploy.problem import UsageError

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
