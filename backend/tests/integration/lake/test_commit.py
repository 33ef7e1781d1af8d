"""What is staged becomes part of the table exactly once, whoever dies when."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from threading import Thread

import duckdb
import psycopg
import pytest

from minixdr.adapters.lake import commits
from minixdr.adapters.lake.lake import IcebergLake
from minixdr.adapters.postgres.database import PostgresDatabase
from minixdr.app.lake.commit import settle
from minixdr.app.lake.upkeep import forget
from minixdr.ports.lake import DamagedFileError, LakeAwayError, LakeConflictError
from tests.integration.lake.events import ALPHA, BETA, NOON, batch_id, event_id, make_rows
from tests.integration.lake.house import House

STEPS = ("settled", "data file written", "manifests written", "snapshot committed", "marked")


def once(numbers: range, organization_id: str = ALPHA) -> Counter[str]:
    return Counter(event_id(number, organization_id) for number in numbers)


def test_what_is_staged_is_read_at_once_and_once_after_the_commit(house: House) -> None:
    house.stage(make_rows(range(100)))
    house.stage(make_rows(range(100, 150)))
    assert house.ids() == once(range(150))
    commit = house.commit()
    assert commit is not None
    assert (commit.rows, commit.files) == (150, 1)
    assert house.ids() == once(range(150))
    assert house.given().staged is None
    house.stage(make_rows(range(150, 160)))
    assert house.ids() == once(range(160))


def test_any_time_has_its_day(house: House) -> None:
    for number, year in enumerate((1, 1969, 1970, 2026, 9998)):
        house.stage(make_rows(range(number, number + 1), datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)))
    house.commit()
    given = house.given(first_at=datetime(1, 1, 1, tzinfo=UTC), before=datetime(9999, 12, 31, tzinfo=UTC))
    assert sorted(name.split("time_day=")[1][:4] for name in given.files) == ["0001", "1969", "1970", "2026", "9998"]
    assert len(house.given(first_at=datetime(1, 1, 1, tzinfo=UTC), before=datetime(1970, 6, 1, tzinfo=UTC)).files) == 2
    with duckdb.connect() as connection:
        count = connection.execute("SELECT count(*) FROM read_parquet($1)", [list(given.files)]).fetchone()
    assert count == (5,)


def test_nothing_waits(house: House) -> None:
    assert house.commit() is None
    assert house.ids() == Counter()


def test_one_commit_takes_the_files_of_all_organizations_and_days(house: House) -> None:
    house.stage(make_rows(range(10), NOON - timedelta(days=200)))
    house.stage(make_rows(range(10, 20), NOON.replace(hour=23, minute=59, second=59), apart=0.2))  # goes over midnight
    house.stage(make_rows(range(30), organization_id=BETA), BETA)
    commit = house.commit()
    assert commit is not None
    assert (commit.rows, commit.files) == (50, 4)
    assert house.ids(ALPHA) == once(range(20))
    assert house.ids(BETA) == once(range(30), BETA)
    assert len(house.lake.table.load().snapshots()) == 1


def test_a_reader_is_given_no_file_of_another_organization(house: House) -> None:
    house.stage(make_rows(range(10)))
    house.stage(make_rows(range(10), organization_id=BETA), BETA)
    house.commit()
    house.stage(make_rows(range(10, 20), organization_id=BETA), BETA)
    given = house.given(ALPHA)
    assert given.staged is None
    assert all(f"organization_id={ALPHA}/" in name for name in given.files)
    assert len(given.files) == 1


def test_a_reader_is_given_the_files_of_its_time_range(house: House) -> None:
    for day in range(5):
        house.stage(make_rows(range(day * 10, day * 10 + 10), NOON + timedelta(days=day)))
    house.commit()
    given = house.given(first_at=NOON + timedelta(days=1), before=NOON + timedelta(days=3))
    assert [name.split("time_day=")[1][:10] for name in given.files] == ["2026-03-03", "2026-03-04"]
    house.stage(make_rows(range(50, 60), NOON + timedelta(days=9)))
    assert house.given(first_at=NOON, before=NOON + timedelta(days=8)).staged is None
    assert house.given(first_at=NOON, before=NOON + timedelta(days=9, seconds=1)).staged.num_rows == 10


@pytest.mark.parametrize("step", STEPS)
def test_a_committer_killed_at_any_step_loses_and_doubles_nothing(house: House, step: str) -> None:
    house.stage(make_rows(range(100)))
    house.stage(make_rows(range(50), organization_id=BETA), BETA)
    program = (
        "import asyncio, os, sys\n"
        "from minixdr.adapters.lake.lake import IcebergLake\n"
        "from minixdr.adapters.postgres.database import PostgresDatabase\n"
        "from minixdr.app.lake.commit import commit_pending\n"
        "def step(name):\n"
        "    if name == sys.argv[3]:\n"
        "        os.kill(os.getpid(), 9)\n"
        "lake = IcebergLake(sys.argv[1], sys.argv[2])\n"
        "asyncio.run(commit_pending(PostgresDatabase(sys.argv[2]), lake, 1, step=step))\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, house.location, house.postgres.app_url, step], check=False, capture_output=True
    )
    assert killed.returncode == -9, killed.stderr.decode()
    assert house.ids(ALPHA) == once(range(100))
    assert house.ids(BETA) == once(range(50), BETA)
    house.stage(make_rows(range(100, 110)))
    for _ in range(2):
        house.commit()
        assert house.ids(ALPHA) == once(range(110))
        assert house.ids(BETA) == once(range(50), BETA)
    assert house.sql("SELECT count(*) FROM lake_outbox WHERE committed_snapshot IS NULL") == [(0,)]


def test_a_committer_that_slept_while_another_took_over_commits_nothing(house: House) -> None:
    house.stage(make_rows(range(100)))
    other = house.another_lake()

    def slept(step: str) -> None:
        if step == "manifests written":
            thread = Thread(target=lambda: house.commit(other))
            thread.start()
            thread.join()

    with pytest.raises(LakeConflictError):
        house.commit(step=slept)
    other.close()
    assert house.ids() == once(range(100))
    assert house.commit() is None


def test_a_committer_that_slept_until_the_table_forgot_commits_nothing(house: House) -> None:
    house.stage(make_rows(range(100)))
    other = house.another_lake()

    def meanwhile(database: PostgresDatabase) -> Awaitable[None]:
        return forget(database, other, datetime.now(UTC) + timedelta(hours=9))

    def others() -> None:
        house.commit(other)
        house.stage(make_rows(range(100, 120)))
        house.commit(other)
        house.run(meanwhile)

    def slept(step: str) -> None:
        if step == "settled":
            thread = Thread(target=others)
            thread.start()
            thread.join()

    with pytest.raises(LakeConflictError, match="slept so long"):
        house.commit(step=slept)
    other.close()
    assert house.ids() == once(range(120))


def test_a_compaction_meanwhile_does_not_stop_a_commit(house: House) -> None:
    for number in range(3):
        house.stage(make_rows(range(number * 10, number * 10 + 10)))
        house.commit()
    house.stage(make_rows(range(30, 40)))
    other = house.another_lake()
    steps: list[str] = []

    def meanwhile(step: str) -> None:
        steps.append(step)
        if steps.count("manifests written") == 1 and step == "manifests written":
            assert other.compact(NOON + timedelta(days=3), 1).files_before == 3

    commit = house.commit(step=meanwhile)
    other.close()
    assert commit is not None
    assert steps.count("manifests written") == 2
    assert house.ids() == once(range(40))


def test_a_row_kept_later_than_one_with_a_higher_number_is_not_lost(house: House) -> None:
    """Numbers of the outbox are given before transactions end: 1 may become visible after 2 was committed."""
    first = house.stage(make_rows(range(10)), told=False)
    with psycopg.connect(house.postgres.superuser_url) as slow:
        slow.execute(
            "INSERT INTO lake_outbox (organization_id, name, rows, size_bytes, first_at, last_at) VALUES (%s, %s, 10, 1, %s, %s)",
            [ALPHA, first.name, first.first_at, first.last_at],
        )
        house.stage(make_rows(range(10, 20)))
        house.commit()
        assert house.ids() == once(range(10, 20))
    assert house.ids() == once(range(20))
    house.commit()
    assert house.ids() == once(range(20))


def test_a_commit_takes_no_more_files_than_it_is_told(house: House) -> None:
    for number in range(5):
        house.stage(make_rows(range(number * 10, number * 10 + 10)))
    commit = house.commit(most_files=2)
    assert commit is not None
    assert commit.rows == 20
    house.commit(most_files=2)
    house.commit(most_files=2)
    assert house.ids() == once(range(50))


def test_what_memory_cannot_hold_at_once_is_committed_in_portions(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "_ROWS_AT_ONCE", 25)
    monkeypatch.setattr(commits, "_BYTES_AT_ONCE", 10_000)
    for number in range(10):
        house.stage(make_rows(range(number * 10, number * 10 + 10), batch=batch_id(number)))
    commit = house.commit()
    assert commit is not None
    assert (commit.rows, commit.files > 3) == (100, True)
    assert house.ids() == once(range(100))
    assert len(house.lake.table.load().snapshots()) == 1


def test_a_damaged_staged_file_is_said_and_stops_no_other(house: House) -> None:
    staged = house.stage(make_rows(range(10)))
    house.stage(make_rows(range(10, 20)))
    house.stage(make_rows(range(5), organization_id=BETA), BETA)
    path = f"{house.location}/{staged.name}"
    with open(path, "r+b") as file:  # noqa: PTH123
        file.seek(200)
        file.write(b"\x00\x01\x02\x03")
    with pytest.raises(DamagedFileError, match=staged.name.split("/")[-1]):
        house.commit()
    assert house.sql("SELECT name FROM lake_outbox WHERE committed_snapshot IS NULL") == [(staged.name,)]
    assert house.ids(BETA) == once(range(5), BETA)
    with pytest.raises(DamagedFileError):
        house.given()
    os.unlink(path)  # noqa: PTH108
    with pytest.raises(DamagedFileError, match="it is gone"):
        house.commit()


def test_the_table_is_made_once_by_several_at_once(house: House) -> None:
    house.empty()
    lakes = [house.another_lake() for _ in range(4)]
    failures: list[Exception] = []

    def prepare(lake: IcebergLake) -> None:
        try:
            lake.prepare()
        except Exception as error:  # noqa: BLE001 - reported below
            failures.append(error)

    threads = [Thread(target=prepare, args=(lake,)) for lake in lakes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for lake in lakes:
        lake.close()
    assert not failures
    house.stage(make_rows(range(10)))
    house.commit()
    assert house.ids() == once(range(10))


def test_a_lake_without_its_table_says_so(house: House) -> None:
    house.empty()
    with pytest.raises(LakeAwayError, match="no table of events yet"):
        house.given()


def test_a_lake_whose_catalog_is_away_says_so_without_its_password(house: House) -> None:
    lake = IcebergLake(house.location, "postgresql://user:of-a-test@127.0.0.1:1/none")
    with pytest.raises(LakeAwayError, match="catalog does not answer") as raised:
        lake.prepare()
    assert "of-a-test" not in str(raised.value)


def test_what_a_killed_committer_left_unmarked_is_marked(house: House) -> None:
    house.stage(make_rows(range(10)))
    house.commit()
    house.sql("UPDATE lake_outbox SET committed_snapshot = NULL, committed_at = NULL")
    house.run(lambda database: settle(database, house.lake))
    assert house.sql("SELECT count(*) FROM lake_outbox WHERE committed_snapshot IS NULL") == [(0,)]
