"""What is read of AWS, against moto: its known gaps (digest of an image, health of targets, rights, configuration of an image) are closed here."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import boto3
import httpx
import pytest
from moto import mock_aws
from moto.elbv2 import models

from minixdr_deploy.aws import account, balancer, held_secrets, permissions, registry_images
from minixdr_deploy.aws.failures import AwsError
from minixdr_deploy.aws.session import Aws
from minixdr_deploy.observe.observed import NotKnown, SecurityRule, Target


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Aws("us-east-1")


@pytest.fixture
def network(aws: Aws) -> dict[str, Any]:
    ec2, elb = aws.client("ec2"), aws.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for number, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="front", Description="front", VpcId=vpc)["GroupId"]
    made = elb.create_load_balancer(Name="mini-xdr", Subnets=subnets, SecurityGroups=[group], Scheme="internet-facing")[
        "LoadBalancers"
    ][0]
    target_group = elb.create_target_group(
        Name="k8s-backend", Protocol="HTTP", Port=8000, VpcId=vpc, TargetType="ip", HealthCheckPath="/readyz"
    )["TargetGroups"][0]["TargetGroupArn"]
    return {"group": group, "host": made["DNSName"], "target_group": target_group}


def test_all_rules_of_the_group_are_read_also_those_of_another_kind(aws: Aws, network: dict[str, Any]):
    ec2 = aws.client("ec2")
    ranges = {"IpRanges": [{"CidrIp": "203.0.113.7/32"}], "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}]}
    ec2.authorize_security_group_ingress(
        GroupId=network["group"], IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **ranges}]
    )
    ec2.authorize_security_group_ingress(
        GroupId=network["group"],
        IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": network["group"]}]}],
    )
    found = balancer.load_balancer(aws, balancer.load_balancers(aws), network["host"].upper())
    assert found is not None
    assert isinstance(found.groups, tuple)
    assert set(found.groups[0].rules) == {
        SecurityRule("203.0.113.7/32"),
        SecurityRule("2001:db8::/32"),
        SecurityRule(network["group"], "-1", None, None),
    }
    assert balancer.load_balancer(aws, balancer.load_balancers(aws), "other.example.com") is None


def test_the_health_of_each_target_is_read(aws: Aws, network: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    original = models.FakeTargetGroup.health_for

    def health_for(group: Any, target: dict[str, Any], backend: Any) -> Any:
        told = original(group, target, backend)
        told.status, told.reason = (
            ("draining", "Target.DeregistrationInProgress") if target["Id"].endswith("2") else ("healthy", None)
        )
        return told

    monkeypatch.setattr(models.FakeTargetGroup, "health_for", health_for)
    arn = network["target_group"]
    aws.client("elbv2").register_targets(
        TargetGroupArn=arn, Targets=[{"Id": f"10.0.0.{number}", "Port": 8000} for number in (1, 2)]
    )
    (group,) = balancer.target_groups(aws, {arn: "backend"})
    assert (group.service, group.health_path, group.deregistration_seconds) == ("backend", "/readyz", 300)
    assert isinstance(group.targets, tuple)
    assert [(each.id, each.state) for each in group.targets] == [("10.0.0.1", "healthy"), ("10.0.0.2", "draining")]
    assert isinstance(group.targets[0], Target)


def test_a_target_group_that_is_gone_is_left_out(aws: Aws, network: dict[str, Any]):
    aws.client("elbv2").delete_target_group(TargetGroupArn=network["target_group"])
    assert balancer.target_groups(aws, {network["target_group"]: "backend"}) == ()


def put(aws: Aws, manifest: dict[str, Any]) -> str:
    text = json.dumps(manifest)
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    client = aws.client("ecr")
    client.create_repository(repositoryName="mini-xdr-backend", imageTagMutability="IMMUTABLE")
    client.put_image(
        repositoryName="mini-xdr-backend",
        imageManifest=text,
        imageManifestMediaType="application/vnd.oci.image.index.v1+json",
        imageTag="0.2.0-abc",
        imageDigest=digest,
    )
    return digest


def test_the_processors_of_an_index_are_read(aws: Aws):
    platforms = [
        {"platform": {"architecture": each, "os": "linux"}, "digest": f"sha256:{each[0] * 64}"}
        for each in ("arm64", "amd64", "unknown")
    ]
    digest = put(
        aws, {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": platforms}
    )
    (image,) = registry_images.images(aws, httpx.Client(), {"mini-xdr-backend": digest})
    assert (image.tags, image.architectures, image.immutable) == (("0.2.0-abc",), ("amd64", "arm64"), True)


def test_an_image_or_a_repository_that_is_not_there_is_left_out(aws: Aws):
    put(aws, {"schemaVersion": 2, "manifests": []})
    assert (
        registry_images.images(
            aws, httpx.Client(), {"mini-xdr-backend": f"sha256:{'0' * 64}", "mini-xdr-frontend": f"sha256:{'1' * 64}"}
        )
        == ()
    )


def test_the_processor_of_one_manifest_is_read_of_its_configuration():
    class Ecr:
        def get_download_url_for_layer(self, **_: Any) -> dict[str, str]:
            return {"downloadUrl": "https://registry.example/config"}

        def batch_get_image(self, **_: Any) -> dict[str, Any]:
            return {"images": [{"imageManifest": json.dumps({"config": {"digest": "sha256:c"}})}]}

    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={"architecture": "arm64"})))
    assert registry_images._architectures(Ecr(), http, "mini-xdr-backend", "sha256:d") == ("arm64",)
    broken = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(500)))
    assert isinstance(registry_images._architectures(Ecr(), broken, "mini-xdr-backend", "sha256:d"), NotKnown)


def test_of_a_secret_only_keys_and_version_are_noted(aws: Aws):
    client = aws.client("secretsmanager")
    made = client.create_secret(
        Name="mini-xdr/backend", SecretString=json.dumps({"MINIXDR_SECRET_KEY": "hush", "MINIXDR_SMTP_URL": ""})
    )
    held = held_secrets.read(aws, "mini-xdr/backend")
    assert held is not None
    note = held_secrets.note(held)
    assert (note.version, note.keys, note.empty) == (
        made["VersionId"],
        ("MINIXDR_SECRET_KEY", "MINIXDR_SMTP_URL"),
        ("MINIXDR_SMTP_URL",),
    )
    assert "hush" not in repr(held) + repr(note)
    assert held_secrets.read(aws, "mini-xdr/other") is None


def test_a_secret_that_is_no_json_is_an_error_that_does_not_tell_it(aws: Aws):
    aws.client("secretsmanager").create_secret(Name="mini-xdr/backend", SecretString="hush, no JSON")
    with pytest.raises(AwsError) as error:
        held_secrets.read(aws, "mini-xdr/backend")
    assert "hush" not in repr(error.value.problem)
    assert error.value.__cause__ is None


def test_who_we_are_and_the_cluster_are_read(aws: Aws):
    identity, _ = account.who(aws, lambda: datetime.now(UTC))
    assert identity.account_id == "123456789012"
    assert account.eks_cluster(aws, "mini-xdr-cluster") is None
    role = "arn:aws:iam::123456789012:role/eks"
    aws.client("eks").create_cluster(name="mini-xdr-cluster", version="1.33", roleArn=role, resourcesVpcConfig={})
    found = account.eks_cluster(aws, "mini-xdr-cluster")
    assert found is not None
    assert (found.status, found.version) == ("ACTIVE", "1.33")


def test_the_database_is_found_by_its_address(aws: Aws):
    made = boto3.client("rds", region_name="us-east-1").create_db_instance(
        DBInstanceIdentifier="other-name",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        MasterUsername="x",
        MasterUserPassword="hush-hush",
        AllocatedStorage=20,
    )["DBInstance"]
    found = account.database(aws, made["Endpoint"]["Address"])
    assert found is not None
    assert (found.id, found.status) == ("other-name", "available")
    assert account.database(aws, "127.0.0.1") is None


def test_the_role_of_a_session_is_what_policies_belong_to():
    assert (
        permissions.role_arn("arn:aws:sts::123456789012:assumed-role/operator/jo")
        == "arn:aws:iam::123456789012:role/operator"
    )
    assert permissions.role_arn("arn:aws:iam::123456789012:user/jo") == "arn:aws:iam::123456789012:user/jo"
