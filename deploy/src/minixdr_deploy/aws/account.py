"""Who we are to AWS, how far its clock is from ours, the EKS cluster, the RDS instance and the quotas. Looks only."""

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError

from minixdr_deploy.aws.failures import translated
from minixdr_deploy.aws.session import Aws
from minixdr_deploy.observe.observed import ClusterDescription, DatabaseInstance, Identity, NotKnown, Quota

_QUOTAS = {
    "load-balancers": ("elasticloadbalancing", "L-53DA6B97", "Application Load Balancers per Region"),
    "rules": ("vpc", "L-0EA8095F", "rules per security group and direction"),
}
"""Source: `aws service-quotas list-aws-default-service-quotas`."""


_NO_SUCH = "NoSuchResourceException"


def who(aws: Aws, now: Callable[[], datetime]) -> tuple[Identity, float | NotKnown]:
    """Return who we are, and AWS's clock minus ours in seconds. Raises AwsError."""
    with translated("asking AWS who we are"):
        answer = aws.client("sts").get_caller_identity()
    told = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    skew = (
        (parsedate_to_datetime(told) - now()).total_seconds() if told else NotKnown("AWS told no time", "not supported")
    )
    return Identity(answer["Account"], answer["Arn"]), skew


def eks_cluster(aws: Aws, name: str) -> ClusterDescription | None:
    """Return the cluster as EKS describes it; None where there is none. Raises AwsError."""
    with translated(f"describing the cluster {name}"):
        try:
            found = aws.client("eks").describe_cluster(name=name)["cluster"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise
    return ClusterDescription(name, found.get("status", ""), found.get("endpoint") or "", found.get("version") or "")


def database(aws: Aws, host: str | None) -> DatabaseInstance | None:
    """Return the RDS instance at an address, or the one named mini-xdr; None where there is neither. Raises AwsError."""
    with translated("listing the RDS instances"):
        pages = aws.client("rds").get_paginator("describe_db_instances").paginate()
        instances: list[dict[str, Any]] = [each for page in pages for each in page["DBInstances"]]
    for each in instances:
        address = (each.get("Endpoint") or {}).get("Address")
        if address == host or each["DBInstanceIdentifier"] == "mini-xdr":
            status = each.get("DBInstanceStatus", "")
            return DatabaseInstance(each["DBInstanceIdentifier"], status, address)
    return None


def quotas(aws: Aws, used: dict[str, int]) -> tuple[Quota, ...] | NotKnown:
    """Return how much of each quota is used; `used` by `load-balancers` and `rules`. Raises AwsError."""
    found = []
    for name, count in used.items():
        service, code, title = _QUOTAS[name]
        limit = _limit(aws, service, code, title)
        if limit is None:
            return NotKnown(f"Service Quotas does not know {service}/{code} in {aws.region}", "not supported")
        found.append(Quota(title, limit, count, code, service))
    return tuple(found)


def _limit(aws: Aws, service: str, code: str, title: str) -> float | None:
    """Return the account's limit, or the default where it was never changed; None where AWS has neither. Raises AwsError."""
    client = aws.client("service-quotas")
    with translated(f"reading the quota of {title}"):
        try:
            return float(client.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"])
        except ClientError as error:
            if error.response["Error"]["Code"] != _NO_SUCH:
                raise
        try:
            pages = client.get_paginator("list_aws_default_service_quotas").paginate(ServiceCode=service)
            return next(
                (float(each["Value"]) for page in pages for each in page["Quotas"] if each["QuotaCode"] == code), None
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != _NO_SUCH:
                raise
            return None
