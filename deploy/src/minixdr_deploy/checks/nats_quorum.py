"""NATS has lost its majority, or soon would: without it no record is accepted."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known, kubectl
from minixdr_deploy.checks.said import LOG_AWAY, containing, last_words
from minixdr_deploy.observe.observed import Observed, Readiness
from minixdr_deploy.problem import Problem


def _judge(observed: Observed) -> Iterator[Seen]:
    nats = next((each for each in known(observed.kubernetes.deployments) if each.name == "nats"), None)
    pods = [pod for pod in known(observed.kubernetes.pods) if pod.component == "nats"]
    mend = (
        kubectl(observed, "describe pods -l app.kubernetes.io/component=nats")
        + "\n"
        + kubectl(observed, "logs nats-0 --tail=50")
    )
    states = [f"{pod.name}: {'ready' if pod.ready else pod.phase}" for pod in pods]
    if nats is not None and nats.ready <= nats.replicas // 2 and nats.replicas:
        evidence = (f"{nats.ready} of {nats.replicas} servers are ready, {nats.replicas // 2 + 1} are needed", *states)
        yield Seen(Problem("nats-quorum", "NATS has no majority: records are refused", evidence, mend))
    elif nats is not None and nats.ready < nats.replicas:
        evidence = (f"{nats.ready} of {nats.replicas} servers are ready", *states)
        yield Seen(
            Problem("nats-quorum", "NATS misses a server: the next loss ends it", evidence, mend, "warning"), "nats"
        )
    answer = observed.web.readiness
    said = (
        [f"/readyz: part log: {answer.problems['log']}"]
        if isinstance(answer, Readiness) and "log" in answer.problems
        else []
    )
    said += [str(words) for words in containing(last_words(observed), LOG_AWAY)]
    if said and (nats is None or nats.ready > nats.replicas // 2):
        secrets = "minixdr-deploy secrets sync"
        policies = kubectl(observed, "get networkpolicies")
        yield Seen(
            Problem(
                "nats-quorum", "the programs do not reach NATS", (*said[:4], *states), f"{secrets}\n{policies}\n{mend}"
            )
        )


CHECK = Check(
    "nats-quorum",
    "NATS without quorum",
    "Two of three servers are away (nodes, volumes), or a network policy or password separates the programs from them.",
    _judge,
    explains=frozenset(
        {"crash-loop", "pod-not-ready", "rollout-stuck", "half-rollout", "targets", "entrance", "canary"}
    ),
)
