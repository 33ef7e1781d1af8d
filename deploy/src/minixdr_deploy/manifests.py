"""From the operator's overlay to what is applied: in goes what kustomize made, out come the objects of one release.

The overlay names no digest and no address list. Both are put in here, from the release and from `deploy.yaml`, so that neither can be stale.
Pure: what has to be known of the cluster is given as `Live`.
"""

import copy
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from minixdr_deploy.config import Config
from minixdr_deploy.kube.kubectl import Kubectl, Object, Objects
from minixdr_deploy.kube.labels import COMPONENT, DEPLOYMENTS, RELEASE, SECRET_VERSION, VERSION
from minixdr_deploy.problem import Problem, UsageError
from minixdr_deploy.release import Release, digest
from minixdr_deploy.secret_names import SECRETS

CONFIG_VERSION = "mini-xdr.io/config-version"
"""Annotation of a pod template: digest of the ConfigMaps that it reads. Changed settings roll the pods; the kubelet would not."""
REPLICAS = "mini-xdr.io/replicas"
"""Annotation of a Deployment or an autoscaler: what `scale` was asked for. It outlives a ship."""
INBOUND_CIDRS = "alb.ingress.kubernetes.io/inbound-cidrs"
CERTIFICATE = "alb.ingress.kubernetes.io/certificate-arn"

_JOBS = ("migrate", "canary")
_SECRET_KEYS = frozenset(key for name in SECRETS for key in (*name.keys, *name.optional))
_DEEP = 4
"""So many folders one upon another are looked through."""
_CLUSTER_WIDE = {
    "Namespace",
    "PriorityClass",
    "ClusterRole",
    "ClusterRoleBinding",
    "StorageClass",
    "CustomResourceDefinition",
    "IngressClass",
}


class Live(msgspec.Struct, frozen=True):
    """What has to be known of the cluster."""

    replicas: Mapping[str, int] = {}
    """Of Deployments that exist."""
    autoscaled: frozenset[str] = frozenset()
    """Deployments whose replicas an autoscaler sets."""
    scaled: Mapping[str, int] = {}
    """What `scale` was asked for: by `Deployment/name` and `HorizontalPodAutoscaler/name`."""
    secret_versions: Mapping[str, str] = {}
    """By name of the Secret: the version in AWS Secrets Manager that it was copied from."""


class Manifests(msgspec.Struct, frozen=True):
    """The objects of a release."""

    base: tuple[Object, ...]
    """All but Deployments and Jobs, in the order in which they are applied."""
    deployments: tuple[Object, ...]
    migrate: Object
    canary: Object | None

    def deployment(self, name: str) -> Object:
        """Return one."""
        return next(item for item in self.deployments if item["metadata"]["name"] == name)

    @property
    def kept(self) -> tuple[Object, ...]:
        """Return what is kept of a release, to go back to it: all but the canary."""
        return (*self.base, *self.deployments, self.migrate)


def render(kube: Kubectl, config: Config) -> Objects:
    """Return what kustomize makes of the overlay, and the Jobs. Raises KubeError, UsageError.

    Applied with the rest the Jobs would run at once, so they need not be among the overlay's resources: those of the base it names are taken then.
    """
    folder = config.folder(config.overlay)
    if not folder.is_dir():
        raise UsageError(
            Problem("overlay-missing", f"the overlay {folder} is no folder", mend=f"edit `overlay` in {config.path}")
        )
    rendered = [item for item in yaml.safe_load_all(kube.render(folder)) if item]
    known = {_component(item) for item in rendered if item["kind"] == "Job"}
    beside = {_component(item): item for item in _jobs_beside(folder, 0) if _component(item) not in known}
    for item in beside.values():
        item["metadata"]["namespace"] = config.namespace
    return [*rendered, *beside.values()]


def _jobs_beside(folder: Path, depth: int) -> Iterator[Object]:
    """Return the Jobs in files of a kustomize folder and of those that it builds on, the nearest last."""
    try:
        names = ("kustomization.yaml", "kustomization.yml", "Kustomization")
        file = next(path for name in names if (path := folder / name).is_file())  # else kustomize would have refused it
        described = yaml.safe_load(file.read_text("utf-8")) or {}
        for resource in described.get("resources") or ():
            if depth < _DEEP and "://" not in resource and (folder / resource).is_dir():
                yield from _jobs_beside((folder / resource).resolve(), depth + 1)
        for path in sorted(folder.glob("*-job.yaml")):
            yield from (item for item in yaml.safe_load_all(path.read_text("utf-8")) if item and item["kind"] == "Job")
    except (OSError, yaml.YAMLError) as error:
        raise UsageError(Problem("overlay-unreadable", f"{folder} cannot be read", (str(error),))) from error


