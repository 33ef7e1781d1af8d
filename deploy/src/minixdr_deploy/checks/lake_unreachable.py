"""The programs do not reach the event lake on S3 or its catalog."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen
from minixdr_deploy.checks.said import LAKE_AWAY, PROGRAMS, containing, readiness
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem


def _judge(observed: Observed) -> Iterator[Seen]:
    said = containing(readiness(observed), LAKE_AWAY)
    if said:
        wanted = observed.wanted
        mend = (
            f"aws eks list-pod-identity-associations --region {wanted.region} --cluster-name {wanted.cluster} --namespace {wanted.namespace}\n"
            f"kubectl --context {wanted.context} -n {wanted.namespace} logs deployment/worker --tail=50"
        )
        yield Seen(
            Problem("lake-unreachable", "the programs do not reach the event lake", tuple(map(str, said)), mend),
            PROGRAMS,
        )


CHECK = Check(
    "lake-unreachable",
    "Event lake unreachable",
    "The role of the pods lost its rights on the bucket or its association; the S3 endpoint of the VPC is gone; the catalog's database is away.",
    _judge,
    explains=frozenset({"pod-not-ready", "rollout-stuck", "targets", "entrance", "canary"}),
)
