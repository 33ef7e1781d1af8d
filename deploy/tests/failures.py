"""Failures, each as a change of a healthy deployment: `(name, check that must find it, changes)`. A new check needs one here."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from healthy import BEFORE, GATE, NOW, OTHER, REGISTRY, each, of, pod, without
from minixdr_deploy.observe.observed import (
    Canary,
    Certificate,
    Condition,
    Event,
    Identity,
    Job,
    Names,
    NotKnown,
    Readiness,
    SecurityRule,
    VersionAnswer,
)

Change = tuple[str, Any]
"""Dotted path and new value, or a function of the old."""

ALB = "alb.ingress.kubernetes.io/"
OTHER_BACKEND = f"{REGISTRY}/mini-xdr-backend@{OTHER}"
EXPIRED = NotKnown("the security token included in the request is expired", "expired")
CRASH = {
    "ready": False,
    "state": "waiting",
    "reason": "CrashLoopBackOff",
    "restarts": 4,
    "last_exit_code": 1,
    "last_reason": "Error",
}


def named(name: str) -> Callable[[Any], bool]:
    return lambda value: value.name == name


def annotated(**changes: str | None) -> Change:
    def change(old: dict[str, str]) -> dict[str, str]:
        new = {**old, **{ALB + key.replace("_", "-"): value for key, value in changes.items() if value is not None}}
        return {
            key: value
            for key, value in new.items()
            if changes.get(key.removeprefix(ALB).replace("-", "_"), "") is not None
        }

    return "kubernetes.ingress.annotations", change


def sick(component: str, names: tuple[str, ...] | None = None, **container: Any) -> Change:
    """Return the change by which the pods of a component are not ready, their containers as said."""

    def ill(old: Any) -> Any:
        return tuple(
            replace(
                value,
                conditions=tuple(
                    replace(one, status="False", since=BEFORE) if one.type in {"Ready", "ContainersReady"} else one
                    for one in value.conditions
                ),
                containers=tuple(replace(one, **container) for one in value.containers),
            )
            if value.component == component and (names is None or value.name in names)
            else value
            for value in old
        )

    return "kubernetes.pods", ill


def targets(component: str, **new: Any) -> Change:
    return "aws.target_groups", each(of(component), targets=each(lambda _: True, **new))


def not_ready(problem: str, part: str) -> Change:
    return "web.readiness", Readiness("not_ready", {part: problem}, ("database", "log", "schema", "lake"))


AWAY = targets("backend", state="unhealthy", reason="Target.ResponseCodeMismatch")
STUCK: Change = (
    "kubernetes.deployments",
    each(
        named("backend"),
        updated=1,
        total=3,
        available=2,
        conditions=(Condition("Progressing", "False", "ProgressDeadlineExceeded", "timed out"),),
    ),
)


def new_pod(**container: Any) -> Change:
    """Return the change by which a third pod of a new release does not start."""
    made = pod("backend", 2)
    image = {"image": OTHER_BACKEND, "image_id": OTHER_BACKEND, "env_digest": OTHER, "ready": False, **container}
    condition = tuple(
        replace(one, status="False") if one.type in {"Ready", "ContainersReady"} else one for one in made.conditions
    )
    ill = replace(
        made,
        owner="backend-new",
        conditions=condition,
        containers=tuple(replace(one, **image) for one in made.containers),
    )
    return "kubernetes.pods", lambda old: (*old, ill)


FAILURES: list[tuple[str, str, list[Change]]] = [
    (
        "a program that needs a newer schema than the database has",
        "pending-migration",
        [
            not_ready(
                "the database's schema is at revision 1, this program needs 2 or later: run `minixdr db upgrade` with this program",
                "schema",
            ),
            AWAY,
        ],
    ),
    (
        "an image set by hand before its migration",
        "pending-migration",
        [
            new_pod(
                **{
                    **CRASH,
                    "log": "the database's schema is at revision 1, this program needs 2 or later: run `minixdr db upgrade`",
                }
            ),
            STUCK,
            ("kubernetes.deployments", each(named("backend"), images={"api": OTHER_BACKEND})),
        ],
    ),
    (
        "a program older than the database's schema",
        "schema-drift",
        [
            not_ready(
                "the database's schema (revision 9) needs a program that knows revision 8, this one knows 2: install the newer program",
                "schema",
            ),
            AWAY,
        ],
    ),
    (
        "tables changed by hand",
        "schema-drift",
        [
            (
                "kubernetes.jobs",
                lambda old: (
                    *old,
                    Job(
                        "schema-check-1",
                        "schema-check",
                        "failed",
                        created_at=NOW,
                        log="findings: column extra is not expected\nthe tables are not as this program's migrations leave them",
                    ),
                ),
            )
        ],
    ),
    ("an image label that lies about the schema", "schema-drift", [("kubernetes.release.schema_newest", 3)]),
    (
        "a migration Job that failed",
        "migration-failed",
        [
            (
                "kubernetes.jobs",
                lambda old: (
                    *old,
                    Job("migrate-e", "migrate", "failed", "BackoffLimitExceeded", image=OTHER_BACKEND, created_at=NOW),
                ),
            )
        ],
    ),
    (
        "a migration that waits for a lock",
        "migration-failed",
        [
            (
                "kubernetes.jobs",
                (Job("migrate-e", "migrate", "active", image=OTHER_BACKEND, created_at=NOW - timedelta(hours=1)),),
            )
        ],
    ),
    (
        "an image set by hand",
        "image-version-mismatch",
        [("kubernetes.deployments", each(named("worker"), images={"worker": OTHER_BACKEND}))],
    ),
    (
        "a mutable tag",
        "image-version-mismatch",
        [("kubernetes.deployments", each(named("frontend"), images={"web": f"{REGISTRY}/mini-xdr-frontend:latest"}))],
    ),
    (
        "a node that runs an old image of a moved tag",
        "image-version-mismatch",
        [("kubernetes.pods", each(named("worker-7f9c-1"), containers=each(lambda _: True, image_id=OTHER_BACKEND)))],
    ),
    (
        "a part that answers with another digest",
        "image-version-mismatch",
        [("web.versions", lambda old: (VersionAnswer("api", "0.1.0", "000000000000", OTHER, 1, 1), *old[1:]))],
    ),
    ("a wanted image that the registry has lost", "image-version-mismatch", [("aws.images", lambda old: old[1:])]),
    (
        "a repository whose tags can be moved",
        "image-version-mismatch",
        [("aws.images", each(lambda _: True, immutable=False))],
    ),
    (
        "half a rollout: a ship that did not end",
        "half-rollout",
        [("kubernetes.ship_open", True)],
    ),
    (
        "half a rollout: workloads of two releases",
        "half-rollout",
        [("kubernetes.deployments", each(named("frontend"), release="0.1.0-000000000000"))],
    ),
    (
        "half a rollout: two releases of one workload",
        "half-rollout",
        [
            ("kubernetes.pods", each(named("worker-7f9c-1"), owner="worker-old")),
            ("kubernetes.deployments", each(named("worker"), updated=1)),
        ],
    ),
    ("a paused rollout", "half-rollout", [("kubernetes.deployments", each(named("worker"), updated=1, paused=True))]),
    (
        "the whole internet let in by hand",
        "security-group-drift",
        [
            (
                "aws.load_balancer.groups",
                each(named("k8s-minixdr-front"), rules=lambda old: (*old, SecurityRule("0.0.0.0/0"))),
            )
        ],
    ),
    (
        "a forgotten rule of another port",
        "security-group-drift",
        [
            (
                "aws.load_balancer.groups",
                each(named("k8s-minixdr-front"), rules=lambda old: (*old, SecurityRule("192.0.2.0/24", "tcp", 22, 22))),
            )
        ],
    ),
    (
        "a rule that is missing",
        "security-group-drift",
        [("aws.load_balancer.groups", each(named("k8s-minixdr-front"), rules=lambda old: old[1:]))],
    ),
    ("both inbound-cidrs and security-groups", "security-group-drift", [annotated(security_groups="sg-other")]),
    ("neither inbound-cidrs nor security-groups", "security-group-drift", [annotated(inbound_cidrs=None)]),
    (
        "an Ingress with another list than deploy.yaml",
        "security-group-drift",
        [annotated(inbound_cidrs="192.0.2.0/24")],
    ),
    ("an empty target group", "targets", [("aws.target_groups", each(of("frontend"), targets=()))]),
    (
        "targets that were deregistered",
        "targets",
        [("aws.target_groups", each(of("backend"), targets=lambda old: old[1:]))],
    ),
    ("unhealthy targets", "targets", [targets("frontend", state="unhealthy", reason="Target.Timeout")]),
    ("a Service with another selector", "targets", [("kubernetes.services", each(named("frontend"), ready=()))]),
    ("draining targets", "targets", [targets("frontend", state="draining", reason="Target.DeregistrationInProgress")]),
    ("a target group that is gone", "targets", [("aws.target_groups", lambda old: old[1:])]),
    ("a health check at the wrong path", "targets", [("aws.target_groups", each(of("backend"), health_path="/"))]),
    (
        "a pod without its readiness gate",
        "gate-missing",
        [("kubernetes.pods", each(named("backend-7f9c-1"), gates=()))],
    ),
    ("a namespace without the label", "gate-missing", [("kubernetes.namespace", {})]),
    ("a preStop taken away", "unsafe-rollout", [("kubernetes.deployments", each(named("backend"), pre_stop=False))]),
    (
        "a crash loop of unknown cause",
        "crash-loop",
        [
            sick("worker", **{**CRASH, "log": "Traceback (most recent call last):\nKeyError: 'x'"}),
            ("kubernetes.deployments", each(named("worker"), available=0, ready=0)),
        ],
    ),
    (
        "an image that cannot be pulled",
        "image-pull",
        [new_pod(state="waiting", reason="ImagePullBackOff", message="manifest unknown"), STUCK],
    ),
    (
        "a Secret that is missing",
        "secret-missing",
        [
            ("kubernetes.secrets", without(named("mini-xdr-secrets"))),
            sick(
                "backend",
                state="waiting",
                reason="CreateContainerConfigError",
                message='secret "mini-xdr-secrets" not found',
            ),
            AWAY,
        ],
    ),
    (
        "a key that is missing in AWS",
        "secret-missing",
        [("aws.secrets", each(named("mini-xdr/backend"), keys=("MINIXDR_NATS_URL",)))],
    ),
    (
        "a Secret with an empty key",
        "secret-missing",
        [("kubernetes.secrets", each(named("mini-xdr-migrate"), empty=("MINIXDR_DATABASE_OWNER_URL",)))],
    ),
    (
        "a rotated secret that was not copied",
        "secret-stale",
        [("aws.secrets", each(named("mini-xdr/backend"), version="v-new"))],
    ),
    (
        "pods older than the secret",
        "secret-stale",
        [("kubernetes.pods", each(of("worker"), secret_version="v-older"))],
    ),
    ("settings that are missing", "container-config", [("kubernetes.settings", None)]),
    ("a database that does not answer", "database-unreachable", [not_ready("does not answer", "database"), AWAY]),
    (
        "a database that was stopped",
        "database-unreachable",
        [
            ("aws.database.status", "stopped"),
            sick("backend", **{**CRASH, "log": "error: the database does not answer (MINIXDR_DATABASE_URL): timeout"}),
            AWAY,
        ],
    ),
    (
        "an image of another processor",
        "wrong-architecture",
        [new_pod(**{**CRASH, "log": "exec /usr/bin/minixdr: exec format error"}), STUCK],
    ),
    (
        "an image manifest of another processor",
        "wrong-architecture",
        [
            ("aws.images", each(lambda one: "backend" in one.repository, architectures=("arm64",))),
        ],
    ),
    (
        "a node under pressure",
        "node-pressure",
        [
            (
                "kubernetes.nodes",
                each(
                    named("node-1"),
                    conditions=(
                        Condition("Ready", "True"),
                        Condition("DiskPressure", "True", "KubeletHasDiskPressure"),
                    ),
                ),
            )
        ],
    ),
    (
        "a node that does not answer",
        "node-pressure",
        [("kubernetes.nodes", each(named("node-1"), conditions=(Condition("Ready", "Unknown", "NodeStatusUnknown"),)))],
    ),
    (
        "pods for which there is no place",
        "unschedulable",
        [
            (
                "kubernetes.pods",
                lambda old: (
                    *old,
                    replace(
                        pod("worker", 5),
                        phase="Pending",
                        node=None,
                        containers=(),
                        conditions=(Condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available"),),
                    ),
                ),
            )
        ],
    ),
    ("credentials that expired", "credentials-expired", [("aws.identity", EXPIRED)]),
    ("a rollout that is stuck", "rollout-stuck", [STUCK]),
    (
        "one replica",
        "availability",
        [("kubernetes.deployments", each(named("frontend"), replicas=1, updated=1, total=1, ready=1, available=1))],
    ),
    (
        "a disruption budget that blocks",
        "availability",
        [("kubernetes.budgets", each(named("backend"), allowed=0, wanted_healthy=2))],
    ),
    ("a controller that is not installed", "controller-missing", [("kubernetes.controller", None)]),
    ("a controller that does not run", "controller-missing", [("kubernetes.controller.ready", 0)]),
    ("a webhook that is not registered", "controller-missing", [("kubernetes.webhooks", ())]),
    ("an annotation that does not exist", "ingress-annotations", [annotated(idle_timeout_seconds="120")]),
    (
        "a path that leads to the wrong Service",
        "ingress-annotations",
        [("kubernetes.ingress.routes", lambda old: old[1:])],
    ),
    ("a load balancer that was deleted", "load-balancer-missing", [("aws.load_balancer", None)]),
    ("an Ingress without a load balancer", "load-balancer-missing", [("kubernetes.ingress.address", None)]),
    ("a name that does not exist", "dns", [("web.names", Names((), ("192.0.2.1",)))]),
    ("a name that leads elsewhere", "dns", [("web.names", Names(("192.0.2.99",), ("192.0.2.1",)))]),
    (
        "a certificate near its end",
        "certificate",
        [("web.certificate", Certificate(("xdr.example.com",), NOW + timedelta(days=3), "Amazon"))],
    ),
    (
        "a certificate of another host",
        "certificate",
        [
            (
                "web.certificate",
                Certificate(("other.example.com",), NOW + timedelta(days=90), "Amazon", "Hostname mismatch"),
            )
        ],
    ),
    (
        "an address that does not answer",
        "entrance",
        [
            ("web.versions", NotKnown("ConnectTimeout", "unreachable")),
            ("web.readiness", NotKnown("ConnectTimeout", "unreachable")),
        ],
    ),
    (
        "a canary event that did not become a finding",
        "canary",
        [("canary", Canary(ok=False, problem="no finding after 30 s", sent_by="canary-1"))],
    ),
    (
        "NATS without a majority",
        "nats-quorum",
        [
            ("kubernetes.deployments", each(named("nats"), ready=1, available=1)),
            not_ready("does not answer", "log"),
            AWAY,
        ],
    ),
    ("NATS that cannot be reached", "nats-quorum", [not_ready("does not answer", "log"), AWAY]),
    (
        "a lake that cannot be reached",
        "lake-unreachable",
        [not_ready("the warehouse or its catalog does not answer", "lake"), AWAY],
    ),
    (
        "a context of another cluster",
        "wrong-context",
        [("kubernetes.cluster.server", "https://other.example.com"), ("kubernetes.release", None)],
    ),
    (
        "an account that is another",
        "wrong-context",
        [("aws.identity", Identity("999999999999", "arn:aws:iam::999999999999:user/jo")), ("aws.images", ())],
    ),
    ("a clock that is off", "clock-skew", [("aws.clock_skew_seconds", 400.0)]),
    ("a quota that is used up", "quota", [("aws.quotas", each(lambda _: True, used=50))]),
    ("a kubectl that is too old", "version-skew", [("kubernetes.cluster.client_version", "v1.28.0")]),
    (
        "a namespace that is missing",
        "namespace-missing",
        [
            ("kubernetes.namespace", None),
            ("kubernetes.release", None),
            ("kubernetes.deployments", ()),
            ("kubernetes.pods", ()),
        ],
    ),
    (
        "a container that ran out of memory",
        "out-of-memory",
        [sick("worker", **{**CRASH, "last_reason": "OOMKilled", "last_exit_code": 137})],
    ),
    (
        "a pod whose gate does not open",
        "pod-not-ready",
        [
            (
                "kubernetes.pods",
                each(
                    named("backend-7f9c-1"),
                    conditions=(
                        Condition("Ready", "False", "ReadinessGatesNotReady", since=BEFORE),
                        Condition(f"{GATE}backend", "False"),
                    ),
                ),
            ),
            ("kubernetes.events", (Event("Pod/backend-7f9c-1", "Unhealthy", "Readiness probe failed"),)),
        ],
    ),
]
"""Each is one cause with what follows from it: the cause must be the one problem that is told."""
