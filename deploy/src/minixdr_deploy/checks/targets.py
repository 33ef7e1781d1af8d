"""Target groups without healthy targets, or with others than the ready pods: deregistered, unhealthy, draining, empty, stale."""

from collections.abc import Iterator, Sequence

from minixdr_deploy.checks.check import Check, Seen, known, kubectl, some
from minixdr_deploy.checks.image_version_mismatch import rolls
from minixdr_deploy.observe.observed import Observed, Pod, Target, TargetGroup
from minixdr_deploy.problem import Problem

_ID = "targets"
SERVICES = {"backend": "/readyz", "frontend": "/healthz"}
"""Services that the load balancer sends to, and the path by which it asks their health."""


def _judge(observed: Observed) -> Iterator[Seen]:
    ingress = known(observed.kubernetes.ingress)
    if ingress is None or ingress.address is None:
        return
    groups = known(observed.aws.target_groups)
    pods = known(observed.kubernetes.pods)
    deployments = known(observed.kubernetes.deployments)
    for service, path in SERVICES.items():
        mine = [group for group in groups if group.service == service]
        if not mine:
            describe = kubectl(observed, "get targetgroupbindings -o wide")
            evidence: tuple[str, ...] = (f"no TargetGroupBinding of Service {service} has a target group in AWS",)
            yield Seen(
                Problem(_ID, f"{service} has no target group: nothing is sent to it", evidence, describe), service
            )
        ready = [pod for pod in pods if pod.component == service and pod.ready and not pod.leaving]
        if ready and any(each.name == service and not each.ready for each in known(observed.kubernetes.services)):
            evidence = (
                f"ready pods: {some(_names(ready))}",
                f"Service {service}: its EndpointSlices have no ready address",
            )
            title = f"the Service {service} sends to none of its ready pods: its selector is another"
            yield Seen(Problem(_ID, title, evidence, "minixdr-deploy rollout"), service)
        rolling = any(each.name == service and rolls(each) for each in deployments)
        for group in mine:
            yield from _group(observed, group, ready, rolling=rolling)
            if group.health_path not in (None, path):
                evidence = (f"{group.name}: asks {group.health_path}", f"Service {service}: must be {path}")
                title = f"the load balancer asks the health of {service} at the wrong path"
                yield Seen(Problem(_ID, title, evidence, "minixdr-deploy rollout"), service)


def _group(observed: Observed, group: TargetGroup, ready: Sequence[Pod], *, rolling: bool) -> Iterator[Seen]:
    service = group.service or ""
    targets = known(group.targets)
    healthy = [target for target in targets if target.state == "healthy"]
    restart = kubectl(observed, f"rollout restart deployment {service}")
    health = f"aws elbv2 describe-target-health --region {observed.wanted.region} --target-group-arn {group.arn}"
    evidence = (f"target group {group.name}", f"ready pods: {some(_names(ready)) or 'none'}", *map(_line, targets))
    if not targets:
        mend = restart if ready else kubectl(observed, f"get pods -l app.kubernetes.io/component={service}")
        yield Seen(Problem(_ID, f"the target group of {service} is empty", evidence, mend), service)
        return
    if not healthy:
        states = ", ".join(sorted({target.state for target in targets}))
        title = f"no target of {service} is healthy: {states}"
        starting = rolling and {target.state for target in targets} <= {"initial", "draining"} and not ready
        yield Seen(Problem(_ID, title, evidence, health if starting or not ready else restart), service)
        return
    addresses = {target.id for target in targets if target.state != "draining"}
    deregistered = [pod for pod in ready if pod.ip not in addresses]
    sick = [target for target in targets if target.state not in {"healthy", "draining"}]
    stale = [target for target in healthy if target.id not in {pod.ip for pod in ready}]
    if deregistered:
        title = f"ready pods of {service} are not in its target group: {some(_names(deregistered))}"
        yield Seen(Problem(_ID, title, evidence, restart, "warning" if rolling else "error"), service)
    if sick:
        title = f"{len(sick)} of {len(targets)} targets of {service} are not healthy: {some(map(_line, sick))}"
        yield Seen(Problem(_ID, title, evidence, health, "warning" if rolling else "error"), service)
    if stale and not rolling:
        title = (
            f"the target group of {service} has targets that are no ready pod: {some(target.id for target in stale)}"
        )
        yield Seen(Problem(_ID, title, evidence, health, "warning"), service)


def _names(pods: Sequence[Pod]) -> list[str]:
    return [f"{pod.name} ({pod.ip})" for pod in pods]


def _line(target: Target) -> str:
    why = " ".join(part for part in (target.reason, target.description) if part)
    return f"{target.id}:{target.port} {target.state}{f' ({why})' if why else ''}"


CHECK = Check(
    _ID,
    "Targets deregistered, unhealthy or missing",
    "Pods ended before the load balancer knew; no readiness gate; the health path goes to the wrong service; nodes cannot be reached from the "
    "load balancer's group; the name of a Service was changed, which deletes its target group at once.",
    _judge,
    "targets deregistered",
    explains=frozenset({"entrance", "canary"}),
)
