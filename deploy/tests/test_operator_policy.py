"""What the tool asks of AWS is what the operators' policy in Terraform permits."""

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from minixdr_deploy.aws import permissions

POLICY = (Path(__file__).parents[2] / "infra/terraform/operator.tf").read_text("utf-8")
PERMITTED = re.findall(r'"([a-z0-9-]+:[A-Za-z*]+)"', POLICY)
CHANGES = (
    "codebuild:BatchGetBuilds",
    "codebuild:BatchGetProjects",
    "codebuild:StartBuild",
    "codebuild:StopBuild",
    "s3:PutObject",
    "secretsmanager:PutSecretValue",
    "ssm:CancelCommand",
    "ssm:DescribeInstanceInformation",
    "ssm:GetCommandInvocation",
    "ssm:SendCommand",
)
"""Of builders and `secrets rotate`."""


@pytest.mark.parametrize("action", [*permissions.READS, *permissions.PUSHES, *CHANGES])
def test_an_operator_may_do_it(action: str) -> None:
    assert any(fnmatchcase(action, pattern) for pattern in PERMITTED)
