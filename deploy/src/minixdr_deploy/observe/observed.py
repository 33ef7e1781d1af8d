"""Everything that is looked at of a deployment, as values: what the checks judge, and what tests inject failures into.

Each part is a value or `NotKnown`: nothing that could not be looked at counts as fine. Values hold no secret: of a secret only its keys.
"""

from datetime import datetime

import msgspec

from minixdr_deploy.observe.aws_values import (
    AwsState,
    CloudSecret,
    ClusterDescription,
    DatabaseInstance,
    Identity,
    Image,
    Listener,
    LoadBalancer,
    Quota,
    SecurityGroup,
    SecurityRule,
    Target,
    TargetGroup,
)
from minixdr_deploy.observe.known import NotKnown, Value, Why
from minixdr_deploy.observe.kubernetes_values import (
    Binding,
    Budget,
    Cluster,
    Condition,
    ContainerState,
    Controller,
    Deployment,
    Event,
    Ingress,
    Job,
    KubernetesState,
    Node,
    Pod,
    Route,
    SecretNote,
    Service,
    Webhook,
)
from minixdr_deploy.observe.web_values import Certificate, Names, Readiness, VersionAnswer, WebState

__all__ = [
    "AwsState",
    "Binding",
    "Budget",
    "Canary",
    "Certificate",
    "CloudSecret",
    "Cluster",
    "ClusterDescription",
    "Condition",
    "ContainerState",
    "Controller",
    "DatabaseInstance",
    "Deployment",
    "Event",
    "Identity",
    "Image",
    "Ingress",
    "Job",
    "KubernetesState",
    "Listener",
    "LoadBalancer",
    "Names",
    "Node",
    "NotKnown",
    "Observed",
    "Pod",
    "Quota",
    "Readiness",
    "Route",
    "SecretNote",
    "SecurityGroup",
    "SecurityRule",
    "Service",
    "Target",
    "TargetGroup",
    "Value",
    "VersionAnswer",
    "Wanted",
    "WebState",
    "Webhook",
    "Why",
    "WorkerAnswer",
]


class WorkerAnswer(msgspec.Struct, frozen=True):
    """What a worker says of itself."""

    version: str | None = None
    revision: str | None = None
    image_digest: str | None = None


class Canary(msgspec.Struct, frozen=True):
    """What came of a canary event."""

    ok: bool
    found_after_seconds: float | None = None
    problem: str | None = None
    workers: tuple[WorkerAnswer, ...] = ()
    sent_by: str = ""
    """Name of the Job."""


class Wanted(msgspec.Struct, frozen=True):
    """What deploy.yaml says."""

    context: str
    cluster: str
    account_id: str
    region: str
    namespace: str
    host: str
    allow_cidrs: tuple[str, ...]


class Observed(msgspec.Struct, frozen=True):
    """One look at a deployment."""

    at: datetime
    wanted: Wanted
    kubernetes: KubernetesState
    aws: AwsState
    web: WebState
    canary: Canary | NotKnown | None = None
    """None: no canary event was sent in this look."""
