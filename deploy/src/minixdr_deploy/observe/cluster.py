"""What the cluster says, asked in as few calls of kubectl as can be: a login plug-in takes half a second at each.

Of Secrets only names, keys and the version they were copied from leave the API's answer: a template picks them before we see it.
"""

import json
from collections.abc import Iterator, Sequence

import msgspec

from minixdr_deploy import record
from minixdr_deploy.kube.errors import ForbiddenError, InvalidError, KubeError, NotFoundError
from minixdr_deploy.kube.kubectl import Kubectl, Object
from minixdr_deploy.kube.labels import LEASE, RELEASE_RECORD
from minixdr_deploy.observe.looking import not_known
from minixdr_deploy.observe.observed import Cluster, Job, NotKnown, Pod, SecretNote
from minixdr_deploy.secret_names import VERSION_ANNOTATION

_NAMESPACED = (
    "pods",
    "deployments.apps",
    "statefulsets.apps",
    "events",
    "ingresses.networking.k8s.io",
    "services",
    "endpointslices.discovery.k8s.io",
    "targetgroupbindings.elbv2.k8s.aws",
    "jobs.batch",
    "poddisruptionbudgets.policy",
    "configmaps",
    "leases.coordination.k8s.io",
)
_EVERYWHERE = ("nodes", "namespaces", "mutatingwebhookconfigurations.admissionregistration.k8s.io")
_KIND_OF = {
    "pods": "Pod",
    "deployments.apps": "Deployment",
    "statefulsets.apps": "StatefulSet",
    "events": "Event",
    "ingresses.networking.k8s.io": "Ingress",
    "services": "Service",
    "endpointslices.discovery.k8s.io": "EndpointSlice",
    "targetgroupbindings.elbv2.k8s.aws": "TargetGroupBinding",
    "jobs.batch": "Job",
    "poddisruptionbudgets.policy": "PodDisruptionBudget",
    "configmaps": "ConfigMap",
    "leases.coordination.k8s.io": "Lease",
    "nodes": "Node",
    "namespaces": "Namespace",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": "MutatingWebhookConfiguration",
}
LOG_LINES = 15
MOST_LOGS = 6

Found = dict[str, "list[Object] | NotKnown"]
"""Objects by kind."""


def in_namespace(kube: Kubectl) -> Found:
    """Return the objects of the namespace. Raises KubeError where the cluster does not answer."""
    return _many(kube, _NAMESPACED)


def everywhere(kube: Kubectl) -> Found:
    """Return the objects that belong to no namespace. Raises KubeError where the cluster does not answer."""
    return _many(kube, _EVERYWHERE)


def _many(kube: Kubectl, kinds: Sequence[str]) -> Found:
    try:
        items = kube.list(",".join(kinds))
    except (
        ForbiddenError,
        NotFoundError,
        InvalidError,
    ):  # one of them may not be listed, or has no definition: then each alone
        return {_KIND_OF[kind]: _one(kube, kind) for kind in kinds}
    found: dict[str, list[Object]] = {_KIND_OF[kind]: [] for kind in kinds}
    for item in items:
        found[item["kind"]].append(item)
    return dict(found)


def _one(kube: Kubectl, kind: str) -> list[Object] | NotKnown:
    try:
        return kube.list(kind)
    except NotFoundError:
        return []  # the cluster does not know such objects, so there are none
    except KubeError as error:
        return not_known(error)


def identity(kube: Kubectl) -> Cluster:
    """Return which cluster the context leads to; a server of "" where there is no such context. Raises KubeError."""
    config: Object = json.loads(kube.run(["config", "view", "-o", "json"], "reading kubectl's configuration"))
    contexts = {each["name"]: each["context"] for each in config.get("contexts") or ()}
    clusters = {each["name"]: each["cluster"] for each in config.get("clusters") or ()}
    chosen = contexts.get(kube.context) if kube.context else None
    server = clusters.get(chosen["cluster"], {}).get("server", "") if chosen else ""
    return Cluster(kube.context or "", server, config.get("current-context"))


