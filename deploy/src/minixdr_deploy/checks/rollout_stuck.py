"""A rollout that does not go on."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, back, known
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem


def _judge(observed: Observed) -> Iterator[Seen]:
    for each in known(observed.kubernetes.deployments):
        progressing = each.condition("Progressing")
        failing = each.condition("ReplicaFailure")
        counts = f"{each.updated} of {each.replicas} pods are new, {each.available} are available"
        if progressing is not None and progressing.status == "False":
            evidence = (f"{progressing.reason}: {progressing.message}", counts)
            mend = back(observed, each.component)
            yield Seen(
                Problem("rollout-stuck", f"the rollout of {each.name} does not go on", evidence, mend), each.component
            )
        elif failing is not None and failing.status == "True":
            evidence = (f"{failing.reason}: {failing.message}"[:400], counts)
            yield Seen(
                Problem("rollout-stuck", f"pods of {each.name} cannot be made", evidence, "minixdr-deploy rollout"),
                each.component,
            )


CHECK = Check(
    "rollout-stuck",
    "Stuck rollout",
    "New pods do not become ready within the progress deadline, or a quota, the security standard or a webhook refuses them.",
    _judge,
    explains=frozenset({"half-rollout", "image-version-mismatch"}),
)
