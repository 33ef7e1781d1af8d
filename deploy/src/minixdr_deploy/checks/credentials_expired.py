"""AWS or the cluster does not accept the credentials of whoever looks."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen
from minixdr_deploy.observe.observed import NotKnown, Observed
from minixdr_deploy.problem import Problem


def _judge(observed: Observed) -> Iterator[Seen]:
    wanted = observed.wanted
    parts = {"AWS": observed.aws.identity, "the cluster": observed.kubernetes.pods}
    refused = [
        f"{name}: {part.reason}" for name, part in parts.items() if isinstance(part, NotKnown) and part.why == "expired"
    ]
    if refused:
        mend = (
            "aws sso login  # or renew the credentials in use another way\n"
            "aws sts get-caller-identity\n"
            f"aws eks update-kubeconfig --region {wanted.region} --name {wanted.cluster} --alias {wanted.context}"
        )
        yield Seen(Problem("credentials-expired", "the credentials in use are not accepted", tuple(refused), mend))


CHECK = Check(
    "credentials-expired",
    "Expired credentials",
    "The session of the operator or of the monitor has ended; nothing is said about the deployment.",
    _judge,
)