def finish(rendered: Iterable[Object], release: Release, config: Config, live: Live) -> Manifests:
    """Return the objects of a release. Raises UsageError where the overlay lacks what a ship needs."""
    objects = [copy.deepcopy(item) for item in rendered]
    for item in objects:
        _refuse_secret(item)
    settings = {item["metadata"]["name"]: item for item in objects if item["kind"] == "ConfigMap"}
    for item in objects:
        _in_namespace(item, config)
        if item["kind"] == "Ingress":
            _finish_ingress(item, config)
        if pod_template(item) is not None:
            _finish_workload(item, release, config, live, settings)
        keep_scale(item, live)
    jobs = {_component(item): item for item in objects if item["kind"] == "Job"}
    deployments = tuple(item for item in objects if item["kind"] == "Deployment")
    missing = [
        f"Deployment {name}" for name in DEPLOYMENTS if name not in {item["metadata"]["name"] for item in deployments}
    ]
    if "migrate" not in jobs:
        missing.append("a Job with the label app.kubernetes.io/component: migrate")
    if missing:
        problem = Problem(
            "overlay-incomplete",
            f"the overlay {config.overlay} renders no {', no '.join(missing)}",
            mend=f"kubectl kustomize {config.overlay}",
        )
        raise UsageError(problem)
    for item in objects:
        _refuse_foreign(item)
    base = [item for item in objects if item["kind"] not in {"Deployment", "Job"}]
    return Manifests(tuple(sorted(base, key=_order)), deployments, jobs["migrate"], jobs.get("canary"))


def _refuse_secret(item: Object) -> None:
    """Raise UsageError for a secret: it would lie in the source, and in the record of the release."""
    kind, name = item["kind"], item["metadata"]["name"]
    held = sorted(_SECRET_KEYS & set(item.get("data") or ())) if kind == "ConfigMap" else []
    if kind == "Secret" or held:
        title = f"the overlay renders {kind}/{name}{' with ' + ', '.join(held) if held else ''}: secrets come from AWS Secrets Manager"
        raise UsageError(Problem("secret-in-overlay", title, mend="minixdr-deploy secrets sync"))


def _refuse_foreign(item: Object) -> None:
    """Raise UsageError for a workload that a ship would pass over in silence."""
    kind, name = item["kind"], item["metadata"]["name"]
    if (kind == "Deployment" and name not in DEPLOYMENTS) or (kind == "Job" and _component(item) not in _JOBS):
        title = f"the overlay renders {kind}/{name}, and a ship does not roll out others than {', '.join(DEPLOYMENTS)}: not supported"
        raise UsageError(Problem("overlay-foreign", title, mend="take it out of the overlay, and apply it on its own"))


def with_access(item: Object, config: Config) -> Object:
    """Return an object of an earlier release with the address list of today."""
    changed = copy.deepcopy(item)
    if changed["kind"] == "Ingress":
        _finish_ingress(changed, config)
    return changed


def pod_template(item: Object) -> Object | None:
    """Return the pod template of a workload, None where the object is none."""
    if item["kind"] not in {"Deployment", "StatefulSet", "DaemonSet", "Job"}:
        return None
    template: Object = item["spec"]["template"]
    return template


def containers(template: Object) -> Iterator[Object]:
    """Return all containers of a pod template, those that prepare it first."""
    yield from template["spec"].get("initContainers") or ()
    yield from template["spec"]["containers"]


def _finish_workload(
    item: Object, release: Release, config: Config, live: Live, settings: Mapping[str, Object]
) -> None:
    template = item["spec"]["template"]
    ours = False
    for container in containers(template):
        name = _ours(container["image"], config)
        if name:
            ours = True
            container["image"] = release.image(name)
            _set_env(container, "MINIXDR_IMAGE_DIGEST", digest(release.image(name)))
    annotations = template.setdefault("metadata", {}).setdefault("annotations", {})
    if ours:
        annotations[RELEASE] = release.id
        for metadata in (item["metadata"], template["metadata"]):
            metadata.setdefault("labels", {})[VERSION] = release.version
    read = [settings[name] for name in sorted(_references(template, "configMap")) if name in settings]
    if read:
        text = json.dumps([(one.get("data"), one.get("binaryData")) for one in read], sort_keys=True)
        annotations[CONFIG_VERSION] = hashlib.sha256(text.encode()).hexdigest()[:12]
    note_secrets(template, live)


