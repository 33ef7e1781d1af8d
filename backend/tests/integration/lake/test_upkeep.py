"""The table keeps its shape, and every row of it."""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import duckdb
import pytest

from minixdr.app.lake.upkeep import clean, compact, delete_committed, expire, forget, keep_in_shape
from minixdr.ports.database import Scope
from minixdr.ports.lake import LakeConflictError
from tests.integration.lake.events import ALPHA, BETA, NOON, event_id, make_rows
from tests.integration.lake.house import House

DAY = timedelta(days=1)
LATER = NOON + 3 * DAY


def rows_of(house: House, organization_id: str = ALPHA) -> Counter[tuple[object, ...]]:
    """Return all that a plain DuckDB reads, row by row."""
    files = list(house.given(organization_id).files)
    with duckdb.connect() as connection:
        return Counter(
            tuple(map(str, row)) for row in connection.execute("SELECT * FROM read_parquet($1)", [files]).fetchall()
        )


def many_small_files(house: House, first: int = 0, last: int = 6) -> None:
    for number in range(first, last):
        house.stage(make_rows(range(number * 50, number * 50 + 50), NOON + timedelta(minutes=number)))
        house.stage(make_rows(range(number * 10, number * 10 + 10), organization_id=BETA), BETA)
        house.commit()


def test_small_files_of_a_closed_day_become_one_and_no_row_changes(house: House) -> None:
    many_small_files(house)
    before = rows_of(house), rows_of(house, BETA)
    report = house.run(lambda database: compact(house.lake, LATER, 1))
    assert (report.files_compacted, report.rows_compacted) == (12, 360)
    assert (rows_of(house), rows_of(house, BETA)) == before
    assert len(house.given().files) == len(house.given(BETA).files) == 1
    assert house.run(lambda database: compact(house.lake, LATER, 1)).files_compacted == 0


def test_a_day_that_still_gets_events_is_left_alone_until_it_has_many_files(house: House) -> None:
    many_small_files(house)
    assert house.run(lambda database: compact(house.lake, NOON + timedelta(hours=1), 1)).files_compacted == 0
    many_small_files(house, 6, 26)
    assert house.run(lambda database: compact(house.lake, NOON + timedelta(hours=1), 1)).files_compacted > 0


def test_compacted_rows_of_a_host_lie_together(house: House) -> None:
    many_small_files(house)
    house.run(lambda database: compact(house.lake, LATER, 1))
    with duckdb.connect() as connection:
        read = "SELECT actor_user_name FROM read_parquet($1)"
        users = connection.execute(read, [list(house.given().files)]).fetchall()
    assert users == sorted(users)


@pytest.mark.parametrize("step", ["compacted file written", "compaction committed"])
def test_a_compaction_that_dies_changes_nothing_or_is_done(house: House, step: str) -> None:
    class Killed(BaseException):
        pass

    def die(name: str) -> None:
        if name == step:
            raise Killed

    many_small_files(house)
    before = rows_of(house)
    with pytest.raises(Killed):
        house.lake.compact(LATER, 1, die)
    assert rows_of(house) == before
    house.run(lambda database: compact(house.lake, LATER, 1))
    assert rows_of(house) == before


def test_two_compactions_at_once_keep_each_row_once(house: House) -> None:
    many_small_files(house)
    other = house.another_lake()

    def meanwhile(name: str) -> None:
        if name == "compacted file written":
            other.compact(LATER, 1)

    with pytest.raises(LakeConflictError):
        house.lake.compact(LATER, 1, meanwhile)
    other.close()
    assert house.ids() == Counter(event_id(number) for number in range(300))


