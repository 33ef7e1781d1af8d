"""What our own programs say about why they cannot serve: the parts that `/readyz` names, and the last lines of what does not run.

The words are those of `minixdr` (wiring_platform, ports/database); a test holds that it still says them.
"""

from collections.abc import Iterator, Sequence

import msgspec

from minixdr_deploy.checks.check import known, last_lines
from minixdr_deploy.kube.labels import LASTING
from minixdr_deploy.observe.observed import ContainerState, Observed, Pod, Readiness

PROGRAMS = "backend,worker"
"""The components that need database, log and lake."""

DATABASE_AWAY = ("the database does not answer", "MINIXDR_DATABASE_URL")
LOG_AWAY = ("the log does not answer", "MINIXDR_NATS_URL")
LAKE_AWAY = ("the warehouse or its catalog does not answer",)
MIGRATION_PENDING = ("run `minixdr db upgrade`",)
PROGRAM_TOO_OLD = ("install the newer program",)
TABLES_DIFFER = ("the tables are not as this program's migrations leave them",)
WRONG_FORMAT = ("exec format error",)


class Words(msgspec.Struct, frozen=True):
    """A line, and who says it."""

    subject: str
    """The component."""
    who: str
    text: str

    def __str__(self) -> str:
        return f"{self.who}: {self.text}"


def readiness(observed: Observed) -> Iterator[Words]:
    """Yield the parts that `/readyz` of the api calls failed; nothing where it could not be asked (the check `entrance` tells that)."""
    answer = observed.web.readiness
    if isinstance(answer, Readiness):
        for part, problem in answer.problems.items():
            yield Words("backend", f"/readyz, part {part}", problem)


def last_words(observed: Observed) -> Iterator[Words]:
    """Yield the last lines of each container that does not run as it should. Raises UnknownError where pods are not known."""
    for pod in known(observed.kubernetes.pods):
        for container in pod.containers:
            for text in last_lines("\n".join((container.log, container.last_message, container.message)), 8):
                yield Words(pod.component, f"{pod.name}/{container.name}", text)


def containing(words: Iterator[Words], fragments: Sequence[str]) -> list[Words]:
    """Return what holds one of the fragments, each text once a component."""
    once: dict[tuple[str, str], Words] = {}
    for each in words:
        if any(fragment in each.text for fragment in fragments):
            once.setdefault((each.subject, each.text), each)
    return list(once.values())


def broken(pods: Sequence[Pod]) -> Iterator[tuple[Pod, ContainerState]]:
    """Yield each container that waits or has ended, of pods that are to stay and are not of a Job."""
    for pod in pods:
        if not pod.leaving and pod.component in LASTING:
            for container in pod.containers:
                done = container.init and container.state == "terminated" and container.exit_code == 0
                if container.state != "running" and not done:
                    yield pod, container
