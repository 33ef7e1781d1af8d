"""Kubernetes API server audit logs (EKS, AKS and others; GKE's are Google Cloud audit logs): who asked the API server for what, and what it answered.

Source: kubernetes.io, `kube-apiserver Audit Configuration (v1)`, `Event`. Attributes: OCSF API Activity. A request is written
once for each stage: every stage is an event. Trusted: user, groups and `extra` (the authenticator checked them), the last of
`sourceIPs`. Not trusted: the other source addresses (X-Forwarded-For: "can be arbitrarily set by the client"), the user agent.
Request and response objects stay in `unmapped`, whole.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.kubernetes.audit_fields import DECISION, fields_of, is_audit
from minixdr.normalize.kubernetes.managed_clusters import from_aks, is_aks
from minixdr.normalize.kubernetes.names import object_uid
from minixdr.normalize.source import NotAnEvent, Routing, Shape, Source
from minixdr.normalize.values import address, mapping, text, texts, whole
from minixdr.normalize.web.request import put_url
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "kubernetes_audit"
_API = 6003
_ACTIVITIES = {
    "create": 1, "get": 2, "list": 2, "watch": 2, "head": 2, "update": 3, "patch": 3, "replace": 3, "put": 3, "post": 1, "delete": 4,
    "deletecollection": 4,
}  # fmt: skip
_OTHER = 99
_DECISIONS = {"allow": (1, 1), "forbid": (2, 2)}
"""Authorizer's decision -> action_id, disposition_id."""
_ERRORS = 400
_SERVICE_ACCOUNT = "system:serviceaccount:"
_POD_NAMES = ("authentication.kubernetes.io/pod-name", "authentication_kubernetes_io_slash_pod-name")
_NODE_NAMES = ("authentication.kubernetes.io/node-name", "authentication_kubernetes_io_slash_node-name")
_MOST = 16


def _event_of(body: JsonObject) -> JsonObject:
    """Return the audit event itself."""
    return from_aks(body) if is_aks(body) else body


def _normalize(record: Record) -> Event:
    body = _event_of(record.body)
    if not body:
        raise NotAnEvent("the record holds no audit event")
    draft = Draft(record, _NAME, body)
    draft.put("metadata.product.name", "Kubernetes")
    draft.put("metadata.product.vendor_name", "CNCF")
    draft.put("metadata.product.version", text(draft.take("apiVersion")))
    draft.put("metadata.log_name", "audit")
    draft.put("metadata.log_level", text(draft.take("level")))
    draft.take("kind")
    stage = text(draft.take("stage"))
    draft.put("message", stage)
    verb = text(draft.take("verb"))
    draft.put("api.operation", verb)
    audit_id = text(draft.take("auditID"))
    draft.put("api.request.uid", audit_id)
    draft.put("metadata.uid", audit_id)
    pod = _put_actor(draft)
    _put_target(draft, pod)
    _put_source(draft)
    _put_answer(draft)
    start = parse_time(draft.take("requestReceivedTimestamp"))
    draft.put("start_time", None if start is None else round(start.timestamp() * 1000))
    time = parse_time(draft.take("stageTimestamp")) or start or parse_time(draft.take("timestamp"))
    native_id = None if audit_id is None else f"{audit_id} {stage}"
    return draft.event(_API, _ACTIVITIES.get((verb or "").lower(), _OTHER), time, native_id=native_id)


def _first(extra: dict[str, Any], *names: str) -> str | None:
    """Return the first value of the first of these keys that has one."""
    return next((values[0] for name in names if (values := texts(extra.get(name)))), None)


