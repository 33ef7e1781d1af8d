"""Whether we may do in AWS what a ship does: asked of IAM's policy simulator, which changes nothing. Looks only.

Not covered: service control policies of the organization, session policies, and conditions on tags; the simulator does not know them all.
"""

import re
from collections.abc import Sequence
from typing import Any

from minixdr_deploy.aws.failures import translated
from minixdr_deploy.aws.session import Aws

READS = (
    "eks:DescribeCluster",
    "ecr:DescribeRepositories",
    "ecr:DescribeImages",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetHealth",
    "ec2:DescribeSecurityGroups",
    "secretsmanager:GetSecretValue",
    "rds:DescribeDBInstances",
    "servicequotas:GetServiceQuota",
    "servicequotas:ListAWSDefaultServiceQuotas",
)
"""What `preflight`, `doctor`, `verify` and `secrets sync` ask for."""
PUSHES = (
    "ecr:GetAuthorizationToken",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
)


def denied(aws: Aws, arn: str, actions: Sequence[str]) -> tuple[str, ...]:
    """Return the actions that are not permitted to us. Raises AwsError where the simulator may not be asked."""
    source = role_arn(arn)
    with translated("asking IAM what we may do"):
        pages = (
            aws.client("iam")
            .get_paginator("simulate_principal_policy")
            .paginate(PolicySourceArn=source, ActionNames=list(actions))
        )
        results: list[dict[str, Any]] = [each for page in pages for each in page["EvaluationResults"]]
    return tuple(each["EvalActionName"] for each in results if each["EvalDecision"] != "allowed")


def role_arn(arn: str) -> str:
    """Return the ARN that policies belong to: of an assumed role its role; the path of the role, which a session does not tell, is left out."""
    found = re.fullmatch(r"arn:([^:]+):sts::(\d{12}):assumed-role/([^/]+)/.+", arn)
    return f"arn:{found[1]}:iam::{found[2]}:role/{found[3]}" if found else arn
