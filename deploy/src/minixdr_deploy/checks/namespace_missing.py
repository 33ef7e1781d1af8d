"""The namespace is not there, or nothing was ever shipped into it."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known
from minixdr_deploy.kube.labels import LASTING
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem


def _judge(observed: Observed) -> Iterator[Seen]:
    if known(observed.kubernetes.namespace) is None:
        title = f"the cluster has no namespace {observed.wanted.namespace}"
        yield Seen(Problem("namespace-missing", title, (f"context {observed.wanted.context}",), "minixdr-deploy ship"))
    elif known(observed.kubernetes.release) is None:
        evidence = ("there is no ConfigMap minixdr-deploy-release",)
        yield Seen(
            Problem(
                "namespace-missing",
                "nothing was shipped yet, or the record of it was deleted",
                evidence,
                "minixdr-deploy ship",
            )
        )
        return
    wanted = set(LASTING)
    absent = wanted - {each.name for each in known(observed.kubernetes.deployments)}
    if absent and known(observed.kubernetes.namespace) is not None:
        title = f"workloads are missing: {', '.join(sorted(absent))}"
        yield Seen(Problem("namespace-missing", title, ("they are not in the namespace",), "minixdr-deploy rollout"))


CHECK = Check(
    "namespace-missing",
    "Namespace or workloads missing",
    "Nothing was shipped yet, or somebody deleted it.",
    _judge,
    gate=1,
)
