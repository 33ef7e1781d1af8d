"""Annotations in the cluster that do not do what they seem to, and paths of the Ingress that lead to the wrong Service."""

from collections.abc import Iterator

from minixdr_deploy import lint
from minixdr_deploy.checks.check import Check, Seen, known, kubectl
from minixdr_deploy.checks.targets import SERVICES
from minixdr_deploy.observe.observed import Ingress, Observed
from minixdr_deploy.problem import Problem

_ROUTES = {
    "/api": ("backend", 8000),
    "/v1": ("backend", 8000),
    "/v2": ("backend", 8000),
    "/services": ("backend", 8000),
    "/livez": ("backend", 8000),
    "/readyz": ("backend", 8000),
    "/": ("frontend", 3000),
}


def _judge(observed: Observed) -> Iterator[Seen]:
    ingress = known(observed.kubernetes.ingress)
    if ingress is None:
        return
    mistakes = [*lint.of_ingress(ingress.annotations)]
    for service in known(observed.kubernetes.services):
        if service.name in SERVICES:
            mistakes += lint.of_service(service.annotations, f"Service/{service.name}", SERVICES[service.name])
    if mistakes:
        removals = "; ".join(
            kubectl(observed, f"annotate {where.replace('/', ' ').lower()} {name}-")
            for where, name in _unknown(observed, ingress)
        )
        mend = "\n".join(part for part in (removals, "minixdr-deploy rollout") if part)
        yield Seen(
            Problem(
                "ingress-annotations", "annotations of the load balancer are wrong", tuple(map(str, mistakes)), mend
            )
        )
    have = {route.path: (route.service, route.port) for route in ingress.routes}
    wrong = [
        f"{path}: leads to {_where(have.get(path))}, must be {_where(wanted)}"
        for path, wanted in _ROUTES.items()
        if have.get(path) != wanted
    ]
    if wrong:
        yield Seen(
            Problem(
                "ingress-annotations",
                "paths of the Ingress lead to the wrong Service",
                tuple(wrong),
                "minixdr-deploy rollout",
            )
        )


def _unknown(observed: Observed, ingress: Ingress) -> Iterator[tuple[str, str]]:
    """Yield the annotations without effect: applying the manifests again does not take away what somebody else added."""
    places = {"Ingress/mini-xdr": ingress.annotations}
    places |= {
        f"Service/{service.name}": service.annotations
        for service in known(observed.kubernetes.services)
        if service.name in SERVICES
    }
    for where, annotations in places.items():
        yield from (
            (where, name)
            for name in annotations
            if lint.PREFIX in name and any(f"annotation {name};" in str(each) for each in lint.of_ingress({name: ""}))
        )


def _where(target: tuple[str, int] | None) -> str:
    return "nothing" if target is None else f"{target[0]}:{target[1]}"


CHECK = Check(
    "ingress-annotations",
    "Wrong annotation or path",
    "The controller passes over an annotation that it does not know (`idle-timeout-seconds` does not exist), and never says so.",
    _judge,
    "targets deregistered",
    explains=frozenset({"load-balancer-missing", "targets"}),
)
