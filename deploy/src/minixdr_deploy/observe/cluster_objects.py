"""From Kubernetes objects, as JSON has them, to the values that are judged. Pure. Source: API reference of Kubernetes 1.32 to 1.37."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from minixdr_deploy.kube.kubectl import Object
from minixdr_deploy.kube.labels import COMPONENT, RELEASE, SECRET_VERSION
from minixdr_deploy.observe.observed import (
    Binding,
    Budget,
    Condition,
    ContainerState,
    Controller,
    Deployment,
    Event,
    Ingress,
    Job,
    Node,
    Pod,
    Route,
    Service,
    Webhook,
)

_SERVING = {"api", "web"}
"""Containers that a load balancer sends to."""


def moment(text: str | None) -> datetime | None:
    """Return a time of the API."""
    return datetime.fromisoformat(text) if text else None


def labels(item: Object) -> Mapping[str, str]:
    """Return the labels of an object."""
    return item["metadata"].get("labels") or {}


def annotations(item: Object) -> Mapping[str, str]:
    """Return the annotations of an object."""
    return item["metadata"].get("annotations") or {}


def conditions(item: Object) -> tuple[Condition, ...]:
    """Return the conditions of an object's status."""
    found: Sequence[Object] = (item.get("status") or {}).get("conditions") or ()
    return tuple(
        Condition(
            str(each["type"]),
            str(each["status"]),
            each.get("reason") or "",
            each.get("message") or "",
            moment(each.get("lastTransitionTime")),
        )
        for each in found
    )


def pod(item: Object) -> Pod:
    """Return a pod."""
    spec, status, metadata = item["spec"], item.get("status") or {}, item["metadata"]
    owners = metadata.get("ownerReferences") or ()
    return Pod(
        name=metadata["name"],
        component=labels(item).get(COMPONENT, ""),
        phase=status.get("phase", "Pending"),
        node=spec.get("nodeName"),
        ip=status.get("podIP"),
        gates=tuple(gate["conditionType"] for gate in spec.get("readinessGates") or ()),
        conditions=conditions(item),
        containers=tuple(_containers(spec, status)),
        owner=owners[0]["name"] if owners else "",
        release=annotations(item).get(RELEASE),
        secret_version=annotations(item).get(SECRET_VERSION),
        created_at=moment(metadata.get("creationTimestamp")),
        leaving=metadata.get("deletionTimestamp") is not None,
        grace_seconds=spec.get("terminationGracePeriodSeconds") or 30,
    )


def _containers(spec: Object, status: Object) -> Iterator[ContainerState]:
    for group, states, init in (
        ("initContainers", "initContainerStatuses", True),
        ("containers", "containerStatuses", False),
    ):
        by_name = {each["name"]: each for each in status.get(states) or ()}
        for container in spec.get(group) or ():
            if container["name"] in by_name:
                yield _container(container, by_name[container["name"]], init=init)


def _container(container: Object, status: Object, *, init: bool) -> ContainerState:
    kinds: tuple[Literal["waiting", "terminated", "running"], ...] = ("waiting", "terminated", "running")
    now = status.get("state") or {}
    state: Literal["waiting", "terminated", "running"] = next((kind for kind in kinds if kind in now), "waiting")
    said: Object = now.get(state) or {}
    last: Object = (status.get("lastState") or {}).get("terminated") or {}
    env = {each["name"]: each.get("value") for each in container.get("env") or ()}
    return ContainerState(
        name=container["name"],
        image=container["image"],
        image_id=status.get("imageID") or "",
        env_digest=env.get("MINIXDR_IMAGE_DIGEST") or None,
        init=init,
        ready=bool(status.get("ready")),
        restarts=status.get("restartCount") or 0,
        state=state,
        reason=said.get("reason") or "",
        message=said.get("message") or "",
        exit_code=said.get("exitCode"),
        last_exit_code=last.get("exitCode"),
        last_reason=last.get("reason") or "",
        last_message=last.get("message") or "",
        pre_stop=_waits(container),
    )


def _waits(container: Object) -> bool:
    return bool((container.get("lifecycle") or {}).get("preStop"))


def deployment(item: Object) -> Deployment:
    """Return a Deployment or a StatefulSet."""
    spec, status, metadata = item["spec"], item.get("status") or {}, item["metadata"]
    template = spec["template"]
    inside: Sequence[Object] = template["spec"]["containers"]
    rolling: Object = (spec.get("strategy") or {}).get("rollingUpdate") or {}
    serving = [each for each in inside if each["name"] in _SERVING]
    replicas = spec.get("replicas", 1)
    updated = status.get("updatedReplicas") or 0
    if item["kind"] == "StatefulSet" and status.get("currentRevision") == status.get("updateRevision"):
        updated = replicas  # the controller leaves the field out once all are of one revision
    return Deployment(
        name=metadata["name"],
        component=labels(item).get(COMPONENT, metadata["name"]),
        kind=item["kind"],
        replicas=replicas,
        updated=updated,
        ready=status.get("readyReplicas") or 0,
        available=status.get("availableReplicas") or 0,
        total=status.get("replicas") or 0,
        current=(status.get("observedGeneration") or 0) >= (metadata.get("generation") or 0),
        paused=bool(spec.get("paused")),
        conditions=conditions(item),
        images={each["name"]: each["image"] for each in inside},
        release=annotations(template).get(RELEASE) if template.get("metadata") else None,
        secret_version=annotations(template).get(SECRET_VERSION) if template.get("metadata") else None,
        max_unavailable=str(rolling.get("maxUnavailable", 0 if item["kind"] == "StatefulSet" else "25%")),
        max_surge=str(rolling.get("maxSurge", "25%")),
        pre_stop=all(_waits(each) for each in serving),
        grace_seconds=template["spec"].get("terminationGracePeriodSeconds") or 30,
    )


