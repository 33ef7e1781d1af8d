"""Azure: the activity log of subscriptions, and resources' own logs (Key Vault, Storage, Firewall, gateways, ...) in the common schema.

Every record is API Activity on its resource; alerts of Defender for Cloud in the activity log (category Security) are
Detection Findings. Source: see `normalize/microsoft/azure_shapes.py`. Trusted: the claims of the caller's token and
the address Azure saw. Not trusted: user agents (`clientInfo`, `userAgentHeader`). Not covered: what a resource log
says in its `properties` beyond caller and outcome stays in `unmapped`.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.carried import carrying
from minixdr.normalize.draft import Draft
from minixdr.normalize.microsoft.azure_shapes import LOG, SHAPES, fields, provider_of
from minixdr.normalize.saas.activity import API, CREATE, DELETE, FINDING, HIGH, LOW, MEDIUM, READ, UPDATE, verb
from minixdr.normalize.saas.people import SERVICE, USER, put_client, put_outcome, put_person
from minixdr.normalize.source import NotAnEvent, Routing, Source
from minixdr.normalize.values import mapping, text, whole
from minixdr.normalize.web.request import put_url
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import Record

_NAME = "azure_activity"
_UPN = ("upn", "unique_name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "name")  # fmt: skip
_OID = ("oid", "http://schemas.microsoft.com/identity/claims/objectidentifier")
_SUCCEEDED = frozenset({"success", "succeeded", "started", "start", "accept", "accepted", "active", "resolved", "ok"})
_FAILED = frozenset({"failure", "failed", "clienterror", "servererror", "unauthorized", "forbidden"})
_SEVERITIES = {"critical": HIGH, "error": MEDIUM, "warning": LOW}
_ALERTS = {"high": HIGH, "medium": MEDIUM, "low": LOW}
_VERBS = {"write": UPDATE, "delete": DELETE, "read": READ, "create": CREATE}
_NAMES = {"src_ip": "callerIpAddress"}
_ERRORS = 400


def _normalize(record: Record) -> Event:
    draft = Draft(record, _NAME, fields(record.body))
    operation = text(draft.take("operationName"))
    resource = text(draft.take("resourceId"))
    if operation is None and resource is None:
        raise NotAnEvent("no operation and no resource")
    draft.put("metadata.product.name", "Azure Monitor")
    draft.put("metadata.product.vendor_name", "Microsoft")
    category = text(draft.take("category"))
    draft.put("metadata.product.feature.name", category)
    draft.put("metadata.event_code", operation)
    native_id = text(draft.take("eventDataId"))
    draft.put("metadata.uid", native_id)
    draft.put("metadata.correlation_uid", text(draft.take("correlationId")))
    draft.put("metadata.tenant_uid", text(draft.take("tenantId")))
    _put_cloud(draft, resource)
    _put_caller(draft)
    _put_status(draft)
    times = (parse_time(draft.take(name)) for name in ("time", "eventTimestamp", "timeStamp", "submissionTimestamp"))
    time = next((time for time in times if time is not None), None)
    severity = _SEVERITIES.get(str(text(draft.take("level"))).lower(), 1)
    for name in (
        LOG,
        "OperationNameValue",
        "CategoryValue",
        "ResourceId",
        "ResourceProviderValue",
        "ActivityStatusValue",
    ):
        draft.take(name)
    draft.take("properties.message")
    if category is not None and category.lower() == "security":
        severity = _put_alert(draft, native_id, resource, operation)
        return draft.event(FINDING, CREATE, time, native_id=native_id, severity_id=severity)
    draft.put("api.operation", operation or category)
    draft.put("api.service.name", provider_of(resource) or text(draft.fields.get("resourceProviderName")))
    return draft.event(API, _activity(operation), time, native_id=native_id, severity_id=severity)


def _activity(operation: str | None) -> int:
    """Return the activity: Azure's operations end in write, delete, read or an action."""
    if operation is None:
        return 0
    parts = operation.split("/")
    is_action = parts[-1].lower() == "action" and len(parts) > 1
    last = parts[-2] if is_action else parts[-1]
    return _VERBS.get(last.lower(), verb(last))


