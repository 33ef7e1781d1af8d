"""A lake that was copied elsewhere is whole there, and goes on there, without the place that it came from."""

import shutil
from datetime import timedelta
from pathlib import Path

from minixdr.adapters.lake.relocation import relocate
from minixdr.app.lake.upkeep import clean, forget
from tests.integration.lake.events import ALPHA, BETA, NOON, make_rows
from tests.integration.lake.house import House
from tests.integration.lake.test_commit import once


def moved(house: House, target: Path) -> House:
    """Return the house, its lake at another place, nothing at the old one."""
    house.close()
    shutil.move(house.location, target)
    copy = House(house.postgres, str(target))
    assert relocate(copy.lake.table, house.location) > 0
    return copy


def test_all_events_are_there_and_it_goes_on(house: House, tmp_path: Path) -> None:
    """Commits from before, files that wait, commits after, compaction."""
    for part in range(3):
        house.stage(make_rows(range(part * 10, part * 10 + 10)))
        house.stage(make_rows(range(part * 10, part * 10 + 10), NOON + timedelta(days=part), BETA), BETA)
        house.commit()
    house.stage(make_rows(range(30, 40)))
    there = moved(house, tmp_path / "a new" / "place")
    try:
        assert there.ids(ALPHA) == once(range(40))
        assert there.ids(BETA) == once(range(30), BETA)
        there.commit()
        there.stage(make_rows(range(40, 50)))
        there.commit()
        assert there.ids(ALPHA) == once(range(50))
        assert not Path(house.location).exists()
    finally:
        there.close()


def test_every_snapshot_and_number_is_kept(house: House, tmp_path: Path) -> None:
    """A committer looks into the snapshots to see what was taken."""
    for part in range(3):
        house.stage(make_rows(range(part * 10, part * 10 + 10)))
        house.commit()
    before = house.lake.table.load()
    told = [(s.snapshot_id, s.sequence_number, str(s.summary)) for s in before.snapshots()]
    entries = _entries(before)
    there = moved(house, tmp_path / "elsewhere")
    try:
        after = there.lake.table.load()
        assert [(s.snapshot_id, s.sequence_number, str(s.summary)) for s in after.snapshots()] == told
        assert _entries(after) == entries
        assert house.location not in _all_metadata(Path(there.location))
        for snapshot in after.snapshots():
            assert after.scan(snapshot_id=snapshot.snapshot_id).to_arrow().num_rows == 10 * snapshot.sequence_number
    finally:
        there.close()


def test_cleaning_up_keeps_what_is_named(house: House, tmp_path: Path) -> None:
    """A file whose name was not moved would count as nobody's."""
    house.stage(make_rows(range(10)))
    house.commit()
    there = moved(house, tmp_path / "elsewhere")
    try:
        there.run(lambda database: forget(database, there.lake, NOON + timedelta(days=4000)))
        there.run(lambda database: clean(database, there.lake, NOON + timedelta(days=4000)))
        assert there.ids() == once(range(10))
    finally:
        there.close()


def test_a_lake_without_a_table_is_no_trouble(house: House, tmp_path: Path) -> None:
    """A platform that was saved before its first event."""
    house.empty()
    there = House(house.postgres, str(tmp_path / "elsewhere"))
    assert relocate(there.lake.table, house.location) == 0
    there.close()


def _entries(table: object) -> list[tuple[object, ...]]:
    return sorted(
        (entry.status, entry.snapshot_id, entry.sequence_number, entry.file_sequence_number, entry.data_file.record_count,
         Path(entry.data_file.file_path).name, str(entry.data_file.partition), str(entry.data_file.lower_bounds))
        for manifest in table.current_snapshot().manifests(table.io)
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=False)
    )  # fmt: skip


def _all_metadata(folder: Path) -> str:
    """Return what the present metadata says, compressed files decompressed by PyIceberg's own reader elsewhere."""
    newest = max(folder.rglob("*.metadata.json"), key=lambda path: path.stat().st_mtime_ns)
    return newest.read_text()
