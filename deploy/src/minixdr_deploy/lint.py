"""Annotations of the Ingress and its Services: in goes what is written, out come the mistakes that the controller would pass over in silence.

Source of the names: `pkg/annotations/constants.go` and the Ingress guide of AWS Load Balancer Controller 2.13 to 3.x. An annotation that it does not
know has no effect and no error. Not looked at: values whose form only AWS knows (policies, attribute keys).
"""

import difflib
import ipaddress
import json
from collections.abc import Iterable, Iterator, Mapping

import msgspec

PREFIX = "alb.ingress.kubernetes.io/"
INBOUND = PREFIX + "inbound-cidrs"
GROUPS = PREFIX + "security-groups"

_INGRESS = frozenset(
    [
        "load-balancer-name",
        "group.name",
        "group.order",
        "tags",
        "ip-address-type",
        "scheme",
        "subnets",
        "customer-owned-ipv4-pool",
        "load-balancer-attributes",
        "wafv2-acl-arn",
        "wafv2-acl-name",
        "waf-acl-id",
        "web-acl-id",
        "shield-advanced-protection",
        "security-groups",
        "listen-ports",
        "ssl-redirect",
        "inbound-cidrs",
        "certificate-arn",
        "ssl-policy",
        "target-type",
        "backend-protocol",
        "backend-protocol-version",
        "target-group-attributes",
        "healthcheck-port",
        "healthcheck-protocol",
        "healthcheck-path",
        "healthcheck-interval-seconds",
        "healthcheck-timeout-seconds",
        "healthy-threshold-count",
        "unhealthy-threshold-count",
        "success-codes",
        "auth-type",
        "auth-idp-cognito",
        "auth-idp-oidc",
        "auth-on-unauthenticated-request",
        "auth-scope",
        "auth-session-cookie",
        "auth-session-timeout",
        "jwt-validation",
        "target-node-labels",
        "manage-backend-security-group-rules",
        "mutual-authentication",
        "security-group-prefix-lists",
        "multi-cluster-target-group",
        "minimum-load-balancer-capacity",
        "ipam-ipv4-pool-id",
        "use-regex-path-match",
        "target-control-port",
        "create-acm-cert",
        "acm-pca-arn",
        "dry-run-plan",
    ]
)
_FAMILIES = ("actions.", "conditions.", "transforms.", "listener-attributes.", "frontend-nlb-", "enable-frontend-nlb")
_NUMBERS = {
    "healthcheck-interval-seconds": (5, 300),
    "healthcheck-timeout-seconds": (2, 120),
    "healthy-threshold-count": (2, 10),
    "unhealthy-threshold-count": (2, 10),
}
_MEANT = {
    "idle-timeout-seconds": "load-balancer-attributes: idle_timeout.timeout_seconds=<seconds>",
    "deregistration-delay": "target-group-attributes: deregistration_delay.timeout_seconds=<seconds>",
    "allowlist": "inbound-cidrs",
    "whitelist-source-range": "inbound-cidrs",
}
_HEARTBEAT_SECONDS = 15
"""The console's stream says something this often; an idle time below it cuts the stream."""


class Mistake(msgspec.Struct, frozen=True):
    """Something in an annotation that does not do what it seems to."""

    where: str
    """`Ingress/mini-xdr`."""
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def of_ingress(annotations: Mapping[str, str], where: str = "Ingress/mini-xdr") -> Iterator[Mistake]:
    """Yield the mistakes of the Ingress's annotations; who is let in is judged by `of_access`."""
    yield from (Mistake(where, what) for what in _names(annotations))
    yield from (Mistake(where, what) for what in _values(annotations))
    if annotations.get(PREFIX + "target-type") != "ip":
        yield Mistake(
            where, f"target-type is {annotations.get(PREFIX + 'target-type', 'not set')}: readiness gates need `ip`"
        )
    if PREFIX + "healthcheck-path" in annotations:
        yield Mistake(where, "healthcheck-path here holds for all Services: write it on each Service")
    for key, seconds in _attributes(annotations.get(PREFIX + "load-balancer-attributes", "")).items():
        if key == "idle_timeout.timeout_seconds" and seconds.isdigit() and int(seconds) <= _HEARTBEAT_SECONDS:
            yield Mistake(
                where,
                f"idle_timeout.timeout_seconds={seconds}: the console's stream says something every {_HEARTBEAT_SECONDS} s, and is cut",
            )


