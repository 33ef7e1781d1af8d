"""What a person may ask of a simulation."""

import pytest

from minixdr.app.simulate import BadSettingsError, Simulation, list_scenarios, run


class _Files(dict[str, bytes]):
    def append(self, path: str, content: bytes) -> None:
        self[path] = self.get(path, b"") + content


def test_scenarios_are_found_by_listing() -> None:
    """A scenario is one file; it is listed because it lies there."""
    names = [scenario.name for scenario in list_scenarios()]
    assert names == sorted(names)
    assert {"aws_intrusion", "benign", "kubernetes_breakout", "linux_cryptominer", "windows_ransomware"} <= set(names)


def test_progress_adds_up_to_what_was_written() -> None:
    """The records told hour by hour are those of the summary (a story's tail after the last hour aside)."""
    told: list[int] = []
    summary = run(Simulation(days=1, events=1_000), _Files(), told.append)
    assert sum(told) == summary.records.total() == 1_000 + summary.attack_records
    assert len(told) == 24


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (Simulation(scenario="nothing"), "no scenario is named nothing"),
        (Simulation(days=0), "days must be between"),
        (Simulation(principals=1), "at least 4 principals"),
        (Simulation(events=-1), "must not be negative"),
    ],
)
def test_settings_that_allow_nothing_are_refused(request_: Simulation, message: str) -> None:
    """A wrong number is said, before anything is written."""
    files = _Files()
    with pytest.raises(BadSettingsError, match=message):
        run(request_, files)
    assert not files
