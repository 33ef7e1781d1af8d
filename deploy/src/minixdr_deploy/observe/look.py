"""Looks at a deployment: in goes the outside world, out comes one `Observed`. Nothing is changed by looking; all looks run at once."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import certifi

from minixdr_deploy import lock, record
from minixdr_deploy.aws import account, balancer, held_secrets, registry_images
from minixdr_deploy.kube.kubectl import Object
from minixdr_deploy.observe import cluster, cluster_objects, web
from minixdr_deploy.observe.cluster import Found
from minixdr_deploy.observe.looking import Look, Looking, NotLookedError, need
from minixdr_deploy.observe.observed import (
    AwsState,
    Binding,
    Canary,
    CloudSecret,
    Cluster,
    Ingress,
    KubernetesState,
    LoadBalancer,
    NotKnown,
    Observed,
    Pod,
    Quota,
    Service,
    TargetGroup,
    Wanted,
    Webhook,
    WebState,
)
from minixdr_deploy.release import Release
from minixdr_deploy.secret_names import SECRETS
from minixdr_deploy.world import World

SECONDS = 9.0
"""For all looks together: `doctor` answers within 10."""

Made = TypeVar("Made")
_Kept = record.Record | None


def observe(world: World, *, seconds: float = SECONDS, canary: Canary | NotKnown | None = None) -> Observed:
    """Return one look at the deployment. What does not answer within `seconds` is NotKnown."""
    looks = Looking(seconds)
    inside = looks.start("namespace", lambda: cluster.in_namespace(world.kube))
    everywhere = looks.start("nodes", lambda: cluster.everywhere(world.kube))
    kubernetes = _kubernetes(world, looks, inside, everywhere)
    cloud = _aws(world, looks, inside)
    outside = _web(world, looks, inside)
    return Observed(world.now(), _wanted(world), kubernetes(), cloud(), outside(), canary)


def _wanted(world: World) -> Wanted:
    config = world.config
    return Wanted(
        config.context,
        config.cluster,
        config.account_id,
        config.region,
        config.namespace,
        config.host,
        config.allow_cidrs,
    )


def _kubernetes(
    world: World, looks: Looking, inside: Look[Found], everywhere: Look[Found]
) -> Callable[[], KubernetesState]:
    kube = world.kube
    which = looks.start("kubectl's configuration", lambda: cluster.identity(kube))
    versions = looks.start("versions", lambda: cluster.versions(kube))
    secrets = looks.start("secrets", lambda: cluster.secrets(kube))
    system = looks.start(
        "controller", lambda: cluster_objects.controller(kube.list("deployments.apps", namespace="kube-system"))
    )
    pods = looks.start("logs", lambda: cluster.with_logs(kube, need(_all(inside.result(), "Pod", cluster_objects.pod))))
    jobs = looks.start(
        "logs of Jobs",
        lambda: cluster.with_job_logs(
            kube,
            need(_all(inside.result(), "Job", cluster_objects.job)),
            need(_all(inside.result(), "Pod", cluster_objects.pod)),
        ),
    )

    def gather() -> KubernetesState:
        found, around = inside.result(), everywhere.result()
        kept = _record(found)
        return KubernetesState(
            cluster=_cluster(which.result(), versions.result()),
            namespace=_namespace(around, kube.namespace),
            deployments=_all(found, ("Deployment", "StatefulSet"), cluster_objects.deployment),
            pods=_pods(pods.result(), found),
            events=_all(found, "Event", cluster_objects.event, lambda item: item.get("type") == "Warning"),
            ingress=_ingress(found),
            services=_services(found),
            bindings=_all(found, "TargetGroupBinding", cluster_objects.binding),
            nodes=_all(around, "Node", cluster_objects.node),
            secrets=secrets.result(),
            jobs=jobs.result(),
            budgets=_all(found, "PodDisruptionBudget", cluster_objects.budget),
            controller=system.result(),
            webhooks=_webhooks(around),
            release=kept if isinstance(kept, NotKnown) else kept.release if kept else None,
            ship_open=kept if isinstance(kept, NotKnown) else kept is not None and kept.state != "shipped",
            at_work=_at_work(world, found),
            settings=_settings(found),
        )

    return gather


def _all(
    found: Found | NotKnown,
    kinds: str | Sequence[str],
    make: Callable[[Object], Made],
    chosen: Callable[[Object], bool] = lambda _: True,
) -> tuple[Made, ...] | NotKnown:
    if isinstance(found, NotKnown):
        return found
    made: list[Made] = []
    for kind in (kinds,) if isinstance(kinds, str) else kinds:
        items = found[kind]
        if isinstance(items, NotKnown):
            return items
        made += [make(item) for item in items if chosen(item)]
    return tuple(made)


def _pods(with_logs: tuple[Pod, ...] | NotKnown, found: Found | NotKnown) -> tuple[Pod, ...] | NotKnown:
    """Return the pods; without logs where those did not come in time."""
    return _all(found, "Pod", cluster_objects.pod) if isinstance(with_logs, NotKnown) else with_logs


def _cluster(which: Cluster | NotKnown, versions: tuple[str | None, str | None] | NotKnown) -> Cluster | NotKnown:
    if isinstance(which, NotKnown) or isinstance(versions, NotKnown):
        return which
    return Cluster(which.context, which.server, which.current_context, versions[1], versions[0])


def _namespace(around: Found | NotKnown, name: str) -> Mapping[str, str] | NotKnown | None:
    items = _all(around, "Namespace", lambda item: item)
    if isinstance(items, NotKnown):
        return items
    return next((cluster_objects.labels(item) for item in items if item["metadata"]["name"] == name), None)


def _ingress(found: Found | NotKnown) -> Ingress | NotKnown | None:
    items = _all(found, "Ingress", cluster_objects.ingress, lambda item: item["metadata"]["name"] == "mini-xdr")
    return items if isinstance(items, NotKnown) else next(iter(items), None)


def _services(found: Found | NotKnown) -> tuple[Service, ...] | NotKnown:
    slices = _all(found, "EndpointSlice", lambda item: item)
    if isinstance(slices, NotKnown):
        return slices
    return _all(found, "Service", lambda item: cluster_objects.service(item, slices))


def _webhooks(around: Found | NotKnown) -> tuple[Webhook, ...] | NotKnown:
    items = _all(around, "MutatingWebhookConfiguration", lambda item: item)
    return items if isinstance(items, NotKnown) else cluster_objects.webhooks(items)


def _record(found: Found | NotKnown) -> _Kept | NotKnown:
    return found if isinstance(found, NotKnown) else cluster.release_record(found)


def _at_work(world: World, found: Found | NotKnown) -> str | NotKnown | None:
    lease = found if isinstance(found, NotKnown) else cluster.lease(found)
    if isinstance(lease, NotKnown) or lease is None:
        return lease
    told = lock.describe(lease, world.now())
    return None if told is None or told.endswith("(expired)") else told


def _settings(found: Found | NotKnown) -> Mapping[str, str] | NotKnown | None:
    items = _all(found, "ConfigMap", lambda item: item)
    if isinstance(items, NotKnown):
        return items
    named = (item.get("data") or {} for item in items if item["metadata"]["name"].startswith("mini-xdr-config"))
    return next(named, None)


def _aws(world: World, looks: Looking, inside: Look[Found]) -> Callable[[], AwsState]:
    aws, config = world.aws, world.config
    who = looks.start("identity", lambda: account.who(aws, world.now))
    eks = looks.start("EKS", lambda: account.eks_cluster(aws, config.cluster))
    held = looks.start("AWS Secrets Manager", lambda: _held(world))
    every = looks.start("load balancers", lambda: balancer.load_balancers(aws))
    database = looks.start("RDS", lambda: account.database(aws, need(held.result())[1]))
    images = looks.start(
        "ECR", lambda: registry_images.images(aws, world.http, _wanted_images(world, need(_release(inside.result()))))
    )
    chosen = looks.start(
        "load balancer", lambda: _balancer(world, need(_ingress(inside.result())), need(every.result()))
    )
    groups = looks.start(
        "targets", lambda: _groups(world, need(_all(inside.result(), "TargetGroupBinding", cluster_objects.binding)))
    )
    quotas = looks.start("quotas", lambda: _quotas(world, len(need(every.result())), need(chosen.result())))

    def gather() -> AwsState:
        me, secrets = who.result(), held.result()
        return AwsState(
            identity=me if isinstance(me, NotKnown) else me[0],
            cluster=eks.result(),
            images=images.result(),
            load_balancer=chosen.result(),
            target_groups=groups.result(),
            secrets=secrets if isinstance(secrets, NotKnown) else secrets[0],
            database=database.result(),
            quotas=quotas.result(),
            clock_skew_seconds=me if isinstance(me, NotKnown) else me[1],
        )

    return gather


def _held(world: World) -> tuple[tuple[CloudSecret, ...], str | None]:
    """Return what may be told of the secrets, and the host of the database: a secret's value goes no further than here."""
    found = [held for name in SECRETS if (held := held_secrets.read(world.aws, name.cloud)) is not None]
    addresses = (held.values.get("MINIXDR_DATABASE_URL") for held in found)
    host = next((urlsplit(address).hostname for address in addresses if address), None)
    return tuple(held_secrets.note(held) for held in found), host


