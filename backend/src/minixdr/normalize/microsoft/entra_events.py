"""Entra ID's records -> OCSF attributes, one function for each kind of record.

In: a draft over the record under Graph's names. Source: Graph v1.0 reference (signIn, directoryAudit, riskDetection,
riskyUser), Microsoft Graph activity logs; OCSF 1.9.0-dev.
"""

from typing import Any

from minixdr.normalize.draft import Draft
from minixdr.normalize.microsoft.entra_shapes import Unfolded, error_code
from minixdr.normalize.saas.activity import (
    ACCOUNT_CHANGE,
    AUTHENTICATION,
    CREATE,
    ENTITY_MANAGEMENT,
    FINDING,
    GROUP_MANAGEMENT,
    HIGH,
    INFORMATIONAL,
    LOGON,
    LOW,
    MEDIUM,
    Reading,
)
from minixdr.normalize.saas.people import SERVICE, USER, as_evidence, put_client, put_outcome, put_person
from minixdr.normalize.values import flag, mapping, objects, real, text, whole
from minixdr.normalize.web.request import put_url
from minixdr.schema.record import JsonObject

_RISKS = {"none": INFORMATIONAL, "low": LOW, "medium": MEDIUM, "high": HIGH}
_PROTOCOLS = {"oauth2": 6, "saml20": 5, "wsfederation": 99, "ropc": 6, "devicecode": 6}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def put_sign_in(draft: Draft, found: Unfolded) -> Reading:
    """Set who signed in, to what, from where, and whether it succeeded."""
    code = text(error_code(found))
    success = None if code is None else code == "0"
    status = mapping(draft.take("status"))
    detail = text(found.outer.get("resultDescription")) or text(status.get("failureReason"))
    put_outcome(draft, success=success, status=code, detail=detail)
    draft.put("metadata.event_code", "Sign-in activity")
    _put_signer(draft, "user")
    if success:
        _put_signer(draft, "actor.user")
        draft.put("actor.session.uid", text(draft.take("sessionId")))
    else:
        draft.doubt("actor.user.name", "the sign-in did not succeed: the name is what a stranger typed")
    draft.put("actor.app_name", text(draft.take("appDisplayName")))
    draft.put("actor.app_uid", text(draft.take("appId")))
    draft.put("service.name", text(draft.take("resourceDisplayName")) or "Microsoft Entra ID")
    draft.put("service.uid", text(draft.take("resourceId")))
    put_client(draft, draft.take("ipAddress") or found.outer.get("callerIpAddress"), draft.take("userAgent"))
    _put_place(draft, "src_endpoint", draft.take("location"))
    draft.put("src_endpoint.autonomous_system.number", whole(draft.take("autonomousSystemNumber")))
    _put_device(draft)
    draft.put("is_mfa", _is_mfa(draft.take("authenticationRequirement")))
    protocol = text(draft.take("authenticationProtocol"))
    if protocol not in (None, "none"):
        draft.put("auth_protocol_id", _PROTOCOLS.get(str(protocol).lower(), 99))
    draft.put("is_remote", value=True)
    risk = _RISKS.get(str(text(draft.take("riskLevelDuringSignIn"))).lower(), INFORMATIONAL)
    return Reading(AUTHENTICATION, LOGON, risk)


def _put_signer(draft: Draft, attribute: str) -> None:
    name = draft.take("userPrincipalName")
    if text(name) is not None or text(draft.fields.get("userId")) is not None:
        put_person(draft, attribute, name, draft.take("userId"), display=draft.take("userDisplayName"), type_id=USER)
    else:
        principal = draft.take("servicePrincipalName")
        put_person(draft, attribute, principal, draft.take("servicePrincipalId"), type_id=SERVICE)
        key = text(draft.take("servicePrincipalCredentialKeyId"))
        draft.put(f"{attribute}.credential_uid", key)


def _is_mfa(requirement: Any) -> bool | None:
    known = {"multiFactorAuthentication": True, "singleFactorAuthentication": False}
    return known.get(requirement) if isinstance(requirement, str) else None


def _put_place(draft: Draft, attribute: str, place: Any) -> None:
    if isinstance(place, str):
        draft.put(f"{attribute}.location.country", text(place))
    where = mapping(place)
    draft.put(f"{attribute}.location.city", text(where.get("city")))
    draft.put(f"{attribute}.location.region", text(where.get("state")))
    draft.put(f"{attribute}.location.country", text(where.get("countryOrRegion")))
    position = mapping(where.get("geoCoordinates"))
    if f"{attribute}.location.country" in draft.attributes:
        draft.put(f"{attribute}.location.lat", real(position.get("latitude")))
        draft.put(f"{attribute}.location.long", real(position.get("longitude")))


def _put_device(draft: Draft) -> None:
    """Set the device, where it is one that the organization registered."""
    device = mapping(draft.take("deviceDetail"))
    uid = text(device.get("deviceId"))
    if uid is None:
        return
    draft.put("device.uid", uid)
    draft.put("device.type_id", 0)
    draft.put("device.name", text(device.get("displayName")))
    draft.put("device.is_compliant", flag(device.get("isCompliant")))
    draft.put("device.is_managed", flag(device.get("isManaged")))


