"""An image of another processor than the nodes'."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, back, known, some
from minixdr_deploy.checks.said import WRONG_FORMAT, containing, last_words
from minixdr_deploy.observe.observed import Observed
from minixdr_deploy.problem import Problem

_ID = "wrong-architecture"
_WANTED = "amd64"
_BUILD = "minixdr-deploy build && minixdr-deploy ship  # builds for linux/amd64"


def _judge(observed: Observed) -> Iterator[Seen]:
    nodes = {node.architecture for node in known(observed.kubernetes.nodes)}
    release = known(observed.kubernetes.release)
    said = containing(last_words(observed), WRONG_FORMAT)
    for subject in sorted({words.subject for words in said}):
        mine = [str(words) for words in said if words.subject == subject]
        evidence = (*mine[:3], f"nodes: {some(sorted(nodes))}")
        yield Seen(
            Problem(
                _ID,
                f"{subject}: the program is of another processor than the node",
                evidence,
                f"{back(observed, subject)}\n{_BUILD}",
            ),
            subject,
        )
    if release is None:
        return
    unread = []
    for image in known(observed.aws.images):
        if not isinstance(image.architectures, tuple):
            unread.append(image.architectures)
        elif image.architectures and _WANTED not in image.architectures:
            component = "backend" if image.digest == release.backend_digest else "frontend"
            evidence = (
                f"{image.repository}@{image.digest}: {some(image.architectures)}",
                f"wanted: {_WANTED}, to which the pods are bound",
            )
            yield Seen(
                Problem(_ID, f"the image of {component} is not of the nodes' processor", evidence, _BUILD), component
            )
    for part in unread:
        known(part)


CHECK = Check(
    _ID,
    "Wrong architecture",
    "The image was built on another processor (Apple silicon, Graviton) without --platform linux/amd64.",
    _judge,
    explains=frozenset(
        {
            "crash-loop",
            "pod-not-ready",
            "rollout-stuck",
            "half-rollout",
            "image-version-mismatch",
            "targets",
            "migration-failed",
            "pending-migration",
            "entrance",
            "canary",
        }
    ),
)
