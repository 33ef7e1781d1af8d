"""Kubernetes audit events as an EKS control plane logs them.

Source: kubernetes.io, "Auditing", audit.k8s.io/v1; EKS user guide, "Control plane logging". Out: the event's object.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from minixdr.simulate.identifiers import uuid
from minixdr.simulate.logs.clock import zulu_micros
from minixdr.simulate.world import ACCOUNT

KUBECTL = "kubectl/v1.30.2 (linux/amd64) kubernetes/3968350"
_GROUPS = {
    "deployments": "apps", "replicasets": "apps", "daemonsets": "apps", "leases": "coordination.k8s.io",
    "clusterroles": "rbac.authorization.k8s.io", "clusterrolebindings": "rbac.authorization.k8s.io",
    "rolebindings": "rbac.authorization.k8s.io", "cronjobs": "batch", "jobs": "batch",
    "selfsubjectaccessreviews": "authorization.k8s.io", "selfsubjectrulesreviews": "authorization.k8s.io",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the API server."""

    verb: str
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    query: str = ""
    body: dict[str, Any] | None = None
    code: int = 200


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks, from where, with what."""

    user: dict[str, Any]
    address: str
    user_agent: str = KUBECTL


def iam_user(
    username: str, arn: str, principal_id: str, access_key: str, groups: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return a user whom EKS knows by an IAM identity."""
    role_id, _, session = principal_id.partition(":")
    return {
        "username": username,
        "uid": f"aws-iam-authenticator:{ACCOUNT}:{role_id}",
        "groups": [*groups, "system:authenticated"],
        "extra": {
            "accessKeyId": [access_key],
            "arn": [arn],
            "canonicalArn": [arn],
            "principalId": [principal_id],
            "sessionName": [session],
        },
    }


def service_account(namespace: str, name: str) -> dict[str, Any]:
    """Return a service account as a user."""
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"]
    return {"username": f"system:serviceaccount:{namespace}:{name}", "groups": groups}


def record(rng: Random, time: float, client: Client, request: Request) -> dict[str, Any]:
    """Return the audit event of a request that is complete."""
    allowed = request.code != 403
    reference = {"resource": request.resource, "apiVersion": "v1"}
    group = _GROUPS.get(request.resource)
    if group is not None:
        reference["apiGroup"] = group
    places = {"namespace": request.namespace, "name": request.name, "subresource": request.subresource}
    reference |= {key: value for key, value in places.items() if value}
    event: dict[str, Any] = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata" if request.resource == "secrets" or request.body is None else "RequestResponse",
        "auditID": uuid(rng),
        "stage": "ResponseComplete",
        "requestURI": _uri(request),
        "verb": request.verb,
        "user": client.user,
        "sourceIPs": [client.address],
        "userAgent": client.user_agent,
        "objectRef": reference,
        "responseStatus": {"metadata": {}, "code": request.code},
        "requestReceivedTimestamp": zulu_micros(time),
        "stageTimestamp": zulu_micros(time + 0.004),
        "annotations": {
            "authorization.k8s.io/decision": "allow" if allowed else "forbid",
            "authorization.k8s.io/reason": "",
        },
    }
    if request.body is not None and event["level"] != "Metadata":
        event["requestObject"] = request.body
    return event


def _uri(request: Request) -> str:
    group = _GROUPS.get(request.resource)
    parts = ["/api/v1" if group is None else f"/apis/{group}/v1"]
    if request.namespace:
        parts.append(f"namespaces/{request.namespace}")
    parts.append(request.resource)
    if request.name and not (request.verb == "create" and not request.subresource):
        parts.append(request.name)
    if request.subresource:
        parts.append(request.subresource)
    return "/".join(parts) + (f"?{request.query}" if request.query else "")
