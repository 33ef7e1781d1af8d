"""What AWS says, as values."""

from collections.abc import Mapping

import msgspec

from minixdr_deploy.observe.known import NotKnown


class Identity(msgspec.Struct, frozen=True):
    """Who asks AWS."""

    account_id: str
    arn: str


class Image(msgspec.Struct, frozen=True):
    """An image in ECR."""

    repository: str
    digest: str
    tags: tuple[str, ...] = ()
    architectures: tuple[str, ...] | NotKnown = ()
    """Of its manifest or index: `amd64`, `arm64`."""
    immutable: bool = True
    """Whether a tag of the repository can never be moved."""


class SecurityRule(msgspec.Struct, frozen=True, order=True):
    """One source of one ingress rule of a security group."""

    source: str
    """A network, a prefix list (`pl-`) or a group (`sg-`)."""
    protocol: str = "tcp"
    from_port: int | None = 443
    to_port: int | None = 443

    @property
    def ports(self) -> str:
        """Return the ports in words: `443`, `80-90`, `all`."""
        if self.from_port is None or self.protocol == "-1":
            return "all"
        return str(self.from_port) if self.from_port == self.to_port else f"{self.from_port}-{self.to_port}"


class SecurityGroup(msgspec.Struct, frozen=True):
    """A security group and all its ingress rules."""

    id: str
    name: str
    rules: tuple[SecurityRule, ...]
    tags: Mapping[str, str] = {}

    @property
    def of_controller(self) -> bool:
        """Return whether the controller made it, and undoes what is changed in it by hand as soon as it looks again."""
        return bool(self.tags.keys() & {"elbv2.k8s.aws/cluster", "ingress.k8s.aws/stack"})

    @property
    def of_cluster(self) -> bool:
        """Return whether it is the controller's shared group for the way from load balancer to pods: nothing comes in through it."""
        return self.tags.get("elbv2.k8s.aws/resource") == "backend-sg"


class Listener(msgspec.Struct, frozen=True):
    """A listener of the load balancer."""

    port: int
    protocol: str
    certificates: tuple[str, ...] = ()


class LoadBalancer(msgspec.Struct, frozen=True):
    """The load balancer that the controller made."""

    arn: str
    name: str
    dns_name: str
    state: str = "active"
    scheme: str = "internet-facing"
    listeners: tuple[Listener, ...] | NotKnown = ()
    groups: tuple[SecurityGroup, ...] | NotKnown = ()


class Target(msgspec.Struct, frozen=True):
    """A target of a target group."""

    id: str
    port: int
    state: str = "healthy"
    reason: str = ""
    description: str = ""


class TargetGroup(msgspec.Struct, frozen=True):
    """A target group of the load balancer."""

    arn: str
    name: str
    targets: tuple[Target, ...] | NotKnown
    service: str | None = None
    """The Service that fills it, by its TargetGroupBinding."""
    health_path: str | None = None
    deregistration_seconds: int | None = None


class CloudSecret(msgspec.Struct, frozen=True):
    """A secret in AWS Secrets Manager: its keys, never a value."""

    name: str
    version: str
    keys: tuple[str, ...]
    empty: tuple[str, ...] = ()


class DatabaseInstance(msgspec.Struct, frozen=True):
    """The RDS instance."""

    id: str
    status: str
    endpoint: str | None = None


class Quota(msgspec.Struct, frozen=True):
    """How much of a service quota is used."""

    name: str
    limit: float
    used: int
    code: str
    service: str


class ClusterDescription(msgspec.Struct, frozen=True):
    """The cluster as EKS describes it."""

    name: str
    status: str
    endpoint: str
    version: str


class AwsState(msgspec.Struct, frozen=True):
    """What AWS says."""

    identity: Identity | NotKnown
    cluster: ClusterDescription | NotKnown | None
    images: tuple[Image, ...] | NotKnown
    """Of the wanted digests; one that is missing is not in the registry."""
    load_balancer: LoadBalancer | NotKnown | None
    target_groups: tuple[TargetGroup, ...] | NotKnown
    secrets: tuple[CloudSecret, ...] | NotKnown
    """Those that exist."""
    database: DatabaseInstance | NotKnown | None
    """None: the account has no instance that the configuration names."""
    quotas: tuple[Quota, ...] | NotKnown
    clock_skew_seconds: float | NotKnown
    """AWS's clock minus this machine's."""
