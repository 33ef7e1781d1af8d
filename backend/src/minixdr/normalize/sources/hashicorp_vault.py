"""HashiCorp Vault and OpenBao audit devices: every request to the secrets store, and what was answered.

Source: Vault documentation, `Audit log entry schema` (1.20), and `audit/types.go` of the server (JSON format). An operation is two
entries, `request` and `response`, joined by `request.id`; both are events, only the answer says how it ended. An answered login is
Authentication, the rest API Activity on the path. Trusted: the address (the connection's; X-Forwarded-For only from proxies the listener
authorizes), entity, accessor, policies. Tokens, accessors and most values are HMACs, equal for equal values of one audit device. Not
trusted: headers, the name in a login that failed. Not covered: lines with a device's `prefix`, the `jsonx` format, entries inside syslog.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.carried import carrying
from minixdr.normalize.draft import Draft
from minixdr.normalize.saas.activity import API, AUTHENTICATION, CREATE, DELETE, LOGON, OTHER, READ, UPDATE
from minixdr.normalize.saas.people import ADMIN, put_agent, put_client, put_outcome, put_person
from minixdr.normalize.source import NotAnEvent, Routing, Shape, Source
from minixdr.normalize.values import mapping, port, text, texts
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "hashicorp_vault"
_ACTIVITIES = {
    "create": CREATE, "read": READ, "list": READ, "header": READ, "update": UPDATE, "patch": UPDATE, "recover": UPDATE,
    "renew": UPDATE, "delete": DELETE, "revoke": DELETE,
}  # fmt: skip
_METHODS = frozenset(
    {"token", "approle", "jwt", "oidc", "kubernetes", "aws", "azure", "gcp", "cert", "ldap", "userpass", "github"}
)
"""Display names that say how somebody came in, and not who: thousands share them."""
_LOG_SOURCES = (LogSource(None, "vault", "audit"),)


def _is_entry(body: JsonObject) -> bool:
    request = body.get("request")
    return (
        body.get("type") in ("request", "response")
        and isinstance(request, dict)
        and "operation" in request
        and "time" in body
    )


def _normalize(record: Record) -> Event:
    draft = Draft(record, _NAME)
    kind, operation = text(draft.take("type")), text(draft.take("request.operation"))
    if operation is None:
        raise NotAnEvent("no operation: not an entry of a Vault audit log")
    path = text(draft.take("request.path")) or ""
    login = kind == "response" and _is_login(path)
    draft.put("metadata.product.name", "Vault")
    draft.put("metadata.product.vendor_name", "HashiCorp")
    draft.put("metadata.log_name", "audit")
    draft.put("metadata.event_code", kind)
    request_uid = text(draft.take("request.id"))
    draft.put("metadata.correlation_uid", request_uid)
    success = _put_outcome(draft, answered=kind == "response")
    put_client(draft, draft.take("request.remote_address"))
    draft.put("src_endpoint.port", port(draft.take("request.remote_port")))
    agents = texts(mapping(draft.take("request.headers")).get("user-agent"))
    put_agent(draft, agents[0] if agents else None)
    if login:
        _put_login(draft, path, success=success is not False)
    else:
        _put_who(draft, "actor.user", mapping(draft.take("auth")))
        _put_call(draft, operation, path)
    return draft.event(
        AUTHENTICATION if login else API,
        LOGON if login else _ACTIVITIES.get(operation, OTHER),
        parse_time(draft.take("time")),
        native_id=None if request_uid is None else f"{request_uid}/{kind}",
    )


def _is_login(path: str) -> bool:
    """Return whether the path is an auth method's login: `auth/<mount>/login`, for people with `/<name>` behind it."""
    parts = path.split("/")
    return parts[0] == "auth" and "login" in parts[2:]


def _put_outcome(draft: Draft, *, answered: bool) -> bool | None:
    """Set how it ended, where the entry knows: a request is written before it is answered, unless it is refused at once."""
    error = text(draft.take("error"))
    success = False if error is not None else True if answered else None
    put_outcome(draft, success=success, detail=error)
    return success


def _put_who(draft: Draft, attribute: str, auth: JsonObject) -> None:
    """Set whose token it is; where Vault knows no person, its entity and the accessor still tell one from another."""
    metadata = mapping(auth.get("metadata"))
    shown = text(auth.get("display_name"))
    account, namespace = text(metadata.get("service_account_name")), text(metadata.get("service_account_namespace"))
    name = text(metadata.get("username")) or (None if shown in _METHODS else shown)
    if account and namespace:
        name = f"system:serviceaccount:{namespace}:{account}"
    powerful = "root" in texts(auth.get("policies"))
    put_person(draft, attribute, name, auth.get("entity_id"), display=shown, type_id=ADMIN if powerful else None)
    accessor = text(auth.get("accessor")) or text(draft.take("request.client_token_accessor"))
    draft.put(f"{attribute}.credential_uid", accessor)


def _put_login(draft: Draft, path: str, *, success: bool) -> None:
    parts = path.split("/")
    given = mapping(draft.take("response.auth")) or mapping(draft.take("auth"))
    if success:
        _put_who(draft, "user", given)
    else:
        put_person(draft, "user", parts[-1] if parts[-1] != "login" else None)
        draft.doubt("actor.user.name", "the login failed: the name is what a stranger typed")
    draft.put("service.name", "Vault")
    draft.put("service.uid", "/".join(parts[:2]))
    draft.put("auth_protocol", text(draft.take("request.mount_type")))
    draft.put("is_remote", value=True)


def _put_call(draft: Draft, operation: str, path: str) -> None:
    draft.put("api.operation", operation)
    draft.put("api.service.name", "vault")
    draft.put("api.response.error", text(draft.attributes.get("status_detail")))
    draft.put("api.request.uid", text(draft.attributes.get("metadata.correlation_uid")))
    if path:
        namespace = text(draft.take("request.namespace.path")) or ""
        draft.put("resources.uid", [namespace + path])
        draft.put("resources.name", [path])
        draft.put("resources.type", [text(draft.take("request.mount_type")) or "path"])


def _log_sources(_key: tuple[Any, ...]) -> tuple[LogSource, ...]:
    return _LOG_SOURCES


SOURCE = carrying(
    Source(
        name=_NAME,
        title="HashiCorp Vault audit log",
        formats=frozenset({"json"}),
        shapes=(Shape("entry", _is_entry),),
        routing=Routing((), _log_sources),
        normalize=_normalize,
    )
)
