"""The failures that are known, each as it comes about: how it is made here, and what the doctor must call it.

Each is mended by the very command that the doctor names, pasted into a shell; `by_hand` where that needs somebody's judgement or account.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from conftest import Site
from minixdr_cluster import releases
from minixdr_cluster.cluster import NAMESPACE
from minixdr_cluster.releases import Release

Act = Callable[[Site], object]


@dataclass(frozen=True)
class Failure:
    """One failure."""

    name: str
    problem: str
    """Id that the doctor must tell first."""
    make: Act
    by_hand: Act | None = None
    """What mends it where no command can: the doctor names what to look at."""
    seconds: float = 120.0
    """Until it shows."""
    lowers: bool = False
    """Mended by going back to the release before."""
    with_verify: bool = False
    """`verify` finds it, for it takes a Job to see it."""


def _api(site: Site) -> str:
    containers = _deployment(site, "backend")["spec"]["template"]["spec"]["containers"]
    image: str = next(each["image"] for each in containers if each["name"] == "api")
    return image


def _deployment(site: Site, name: str) -> dict:  # type: ignore[type-arg]
    found: dict = json.loads(site.cluster.kubectl("get", "deployment", name, "-o", "json"))  # type: ignore[type-arg]
    return found


def _sql(site: Site, *statements: str) -> None:
    with psycopg.connect(site.installation.database["superuser"], autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def _pending_migration(site: Site) -> None:
    """Take the newest migration back, as a restored backup does."""
    release: Release = site.release(site.shipped)
    before = release.newest - 1
    _sql(
        site,
        f"ALTER TABLE saved_hunts DROP COLUMN color{site.shipped - 1}",
        f"UPDATE alembic_version SET version_num = '{before:04d}'",
        f"UPDATE schema_state SET revision = {before}",
    )


def _drift(site: Site) -> None:
    _sql(site, "ALTER TABLE saved_hunts ADD COLUMN by_hand text")


def _undo_drift(site: Site) -> None:
    _sql(site, "ALTER TABLE saved_hunts DROP COLUMN by_hand")


def _other_image(site: Site) -> None:
    other = site.release(site.shipped - 1).frontend
    site.cluster.kubectl("set", "image", "deployment/frontend", f"web={other.reference}")


def _open_group(site: Site) -> None:
    aws = site.cluster.aws
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    aws.client("ec2").authorize_security_group_ingress(GroupId=aws.group, IpPermissions=[rule])


def _deregister(site: Site) -> None:
    group = next(each for each in site.cluster.load_balancer.groups.values() if each.service == "backend")
    targets = [{"Id": each.address, "Port": each.port} for each in group.targets.values()]
    site.cluster.aws.client("elbv2").deregister_targets(TargetGroupArn=group.arn, Targets=targets)


def _crash(site: Site) -> None:
    site.cluster.kubectl("set", "env", "deployment/worker", "MINIXDR_JOBS=none")


def _unpullable(site: Site) -> None:
    repository = site.release(site.shipped).backend.repository
    site.cluster.kubectl("set", "image", "deployment/backend", f"api={repository}@sha256:{'0' * 64}")


def _no_secret(site: Site) -> None:
    site.cluster.kubectl("delete", "secret", "mini-xdr-secrets")
    site.cluster.kubectl("rollout", "restart", "deployment/worker")


def _no_database(site: Site) -> None:
    """Change the Secret in the cluster alone, to a database that is not there, and let all pods of the api read it."""
    text = site.installation.database["MINIXDR_DATABASE_URL"]
    port = text.rpartition(":")[2].partition("/")[0]
    wrong = {"stringData": {"MINIXDR_DATABASE_URL": text.replace(f":{port}/", ":9/")}}
    site.cluster.patch("secret/mini-xdr-secrets", wrong, "merge")
    site.cluster.kubectl("delete", "pods", "-l", "app.kubernetes.io/component=backend", "--wait=false")


def _other_processor(site: Site) -> None:
    release = site.release(site.shipped)
    site.cluster.images.add(releases.for_another_processor(release.backend))
    site.cluster.kubectl(
        "set", "image", "deployment/worker", f"worker={releases.for_another_processor(release.backend).reference}"
    )


def _pressure(site: Site) -> None:
    cluster = site.cluster
    cluster.loop.run(cluster.kubelet.nodes["node-c"].pressure("DiskPressure", on=True))


def _no_pressure(site: Site) -> None:
    cluster = site.cluster
    cluster.loop.run(cluster.kubelet.nodes["node-c"].pressure("DiskPressure", on=False))


def _no_gate(site: Site) -> None:
    site.cluster.kubectl("label", "namespace", NAMESPACE, "elbv2.k8s.aws/pod-readiness-gate-inject-")
    site.cluster.kubectl("rollout", "restart", "deployment/frontend")
    site.cluster.kubectl("rollout", "status", "deployment/frontend", "--timeout=180s", seconds=200)


def _half(site: Site) -> None:
    """Pause a rollout when its first pod is there."""
    site.cluster.kubectl("set", "env", "deployment/frontend", "HALF=1")
    site.cluster.wait(
        "a first new pod",
        lambda: len(site.cluster.objects("pods", "-l", "app.kubernetes.io/component=frontend")) > 2,
        60,
    )
    site.cluster.kubectl("rollout", "pause", "deployment/frontend")


def _ship_again(site: Site) -> None:
    ran = site.installation.ship(site.release(site.shipped))
    assert ran.status == 0, str(ran)


FAILURES = (
    Failure("security-group drift", "security-group-drift", _open_group),
    Failure("targets deregistered", "targets", _deregister),
    Failure("image version mismatch", "image-version-mismatch", _other_image),
    Failure("pending migration", "pending-migration", _pending_migration),
    Failure("schema drift", "schema-drift", _drift, by_hand=_undo_drift, with_verify=True),
    Failure("secret missing", "secret-missing", _no_secret),
    Failure("database unreachable", "database-unreachable", _no_database, seconds=240),
    Failure("gate not injected", "gate-missing", _no_gate),
    Failure("node pressure", "node-pressure", _pressure, by_hand=_no_pressure),
    Failure("half a rollout", "half-rollout", _half),
    Failure("wrong architecture", "wrong-architecture", _other_processor, by_hand=_ship_again),
    Failure("crash loop", "crash-loop", _crash, lowers=True),
    Failure("image pull", "image-pull", _unpullable, lowers=True),
)