def test_days_older_than_an_organization_keeps_are_dropped_and_no_other(house: House) -> None:
    async def make(database: object) -> None:
        async with database.transaction(Scope(system=True)) as opened:  # type: ignore[attr-defined]
            for organization_id in (ALPHA, BETA):
                await opened.organizations.create(UUID(organization_id), organization_id[-1] * 3, "name")

    house.run(make)
    house.sql("UPDATE organizations SET retention_days = CASE WHEN slug = 'aaa' THEN 30 ELSE 400 END")
    for days in (0, 29, 30, 31, 300):
        house.stage(make_rows(range(days, days + 1), NOON - days * DAY))
        house.stage(make_rows(range(days, days + 1), NOON - days * DAY, BETA), BETA)
    house.commit()
    assert house.run(lambda database: expire(database, house.lake, NOON, 1)) == 2
    assert house.ids() == Counter(event_id(days) for days in (0, 29, 30))
    assert len(house.ids(BETA)) == 5
    assert house.run(lambda database: expire(database, house.lake, NOON, 1)) == 0


def test_a_staged_file_is_deleted_a_while_after_its_commit(house: House) -> None:
    committed = house.stage(make_rows(range(10)))
    house.commit()
    waiting = house.stage(make_rows(range(10, 20)))
    now = datetime.now(UTC)
    assert house.run(lambda database: delete_committed(database, house.lake, now)) == 0
    assert house.run(lambda database: delete_committed(database, house.lake, now + timedelta(minutes=16))) == 1
    assert not Path(house.location, committed.name).exists()
    assert Path(house.location, waiting.name).exists()
    assert house.sql("SELECT name FROM lake_outbox") == [(waiting.name,)]
    assert house.ids() == Counter(event_id(number) for number in range(20))


def test_what_nothing_names_is_deleted_after_a_day_and_nothing_else(house: House) -> None:
    many_small_files(house)
    orphan = house.stage(make_rows(range(900, 910)), told=False)
    waiting = house.stage(make_rows(range(300, 310)))
    house.run(lambda database: compact(house.lake, LATER, 1))
    before = house.ids()
    partial = Path(house.location, "staging", ALPHA, "x.partial")
    partial.write_bytes(b"half")
    now = datetime.now(UTC)
    superseded = list(Path(house.location, "minixdr").rglob("*.parquet"))
    assert house.run(lambda database: clean(database, house.lake, now)) == 0
    assert house.ids() == before
    later = now + timedelta(hours=25)
    house.run(lambda database: forget(database, house.lake, later))
    assert len(house.lake.table.load().snapshots()) == 1
    assert house.run(lambda database: clean(database, house.lake, later)) > 12
    assert house.ids() == before
    assert not Path(house.location, orphan.name).exists()
    assert not partial.exists()
    assert Path(house.location, waiting.name).exists()
    assert len([path for path in superseded if path.exists()]) == 2
    house.commit()
    assert house.ids() == before


def test_a_commit_can_follow_each_part_of_the_upkeep(house: House) -> None:
    for number in range(4):
        house.stage(make_rows(range(number * 10, number * 10 + 10)))
        house.commit()
        now = datetime.now(UTC) + timedelta(days=number * 2)
        house.run(lambda database, now=now: keep_in_shape(database, house.lake, now, 1))
    report = house.run(lambda database: keep_in_shape(database, house.lake, datetime.now(UTC) + 30 * DAY, 1))
    assert report.files_compacted >= 0
    assert house.ids() == Counter(event_id(number) for number in range(40))
    assert len(list(Path(house.location, "staging").rglob("*.zst"))) == 0


def test_files_are_on_disk_before_anybody_is_told_of_them(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file that is written is synced, and the folder that has its name."""
    synced: set[str] = set()
    real = os.fsync

    def fsync(number: int) -> None:
        synced.add(str(Path(f"/proc/self/fd/{number}").readlink()))
        real(number)

    monkeypatch.setattr(os, "fsync", fsync)
    before = {path for path in Path(house.location).rglob("*") if path.is_file()}
    house.stage(make_rows(range(10)))
    house.commit()
    written = {path for path in Path(house.location).rglob("*") if path.is_file()} - before
    assert {path.name.rpartition(".")[2] for path in written} == {"zst", "parquet", "avro", "json"}
    for path in written:
        assert any(name == str(path) or name.startswith(f"{path}.") for name in synced), path
        assert str(path.parent) in synced