def versions(kube: Kubectl) -> tuple[str | None, str | None]:
    """Return the versions of kubectl and of the server. Raises KubeError."""
    client: Object = json.loads(kube.run(["version", "--client", "-o", "json"], "asking kubectl for its version"))
    server: Object = json.loads(kube.raw("/version"))
    return (client.get("clientVersion") or {}).get("gitVersion"), server.get("gitVersion")


def secrets(kube: Kubectl) -> tuple[SecretNote, ...]:
    """Return the Secrets of the namespace, without values. Raises KubeError."""
    template = (
        '{{range .items}}{{.metadata.name}}{{"\\t"}}{{range $key, $value := .data}}{{$key}}={{len $value}} {{end}}{{"\\t"}}'
        '{{with .metadata.annotations}}{{with index . "' + VERSION_ANNOTATION + '"}}{{.}}{{end}}{{end}}{{"\\n"}}{{end}}'
    )
    text = kube.run(["get", "secrets", "-n", kube.namespace, "-o", f"go-template={template}"], "listing secrets")
    return tuple(_secret(line) for line in text.splitlines() if line.strip())


def _secret(line: str) -> SecretNote:
    name, keys, version = [*line.split("\t"), "", ""][:3]
    sizes = {key: int(size) for key, _, size in (each.rpartition("=") for each in keys.split())}
    return SecretNote(name, tuple(sizes), tuple(key for key, size in sizes.items() if size == 0), version or None)


def release_record(found: Found) -> record.Record | NotKnown | None:
    """Return what is wanted to run; None where nothing was shipped yet."""
    maps = found["ConfigMap"]
    if isinstance(maps, NotKnown):
        return maps
    item = next((each for each in maps if each["metadata"]["name"] == RELEASE_RECORD), None)
    try:
        return None if item is None else record.parse(item)
    except KubeError as error:
        return not_known(error)


def lease(found: Found) -> Object | NotKnown | None:
    """Return the lock of the deployment; None where nobody ever took it."""
    leases = found["Lease"]
    if isinstance(leases, NotKnown):
        return leases
    return next((each for each in leases if each["metadata"]["name"] == LEASE), None)


def with_logs(kube: Kubectl, pods: Sequence[Pod]) -> tuple[Pod, ...]:
    """Return the pods, with the last lines of containers that do not run as they should: one of each kind, and a few at most."""
    asked: set[tuple[str, str]] = set()
    told = []
    for pod in pods:
        changed = []
        for container in pod.containers:
            kind = (pod.component, container.name)
            again = container.restarts > 0 and container.state != "running"
            silent = container.state == "terminated" and container.exit_code == 0
            ill = (
                again
                or (container.state == "terminated" and not silent)
                or (container.state == "running" and not container.ready and not container.init)
            )
            if ill and not pod.leaving and kind not in asked and len(asked) < MOST_LOGS:
                asked.add(kind)
                text = _log(kube, pod.name, container.name, previous=again and container.state == "waiting")
                changed.append(msgspec.structs.replace(container, log=text))
            else:
                changed.append(container)
        told.append(msgspec.structs.replace(pod, containers=tuple(changed)))
    return tuple(told)


def with_job_logs(kube: Kubectl, jobs: Sequence[Job], pods: Sequence[Pod]) -> tuple[Job, ...]:
    """Return the Jobs, with the last lines of the newest pod of each that failed."""
    return tuple(
        msgspec.structs.replace(job, log=_log(kube, next(_newest(pods, job)), ""))
        if job.state == "failed" and any(_newest(pods, job))
        else job
        for job in jobs
    )


def _newest(pods: Sequence[Pod], job: Job) -> Iterator[str]:
    mine = [pod for pod in pods if pod.owner == job.name]
    yield from (pod.name for pod in sorted(mine, key=lambda pod: str(pod.created_at), reverse=True))


def _log(kube: Kubectl, pod: str, container: str, *, previous: bool = False) -> str:
    try:
        return kube.logs(pod, container=container, lines=LOG_LINES, previous=previous)
    except KubeError as error:
        if previous:
            return _log(kube, pod, container)
        return f"(its log could not be read: {error.problem.evidence[-1] if error.problem.evidence else error.problem.title})"
