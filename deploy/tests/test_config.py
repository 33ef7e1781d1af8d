"""What deploy.yaml may say, and what is refused."""

from pathlib import Path

import pytest

from minixdr_deploy.config import CodeBuilder, LocalBuilder, parse
from minixdr_deploy.problem import UsageError

LEAST = """
account_id: "123456789012"
context: xdr
host: xdr.example.com
allowCidrs: [203.0.113.0/24, "2001:db8::/48"]
overlay: k8s/overlays/aws
"""


def test_the_least_file_is_enough() -> None:
    config = parse(LEAST, Path("/etc/xdr/deploy.yaml"))
    assert config.registry_host == "123456789012.dkr.ecr.us-east-1.amazonaws.com"
    assert config.base_url == "https://xdr.example.com"
    assert [str(network) for network in config.networks] == ["203.0.113.0/24", "2001:db8::/48"]
    assert config.folder(config.overlay) == Path("/etc/xdr/k8s/overlays/aws")
    assert config.builder == LocalBuilder()


def test_a_builder_is_named_by_its_kind() -> None:
    config = parse(f"{LEAST}\nbuilder: {{kind: codebuild, source_bucket: sources}}", Path("deploy.yaml"))
    assert config.builder == CodeBuilder("sources")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LEAST.replace("allowCidrs:", "allow_cidrs:"), "allow_cidrs"),
        (LEAST.replace("allowCidrs:", "allowCidr:"), "allowCidr"),
        ("\n".join(line for line in LEAST.splitlines() if "allowCidrs" not in line), "allowCidrs"),
        (LEAST.replace('[203.0.113.0/24, "2001:db8::/48"]', "[]"), "allowCidrs is empty"),
        (LEAST.replace("203.0.113.0/24", "203.0.113.7/24"), "has host bits set"),
        (LEAST.replace('"123456789012"', '"1234"'), "12 digits"),
        (LEAST + "\npath: /tmp", "path"),
        (LEAST + "\nbuilder: {kind: jenkins}", "jenkins"),
        ("[", "not YAML"),
        ("", "null"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=r"deploy\.yaml") as caught:
        parse(text, Path("deploy.yaml"))
    assert said in str(caught.value)
