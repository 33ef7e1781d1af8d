"""What `doctor` found as Prometheus text: for node_exporter's textfile collector, or a monitor that reads a command's output.

Source: Prometheus text exposition format 0.0.4. Times are Unix seconds.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from minixdr_deploy.checks.check import Check
from minixdr_deploy.diagnosis import Diagnosis


def lines(diagnosis: Diagnosis, checks: Iterable[Check], at: datetime, seconds: float) -> Iterator[str]:
    """Yield the lines."""
    every = list(checks)
    yield from _gauge("minixdr_deploy_healthy", "1: all was looked at and is fine.", [({}, int(diagnosis.healthy))])
    found = [({"id": each.id, "severity": each.severity}, 1) for each in diagnosis.problems]
    yield from _gauge(
        "minixdr_deploy_problem", "A problem that was found; what it explains is not counted.", _once(found)
    )
    states = [({"check": each.id, "failure": each.failure, "state": diagnosis.state(each.id)}, 1) for each in every]
    yield from _gauge(
        "minixdr_deploy_check", "A check and what came of it: ok, problem, explained or not_judged.", states
    )
    yield from _gauge(
        "minixdr_deploy_looked_at_seconds", "When it was looked, in Unix seconds.", [({}, at.timestamp())]
    )
    yield from _gauge("minixdr_deploy_look_duration_seconds", "How long looking took.", [({}, round(seconds, 3))])


def _once(samples: Iterable[tuple[dict[str, str], float]]) -> list[tuple[dict[str, str], float]]:
    counted: dict[tuple[tuple[str, str], ...], float] = {}
    for labels, value in samples:
        key = tuple(labels.items())
        counted[key] = counted.get(key, 0) + value
    return [(dict(key), value) for key, value in counted.items()]


def _gauge(name: str, words: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{name}{{{told}}} {value}" if told else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
