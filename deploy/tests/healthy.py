"""A deployment on which everything is well, as one look at it: tests change one value, and expect one problem."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from minixdr_deploy.observe.observed import (
    AwsState,
    Binding,
    Budget,
    Canary,
    Certificate,
    CloudSecret,
    Cluster,
    ClusterDescription,
    Condition,
    ContainerState,
    Controller,
    DatabaseInstance,
    Deployment,
    Identity,
    Image,
    Ingress,
    Job,
    KubernetesState,
    Listener,
    LoadBalancer,
    Names,
    Node,
    Observed,
    Pod,
    Quota,
    Readiness,
    Route,
    SecretNote,
    SecurityGroup,
    SecurityRule,
    Service,
    Target,
    TargetGroup,
    VersionAnswer,
    Wanted,
    Webhook,
    WebState,
    WorkerAnswer,
)
from minixdr_deploy.release import Release

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=2)
ACCOUNT = "123456789012"
REGISTRY = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
BACKEND, FRONTEND, OTHER = (f"sha256:{letter * 64}" for letter in "bfe")
RELEASE = Release(
    "0.2.0-abcdef123456",
    "0.2.0",
    "abcdef123456",
    f"{REGISTRY}/mini-xdr-backend@{BACKEND}",
    f"{REGISTRY}/mini-xdr-frontend@{FRONTEND}",
    1,
    2,
)
GATE = "target-health.elbv2.k8s.aws/k8s-minixdr-"
BALANCER = "mini-xdr-1234.us-east-1.elb.amazonaws.com"
SECRET_VERSIONS = {"mini-xdr/backend": "v-backend", "mini-xdr/migrate": "v-migrate", "mini-xdr/nats": "v-nats"}
CONTAINER = {"backend": "api", "worker": "worker", "frontend": "web", "nats": "nats"}
PORTS = {"backend": 8000, "frontend": 3000}
NATS_IMAGE = "public.ecr.aws/docker/library/nats:2.15.1"


def image(component: str) -> str:
    return {"frontend": RELEASE.frontend_image, "nats": NATS_IMAGE}.get(component, RELEASE.backend_image)


def pod(component: str, number: int) -> Pod:
    wanted = image(component)
    digest = wanted.rpartition("@")[2] if "@" in wanted else None
    gates = (f"{GATE}{component}",) if component in PORTS else ()
    name = f"nats-{number}" if component == "nats" else f"{component}-7f9c-{number}"
    container = ContainerState(
        CONTAINER[component],
        wanted,
        wanted if digest else f"nats@sha256:{'9' * 64}",
        digest,
        ready=True,
        pre_stop=component in PORTS,
    )
    return Pod(
        name=name,
        component=component,
        node=f"node-{number}",
        ip=f"10.0.{sorted(CONTAINER).index(component)}.{number}",
        gates=gates,
        conditions=tuple(
            Condition(kind, "True", since=BEFORE) for kind in ("PodScheduled", "Ready", "ContainersReady", *gates)
        ),
        containers=(container,),
        owner="nats" if component == "nats" else f"{component}-7f9c",
        release=None if component == "nats" else RELEASE.id,
        secret_version={"nats": "v-nats", "frontend": None}.get(component, "v-backend"),
        created_at=BEFORE,
        grace_seconds=75,
    )


def deployment(component: str) -> Deployment:
    count = 3 if component == "nats" else 2
    return Deployment(
        component,
        component,
        "StatefulSet" if component == "nats" else "Deployment",
        *(count,) * 5,
        conditions=()
        if component == "nats"
        else (Condition("Progressing", "True", "NewReplicaSetAvailable"), Condition("Available", "True")),
        images={CONTAINER[component]: image(component)},
        release=None if component == "nats" else RELEASE.id,
    )


def kubernetes() -> KubernetesState:
    counts = {"backend": 2, "worker": 2, "frontend": 2, "nats": 3}
    routes = [Route(path, "backend", 8000) for path in ("/api", "/v1", "/v2", "/services", "/livez", "/readyz")]
    prefix = "alb.ingress.kubernetes.io/"
    annotations = {
        prefix + "scheme": "internet-facing",
        prefix + "target-type": "ip",
        prefix + "inbound-cidrs": "198.51.100.0/24,203.0.113.7/32",
        prefix + "listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
        prefix + "ssl-redirect": "443",
        prefix + "load-balancer-attributes": "idle_timeout.timeout_seconds=60",
    }
    paths = {"backend": "/readyz", "frontend": "/healthz"}
    return KubernetesState(
        cluster=Cluster(
            "mini-xdr-cluster",
            "https://ABC.gr7.us-east-1.eks.amazonaws.com",
            "mini-xdr-cluster",
            "v1.33.2-eks-1",
            "v1.32.4",
        ),
        namespace={"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"},
        deployments=tuple(deployment(component) for component in counts),
        pods=tuple(pod(component, number) for component, count in counts.items() for number in range(count)),
        events=(),
        ingress=Ingress(
            annotations, hosts=("xdr.example.com",), routes=(*routes, Route("/", "frontend", 3000)), address=BALANCER
        ),
        services=tuple(
            Service(
                name,
                ports=(port,),
                annotations={prefix + "healthcheck-path": paths[name]},
                ready=tuple(pod(name, number).ip or "" for number in range(2)),
            )
            for name, port in PORTS.items()
        ),
        bindings=tuple(Binding(f"k8s-{name}", name, str(port), f"arn:tg/{name}") for name, port in PORTS.items()),
        nodes=tuple(
            Node(f"node-{number}", (Condition("Ready", "True"), Condition("MemoryPressure", "False")))
            for number in range(3)
        ),
        secrets=(
            SecretNote(
                "mini-xdr-secrets",
                ("MINIXDR_DATABASE_URL", "MINIXDR_NATS_URL", "MINIXDR_SECRET_KEY"),
                version="v-backend",
            ),
            SecretNote("mini-xdr-migrate", ("MINIXDR_DATABASE_OWNER_URL",), version="v-migrate"),
            SecretNote("mini-xdr-nats", ("NATS_PASSWORD", "NATS_CLUSTER_PASSWORD"), version="v-nats"),
        ),
        jobs=(Job(f"migrate-{BACKEND[7:19]}", "migrate", "complete", image=RELEASE.backend_image, created_at=BEFORE),),
        budgets=tuple(Budget(component, component, 1, count, count - 1, count) for component, count in counts.items()),
        controller=Controller(2, 2, "v2.13.4"),
        webhooks=(Webhook("mpod.elbv2.k8s.aws"),),
        release=RELEASE,
        ship_open=False,
        at_work=None,
        settings={"MINIXDR_LOG_REPLICAS": "3"},
    )


def aws() -> AwsState:
    rules = tuple(
        SecurityRule(source, "tcp", port, port)
        for source in ("198.51.100.0/24", "203.0.113.7/32")
        for port in (80, 443)
    )
    return AwsState(
        identity=Identity(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/operator/jo"),
        cluster=ClusterDescription("mini-xdr-cluster", "ACTIVE", "https://abc.gr7.us-east-1.eks.amazonaws.com", "1.33"),
        images=(
            Image("mini-xdr-backend", BACKEND, (RELEASE.id,), ("amd64",)),
            Image("mini-xdr-frontend", FRONTEND, (RELEASE.id,), ("amd64",)),
        ),
        load_balancer=LoadBalancer(
            "arn:lb",
            "mini-xdr",
            BALANCER,
            listeners=(Listener(80, "HTTP"), Listener(443, "HTTPS", ("arn:cert",))),
            groups=(
                SecurityGroup("sg-front", "k8s-minixdr-front", rules),
                SecurityGroup("sg-shared", "k8s-traffic", (), {"elbv2.k8s.aws/resource": "backend-sg"}),
            ),
        ),
        target_groups=tuple(
            TargetGroup(
                f"arn:tg/{name}",
                f"k8s-{name}",
                tuple(Target(pod(name, number).ip or "", port) for number in range(2)),
                name,
                {"backend": "/readyz", "frontend": "/healthz"}[name],
                30,
            )
            for name, port in PORTS.items()
        ),
        secrets=(
            CloudSecret(
                "mini-xdr/backend", "v-backend", ("MINIXDR_DATABASE_URL", "MINIXDR_NATS_URL", "MINIXDR_SECRET_KEY")
            ),
            CloudSecret("mini-xdr/migrate", "v-migrate", ("MINIXDR_DATABASE_OWNER_URL",)),
            CloudSecret("mini-xdr/nats", "v-nats", ("NATS_PASSWORD", "NATS_CLUSTER_PASSWORD")),
        ),
        database=DatabaseInstance("mini-xdr", "available", "mini-xdr.abc.us-east-1.rds.amazonaws.com"),
        quotas=(Quota("Application Load Balancers per Region", 50, 3, "L-53DA6B97", "elasticloadbalancing"),),
        clock_skew_seconds=0.4,
    )


def web() -> WebState:
    return WebState(
        names=Names(("192.0.2.1", "192.0.2.2"), ("192.0.2.1", "192.0.2.2")),
        certificate=Certificate(("xdr.example.com",), NOW + timedelta(days=200), "Amazon RSA 2048 M02"),
        versions=(
            VersionAnswer("api", RELEASE.version, RELEASE.revision, BACKEND, 1, 2),
            VersionAnswer("web", RELEASE.version, RELEASE.revision, FRONTEND),
        ),
        readiness=Readiness("ready", {}, ("database", "log", "schema", "lake")),
        entrance="https://xdr.example.com",
    )


def observed() -> Observed:
    wanted = Wanted(
        "mini-xdr-cluster",
        "mini-xdr-cluster",
        ACCOUNT,
        "us-east-1",
        "mini-xdr",
        "xdr.example.com",
        ("198.51.100.0/24", "203.0.113.7/32"),
    )
    canary = Canary(
        ok=True,
        found_after_seconds=1.5,
        workers=(WorkerAnswer(RELEASE.version, RELEASE.revision, BACKEND),),
        sent_by="canary-1",
    )
    return Observed(NOW, wanted, kubernetes(), aws(), web(), canary)


def changed(value: Any, path: str, new: Any) -> Any:
    """Return a value with the attribute at a dotted path replaced; `new` may be a function of the old one."""
    name, _, rest = path.partition(".")
    old = getattr(value, name)
    made = changed(old, rest, new) if rest else new(old) if callable(new) else new
    return msgspec.structs.replace(value, **{name: made})


def each(chosen: Callable[[Any], bool], **new: Any) -> Callable[[Any], Any]:
    """Return a function that changes those of a tuple that are chosen; a new value may be a function of the old."""

    def change(values: Any) -> Any:
        return tuple(
            msgspec.structs.replace(
                value, **{name: made(getattr(value, name)) if callable(made) else made for name, made in new.items()}
            )
            if chosen(value)
            else value
            for value in values
        )

    return change


def of(component: str) -> Callable[[Any], bool]:
    return lambda value: getattr(value, "component", None) == component or getattr(value, "service", None) == component


def without(chosen: Callable[[Any], bool]) -> Callable[[Any], Any]:
    return lambda values: tuple(value for value in values if not chosen(value))
