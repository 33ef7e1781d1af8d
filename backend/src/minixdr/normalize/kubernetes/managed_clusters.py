"""Audit events as Azure (AKS) and Google Cloud (GKE) hand them on -> Kubernetes' own form.

AKS puts the audit event as text into `properties.log` of a diagnostic record; GKE writes each request as a Cloud Audit Log
entry of the service `k8s.io`. Sources: Azure Monitor reference, AKS resource logs; Google Cloud, `GKE audit logging`.
"""

import re
from typing import Any

import orjson

from minixdr.normalize.kubernetes.audit_fields import DECISION
from minixdr.normalize.values import mapping, objects, text
from minixdr.schema.record import JsonObject

_AKS = ("kube-audit", "kube-audit-admin")
_LONGEST = 1_048_576
"""Characters of an audit event in a text; the API server's own bound is 1.5 MB for an object."""
_METHOD = re.compile(
    r"io\.k8s\.(?P<group>[a-z0-9.-]{1,253}?)\.(?P<version>v\d[a-z0-9]{0,30})\.(?P<rest>[A-Za-z0-9.-]{1,253})\Z"
)
_NAMESPACE = re.compile(r"/namespaces/([^/]+)/[^/]+(?:/|\Z)")
_CORE = "core"


def is_aks(body: JsonObject) -> bool:
    """Return whether the body is an AKS audit record."""
    return body.get("category") in _AKS and isinstance(mapping(body.get("properties")).get("log"), str)


def is_gke(body: JsonObject) -> bool:
    """Return whether the body is a GKE audit entry."""
    payload = body.get("protoPayload")
    return (
        isinstance(payload, dict)
        and payload.get("serviceName") == "k8s.io"
        and isinstance(payload.get("methodName"), str)
    )


def from_aks(body: JsonObject) -> JsonObject:
    """Return the audit event of an AKS record, empty where its text holds none."""
    log = mapping(body.get("properties")).get("log")
    if not isinstance(log, str) or len(log) > _LONGEST:
        return {}
    try:
        found = orjson.loads(log)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def from_gke(body: JsonObject) -> JsonObject:
    """Return a GKE entry as the audit event it stands for."""
    payload = mapping(body.get("protoPayload"))
    request = mapping(payload.get("requestMetadata"))
    reference, verb = _operation(payload)
    grants = objects(payload.get("authorizationInfo"))
    event: dict[str, Any] = {
        "verb": verb,
        "objectRef": reference,
        "user": {"username": mapping(payload.get("authenticationInfo")).get("principalEmail")},
        "sourceIPs": [request["callerIp"]]
        if "callerIp" in request
        else [request["callerIP"]]
        if "callerIP" in request
        else [],
        "userAgent": request.get("callerSuppliedUserAgent"),
        "responseStatus": {"code": _http(payload), "message": mapping(payload.get("status")).get("message")},
        "requestObject": payload.get("request"),
        "responseObject": payload.get("response"),
        "stageTimestamp": body.get("timestamp"),
        "auditID": body.get("insertId"),
        "requestURI": payload.get("resourceName"),
        "labels": mapping(body.get("resource")).get("labels"),
    }
    if grants and isinstance(grants[0].get("granted"), bool):
        event["annotations"] = {DECISION: "allow" if grants[0]["granted"] else "forbid"}
    return {name: value for name, value in event.items() if value is not None}


def _operation(payload: JsonObject) -> tuple[dict[str, str], str | None]:
    found = _METHOD.match(text(payload.get("methodName")) or "")
    if found is None:
        return {}, None
    *resource, verb = found["rest"].split(".")
    reference = {"apiVersion": found["version"], "apiGroup": "" if found["group"] == _CORE else found["group"]}
    if resource:
        reference["resource"] = resource[0]
        if len(resource) > 1:
            reference["subresource"] = resource[1]
        reference.update(_place(f"/{text(payload.get('resourceName')) or ''}", resource[0]))
    return reference, verb


def _place(path: str, resource: str) -> dict[str, str]:
    """Return namespace and name of `/core/v1/namespaces/shop/pods/web-1/exec`."""
    found = {}
    namespace = _NAMESPACE.search(path)
    if namespace is not None:
        found["namespace"] = namespace[1]
    before, mark, behind = path.rpartition(f"/{resource}/")
    name = behind.partition("/")[0]
    if mark and before and name:
        found["name"] = name
    return found


_STATUSES = {0: 200, 5: 404, 6: 409, 7: 403, 9: 409, 10: 409, 16: 401}
"""google.rpc.Code -> HTTP status."""


def _http(payload: JsonObject) -> Any:
    code = mapping(payload.get("status")).get("code")
    return _STATUSES.get(code, 500) if isinstance(code, int) and not isinstance(code, bool) else None
