"""A harmless marked event was sent and did not become a finding: something on the way from the door to findings does not work."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, UnknownError, known
from minixdr_deploy.observe.observed import NotKnown, Observed
from minixdr_deploy.problem import Problem


def _judge(observed: Observed) -> Iterator[Seen]:
    canary = known(observed.canary)
    if canary is None:
        raise UnknownError(NotKnown("no canary event was sent: `minixdr-deploy verify` sends one", "not asked"))
    release = known(observed.kubernetes.release)
    if not canary.ok:
        evidence: tuple[str, ...] = (canary.problem or "the Job gave no reason", f"sent by {canary.sent_by}")
        mend = "minixdr-deploy logs worker\nminixdr-deploy logs backend\nminixdr-deploy verify"
        yield Seen(Problem("canary", "the canary event did not become a finding", evidence, mend))
    other = [each for each in canary.workers if release is not None and each.image_digest != release.backend_digest]
    if other:
        evidence = tuple(
            f"worker: version {each.version}, revision {each.revision}, {each.image_digest}" for each in other
        )
        title = "workers that are not of the wanted release take part in the work"
        yield Seen(
            Problem(
                "canary",
                title,
                (f"wanted: {release.backend_digest if release else ''}", *evidence),
                "minixdr-deploy rollout",
            ),
            "worker",
        )


CHECK = Check(
    "canary",
    "Canary event not found",
    "Workers are away or stuck, NATS or the lake refuse, rules could not be loaded: a record is accepted and nothing comes of it.",
    _judge,
)