def of_service(annotations: Mapping[str, str], where: str, path: str) -> Iterator[Mistake]:
    """Yield the mistakes of the annotations of a Service that the load balancer sends to; `path` is the one that tells its health."""
    yield from (Mistake(where, what) for what in _names(annotations))
    yield from (Mistake(where, what) for what in _values(annotations))
    asked = annotations.get(PREFIX + "healthcheck-path")
    if asked != path:
        yield Mistake(where, f"healthcheck-path is {asked or 'not set, so / is asked'}: it must be {path}")


def of_access(annotations: Mapping[str, str], where: str = "Ingress/mini-xdr") -> Iterator[Mistake]:
    """Yield what is wrong with the way in which is said who may come in: one list, and nothing that makes it be ignored."""
    if INBOUND in annotations and GROUPS in annotations:
        yield Mistake(where, "inbound-cidrs beside security-groups: the controller ignores the first")
    elif GROUPS in annotations:
        yield Mistake(where, "security-groups instead of inbound-cidrs: the list of deploy.yaml has no effect")
    elif INBOUND not in annotations:
        yield Mistake(where, "no inbound-cidrs: the controller opens the load balancer to everybody")
    for text in filter(None, (part.strip() for part in annotations.get(INBOUND, "").split(","))):
        try:
            ipaddress.ip_network(text)
        except ValueError as error:
            yield Mistake(where, f"inbound-cidrs: {error}")


def _names(annotations: Mapping[str, str]) -> Iterator[str]:
    for name in annotations:
        short = name.removeprefix(PREFIX)
        if short == name or short in _INGRESS or short.startswith(_FAMILIES):
            continue
        close = difflib.get_close_matches(short, _INGRESS, 1)
        meant = _MEANT.get(short) or (close[0] if close else "")
        yield f"there is no annotation {name}; it has no effect{f'. Meant is {meant}' if meant else ''}"
    if "kubernetes.io/ingress.class" in annotations:
        yield "kubernetes.io/ingress.class is deprecated: spec.ingressClassName says it"


def _values(annotations: Mapping[str, str]) -> Iterator[str]:
    for short, (least, most) in _NUMBERS.items():
        text = annotations.get(PREFIX + short)
        if text is not None and not (text.isdigit() and least <= int(text) <= most):
            yield f"{short}: {text} is no number from {least} to {most}"
    interval, patience = (
        annotations.get(f"{PREFIX}healthcheck-{part}-seconds", "") for part in ("interval", "timeout")
    )
    if interval.isdigit() and patience.isdigit() and int(patience) >= int(interval):
        yield f"healthcheck-timeout-seconds {patience} is not shorter than healthcheck-interval-seconds {interval}"
    ports = annotations.get(PREFIX + "listen-ports")
    if ports is not None:
        yield from _ports(ports, redirect=annotations.get(PREFIX + "ssl-redirect"))
    for short in ("load-balancer-attributes", "target-group-attributes", "tags"):
        for part in filter(None, (piece.strip() for piece in annotations.get(PREFIX + short, "").split(","))):
            if "=" not in part:
                yield f"{short}: {part} is not of the form key=value"


def _ports(text: str, *, redirect: str | None) -> Iterator[str]:
    try:
        ports = [(protocol, port) for entry in json.loads(text) for protocol, port in entry.items()]
    except (ValueError, AttributeError, TypeError):
        yield f'listen-ports: {text} is not of the form [{{"HTTPS": 443}}]'
        return
    if not any(protocol == "HTTPS" for protocol, _ in ports):
        yield f"listen-ports: {text} has no HTTPS: passwords would travel in the open"
    if any(protocol == "HTTP" for protocol, _ in ports) and redirect is None:
        yield "listen-ports has HTTP and there is no ssl-redirect"


def _attributes(text: str) -> dict[str, str]:
    pairs: Iterable[tuple[str, str, str]] = (part.strip().partition("=") for part in text.split(","))
    return {key: value for key, sign, value in pairs if sign}