def _put_actor(draft: Draft) -> list[tuple[str, str]]:
    """Set the user, on EKS its AWS session too; return what it runs as: its pod and node."""
    name = text(draft.take("user.username"))
    draft.put("actor.user.name", name)
    draft.put("actor.user.uid", text(draft.take("user.uid")))
    draft.put("actor.user.groups.name", texts(draft.take("user.groups")))
    extra = mapping(draft.take("user.extra"))
    key = _first(extra, "accessKeyId")
    arn = _first(extra, "arn")
    draft.put("actor.user.credential_uid", key)
    draft.put("actor.session.credential_uid", key)
    draft.put("actor.session.uid", arn)
    draft.put("actor.session.issuer", _first(extra, "canonicalArn"))
    if arn is not None and arn.startswith("arn:"):
        draft.put("cloud.provider", "AWS")
    found = []
    pod, node = _first(extra, *_POD_NAMES), _first(extra, *_NODE_NAMES)
    if pod is not None and name is not None and name.startswith(_SERVICE_ACCOUNT):
        uid = object_uid("pods", name.split(":")[2], pod)
        found.append((str(uid), "pods"))
    if node is not None:
        found.append((f"node/{node}", "nodes"))
    return found


def _put_target(draft: Draft, related: list[tuple[str, str]]) -> None:
    """Set the object asked for, and those the caller runs on."""
    kind, namespace = text(draft.take("objectRef.resource")), text(draft.take("objectRef.namespace"))
    sub = text(draft.take("objectRef.subresource"))
    name = text(draft.take("objectRef.name")) or _made_name(draft)
    draft.put("api.group.name", text(draft.take("objectRef.apiGroup")))
    draft.put("api.version", text(draft.take("objectRef.apiVersion")))
    found = list(related)
    if kind is not None:
        uid = object_uid(kind, namespace, name) or (f"namespace/{namespace}" if namespace else kind)
        found.insert(0, (uid, f"{kind}/{sub}" if sub else kind))
    draft.put("resources.uid", [uid for uid, _ in found])
    draft.put("resources.type", [kind for _, kind in found])
    draft.put("resources.name", [uid.rpartition("/")[2] for uid, _ in found])


def _made_name(draft: Draft) -> str | None:
    """Return the name of what a create made: the server gives it where the request has only `generateName`."""
    for part in ("responseObject", "requestObject"):
        name = text(mapping(mapping(draft.fields.get(part)).get("metadata")).get("name"))
        if name is not None:
            return name
    return None


def _put_source(draft: Draft) -> None:
    addresses = [found for value in texts(draft.take("sourceIPs")) if (found := address(value)) is not None]
    if addresses:
        draft.put("src_endpoint.ip", addresses[-1])
    elif texts(draft.fields.get("sourceIPs")):
        draft.doubt("src_endpoint.ip", "the text is not an address")
    if len(addresses) > 1:
        draft.put("http_request.x_forwarded_for", addresses[:-1][:_MOST])
        draft.doubt_kept("http_request.x_forwarded_for", "all source addresses but the last are set by the client")
    put_url(draft, "http_request.url", text(draft.take("requestURI")), None)
    agent = text(draft.take("userAgent"))
    if agent is not None:
        draft.put("http_request.user_agent", agent)
        draft.doubt_kept("http_request.user_agent", "the client chose it")


def _put_answer(draft: Draft) -> None:
    code = whole(draft.take("responseStatus.code"))
    draft.put("api.response.code", code)
    draft.put("api.response.error", text(draft.take("responseStatus.reason")))
    draft.put("api.response.message", text(draft.take("responseStatus.message")))
    if code is not None:
        draft.put("status_code", str(code))
        draft.put("status_id", 2 if code >= _ERRORS else 1)
    decision = text(mapping(draft.fields.get("annotations")).get(DECISION))
    if decision in _DECISIONS:
        draft.put("action_id", _DECISIONS[decision][0])
        draft.put("disposition_id", _DECISIONS[decision][1])


def _log_sources(_key: tuple[object, ...]) -> tuple[LogSource, ...]:
    return (LogSource("application", "kubernetes", "audit"),)


SOURCE = Source(
    name=_NAME,
    title="Kubernetes audit log",
    formats=frozenset({"json"}),
    shapes=(
        Shape("audit", is_audit, fields_of),
        Shape("aks", is_aks, lambda body: fields_of(from_aks(body))),
    ),
    routing=Routing(("verb",), _log_sources),
    normalize=_normalize,
)
