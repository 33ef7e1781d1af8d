"""A Kubernetes audit event -> the names rule authors use.

Source: SigmaHQ's rules for product kubernetes, service audit. Beside the record's own fields they read `apiGroup`, `hostPath`
and `capabilities` (what a pod to be created asks for, wherever it stands in the object), and `responseStatus.code: ALLOW` for
the authorizer's decision.
"""

from collections.abc import Iterator
from typing import Any

from minixdr.normalize.values import mapping, objects
from minixdr.schema.record import JsonObject

DECISION = "authorization.k8s.io/decision"
_DEEPEST = 6
"""Levels from a workload to its pod's spec: CronJob > jobTemplate > template, with a spec at each."""


def is_audit(body: JsonObject) -> bool:
    """Return whether the body is an audit event."""
    if not isinstance(body.get("verb"), str):
        return False
    version = body.get("apiVersion")
    if isinstance(version, str) and version.startswith("audit.k8s.io/"):
        return True
    if body.get("kind") == "Event":
        return "objectRef" in body or "requestURI" in body or "sourceIPs" in body or "auditID" in body
    return isinstance(body.get("objectRef"), dict) and (
        "user" in body or "requestURI" in body or "requestObject" in body
    )


def fields_of(body: JsonObject) -> JsonObject:
    """Return the record with the further names."""
    fields: dict[str, Any] = {**body, "apiGroup": mapping(body.get("objectRef")).get("apiGroup")}
    decision = mapping(body.get("annotations")).get(DECISION)
    if isinstance(decision, str):
        fields["responseStatus.code"] = [mapping(body.get("responseStatus")).get("code"), decision.upper()]
    asked = body.get("requestObject")
    if isinstance(asked, dict):
        specs = list(pod_specs(asked))
        fields["hostPath"] = [
            mapping(volume["hostPath"]).get("path")
            for spec in specs
            for volume in objects(spec.get("volumes"))
            if "hostPath" in volume
        ] or None
        fields["capabilities"] = [
            capability for spec in specs for container in containers(spec) for capability in _capabilities(container)
        ] or None
    return fields


def pod_specs(node: dict[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    """Return the pod's spec of a pod, or of a workload's template."""
    if depth > _DEEPEST:
        return
    spec = node.get("spec")
    if isinstance(spec, dict):
        if "containers" in spec or "volumes" in spec:
            yield spec
        for name in ("template", "jobTemplate"):
            if isinstance(spec.get(name), dict):
                yield from pod_specs(spec[name], depth + 1)


def containers(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return a pod's containers of all three kinds."""
    for name in ("containers", "initContainers", "ephemeralContainers"):
        yield from objects(spec.get(name))


def _capabilities(container: dict[str, Any]) -> list[Any]:
    added = mapping(mapping(container.get("securityContext")).get("capabilities")).get("add")
    return added if isinstance(added, list) else []