def event(item: Object) -> Event:
    """Return an event."""
    about = item.get("involvedObject") or item.get("regarding") or {}
    series = item.get("series") or {}
    last = (
        item.get("lastTimestamp")
        or series.get("lastObservedTime")
        or item.get("eventTime")
        or item["metadata"].get("creationTimestamp")
    )
    return Event(
        f"{about.get('kind', '')}/{about.get('name', '')}",
        item.get("reason") or "",
        item.get("message") or item.get("note") or "",
        item.get("count") or series.get("count") or 1,
        moment(last),
    )


def ingress(item: Object) -> Ingress:
    """Return the Ingress."""
    spec = item["spec"]
    rules: Sequence[Object] = spec.get("rules") or ()
    balancers = ((item.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return Ingress(
        annotations=annotations(item),
        class_name=spec.get("ingressClassName"),
        hosts=tuple(str(rule["host"]) for rule in rules if rule.get("host")),
        routes=tuple(
            Route(
                path.get("path", "/"),
                path["backend"]["service"]["name"],
                _port(path["backend"]["service"]),
                path.get("pathType", ""),
            )
            for rule in rules
            for path in (rule.get("http") or {}).get("paths") or ()
            if "service" in path["backend"]
        ),
        address=next((each.get("hostname") or each.get("ip") for each in balancers), None),
    )


def _port(service: Object) -> int:
    port: int = (service.get("port") or {}).get("number", 0)
    return port


def service(item: Object, slices: Sequence[Object]) -> Service:
    """Return a Service, with the addresses of the EndpointSlices that are its own."""
    name = item["metadata"]["name"]
    mine = [each for each in slices if labels(each).get("kubernetes.io/service-name") == name]
    ready = {
        address
        for each in mine
        for endpoint in each.get("endpoints") or ()
        if (endpoint.get("conditions") or {}).get("ready")
        for address in endpoint["addresses"]
    }
    spec = item["spec"]
    ports = tuple(port["port"] for port in spec.get("ports") or ())
    return Service(
        name, spec.get("type", "ClusterIP"), ports, annotations(item), spec.get("selector") or {}, tuple(sorted(ready))
    )


def binding(item: Object) -> Binding:
    """Return a TargetGroupBinding."""
    spec = item["spec"]
    reference = spec["serviceRef"]
    return Binding(
        item["metadata"]["name"],
        reference["name"],
        str(reference["port"]),
        spec.get("targetGroupARN") or "",
        spec.get("targetType") or "",
    )


def node(item: Object) -> Node:
    """Return a node."""
    info = (item.get("status") or {}).get("nodeInfo") or {}
    spec = item.get("spec") or {}
    return Node(
        item["metadata"]["name"],
        conditions(item),
        info.get("architecture") or labels(item).get("kubernetes.io/arch", ""),
        tuple(f"{taint['key']}={taint.get('value', '')}:{taint['effect']}" for taint in spec.get("taints") or ()),
        bool(spec.get("unschedulable")),
        info.get("kubeletVersion") or "",
    )


def job(item: Object) -> Job:
    """Return a Job."""
    found = {each.type: each for each in conditions(item) if each.status == "True"}
    failed = found.get("Failed") or found.get("FailureTarget")
    done = found.get("Complete") or found.get("SuccessCriteriaMet")
    return Job(
        name=item["metadata"]["name"],
        component=labels(item).get(COMPONENT, ""),
        state="failed" if failed else "complete" if done else "active",
        reason=failed.reason if failed else "",
        message=failed.message if failed else "",
        image=item["spec"]["template"]["spec"]["containers"][0]["image"],
        created_at=moment(item["metadata"].get("creationTimestamp")),
    )


def budget(item: Object) -> Budget:
    """Return a PodDisruptionBudget."""
    status: Mapping[str, Any] = item.get("status") or {}
    chosen = ((item["spec"].get("selector") or {}).get("matchLabels") or {}).get(COMPONENT, "")
    numbers = [
        status.get(key) or 0 for key in ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
    ]
    return Budget(item["metadata"]["name"], chosen, numbers[0], numbers[1], numbers[2], numbers[3])


def controller(items: Sequence[Object]) -> Controller | None:
    """Return AWS Load Balancer Controller, found by its name or by its chart's label."""
    wanted = "aws-load-balancer-controller"
    for item in items:
        if item["metadata"]["name"] == wanted or labels(item).get("app.kubernetes.io/name") == wanted:
            image = item["spec"]["template"]["spec"]["containers"][0]["image"]
            return Controller(
                (item.get("status") or {}).get("readyReplicas") or 0,
                item["spec"].get("replicas", 1),
                image.rpartition(":")[2],
            )
    return None


def webhooks(items: Sequence[Object]) -> tuple[Webhook, ...]:
    """Return the webhooks that add the load balancer's readiness gates to pods: `mpod.elbv2.k8s.aws`."""
    return tuple(
        Webhook(each["name"])
        for item in items
        for each in item.get("webhooks") or ()
        if each["name"].endswith("elbv2.k8s.aws")
        and any("pods" in (rule.get("resources") or ()) for rule in each.get("rules") or ())
    )