def put_audit(draft: Draft, found: Unfolded, reading: Reading) -> None:
    """Set who changed what."""
    draft.put("metadata.log_provider", text(draft.take("loggedByService")))
    result = (text(draft.take("result")) or "").lower()
    success = {"success": True, "failure": False, "timeout": False, "clienterror": False}.get(result)
    put_outcome(draft, success=success, status=result or None, detail=text(draft.take("resultReason")))
    initiator = mapping(draft.take("initiatedBy"))
    user, app = mapping(initiator.get("user")), mapping(initiator.get("app"))
    if user:
        put_person(draft, "actor.user", user.get("userPrincipalName"), user.get("id"), display=user.get("displayName"))
    draft.put("actor.app_name", text(app.get("displayName")))
    draft.put("actor.app_uid", text(app.get("appId")) or text(app.get("servicePrincipalId")))
    details = {item.get("key"): item.get("value") for item in objects(draft.take("additionalDetails"))
               if isinstance(item.get("key"), str)}  # fmt: skip
    put_client(draft, user.get("ipAddress") or found.outer.get("callerIpAddress"), details.get("User-Agent"))
    targets = objects(draft.take("targetResources"))
    if reading.class_uid == ENTITY_MANAGEMENT:
        _put_entity(draft, targets)
        return
    people = [target for target in targets if text(target.get("type")) in ("User", "ServicePrincipal")]
    _put_target(draft, people[0] if people else targets[0] if targets else {})
    others = [target for target in targets if target not in people]
    if reading.class_uid == GROUP_MANAGEMENT:
        group = others[0] if others else {}
        changed = {change.get("displayName"): change.get("newValue") for target in targets
                   for change in objects(target.get("modifiedProperties")) if isinstance(change.get("displayName"), str)}  # fmt: skip
        named = text(group.get("displayName")) or _unquoted(changed.get("Group.DisplayName"))
        draft.put("group.name", named)
        draft.put("group.uid", text(group.get("id")) or _unquoted(changed.get("Group.ObjectID")))
    elif reading.class_uid != ACCOUNT_CHANGE and others:
        draft.put("resources.uid", [text(item.get("id")) or "unknown" for item in others])
        draft.put("resources.name", [text(item.get("displayName")) or "unknown" for item in others])


def _unquoted(value: Any) -> str | None:
    return text(value.strip('"')) if isinstance(value, str) else None


def _put_target(draft: Draft, target: JsonObject) -> None:
    is_user = text(target.get("type")) != "ServicePrincipal"
    name = text(target.get("userPrincipalName"))
    if name is None and not is_user:
        name = text(target.get("displayName"))
    put_person(
        draft, "user", name, target.get("id"), display=target.get("displayName"), type_id=USER if is_user else SERVICE
    )


def _put_entity(draft: Draft, targets: list[JsonObject]) -> None:
    target = targets[0] if targets else {}
    draft.put("entity.name", text(target.get("displayName")) or text(target.get("userPrincipalName")))
    draft.put("entity.uid", text(target.get("id")))
    draft.put("entity.type", text(target.get("type")))


def put_risk(draft: Draft, found: Unfolded) -> Reading:
    """Set the finding of Entra ID Protection, or of Privileged Identity Management."""
    kind = text(draft.take("riskEventType")) or text(draft.take("riskType")) or text(draft.take("@odata.type"))
    name = "risky user" if kind is None or kind.endswith("riskyUser") else kind
    draft.put("finding_info.uid", text(draft.fields.get("id")) or text(draft.fields.get("correlationId")) or name)
    draft.put("finding_info.title", f"Entra ID Protection: {name}")
    draft.put("finding_info.types", [name])
    draft.put("is_alert", value=True)
    draft.put("status_detail", text(draft.take("riskState")))
    draft.put("message", text(draft.take("riskDetail")))
    put_person(
        draft, "user", draft.take("userPrincipalName"), draft.take("userId"), display=draft.take("userDisplayName")
    )
    put_client(draft, draft.take("ipAddress") or found.outer.get("callerIpAddress"))
    _put_place(draft, "src_endpoint", draft.take("location"))
    as_evidence(draft)
    level = str(text(draft.take("riskLevel"))).lower()
    return Reading(FINDING, CREATE, _RISKS.get(level, LOW))


def put_call(draft: Draft, found: Unfolded, operation: str | None) -> None:
    """Set a call of Microsoft Graph, or of what has no class of its own."""
    method = text(draft.take("requestMethod"))
    uri = text(draft.take("requestUri"))
    draft.put("api.operation", f"{method} {uri}" if method and uri else operation)
    draft.put("api.service.name", "Microsoft Graph" if uri else "Microsoft Entra ID")
    draft.put("api.version", text(draft.take("apiVersion")))
    draft.put("api.request.uid", text(draft.take("requestId")))
    put_url(draft, "http_request.url", uri, None)
    draft.put("http_request.http_method", method if method in _METHODS else None)
    code = whole(draft.take("responseStatusCode"))
    draft.put("api.response.code", code)
    draft.put("actor.app_uid", text(draft.take("appId")))
    put_person(draft, "actor.user", draft.take("userPrincipalName"), draft.take("userId"))
    put_client(draft, draft.take("ipAddress") or found.outer.get("callerIpAddress"), draft.take("userAgent"))
