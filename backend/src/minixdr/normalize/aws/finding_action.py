"""The action that GuardDuty or Security Hub saw -> the evidences of a finding.

In: `service.action` (lowerCamel), by `actionType`: AWS_API_CALL, NETWORK_CONNECTION, PORT_PROBE, DNS_REQUEST,
KUBERNETES_API_CALL, RDS_LOGIN_ATTEMPT. Out: `evidences`, one element for each remote side. Source: GuardDuty API reference,
`Action`; Security Hub user guide, ASFF `Action`.
"""

from typing import Any

from minixdr.normalize.draft import Draft
from minixdr.normalize.values import address, mapping, objects, port, text

_MOST = 32
"""Remote sides kept of one finding."""

_SAYS_NOTHING = {"connection_info.direction_id"}
"""Alone it is of an action that did not happen: ASFF lists all kinds, the others empty."""

Evidence = dict[str, Any]


def put_action(draft: Draft, action: dict[str, Any], actor: Evidence) -> None:
    """Set `evidences`: what was done, from where, and by whom (`actor`: attribute below `evidences` -> value)."""
    found: list[Evidence] = []
    for name, read in _READERS.items():
        part = action.get(name)
        if isinstance(part, dict) and part:
            found.extend(read(part))
    found = [evidence for evidence in found if evidence.keys() - _SAYS_NOTHING][:_MOST] or [{}]
    for evidence in found:
        evidence.update(actor)
    _put(draft, found)


def _put(draft: Draft, evidences: list[Evidence]) -> None:
    """Set the attributes that every evidence has: lists under one array have one length."""
    for attribute in evidences[0]:
        values = [evidence.get(attribute) for evidence in evidences]
        if all(value is not None for value in values):
            draft.put(f"evidences.{attribute}", values)


def _known(evidence: Evidence) -> Evidence:
    return {attribute: value for attribute, value in evidence.items() if value is not None}


def _remote(part: dict[str, Any], name: str = "remoteIpDetails") -> str | None:
    details = mapping(part.get(name))
    return address(details.get("ipAddressV4")) or address(details.get("ipAddressV6"))


def _port(part: dict[str, Any], name: str) -> int | None:
    return port(mapping(part.get(name)).get("port"))


def _api_call(part: dict[str, Any]) -> list[Evidence]:
    return [
        _known(
            {
                "api.operation": text(part.get("api")),
                "api.service.name": text(part.get("serviceName")),
                "api.response.error": text(part.get("errorCode")),
                "src_endpoint.ip": _remote(part),
                "src_endpoint.svc_name": text(mapping(part.get("domainDetails")).get("domain")),
            }
        )
    ]


def _connection(part: dict[str, Any]) -> list[Evidence]:
    remote, local = (
        ("dst_endpoint", "src_endpoint")
        if part.get("connectionDirection") == "OUTBOUND"
        else ("src_endpoint", "dst_endpoint")
    )
    protocol = text(part.get("protocol"))
    return [
        _known(
            {
                f"{remote}.ip": _remote(part),
                f"{remote}.port": _port(part, "remotePortDetails"),
                f"{local}.ip": _remote(part, "localIpDetails"),
                f"{local}.port": _port(part, "localPortDetails"),
                "connection_info.protocol_name": protocol.lower() if protocol else None,
                "connection_info.direction_id": {"INBOUND": 1, "OUTBOUND": 2}.get(
                    text(part.get("connectionDirection")) or "", 0
                ),
            }
        )
    ]


def _probe(part: dict[str, Any]) -> list[Evidence]:
    return [
        _known({"src_endpoint.ip": _remote(detail), "dst_endpoint.port": _port(detail, "localPortDetails")})
        for detail in objects(part.get("portProbeDetails"))
    ]


def _dns(part: dict[str, Any]) -> list[Evidence]:
    domain = text(part.get("domain"))
    return [_known({"query.hostname": domain.rstrip(".") if domain else None})]


def _kubernetes(part: dict[str, Any]) -> list[Evidence]:
    return [
        _known(
            {
                "api.operation": text(part.get("verb")),
                "http_request.url.path": text(part.get("requestUri")),
                "http_request.user_agent": text(part.get("userAgent")),
                "src_endpoint.ip": _remote(part),
            }
        )
    ]


def _login(part: dict[str, Any]) -> list[Evidence]:
    users = [text(item.get("user")) for item in objects(part.get("loginAttributes"))]
    return [_known({"src_endpoint.ip": _remote(part), "user.name": users[0] if len(users) == 1 else None})]


_READERS = {
    "awsApiCallAction": _api_call,
    "networkConnectionAction": _connection,
    "portProbeAction": _probe,
    "dnsRequestAction": _dns,
    "kubernetesApiCallAction": _kubernetes,
    "rdsLoginAttemptAction": _login,
}