def note_secrets(template: Object, live: Live) -> None:
    """Note on a pod template the versions of the Secrets that it reads: a changed one rolls the pods."""
    versions = [
        live.secret_versions[name] for name in sorted(_references(template, "secret")) if name in live.secret_versions
    ]
    if versions:
        template["metadata"]["annotations"][SECRET_VERSION] = ",".join(versions)


def _references(template: Object, kind: str) -> set[str]:
    """Return the names of the ConfigMaps or Secrets that a pod reads when it starts."""
    found = set()
    for container in containers(template):
        found |= {one[f"{kind}Ref"]["name"] for one in container.get("envFrom") or () if f"{kind}Ref" in one}
        sources = [one.get("valueFrom") or {} for one in container.get("env") or ()]
        found |= {one[f"{kind}KeyRef"]["name"] for one in sources if f"{kind}KeyRef" in one}
    key = {"configMap": "name", "secret": "secretName"}[kind]
    return found | {one[kind][key] for one in template["spec"].get("volumes") or () if kind in one}


def _finish_ingress(item: Object, config: Config) -> None:
    annotations = item["metadata"].setdefault("annotations", {})
    annotations[INBOUND_CIDRS] = ",".join(config.allow_cidrs)
    if config.certificate_arn:
        annotations[CERTIFICATE] = config.certificate_arn
    for rule in item["spec"].get("rules") or ():
        rule["host"] = config.host
    for entry in item["spec"].get("tls") or ():
        entry["hosts"] = [config.host]


def keep_scale(item: Object, live: Live) -> None:
    """Give a workload or an autoscaler the number of replicas that was asked for, or that an autoscaler chose."""
    name = item["metadata"]["name"]
    asked = live.scaled.get(f"{item['kind']}/{name}")
    if asked is not None:
        item["metadata"].setdefault("annotations", {})[REPLICAS] = str(asked)
    if item["kind"] == "HorizontalPodAutoscaler" and asked is not None:
        item["spec"]["minReplicas"] = asked
        item["spec"]["maxReplicas"] = max(asked, item["spec"]["maxReplicas"])
    if item["kind"] == "Deployment":
        if asked is not None:
            item["spec"]["replicas"] = asked
        elif name in live.autoscaled and name in live.replicas:
            # Left out, the server would set it to 1; set to the manifest's, a ship at the busiest hour would take pods away.
            item["spec"]["replicas"] = live.replicas[name]


def _in_namespace(item: Object, config: Config) -> None:
    if item["kind"] == "Namespace":
        wrong = item["metadata"]["name"]
    elif item["kind"] in _CLUSTER_WIDE:
        return
    else:
        wrong = item["metadata"].setdefault("namespace", config.namespace)
    if wrong != config.namespace:
        problem = Problem(
            "overlay-namespace",
            f"the overlay renders {item['kind']}/{item['metadata']['name']} for the namespace {wrong}, {config.path} says {config.namespace}",
            mend="make both the same",
        )
        raise UsageError(problem)


def _ours(image: str, config: Config) -> str | None:
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    return {
        "mini-xdr-backend": "backend",
        "mini-xdr-frontend": "frontend",
        config.backend_repository.rpartition("/")[2]: "backend",
        config.frontend_repository.rpartition("/")[2]: "frontend",
    }.get(name)


def _set_env(container: Object, name: str, value: str) -> None:
    env: list[dict[str, Any]] = [one for one in container.get("env") or () if one["name"] != name]
    container["env"] = [*env, {"name": name, "value": value}]


def _component(item: Object) -> str:
    return str((item["metadata"].get("labels") or {}).get(COMPONENT))


_FIRST = (
    "Namespace",
    "CustomResourceDefinition",
    "PriorityClass",
    "StorageClass",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "NetworkPolicy",
    "Service",
)
_LAST = ("StatefulSet", "PodDisruptionBudget", "HorizontalPodAutoscaler", "IngressClass", "Ingress")


def _order(item: Object) -> tuple[int, str]:
    order: Sequence[str] = (*_FIRST, "", *_LAST)
    kind = item["kind"] if item["kind"] in order else ""
    return order.index(kind), str(item["metadata"]["name"])
