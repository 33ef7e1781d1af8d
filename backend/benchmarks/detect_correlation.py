"""What Sigma correlations cost per observation, by type."""

from datetime import UTC, datetime, timedelta
from random import Random
from time import process_time

from benchmarks.process import write
from minixdr.detect.kinds.sigma_correlation import Correlator, Observation
from minixdr.detect.rule import CorrelationSpec
from minixdr.schema.finding import Analytic

_OBSERVATIONS = 200_000
_START = datetime(2026, 1, 1, tzinfo=UTC)
_ANALYTIC = Analytic("00000000-0000-4000-8000-000000000001", "Measured", "sigma_correlation", "high")
_RULES = ("a", "b", "c")
_KINDS: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("event_count", 100, ()),
    ("value_count", 1_000, ("user",)),
    ("value_sum", 10**7, ("number",)),
    ("value_avg", 600, ("number",)),
    ("temporal", 3, ()),
    ("temporal_ordered", 3, ()),
)


def observations(groups: int) -> list[Observation]:
    """Return observations of three rules, 20 a second, in so many groups."""
    random = Random(7)
    return [
        Observation(
            names=(random.choice(_RULES),),
            event_id=f"{number:032x}",
            time=_START + timedelta(seconds=number * 0.05),
            fields={
                "host": f"host-{random.randrange(groups)}",
                "user": f"user-{random.randrange(5_000)}",
                "number": random.randrange(1_000),
            },
            file="log",
            record=number + 1,
            source="linux_auditd",
        )
        for number in range(_OBSERVATIONS)
    ]


def per_second(spec: CorrelationSpec, seen: list[Observation]) -> tuple[float, int]:
    """Return observations per CPU-second, the best of three, and findings."""
    best, found = float("inf"), 0
    for _ in range(3):
        correlator = Correlator([spec], lateness_seconds=60)
        start = process_time()
        found = sum(1 for _ in correlator.run(seen))
        best = min(best, process_time() - start)
    return len(seen) / best, found


def main() -> None:
    """Measure and write the page."""
    rows = [["type", "groups", "findings", "observations / CPU-s"]]
    few, many = observations(50), observations(10**9)
    for kind, threshold, fields in _KINDS:
        spec = CorrelationSpec(_ANALYTIC, kind, _RULES, 600, group_by=("host",), threshold=threshold, fields=fields)
        speed, found = per_second(spec, few)
        rows.append([kind, "50", f"{found:,}", f"{speed:,.0f}"])
    spec = CorrelationSpec(_ANALYTIC, "event_count", _RULES, 600, group_by=("host",), threshold=100)
    speed, found = per_second(spec, many)
    rows.append(
        [
            "event_count, each observation a new group (the attacker's case)",
            f"{_OBSERVATIONS:,}",
            f"{found:,}",
            f"{speed:,.0f}",
        ]
    )
    text = (
        "One correlation rule over three rules, timespan 10 minutes, grouped by host; observations in memory, in order."
    )
    write("detect_correlation", "Sigma correlations", [text], rows)


if __name__ == "__main__":
    main()
