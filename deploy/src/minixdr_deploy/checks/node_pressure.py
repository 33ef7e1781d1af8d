"""Nodes that run out of memory, disk or process ids, or do not answer."""

from collections.abc import Iterator

from minixdr_deploy.checks.check import Check, Seen, known, kubectl, some
from minixdr_deploy.observe.observed import Node, Observed
from minixdr_deploy.problem import Problem

_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")


def _judge(observed: Observed) -> Iterator[Seen]:
    nodes = known(observed.kubernetes.nodes)
    pods = known(observed.kubernetes.pods)
    for node in nodes:
        under = [pressure for pressure in _PRESSURES if node.true(pressure)]
        away = not node.true("Ready")
        if not under and not away:
            continue
        here = [pod.name for pod in pods if pod.node == node.name]
        what = "does not answer" if away else f"is under pressure: {', '.join(under)}"
        evidence = (*_why(node, under, away=away), f"pods of ours there: {some(here) or 'none'}")
        describe = kubectl(observed, f"describe node {node.name}", namespace=False)
        drain = kubectl(observed, f"drain {node.name} --ignore-daemonsets --delete-emptydir-data", namespace=False)
        yield Seen(
            Problem(
                "node-pressure",
                f"node {node.name} {what}",
                evidence,
                f"{drain}  # a node group then brings another\n{describe}",
            )
        )
    if nodes and all(node.cordoned for node in nodes):
        mend = kubectl(observed, f"uncordon {' '.join(node.name for node in nodes)}", namespace=False)
        yield Seen(
            Problem(
                "node-pressure", "every node is cordoned: no pod can start", (some(node.name for node in nodes),), mend
            )
        )


def _why(node: Node, under: list[str], *, away: bool) -> list[str]:
    told = [each for each in node.conditions if each.type in under or (away and each.type == "Ready")]
    return [f"{each.type} {each.status}: {each.reason} {each.message}".strip()[:300] for each in told]


CHECK = Check(
    "node-pressure",
    "Node under pressure or away",
    "Too much runs on a node, its disk is full of images and logs, or the machine failed.",
    _judge,
    explains=frozenset(
        {
            "unschedulable",
            "pod-not-ready",
            "rollout-stuck",
            "half-rollout",
            "targets",
            "nats-quorum",
            "entrance",
            "canary",
            "image-version-mismatch",
        }
    ),
)
