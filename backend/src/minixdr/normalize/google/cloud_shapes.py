"""How Google Cloud's audit logs are written, and the names rules have for them.

Entries of GKE clusters have the names of Kubernetes' own audit log too, and its rules meet them.

Shapes: `entry`, Cloud Logging's LogEntry with an AuditLog as `protoPayload` (export to Cloud Storage, BigQuery,
Pub/Sub); `data`, the entry below `data` (Pub/Sub and Eventarc envelopes); `lower_case`, top names in lower case
(tables). Rules name `gcp.audit.method_name` (Elastic's) or the path below `data`. Entries of Google Workspace's
applications are the source google_workspace's. Source: Cloud Logging, `LogEntry`; Cloud Audit Logs, `AuditLog`.
"""

from minixdr.normalize.google.workspace_shapes import is_workspace
from minixdr.normalize.kubernetes.audit_fields import fields_of as audit_fields
from minixdr.normalize.kubernetes.managed_clusters import from_gke, is_gke
from minixdr.normalize.source import Shape
from minixdr.normalize.values import mapping
from minixdr.schema.record import JsonObject

_MARKS = frozenset({
    "methodName", "serviceName", "authenticationInfo", "requestMetadata", "resourceName", "authorizationInfo", "request",
})  # fmt: skip
_ENOUGH = 2
"""Of AuditLog's names, so many tell an entry that lost its type."""
_LOWER = {
    "protopayload": "protoPayload",
    "insertid": "insertId",
    "logname": "logName",
    "receivetimestamp": "receiveTimestamp",
}


def _is_audit(body: JsonObject) -> bool:
    payload = body.get("protoPayload")
    if not isinstance(payload, dict) or is_workspace(body):
        return False
    kind = payload.get("@type", payload.get("at_sign_type"))
    if isinstance(kind, str) and kind.endswith("AuditLog"):
        return True
    return len(_MARKS & payload.keys()) >= _ENOUGH or isinstance(payload.get("authorizationInfo"), list)


def _is_data(body: JsonObject) -> bool:
    data = body.get("data")
    alone = "protoPayload" not in body and "protopayload" not in body
    return alone and isinstance(data, dict) and _is_audit(data)


def _is_lower_case(body: JsonObject) -> bool:
    return "protopayload" in body and _is_audit(_named(body))


def _named(body: JsonObject) -> JsonObject:
    return {_LOWER.get(name, name): value for name, value in body.items()}


def entry_of(body: JsonObject) -> JsonObject:
    """Return the log entry itself."""
    if "protopayload" in body:
        return _named(body)
    return body if "protoPayload" in body else mapping(body.get("data"))


def _fields(body: JsonObject) -> JsonObject:
    entry = entry_of(body)
    payload = mapping(entry.get("protoPayload"))
    resource = mapping(entry.get("resource"))
    kubernetes = audit_fields(from_gke(entry)) if is_gke(entry) else {}
    return {
        **kubernetes,
        **entry,
        "data": entry,
        "gcp.audit.method_name": payload.get("methodName"),
        "gcp.audit.service_name": payload.get("serviceName"),
        "data.protoPayload.resource.type": resource.get("type"),
        "data.protoPayload.logName": entry.get("logName"),
        "data.protoPayload.resource": resource,
    }


SHAPES = (
    Shape("entry", _is_audit, _fields),
    Shape("data", _is_data, _fields),
    Shape("lower_case", _is_lower_case, _fields),
)
