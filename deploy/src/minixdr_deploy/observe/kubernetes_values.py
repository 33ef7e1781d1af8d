"""What the cluster says, as values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from minixdr_deploy.observe.known import NotKnown
from minixdr_deploy.release import Release


class ContainerState(msgspec.Struct, frozen=True):
    """A container of a pod: what is wanted of it and what the kubelet says about it."""

    name: str
    image: str
    image_id: str = ""
    """What the node runs: ends in the digest. Empty before the image is there."""
    env_digest: str | None = None
    """Its MINIXDR_IMAGE_DIGEST; None where the container has none."""
    init: bool = False
    ready: bool = False
    restarts: int = 0
    state: Literal["waiting", "running", "terminated"] = "running"
    reason: str = ""
    """Of waiting or termination: CrashLoopBackOff, ImagePullBackOff, OOMKilled, Error."""
    message: str = ""
    exit_code: int | None = None
    last_exit_code: int | None = None
    """Of the run before this one."""
    last_reason: str = ""
    last_message: str = ""
    log: str = ""
    """The last lines it wrote; looked at only where it does not run."""
    pre_stop: bool = False


class Condition(msgspec.Struct, frozen=True):
    """One of the conditions of an object."""

    type: str
    status: str
    reason: str = ""
    message: str = ""
    since: datetime | None = None


class Pod(msgspec.Struct, frozen=True):
    """A pod of the namespace."""

    name: str
    component: str
    phase: str = "Running"
    node: str | None = None
    ip: str | None = None
    gates: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    containers: tuple[ContainerState, ...] = ()
    owner: str = ""
    """Name of the ReplicaSet, StatefulSet or Job."""
    release: str | None = None
    secret_version: str | None = None
    created_at: datetime | None = None
    leaving: bool = False
    grace_seconds: int = 30

    def condition(self, kind: str) -> Condition | None:
        """Return one condition; None where the pod has none of this type."""
        return next((each for each in self.conditions if each.type == kind), None)

    @property
    def ready(self) -> bool:
        """Whether Services send to it."""
        found = self.condition("Ready")
        return found is not None and found.status == "True"


class Deployment(msgspec.Struct, frozen=True):
    """A Deployment or StatefulSet."""

    name: str
    component: str
    kind: Literal["Deployment", "StatefulSet"] = "Deployment"
    replicas: int = 2
    updated: int = 2
    ready: int = 2
    available: int = 2
    total: int = 2
    """Pods of all revisions."""
    current: bool = True
    """Whether the controller has seen the newest specification."""
    paused: bool = False
    conditions: tuple[Condition, ...] = ()
    images: Mapping[str, str] = {}
    """Of the template, by container."""
    release: str | None = None
    secret_version: str | None = None
    max_unavailable: str = "0"
    max_surge: str = "1"
    pre_stop: bool = True
    """Whether each container that serves waits before it ends."""
    grace_seconds: int = 75

    def condition(self, kind: str) -> Condition | None:
        """Return one condition; None where there is none of this type."""
        return next((each for each in self.conditions if each.type == kind), None)


class Event(msgspec.Struct, frozen=True):
    """A Kubernetes event of type Warning."""

    object: str
    """`Kind/name`."""
    reason: str
    message: str
    count: int = 1
    last_at: datetime | None = None


class Route(msgspec.Struct, frozen=True):
    """A path of the Ingress and where it leads."""

    path: str
    service: str
    port: int
    path_type: str = "Prefix"


class Ingress(msgspec.Struct, frozen=True):
    """The Ingress `mini-xdr`."""

    annotations: Mapping[str, str]
    class_name: str | None = "alb"
    hosts: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    address: str | None = None
    """The load balancer's name that the controller noted; None: not made yet."""


class Service(msgspec.Struct, frozen=True):
    """A Service and the pods it sends to."""

    name: str
    kind: str = "ClusterIP"
    ports: tuple[int, ...] = ()
    annotations: Mapping[str, str] = {}
    selector: Mapping[str, str] = {}
    ready: tuple[str, ...] = ()
    """Addresses of ready pods, from its EndpointSlices."""


class Binding(msgspec.Struct, frozen=True):
    """A TargetGroupBinding: which Service fills which target group."""

    name: str
    service: str
    port: str
    target_group: str
    """Its ARN."""
    target_type: str = "ip"


class Node(msgspec.Struct, frozen=True):
    """A node."""

    name: str
    conditions: tuple[Condition, ...] = ()
    architecture: str = "amd64"
    taints: tuple[str, ...] = ()
    cordoned: bool = False
    kubelet_version: str = ""

    def true(self, kind: str) -> bool:
        """Return whether a condition holds."""
        return any(each.type == kind and each.status == "True" for each in self.conditions)


class SecretNote(msgspec.Struct, frozen=True):
    """A Kubernetes Secret: its keys, never a value."""

    name: str
    keys: tuple[str, ...]
    empty: tuple[str, ...] = ()
    """Keys whose value is empty."""
    version: str | None = None
    """Version id in AWS Secrets Manager it was copied from."""


class Job(msgspec.Struct, frozen=True):
    """A Job of the namespace."""

    name: str
    component: str
    state: Literal["active", "complete", "failed"]
    reason: str = ""
    message: str = ""
    image: str = ""
    created_at: datetime | None = None
    log: str = ""
    """The last lines of its newest pod; looked at only where it failed."""


class Budget(msgspec.Struct, frozen=True):
    """A PodDisruptionBudget."""

    name: str
    component: str
    allowed: int
    healthy: int
    wanted_healthy: int
    expected: int


class Controller(msgspec.Struct, frozen=True):
    """AWS Load Balancer Controller."""

    ready: int
    replicas: int
    version: str = ""


class Webhook(msgspec.Struct, frozen=True):
    """The controller's webhook that adds readiness gates to pods."""

    name: str


class Cluster(msgspec.Struct, frozen=True):
    """Which cluster kubectl talks to."""

    context: str
    server: str
    current_context: str | None = None
    server_version: str | None = None
    client_version: str | None = None


class KubernetesState(msgspec.Struct, frozen=True):
    """What the cluster says."""

    cluster: Cluster | NotKnown
    namespace: Mapping[str, str] | NotKnown | None
    """Labels of the namespace; None: there is no such namespace."""
    deployments: tuple[Deployment, ...] | NotKnown
    pods: tuple[Pod, ...] | NotKnown
    events: tuple[Event, ...] | NotKnown
    ingress: Ingress | NotKnown | None
    services: tuple[Service, ...] | NotKnown
    bindings: tuple[Binding, ...] | NotKnown
    nodes: tuple[Node, ...] | NotKnown
    secrets: tuple[SecretNote, ...] | NotKnown
    jobs: tuple[Job, ...] | NotKnown
    budgets: tuple[Budget, ...] | NotKnown
    controller: Controller | NotKnown | None
    webhooks: tuple[Webhook, ...] | NotKnown
    release: Release | NotKnown | None
    """What is wanted; None: nothing was shipped yet."""
    ship_open: bool | NotKnown
    """Whether a ship began and did not end."""
    at_work: str | NotKnown | None
    """Who holds the lock of the deployment now; None: nobody."""
    settings: Mapping[str, str] | NotKnown | None
    """ConfigMap `mini-xdr-config`."""
