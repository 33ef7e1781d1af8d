"""AWS for a test: moto served over HTTP by this process, with the gaps closed that would hide a failure, and what the controller makes there.

Closed here: the health of targets (moto says healthy always) comes from the stand-in of the load balancer. Not closed: no network is filtered by a
security group.
"""

import contextlib
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from minixdr_cluster.blobs import Blobs

REGION = "us-east-1"
ACCOUNT = "123456789012"
"""moto's."""
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": REGION}


@dataclass
class Aws:
    """A fake account and its network."""

    url: str = ""
    vpc: str = ""
    subnets: list[str] = field(default_factory=list)
    load_balancer: str = ""
    """ARN."""
    host: str = ""
    """DNS name of the load balancer."""
    group: str = ""
    """Id of the security group that the controller made."""
    health: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """State and reason by ARN of the target group and address; what `describe-target-health` says."""
    _blobs: Blobs = field(default_factory=Blobs)
    _server: Any = None
    _restore: Any = None

    def start(self) -> "Aws":
        """Serve it, with a VPC of two subnets."""
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self._blobs.start()
        self._server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        self._patch()
        ec2 = self.client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        for number, zone in enumerate("ab"):
            made = ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
            )
            self.subnets.append(made["Subnet"]["SubnetId"])
        return self

    def stop(self) -> None:
        """End it."""
        if self._restore:
            self._restore()
        self._blobs.stop()
        self._server.stop()

    def client(self, service: str) -> Any:
        """Return a client of boto3."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106 - moto takes any
        )

    def environment(self) -> dict[str, str]:
        """Return what AWS's tools need to come here."""
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.url, "AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true"}

    def push(self, repository: str, manifest: str, config: str, tag: str) -> str:
        """Let ECR have an image; return its digest, which is that of the manifest (moto's own would be one of the layers)."""
        digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
        self._blobs.add(config)
        self.client("ecr").put_image(
            repositoryName=repository,
            imageManifest=manifest,
            imageManifestMediaType="application/vnd.oci.image.manifest.v1+json",
            imageTag=tag,
            imageDigest=digest,
        )
        return digest

    def make_cluster(self, name: str, url: str, version: str) -> None:
        """Make the EKS cluster whose address is the control plane's."""
        from moto.eks.models import eks_backends  # noqa: PLC0415 - as in _patch

        resources = {"subnetIds": self.subnets}
        role = f"arn:aws:iam::{ACCOUNT}:role/eks"
        self.client("eks").create_cluster(name=name, version=version, roleArn=role, resourcesVpcConfig=resources)
        eks_backends[ACCOUNT][REGION].clusters[name].endpoint = url

    def make_load_balancer(self, name: str, tags: Mapping[str, str], attributes: Mapping[str, str]) -> None:
        """Make the load balancer, its listener and its security group as the controller does."""
        ec2, elb = self.client("ec2"), self.client("elbv2")
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        self.group = ec2.create_security_group(
            GroupName=name,
            Description="[k8s] Managed SecurityGroup for LoadBalancer",
            VpcId=self.vpc,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": pairs}],
        )["GroupId"]
        made = elb.create_load_balancer(
            Name=name,
            Subnets=self.subnets,
            SecurityGroups=[self.group],
            Scheme="internet-facing",
            Type="application",
            Tags=pairs,
        )["LoadBalancers"][0]
        self.load_balancer, self.host = made["LoadBalancerArn"], made["DNSName"]
        told = [{"Key": key, "Value": value} for key, value in attributes.items()]
        if told:
            elb.modify_load_balancer_attributes(LoadBalancerArn=self.load_balancer, Attributes=told)

    def make_target_group(
        self, name: str, port: int, path: str, tags: Mapping[str, str], attributes: Mapping[str, str]
    ) -> str:
        """Return the ARN of a new target group behind the load balancer's listener."""
        elb = self.client("elbv2")
        made = elb.create_target_group(
            Name=name[:32],
            Protocol="HTTP",
            Port=port,
            VpcId=self.vpc,
            TargetType="ip",
            HealthCheckPath=path,
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )["TargetGroups"][0]
        arn: str = made["TargetGroupArn"]
        told = [{"Key": key, "Value": value} for key, value in attributes.items()]
        if told:
            elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=told)
        action = {"Type": "forward", "TargetGroupArn": arn}
        listeners = elb.describe_listeners(LoadBalancerArn=self.load_balancer)["Listeners"]
        if not listeners:
            elb.create_listener(LoadBalancerArn=self.load_balancer, Protocol="HTTP", Port=80, DefaultActions=[action])
        else:
            used = elb.describe_rules(ListenerArn=listeners[0]["ListenerArn"])["Rules"]
            condition = {"Field": "path-pattern", "Values": [f"/{name[:16]}/*"]}
            elb.create_rule(
                ListenerArn=listeners[0]["ListenerArn"], Conditions=[condition], Priority=len(used), Actions=[action]
            )
        return arn

    def tell_targets(self, arn: str, wanted: dict[tuple[str, int], tuple[str, str]]) -> None:
        """Let the target group have exactly these targets (address and port -> state and reason)."""
        elb = self.client("elbv2")
        known = {key for key in self.health if key[0] == arn}
        new = [key for key in wanted if (arn, f"{key[0]}:{key[1]}") not in known]
        gone = [key for key in known if tuple_of(key[1]) not in wanted]
        for key, state in wanted.items():
            self.health[arn, f"{key[0]}:{key[1]}"] = state
        if new:
            elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": host, "Port": port} for host, port in new])
        for each in gone:
            host, port = tuple_of(each[1])
            with contextlib.suppress(elb.exceptions.InvalidTargetException):  # somebody did it by hand before
                elb.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": host, "Port": port}])
            self.health.pop(each, None)

    def tell_networks(self, networks: list[str], ports: list[int]) -> None:
        """Let the security group of the load balancer allow exactly these networks."""
        ec2 = self.client("ec2")
        group = ec2.describe_security_groups(GroupIds=[self.group])["SecurityGroups"][0]
        if group["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=self.group, IpPermissions=group["IpPermissions"])
        for port in ports:
            four = [{"CidrIp": each} for each in networks if ":" not in each]
            six = [{"CidrIpv6": each} for each in networks if ":" in each]
            permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": four, "Ipv6Ranges": six}
            if four or six:
                ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=[permission])

    def _patch(self) -> None:
        """Have moto tell the health that the stand-in knows, allow everything where IAM's simulator is asked, and give an image's configuration."""
        from moto.core.responses import ActionResult  # noqa: PLC0415
        from moto.ecr import responses as ecr  # noqa: PLC0415
        from moto.elbv2 import models  # noqa: PLC0415 - moto is loaded where it is used
        from moto.iam import responses as iam  # noqa: PLC0415

        original, health = models.FakeTargetGroup.health_for, self.health

        def health_for(group: Any, target: dict[str, Any], backend: Any) -> Any:
            told = original(group, target, backend)
            state = health.get((group.arn, f"{told.instance_id}:{told.port}"))
            if state is not None and target["Id"] in group.targets:
                told.status, told.reason, told.description = state[0], state[1] or None, state[1] or None
            return told

        models.FakeTargetGroup.health_for = health_for  # type: ignore[method-assign, assignment]
        iam.IamResponse.simulate_principal_policy = _allow_all  # type: ignore[attr-defined]
        unsupported = ecr.ECRResponse.get_download_url_for_layer

        def layer(response: Any) -> ActionResult:
            digest = response._get_param("layerDigest")  # noqa: SLF001 - as moto's own methods read it
            return ActionResult({"downloadUrl": f"{self._blobs.url}/{digest}", "layerDigest": digest})

        ecr.ECRResponse.get_download_url_for_layer = layer  # type: ignore[assignment, method-assign]

        def restore() -> None:
            models.FakeTargetGroup.health_for = original  # type: ignore[method-assign]
            del iam.IamResponse.simulate_principal_policy  # type: ignore[attr-defined]
            ecr.ECRResponse.get_download_url_for_layer = unsupported  # type: ignore[method-assign]

        self._restore = restore


def _allow_all(response: Any) -> str:
    """Answer IAM's simulator, which moto does not have: this account's principal may do everything."""
    actions = [value for key, value in sorted(response.querystring.items()) if key.startswith("ActionNames.member")]
    results = "".join(
        f"<member><EvalActionName>{action[0]}</EvalActionName><EvalDecision>allowed</EvalDecision></member>"
        for action in actions
    )
    return (
        '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult>'
        f"<IsTruncated>false</IsTruncated><EvaluationResults>{results}</EvaluationResults></SimulatePrincipalPolicyResult>"
        "</SimulatePrincipalPolicyResponse>"
    )


def tuple_of(text: str) -> tuple[str, int]:
    """Return address and port of `address:port`."""
    address, _, port = text.rpartition(":")
    return address, int(port)
