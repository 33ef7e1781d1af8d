"""Every source's events against the pinned OCSF schema: on samples, on simulated logs, on real telemetry."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from tools.telemetry import NOT_RECOGNISED, claims, files_below, outcomes, records

from minixdr.app.simulate import Simulation, list_scenarios, run
from minixdr.normalize.catalog import all_sources
from minixdr.normalize.draft import NO_VALUE_OF
from minixdr.schema.event import Event
from minixdr.schema.record import Issue
from tests.contract.ocsf_check import gaps, violations
from tests.contract.samples import SAMPLES, sample_files

TELEMETRY = (
    "aws", "story_aws_invictus", "story_log4shell", "k8s_audit", "linux", "linux_web_saas", "network", "windows", "sigma_regression",
    "panther_unit_events", "normalisation",
)  # fmt: skip
_RECORDS_OF_A_FILE = 40  # enough for every kind of record of a file; the whole telemetry is read by tools/coverage.py
_SHOWN = 40


class _Files(dict[str, bytes]):
    def append(self, path: str, content: bytes) -> None:
        self[path] = self.get(path, b"") + content


def _wrong(event: Event) -> list[str]:
    """Return what breaks the schema, and what was refused because it had another type: on good records that is the source's mistake."""
    mistyped = [f"{doubt.attribute}: {doubt.reason}" for doubt in event.doubts if doubt.reason.startswith(NO_VALUE_OF)]
    return [*violations(event), *mistyped]


def _report(events: Iterable[Event]) -> str:
    """Return the mistakes, the most frequent first; each once."""
    found: Counter[str] = Counter()
    for event in events:
        found.update(f"{event.source} {event.class_uid} {wrong}" for wrong in _wrong(event))
    return "\n".join(f"{count} x {what}" for what, count in found.most_common(_SHOWN))


def _events(paths: Iterable[Path], limit: int | None = None) -> Iterable[Event]:
    for path in paths:
        for outcome in outcomes(path, limit):
            if outcome.event is not None:
                yield outcome.event


def test_samples_give_events_that_fit_the_schema() -> None:
    """Every attribute of every source's sample exists in its class, with its type, its enumeration, its observable type."""
    assert _report(_events(sample_files())) == ""


@pytest.mark.parametrize("path", sample_files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_samples_are_recognised(path: Path) -> None:
    """A sample's records are recognised by content as their source's, by one shape only."""
    for item in records(path):
        assert not isinstance(item, Issue), item
        assert [source.name for source, _ in claims(item)] == [path.parent.name], item.raw[:200]


def test_every_sample_belongs_to_a_source() -> None:
    """Samples lie in the folder of their source."""
    assert {path.name for path in SAMPLES.iterdir()} == {source.name for source in all_sources()}


@pytest.mark.parametrize("scenario", [scenario.name for scenario in list_scenarios()])
def test_simulated_logs_give_events_that_fit_the_schema(scenario: str, tmp_path: Path) -> None:
    """What `simulate` writes is read back: every record is some source's, and its event fits."""
    files = _Files()
    run(Simulation(scenario=scenario, days=1, events=1_500, principals=12), files)
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    results = [outcome for path in files_below(tmp_path / "logs") for outcome in outcomes(path)]
    assert Counter(result.reason for result in results if result.event is None) == Counter()
    assert _report(result.event for result in results if result.event is not None) == ""


@pytest.mark.parametrize("folder", TELEMETRY)
def test_real_telemetry_gives_events_that_fit_the_schema(shared_data: Path, folder: str) -> None:
    """Real records of every file: whatever they hold, their events fit."""
    assert _report(_events(files_below(shared_data / folder), _RECORDS_OF_A_FILE)) == ""


@pytest.mark.parametrize("folder", TELEMETRY)
def test_real_records_are_one_source_s_only(shared_data: Path, folder: str) -> None:
    """No two shapes claim the same record."""
    twice: Counter[str] = Counter()
    for path in files_below(shared_data / folder):
        for item in records(path, _RECORDS_OF_A_FILE):
            if not isinstance(item, Issue):
                claimed = claims(item)
                if len(claimed) > 1:
                    twice[" and ".join(f"{source.name}/{shape.name}" for source, shape in claimed)] += 1
    assert twice == Counter()


def test_what_ocsf_requires_is_there(shared_data: Path) -> None:
    """Every event says its class, activity, type, severity, product, schema version, and a time or why it has none."""
    lacking: Counter[str] = Counter()
    needed = {
        "class_uid",
        "category_uid",
        "activity_id",
        "type_uid",
        "severity_id",
        "time",
        "metadata",
        "metadata.product",
        "metadata.version",
    }
    for folder in TELEMETRY:
        for event in _events(files_below(shared_data / folder), 5):
            lacking.update(
                f"{event.source} {gap}" for gap in gaps(event) if gap in needed or gap.startswith("metadata.product.(")
            )
    assert lacking == Counter()


def test_nothing_is_claimed_that_is_not_recognised(tmp_path: Path) -> None:
    """A text that is no log stays unrecognised: no source takes what it cannot read."""
    path = tmp_path / "notes.txt"
    path.write_text("buy milk\ncall Anna from the office\n")
    assert [outcome.reason for outcome in outcomes(path)] == [NOT_RECOGNISED, NOT_RECOGNISED]
