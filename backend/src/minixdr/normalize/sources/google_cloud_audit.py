"""Google Cloud Audit Logs: administrators' activity, data access, system events, denied policies.

Every entry is API Activity on its resource. Source: see `normalize/google/cloud_shapes.py`. Trusted: the principal,
its service account key and the address as Google saw them. Not trusted: `callerSuppliedUserAgent`; names of
resources, which their makers choose. Not covered: `request` and `response`, which differ by service and stay in
`unmapped`.
"""

from collections.abc import Mapping
from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.carried import carrying
from minixdr.normalize.draft import Draft
from minixdr.normalize.google.cloud_shapes import SHAPES, entry_of
from minixdr.normalize.kubernetes.managed_clusters import from_gke, is_gke
from minixdr.normalize.kubernetes.names import object_uid
from minixdr.normalize.saas.activity import API, HIGH, LOW, MEDIUM, last_verb
from minixdr.normalize.saas.people import SERVICE, USER, put_client, put_outcome, put_person
from minixdr.normalize.source import NotAnEvent, Routing, Source
from minixdr.normalize.values import mapping, objects, text, whole
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import Record

_NAME = "google_cloud_audit"
_SEVERITIES = {"WARNING": LOW, "CRITICAL": MEDIUM, "ALERT": HIGH, "EMERGENCY": HIGH}
_SERVICE_ACCOUNT = ".gserviceaccount.com"
_PROJECT = 11
"""OCSF account type: GCP Project."""
_LOG_SOURCES = (LogSource(None, "gcp", "gcp.audit", {"src_ip": "protoPayload.requestMetadata.callerIp"}),)
_KUBERNETES = LogSource("application", "kubernetes", "audit")
"""GKE's entries: rules for Kubernetes' own audit log meet them too."""


def _normalize(record: Record) -> Event:
    draft = Draft(record, _NAME, entry_of(record.body))
    method, service = text(draft.take("protoPayload.methodName")), text(draft.take("protoPayload.serviceName"))
    permission = next((text(item.get("permission")) for item in objects(_permissions(draft))), None)
    if method is None and service is None and permission is None:
        raise NotAnEvent("an audit log without method, service and permission")
    draft.put("metadata.product.name", "Google Cloud Audit Logs")
    draft.put("metadata.product.vendor_name", "Google")
    draft.put("metadata.log_name", text(draft.take("logName")))
    draft.put("metadata.event_code", method)
    native_id = text(draft.take("insertId"))
    draft.put("metadata.uid", native_id)
    draft.put("api.operation", method or permission or service)
    draft.put("api.service.name", service)
    _put_caller(draft)
    _put_resource(draft)
    code = whole(draft.take("protoPayload.status.code"))
    status = draft.take("protoPayload.status")
    put_outcome(
        draft,
        success=code in (None, 0) if status is None or isinstance(status, dict) else None,
        status=None if code is None else str(code),
        detail=text(draft.take("protoPayload.status.message")),
    )
    time = parse_time(draft.take("timestamp")) or parse_time(draft.take("receiveTimestamp"))
    draft.take("protoPayload.@type")
    draft.take("protoPayload.at_sign_type")
    severity = _SEVERITIES.get(text(draft.take("severity")) or "", 1)
    identity = None if native_id is None else f"{native_id}:{draft.fields.get('timestamp')}"
    return draft.event(API, last_verb(method or permission), time, native_id=identity, severity_id=severity)


def _permissions(draft: Draft) -> Any:
    return mapping(draft.fields.get("protoPayload")).get("authorizationInfo")


def _put_caller(draft: Draft) -> None:
    name = text(draft.take("protoPayload.authenticationInfo.principalEmail"))
    subject = text(draft.take("protoPayload.authenticationInfo.principalSubject"))
    is_service = name is not None and name.endswith(_SERVICE_ACCOUNT)
    put_person(draft, "actor.user", name or subject, subject, type_id=SERVICE if is_service else USER)
    key = text(draft.take("protoPayload.authenticationInfo.serviceAccountKeyName"))
    draft.put("actor.user.credential_uid", key)
    request = mapping(draft.take("protoPayload.requestMetadata"))
    put_client(draft, request.get("callerIp", request.get("callerIP")), request.get("callerSuppliedUserAgent"))
    granted = objects(draft.take("protoPayload.authorizationInfo"))
    decisions = ["granted" if item.get("granted") is True else "denied" for item in granted]
    draft.put("actor.authorizations.decision", decisions)


def _put_resource(draft: Draft) -> None:
    draft.put("cloud.provider", "GCP")
    labels = mapping(draft.take("resource.labels"))
    project = text(labels.get("project_id"))
    draft.put("cloud.project_uid", project)
    if project is not None:
        draft.put("cloud.account.uid", project)
        draft.put("cloud.account.type_id", _PROJECT)
    draft.put("cloud.region", text(labels.get("location")) or text(labels.get("zone")))
    name = text(draft.take("protoPayload.resourceName"))
    uid = _kubernetes_uid(draft.fields)
    if uid is not None:
        draft.put("resources.uid", [uid])
        draft.put("resources.name", [uid.rpartition("/")[2]])
        draft.put("resources.type", ["k8s_object"])
    elif name is not None:
        draft.put("resources.uid", [name])
        draft.put("resources.name", [name.rpartition("/")[2] or name])
        draft.put("resources.type", [kind] if (kind := text(draft.take("resource.type"))) else None)


def _kubernetes_uid(entry: Mapping[str, Any]) -> str | None:
    """Return a GKE entry's object as Kubernetes' audit log names it."""
    if not is_gke(dict(entry)):
        return None
    reference = mapping(from_gke(dict(entry)).get("objectRef"))
    return object_uid(reference.get("resource"), reference.get("namespace"), reference.get("name"))


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    return (*_LOG_SOURCES, _KUBERNETES) if key[0] == "k8s.io" else _LOG_SOURCES


SOURCE = carrying(
    Source(
        name=_NAME,
        title="Google Cloud Audit Logs",
        formats=frozenset({"json"}),
        shapes=SHAPES,
        routing=Routing(("gcp.audit.service_name",), _log_sources),
        normalize=_normalize,
    )
)
