"""kubectl's context leads to another cluster than the one that is meant, or the account is another."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known
from minixdr_deploy.observe.observed import ClusterDescription, Identity, Observed
from minixdr_deploy.problem import Problem


def _judge(observed: Observed) -> Iterator[Seen]:
    wanted = observed.wanted
    login = f"aws eks update-kubeconfig --region {wanted.region} --name {wanted.cluster} --alias {wanted.context}"
    identity = observed.aws.identity
    if isinstance(identity, Identity) and identity.account_id != wanted.account_id:
        evidence = (f"deploy.yaml: account_id {wanted.account_id}", f"AWS: {identity.account_id} as {identity.arn}")
        yield Seen(
            Problem(
                "wrong-context",
                "the credentials belong to another AWS account",
                evidence,
                "export AWS_PROFILE=<a profile of that account>",
            )
        )
        return
    cluster = known(observed.kubernetes.cluster)
    if not cluster.server:
        evidence = (f"deploy.yaml: context {wanted.context}", "kubectl has no context of that name")
        yield Seen(Problem("wrong-context", "kubectl does not know the cluster", evidence, login))
        return
    described = known(observed.aws.cluster)
    if described is None:
        title = f"the account has no EKS cluster {wanted.cluster} in {wanted.region}"
        evidence = (f"deploy.yaml: cluster {wanted.cluster}, region {wanted.region}", f"kubectl: {cluster.server}")
        yield Seen(Problem("wrong-context", title, evidence, f"aws eks list-clusters --region {wanted.region}"))
    elif _bare(described) != cluster.server.rstrip("/").lower():
        evidence = (
            f"context {wanted.context} leads to {cluster.server}",
            f"EKS cluster {wanted.cluster} is at {described.endpoint}",
        )
        yield Seen(Problem("wrong-context", "kubectl's context leads to another cluster", evidence, login))


def _bare(described: ClusterDescription) -> str:
    return described.endpoint.rstrip("/").lower()


CHECK = Check(
    "wrong-context",
    "Wrong kubectl context or AWS account",
    "A context was renamed or made anew for another cluster; two accounts are open in one shell.",
    _judge,
    gate=2,
)
