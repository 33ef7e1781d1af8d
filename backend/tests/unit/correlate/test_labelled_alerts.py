"""Real alerts of a scripted attack: the aim that docs/measurements/correlation.md reports on stays reached."""

from pathlib import Path

import pytest
from benchmarks.correlation_ait import ours, read, score


@pytest.mark.parametrize("scenario", ["russellmitchell", "shaw", "wardbeck"])
def test_attack_is_one_incident_and_the_first_of_the_list(shared_data: Path, scenario: str) -> None:
    """Nine tenths of the attack are in one incident, nine tenths of that are the attack's, and nothing has more risk."""
    assert (shared_data / "alerts_ait_ads").is_dir()
    alerts = read(scenario)
    found = score(alerts, ours(alerts), {number for number, alert in enumerate(alerts) if alert.event != "-"})
    assert found.needed == 1
    assert found.purity > 0.9
    assert found.rank == 1
    assert found.groups < len(alerts) / 300
