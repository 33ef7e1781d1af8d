"""CloudTrail's `userIdentity` -> who acted.

Source: CloudTrail user guide, `userIdentity element`. AWS checked the identity of a signed call: type, ARN, principal, account and access key are
facts. A role session's name is chosen by whoever assumed the role, so it is part of the session, never a user's name. The name in a failed console
sign-in was typed by a stranger: it is the user tried, not the actor.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.values import address, flag, text

_UNKNOWN, _OTHER = 0, 99
_ANONYMOUS = frozenset({"ANONYMOUS_PRINCIPAL", "anonymous", "Anonymous"})
_INTERNAL = "AWS Internal"
_SERVICE = ".amazonaws.com"


def put_actor(draft: Draft, attribute: str = "actor.user") -> None:
    """Set the user (as `actor.user`, or as `user`: the one a failed sign-in tried), and the session it acted in."""
    kind = text(draft.take("userIdentity.type"))
    arn = text(draft.take("userIdentity.arn"))
    account = text(draft.take("userIdentity.accountId"))
    principal = text(draft.take("userIdentity.principalId"))
    draft.put(f"{attribute}.type", kind)
    draft.put(f"{attribute}.type_id", _UNKNOWN if kind is None else _OTHER)
    draft.put(f"{attribute}.name", _user_name(draft, kind, arn))
    draft.put(f"{attribute}.uid", arn or principal)
    draft.put(f"{attribute}.uid_alt", principal if arn else _identity_center_user(draft))
    if account is not None and account not in _ANONYMOUS:
        draft.put(f"{attribute}.account.uid", account)
    key = text(draft.take("userIdentity.accessKeyId")) or text(draft.take("userIdentity.credentialId"))
    draft.put(f"{attribute}.credential_uid", key)
    draft.put("actor.invoked_by", text(draft.take("userIdentity.invokedBy")))
    provider = text(draft.take("userIdentity.identityProvider"))
    draft.put("actor.idp.name", provider)
    draft.put("actor.idp.uid", text(draft.take("userIdentity.onBehalfOf.identityStoreArn")))
    _put_session(draft, kind, arn or principal)


def _identity_center_user(draft: Draft) -> str | None:
    return text(draft.take("userIdentity.onBehalfOf.userId"))


def _user_name(draft: Draft, kind: str | None, arn: str | None) -> str | None:
    name = text(draft.take("userIdentity.userName"))
    if kind == "Root":
        return arn or name  # "root" alone would be every account's and every Linux host's
    if name is None and kind == "IAMUser" and arn is not None and ":user/" in arn:
        return arn.rpartition("/")[2] or None
    if name is None and kind == "IdentityCenterUser":
        return text(draft.take("additionalEventData.UserName"))
    return name


def _put_session(draft: Draft, kind: str | None, uid: str | None) -> None:
    issuer = text(draft.take("userIdentity.sessionContext.sessionIssuer.arn"))
    created = parse_time(draft.take("userIdentity.sessionContext.attributes.creationDate"))
    if kind in ("AssumedRole", "FederatedUser", "Role") or issuer is not None:
        draft.put("actor.session.uid", uid)
    draft.put("actor.session.issuer", issuer)
    draft.put("actor.session.created_time", None if created is None else round(created.timestamp() * 1000))
    draft.put("actor.session.is_mfa", flag(draft.take("userIdentity.sessionContext.attributes.mfaAuthenticated")))
    draft.put("actor.session.uid_alt", text(draft.take("userIdentity.sessionContext.sourceIdentity")))


def put_source(draft: Draft) -> None:
    """Set where the call came from. A service that called for someone has a name in place of an address."""
    value = draft.take("sourceIPAddress")
    found = address(value)
    if found is not None:
        draft.put("src_endpoint.ip", found)
    elif _is_service(value):
        draft.put("src_endpoint.svc_name", value)
        if value != _INTERNAL:
            draft.put("src_endpoint.domain", value)
    elif value not in (None, "", "-"):
        draft.doubt("src_endpoint.ip", "the text is neither an address nor the name of an AWS service")
    draft.put("src_endpoint.uid", text(draft.take("vpcEndpointId")))
    agent = text(draft.take("userAgent"))
    if agent is not None:
        draft.put("http_request.user_agent", agent)
        draft.doubt_kept("http_request.user_agent", "the caller chose it")


def _is_service(value: Any) -> bool:
    return isinstance(value, str) and (value == _INTERNAL or (value.endswith(_SERVICE) and " " not in value))
