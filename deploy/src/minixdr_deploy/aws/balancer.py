"""The load balancer, its security groups with all their rules, and its target groups with the health of each target. Looks only."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from minixdr_deploy.aws.failures import AwsError, translated
from minixdr_deploy.aws.session import Aws
from minixdr_deploy.observe.looking import not_known
from minixdr_deploy.observe.observed import (
    Listener,
    LoadBalancer,
    NotKnown,
    SecurityGroup,
    SecurityRule,
    Target,
    TargetGroup,
)

Got = TypeVar("Got")


def load_balancers(aws: Aws) -> list[dict[str, Any]]:
    """Return all load balancers of the region, as AWS describes them. Raises AwsError."""
    with translated("listing the load balancers"):
        pages = aws.client("elbv2").get_paginator("describe_load_balancers").paginate()
        return [each for page in pages for each in page["LoadBalancers"]]


def load_balancer(aws: Aws, every: Sequence[Mapping[str, Any]], dns_name: str) -> LoadBalancer | None:
    """Return the one of a DNS name; None where there is none. A part that AWS does not tell is NotKnown."""
    found = next(
        (each for each in every if each["DNSName"].lower() == dns_name.lower().removeprefix("dualstack.")), None
    )
    if found is None:
        return None
    arn = found["LoadBalancerArn"]
    return LoadBalancer(
        arn,
        found["LoadBalancerName"],
        found["DNSName"],
        (found.get("State") or {}).get("Code", ""),
        found.get("Scheme", ""),
        _or_not_known(lambda: _listeners(aws, arn)),
        _or_not_known(lambda: security_groups(aws, found.get("SecurityGroups") or ())),
    )


def _or_not_known(ask: Callable[[], Got]) -> Got | NotKnown:
    try:
        return ask()
    except AwsError as error:
        return not_known(error)


def _listeners(aws: Aws, arn: str) -> tuple[Listener, ...]:
    with translated("listing the listeners"):
        pages = aws.client("elbv2").get_paginator("describe_listeners").paginate(LoadBalancerArn=arn)
        return tuple(
            Listener(
                each["Port"], each["Protocol"], tuple(one["CertificateArn"] for one in each.get("Certificates") or ())
            )
            for page in pages
            for each in page["Listeners"]
        )


def security_groups(aws: Aws, ids: Sequence[str]) -> tuple[SecurityGroup, ...]:
    """Return security groups with every ingress rule, one value a source. Raises AwsError."""
    if not ids:
        return ()
    with translated("describing the security groups"):
        answer = aws.client("ec2").describe_security_groups(GroupIds=list(ids))
    return tuple(
        SecurityGroup(
            each["GroupId"],
            each["GroupName"],
            tuple(rule for permission in each.get("IpPermissions") or () for rule in _rules(permission)),
            {tag["Key"]: tag["Value"] for tag in each.get("Tags") or ()},
        )
        for each in answer["SecurityGroups"]
    )


def _rules(permission: Mapping[str, Any]) -> Iterator[SecurityRule]:
    sources = [each["CidrIp"] for each in permission.get("IpRanges") or ()]
    sources += [each["CidrIpv6"] for each in permission.get("Ipv6Ranges") or ()]
    sources += [each["PrefixListId"] for each in permission.get("PrefixListIds") or ()]
    sources += [each["GroupId"] for each in permission.get("UserIdGroupPairs") or ()]
    for source in sources:
        yield SecurityRule(source, permission["IpProtocol"], permission.get("FromPort"), permission.get("ToPort"))


def target_groups(aws: Aws, services: Mapping[str, str]) -> tuple[TargetGroup, ...]:
    """Return the target groups that Services fill; `services` by ARN. One that is gone is left out. Raises AwsError."""
    return tuple(group for arn, service in services.items() for group in _target_group(aws, arn, service))


def _target_group(aws: Aws, arn: str, service: str) -> Iterator[TargetGroup]:
    client = aws.client("elbv2")
    with translated(f"describing the target group of {service}"):
        try:
            found = client.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
        except ClientError as error:
            if error.response["Error"]["Code"] in {"TargetGroupNotFound", "TargetGroupNotFoundException"}:
                return
            raise
        attributes = client.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    delay = {each["Key"]: each["Value"] for each in attributes}.get("deregistration_delay.timeout_seconds")
    for each in found:
        yield TargetGroup(
            arn,
            each["TargetGroupName"],
            _targets(aws, arn),
            service,
            each.get("HealthCheckPath"),
            int(delay) if delay else None,
        )


def _targets(aws: Aws, arn: str) -> tuple[Target, ...] | NotKnown:
    try:
        with translated("asking for the health of the targets"):
            answer = aws.client("elbv2").describe_target_health(TargetGroupArn=arn)
    except AwsError as error:
        return not_known(error)
    return tuple(_target(each) for each in answer["TargetHealthDescriptions"])


def _target(described: Mapping[str, Any]) -> Target:
    health = described.get("TargetHealth") or {}
    target = described["Target"]
    return Target(
        target["Id"],
        target.get("Port") or 0,
        health.get("State", ""),
        health.get("Reason") or "",
        health.get("Description") or "",
    )