def _put_cloud(draft: Draft, resource: str | None) -> None:
    draft.put("cloud.provider", "Azure")
    parts = [] if resource is None else resource.split("/")
    if len(parts) > 2 and parts[1].lower() == "subscriptions":  # noqa: PLR2004 - "", subscriptions, id
        draft.put("cloud.account.uid", parts[2].lower())
        draft.put("cloud.account.type_id", 13)
    location = text(draft.take("location"))
    draft.put("cloud.region", location)
    if resource is not None:
        draft.put("resources.uid", [resource.lower()])
        draft.put("resources.name", [parts[-1] or resource])
        draft.put("resources.type", [provider] if (provider := provider_of(resource)) else None)


def _put_caller(draft: Draft) -> None:
    """Set who called: the claims of the token, else the caller's name."""
    identity = mapping(draft.take("identity"))
    claims = mapping(draft.take("claims")) or mapping(identity.get("claims")) or mapping(identity.get("claim"))
    properties = mapping(draft.fields.get("properties"))
    name = _first(claims, _UPN) or text(draft.take("caller")) or text(properties.get("caller"))
    uid = _first(claims, _OID)
    requester = mapping(identity.get("requester"))
    is_user = name is not None and "@" in name
    put_person(
        draft,
        "actor.user",
        name or requester.get("upn"),
        uid or requester.get("objectId"),
        type_id=USER if is_user else SERVICE,
    )
    draft.put("actor.app_uid", _first(claims, ("appid", "azp")) or text(requester.get("appId")))
    draft.put("actor.session.uid", _first(claims, ("uti", "sid")))
    request = mapping(draft.take("httpRequest"))
    where = draft.take("callerIpAddress") or request.get("clientIpAddress") or _first(claims, ("ipaddr",))
    put_client(draft, where, properties.get("clientInfo") or properties.get("userAgentHeader"))
    uri = text(draft.take("uri")) or text(properties.get("requestUri"))
    put_url(draft, "http_request.url", uri, None)


def _first(claims: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := text(claims.get(name))) is not None), None)


def _put_status(draft: Draft) -> None:
    said = text(draft.take("status")) or text(draft.take("resultType")) or text(draft.take("ActivityStatusValue"))
    code = whole(draft.take("statusCode"))
    if code is None:
        code = whole(mapping(draft.fields.get("properties")).get("httpStatusCode"))
    draft.put("api.response.code", code)
    low = (said or text(draft.take("statusText")) or "").lower()
    success = True if low in _SUCCEEDED else False if low in _FAILED else None
    if code is not None and (success is None or code >= _ERRORS):
        success = code < _ERRORS
    detail = text(draft.take("resultDescription")) or text(draft.take("subStatus"))
    put_outcome(draft, success=success, status=text(draft.take("resultSignature")) or said, detail=detail)


def _put_alert(draft: Draft, native_id: str | None, resource: str | None, operation: str | None) -> int:
    """Set the alert of Defender for Cloud, and return its severity."""
    properties = mapping(draft.fields.get("properties"))
    title = text(draft.take("eventName")) or text(draft.take("description")) or operation or "Azure security alert"
    draft.put("finding_info.title", title)
    draft.put("finding_info.uid", native_id or resource or title)
    draft.put("finding_info.desc", text(draft.take("description")))
    draft.put("is_alert", value=True)
    draft.attributes.pop("api.response.code", None)
    for name in [name for name in draft.attributes if name.startswith(("src_endpoint.", "http_request."))]:
        draft.attributes[f"evidences.{name}"] = [draft.attributes.pop(name)]
    said = text(properties.get("severity")) or text(properties.get("Severity"))
    return _ALERTS.get(str(said).lower(), MEDIUM)


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    log = key[0] if isinstance(key[0], str) else None
    return (LogSource(None, "azure", log, _NAMES),)


SOURCE = carrying(
    Source(
        name=_NAME,
        title="Azure activity and resource logs",
        formats=frozenset({"json", "csv"}),
        shapes=SHAPES,
        routing=Routing((LOG,), _log_sources),
        normalize=_normalize,
    )
)
