"""Pods without the load balancer's readiness gate: a rollout then ends old pods before the new ones get requests."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known, kubectl, lines, some
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem

LABEL = "elbv2.k8s.aws/pod-readiness-gate-inject"
GATE = "target-health.elbv2.k8s.aws/"
_ID = "gate-missing"


def _judge(observed: Observed) -> Iterator[Seen]:
    labels = known(observed.kubernetes.namespace)
    if labels is None:
        return
    unlabeled = labels.get(LABEL) != "enabled"
    label = kubectl(
        observed, f"label namespace {observed.wanted.namespace} {LABEL}=enabled --overwrite", namespace=False
    )
    if unlabeled:
        evidence: tuple[str, ...] = (
            f"namespace {observed.wanted.namespace}: {LABEL}: {labels.get(LABEL, 'not there')}",
        )
        restart = kubectl(observed, "rollout restart deployment backend frontend")
        yield Seen(
            Problem(
                _ID,
                "the namespace does not ask for readiness gates: new pods get none",
                evidence,
                lines([label, restart]),
            )
        )
    bound = {binding.service for binding in known(observed.kubernetes.bindings)}
    for service in ("backend", "frontend"):
        if service not in bound:
            continue
        bare = [
            pod
            for pod in known(observed.kubernetes.pods)
            if pod.component == service and not pod.leaving and not any(gate.startswith(GATE) for gate in pod.gates)
        ]
        if bare:
            restart = kubectl(observed, f"rollout restart deployment {service}")
            title = f"pods of {service} have no readiness gate: {some(pod.name for pod in bare)}"
            evidence = (
                f"TargetGroupBinding of Service {service} is there",
                "the gate is added at the creation of a pod and never later",
            )
            yield Seen(Problem(_ID, title, evidence, lines([label, restart]) if unlabeled else restart), service)


CHECK = Check(
    _ID,
    "Readiness gate not injected",
    "The namespace's label is missing, the webhook did not run, or the pods are older than their TargetGroupBinding.",
    _judge,
    "targets deregistered",
    explains=frozenset({"targets"}),
)
