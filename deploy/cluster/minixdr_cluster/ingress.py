"""What the load-balancer stand-in reads of an Ingress and its Services: rules, health checks, attributes, the list of allowed addresses.

Annotations by the AWS Load Balancer Controller's documentation; one on the Service goes before the same on the Ingress.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from minixdr_cluster.client import Object
from minixdr_cluster.targets import Check

PREFIX = "alb.ingress.kubernetes.io/"
_CODES = "200"


@dataclass(frozen=True, slots=True)
class Route:
    """A path and the Service port behind it."""

    path: str
    service: str
    port: str | int


def routes(ingress: Object) -> list[Route]:
    """Return the paths, the longest first, as the controller orders them for prefixes."""
    found = []
    for rule in ingress["spec"].get("rules") or []:
        for path in rule.get("http", {}).get("paths") or []:
            service = path["backend"]["service"]
            port = service["port"].get("name") or service["port"].get("number")
            found.append(Route(path.get("path", "/").rstrip("*").rstrip("/") or "/", service["name"], port))
    return sorted(found, key=lambda each: -len(each.path))


def annotation(ingress: Object, service: Object | None, name: str) -> str | None:
    """Return an annotation's text."""
    for value in (service, ingress):
        text = (value or {}).get("metadata", {}).get("annotations", {}).get(PREFIX + name)
        if text is not None:
            return str(text)
    return None


def check(ingress: Object, service: Object) -> Check:
    """Return how the targets of a Service are asked."""

    def number(name: str, default: int) -> int:
        return int(annotation(ingress, service, name) or default)

    codes: set[int] = set()
    for part in (annotation(ingress, service, "success-codes") or _CODES).split(","):
        first, _, last = part.partition("-")
        codes |= set(range(int(first), int(last or first) + 1))
    return Check(
        annotation(ingress, service, "healthcheck-path") or "/",
        number("healthcheck-interval-seconds", 15),
        number("healthcheck-timeout-seconds", 5),
        number("healthy-threshold-count", 2),
        number("unhealthy-threshold-count", 2),
        frozenset(codes),
    )


def attributes(ingress: Object, service: Object | None, name: str) -> dict[str, str]:
    """Return `key=value` pairs: `target-group-attributes` or `load-balancer-attributes`."""
    text = annotation(ingress, service, name) or ""
    return {key.strip(): value.strip() for key, _, value in (pair.partition("=") for pair in text.split(",") if pair)}


def allowed(ingress: Object) -> list[str]:
    """Return the networks of `inbound-cidrs`. The controller's default, where there is none, is everybody; and `security-groups` makes it ignored."""
    if annotation(ingress, None, "security-groups"):
        return []
    text = annotation(ingress, None, "inbound-cidrs")
    return [part.strip() for part in text.split(",") if part.strip()] if text else ["0.0.0.0/0"]


def binding_name(namespace: str, service: str, port: Any) -> str:
    """Return the name of a TargetGroupBinding, made as the controller makes it: parts of the names and a hash."""
    digest = hashlib.sha256(f"{namespace}/{service}:{port}".encode()).hexdigest()[:10]
    return f"k8s-{namespace.replace('-', '')[:8]}-{service.replace('-', '')[:8]}-{digest}"
