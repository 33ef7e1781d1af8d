"""How much of real telemetry becomes events."""

from pathlib import Path

import pytest
from tools.coverage import DOCUMENT, Tally, measure, table

from minixdr.normalize.catalog import all_sources

_RECORDS_OF_A_FILE = (
    1_500  # the whole is read by hand, see docs/log-sources.md; fewer would weigh the short files of no events too much
)


@pytest.fixture(scope="module")
def tallies(shared_data: Path) -> dict[str, Tally]:
    """Return the account of each source over the first records of every file."""
    return measure(shared_data, _RECORDS_OF_A_FILE)


def test_almost_all_records_become_events(tallies: dict[str, Tally]) -> None:
    """Of the records that belong to a log source, 99 of 100 become events."""
    records = sum(tally.records for tally in tallies.values())
    events = sum(tally.events for tally in tallies.values())
    lost = {name: dict(tally.reasons) for name, tally in tallies.items() if tally.reasons}
    assert records > 10_000
    assert events / records >= 0.99, lost


def test_every_other_record_has_a_reason(tallies: dict[str, Tally]) -> None:
    """What became no event is accounted for, reason by reason."""
    for name, tally in tallies.items():
        assert tally.records == tally.events + tally.reasons.total(), name
        assert all(tally.reasons), name


def test_the_document_has_every_source(tallies: dict[str, Tally]) -> None:
    """docs/log-sources.md was written after the last source came."""
    text = DOCUMENT.read_text("utf-8")
    measured = table(tallies)
    for source in all_sources():
        assert f"`{source.name}`" in text, f"{source.name}: write the document anew with tools/coverage.py"
        assert f"`{source.name}`" in measured
