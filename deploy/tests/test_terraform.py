"""infra/terraform against a fake AWS (moto over HTTP): it applies, plans nothing anew, and sees what was changed behind its back.

Minutes, for the provider waits as it would for AWS: run only where MINIXDR_TEST_TERRAFORM=1. Needs terraform and the AWS provider. What moto lacks
is in `eks_gaps.py`. Not tried against it: the EC2 builder (moto has no instance profiles that the provider accepts; `terraform test` covers
its plan).
"""

import json
import logging
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from eks_gaps import ACCOUNT, EksGaps
from minixdr_deploy.config import parse

TERRAFORM = Path(__file__).resolve().parents[2] / "infra" / "terraform"
VARIABLES = f"""\
account_id             = "{ACCOUNT}"
host                   = "xdr.example.com"
cluster_endpoint_cidrs = ["203.0.113.0/24"]
operators              = ["arn:aws:iam::{ACCOUNT}:role/operators"]
"""
OVERRIDE = """\
provider "aws" {
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true
}
"""
FORGOTTEN = {
    "aws_codebuild_project": {"encryption_key"},
    "aws_db_instance": {"performance_insights_enabled", "performance_insights_kms_key_id"},
    "aws_db_parameter_group": {"parameter"},
    "aws_eks_node_group": {"launch_template"},
    "aws_launch_template": {"tag_specifications"},
    "aws_vpc_security_group_ingress_rule": {"description"},
}
"""What moto was told and does not tell again: attributes by type. Everything else must be as it was applied."""

pytestmark = [
    pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed"),
    pytest.mark.skipif(
        os.environ.get("MINIXDR_TEST_TERRAFORM") != "1", reason="takes minutes: MINIXDR_TEST_TERRAFORM=1 runs it"
    ),
]


class Account:
    """A configuration applied in a fake account."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder

    def terraform(self, *arguments: str, root: str = "root", statuses: tuple[int, ...] = (0,)) -> str:
        environment = os.environ | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "us-east-1",
            "TF_IN_AUTOMATION": "1",
        }
        done = subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder / root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        assert done.returncode in statuses, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def client(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def changes(self) -> dict[str, set[str]]:
        """Return what a plan would change, but for what moto forgets: attributes by address."""
        self.terraform("plan", "-input=false", "-out=plan")
        plan = json.loads(self.terraform("show", "-json", "plan"))
        found = {}
        for one in plan["resource_changes"]:
            change = one["change"]
            if change["actions"] in (["no-op"], ["read"]):
                continue
            before, after, unknown = change["before"] or {}, change["after"] or {}, change["after_unknown"]
            # What follows from another change is not known before that is made; it is no change of its own.
            known = {key for key in before.keys() | after.keys() if unknown.get(key) is not True}
            differing = {key for key in known if before.get(key) != after.get(key)}
            left = differing - FORGOTTEN.get(one["type"], set())
            if left:
                found[one["address"]] = left
        return found


@pytest.fixture(scope="module")
def account(tmp_path_factory) -> Iterator[Account]:
    folder = tmp_path_factory.mktemp("terraform")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        made: list[Account] = []

        def group() -> str:
            ec2 = made[0].client("ec2")
            vpc = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["mini-xdr"]}])["Vpcs"][0]["VpcId"]
            return ec2.create_security_group(GroupName="eks-cluster", Description="EKS", VpcId=vpc)["GroupId"]

        app = EksGaps(DomainDispatcherApplication(create_backend_app), group)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            for root, source in (("root", TERRAFORM), ("values", TERRAFORM / "secret-values")):
                (folder / root).mkdir()
                for file in source.glob("*.tf"):
                    shutil.copy(file, folder / root)
                (folder / root / "moto_override.tf").write_text(OVERRIDE, "utf-8")
            (folder / "root" / "terraform.tfvars").write_text(VARIABLES, "utf-8")
            (folder / "values" / "terraform.tfvars").write_text(f'account_id = "{ACCOUNT}"\n', "utf-8")
            made.append(Account(f"http://127.0.0.1:{server.server_port}", folder))
            initialized = subprocess.run(
                ["terraform", "init", "-input=false"],
                cwd=folder / "root",
                capture_output=True,
                text=True,
                check=False,
            )
            if initialized.returncode:
                pytest.skip(f"the AWS provider cannot be had here: {initialized.stderr.strip()[-200:]}")
            made[0].terraform("apply", "-input=false", "-auto-approve")
            yield made[0]
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def test_a_second_plan_changes_nothing(account):
    assert account.changes() == {}


def test_its_outputs_are_what_the_tool_reads(account):
    text = json.loads(account.terraform("output", "-json"))["deploy_yaml"]["value"]
    assert "allowCidrs: []" in text
    config = parse(text.replace("allowCidrs: []", "allowCidrs: [203.0.113.7/32]"), Path("/etc/xdr/deploy.yaml"))
    assert config.account_id == ACCOUNT
    assert config.builder.source_bucket == f"mini-xdr-source-{ACCOUNT}"


def test_what_is_changed_by_hand_is_seen(account):
    account.client("ecr").put_image_tag_mutability(repositoryName="mini-xdr-backend", imageTagMutability="MUTABLE")
    account.client("s3").delete_public_access_block(Bucket=f"mini-xdr-warehouse-{ACCOUNT}")
    changed = account.changes()
    assert changed.pop('aws_ecr_repository.main["backend"]') == {"image_tag_mutability"}
    assert "block_public_acls" in changed.pop('aws_s3_bucket_public_access_block.main["warehouse"]')
    assert changed == {}
    # These two alone: applied again with what moto forgets, the provider waits for changes that moto never ends.
    targets = ("-target=aws_ecr_repository.main", "-target=aws_s3_bucket_public_access_block.main")
    account.terraform("apply", "-input=false", "-auto-approve", *targets)
    assert account.changes() == {}


def test_secret_values_are_made_once_and_never_kept(account):
    account.terraform("init", "-input=false", root="values")
    account.terraform("apply", "-input=false", "-auto-approve", root="values")
    secrets = account.client("secretsmanager")

    def values() -> dict[str, dict[str, str]]:
        names = ("backend", "migrate", "nats")
        return {
            name: json.loads(secrets.get_secret_value(SecretId=f"mini-xdr/{name}")["SecretString"]) for name in names
        }

    first = values()
    password = first["nats"]["NATS_PASSWORD"]
    assert f":{password}@nats:4222" in first["backend"]["MINIXDR_NATS_URL"]
    assert first["migrate"]["MINIXDR_DATABASE_OWNER_URL"].startswith("postgresql://minixdr_owner:")
    state = (account.folder / "values" / "terraform.tfstate").read_text("utf-8")
    assert password not in state
    assert first["backend"]["MINIXDR_SECRET_KEY"] not in state
    account.terraform("apply", "-input=false", "-auto-approve", root="values")
    assert values() == first