def _release(found: Found | NotKnown) -> Release | NotKnown | None:
    kept = _record(found)
    return kept if isinstance(kept, NotKnown) or kept is None else kept.release


def _wanted_images(world: World, release: Release | None) -> dict[str, str]:
    if release is None:
        return {}
    config = world.config
    if config.registry is not None:
        raise NotLookedError(
            NotKnown(f"{config.registry} is no ECR of the account: its images are not looked at", "not supported")
        )
    return {config.backend_repository: release.backend_digest, config.frontend_repository: release.frontend_digest}


def _balancer(world: World, ingress: Ingress | None, every: list[dict[str, object]]) -> LoadBalancer | None:
    if ingress is None or ingress.address is None:
        return None
    return balancer.load_balancer(world.aws, every, ingress.address)


def _groups(world: World, bindings: Sequence[Binding]) -> tuple[TargetGroup, ...]:
    return balancer.target_groups(
        world.aws, {each.target_group: each.service for each in bindings if each.target_group}
    )


def _quotas(world: World, balancers: int, chosen: LoadBalancer | None) -> tuple[Quota, ...] | NotKnown:
    groups = chosen.groups if chosen is not None else ()
    rules = max((len(group.rules) for group in groups), default=0) if not isinstance(groups, NotKnown) else 0
    return account.quotas(world.aws, {"load-balancers": balancers, "rules": rules})


def _web(world: World, looks: Looking, inside: Look[Found]) -> Callable[[], WebState]:
    url = world.config.base_url
    authority = os.environ.get("SSL_CERT_FILE") or certifi.where()
    shown = looks.start("certificate", lambda: web.certificate(url, authority))
    versions = looks.start("versions", lambda: web.versions(world.http, url))
    readiness = looks.start("readiness", lambda: web.readiness(world.http, url))
    names = looks.start("DNS", lambda: web.names(url, _address(inside.result())))

    def gather() -> WebState:
        return WebState(names.result(), shown.result(), versions.result(), readiness.result(), url)

    return gather


def _address(found: Found | NotKnown) -> str | None:
    ingress = _ingress(found)
    return ingress.address if isinstance(ingress, Ingress) else None
