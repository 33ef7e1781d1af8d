"""The console or its api does not answer at its address."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known
from minixdr_deploy.observe.observed import NotKnown, Observed, Readiness
from minixdr_deploy.problem import Problem


def _judge(observed: Observed) -> Iterator[Seen]:
    where = known(observed.web.entrance)
    parts = {"versions": observed.web.versions, "/readyz": observed.web.readiness}
    silent = {name: part for name, part in parts.items() if isinstance(part, NotKnown)}
    for part in silent.values():
        if part.why not in {"unreachable", "failed"}:
            known(part)
    if silent:
        mend = f"minixdr-deploy access list  # are you in it? {observed.wanted.allow_cidrs}\ncurl -sv {where}/readyz"
        evidence = tuple(f"{name}: {part.reason}" for name, part in silent.items())
        yield Seen(Problem("entrance", f"no answer at {where}", evidence, mend))
        return
    answer = known(observed.web.readiness)
    if isinstance(answer, Readiness) and answer.status != "ready":
        evidence = tuple(f"part {name}: {problem}" for name, problem in answer.problems.items()) or (
            f"status {answer.status}",
        )
        mend = "minixdr-deploy status\nminixdr-deploy logs backend"
        yield Seen(
            Problem("entrance", f"the api says that it is not ready: {answer.status}", evidence, mend), "backend"
        )


CHECK = Check(
    "entrance",
    "No answer at the console's address",
    "The address from which it is asked is not in the list, nothing healthy stands behind the load balancer, or DNS leads elsewhere.",
    _judge,
    explains=frozenset({"canary"}),
)
