"""Events come back as their sources gave them, by id too, by whichever engine."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import duckdb
import pyarrow as pa
import pytest
from pyiceberg.table import StaticTable

from minixdr.adapters.lake import arrow, data_files, lookup, staging, table, upkeep
from minixdr.app.lake import read
from minixdr.app.lake.read import LakeBehindError, attributes_of, events_by_id, known_event_ids, raw_of
from minixdr.ports import lake_columns
from minixdr.ports.lake import LakeAwayError, LakeEvent
from minixdr.ports.lake_columns import COLUMNS, Column, ColumnKind
from minixdr.schema.record import Record
from tests.integration.lake.events import ALPHA, BETA, NOON, batch_id, event_id, make_event, make_rows
from tests.integration.lake.house import House

DAY = timedelta(days=1)


def by_id(
    house: House, *numbers: int, organization_id: str = ALPHA, first: datetime = NOON - DAY, last: datetime = NOON + DAY
) -> dict[str, dict]:
    ids = [event_id(number) for number in numbers]
    found = house.run(lambda database: events_by_id(database, house.lake, UUID(organization_id), ids, first, last))
    return {row["event_id"]: row for row in found}


@pytest.mark.parametrize("committed", [False, True])
def test_an_event_comes_back_as_it_was(house: House, committed: bool) -> None:
    plain = make_event(
        1, message="hello", resources__uid=["a", None, "b"], not__promoted="x", some__list=[1, [2]], is_alert=True
    )
    text = make_event(2, None)
    record = Record("logs/host.txt", 7, b"caf\xe9 \x00 end", {"message": "caf\ufffd \x00 end", "host": "h"}, "syslog")
    bytes_ = LakeEvent(
        make_event(3).__class__(
            **{name: getattr(make_event(3), name) for name in make_event(3).__struct_fields__} | {"record": record}
        ),
        NOON,
        NOON,
        batch_id("x"),
    )
    house.stage(
        [LakeEvent(plain, NOON, NOON, batch_id("x")), LakeEvent(text, NOON + DAY / 2, NOON, batch_id("x")), bytes_]
    )
    if committed:
        house.commit()
    found = by_id(house, 1, 2, 3, 4)
    assert set(found) == {event_id(1), event_id(2), event_id(3)}
    first, second, third = (found[event_id(number)] for number in (1, 2, 3))
    assert attributes_of(first) == {**plain.attributes, "time": round(NOON.timestamp() * 1000)}
    assert raw_of(first) == plain.record.raw
    assert (first["source"], first["organization_id"], first["batch_id"]) == ("aws_cloudtrail", ALPHA, batch_id("x"))
    assert (first["origin"], first["record"], first["format"]) == ("s3://logs/a.json", 1, "json")
    assert first["unmapped"] == '{"number":1}'
    assert first["entities"] == ["user:user-1"]
    assert first["body"] is None
    assert attributes_of(second) == text.attributes
    assert second["time"] == NOON + DAY / 2
    assert second["doubts"] == '[["time","no time"]]'
    assert raw_of(third) == record.raw
    assert third["raw"] == "caf\ufffd \x00 end"
    assert duckdb.sql(f"SELECT json_extract_string('{third['body']}', 'host')").fetchall() == [("h",)]


def test_no_event_of_another_organization_is_found(house: House) -> None:
    house.stage(make_rows(range(10), organization_id=BETA), BETA)
    other = [event_id(3, BETA)]
    for _ in range(2):
        mine = house.run(
            lambda database: known_event_ids(database, house.lake, UUID(ALPHA), other, NOON - DAY, NOON + DAY)
        )
        theirs = house.run(
            lambda database: known_event_ids(database, house.lake, UUID(BETA), other, NOON - DAY, NOON + DAY)
        )
        assert (mine, theirs) == (set(), set(other))
        house.commit()


def test_known_ids_are_found_in_the_table_and_among_the_staged(house: House) -> None:
    house.stage(make_rows(range(500)))
    house.commit()
    house.stage(make_rows(range(500, 600)))
    asked = [event_id(number) for number in range(400, 800)]
    known = house.run(
        lambda database: known_event_ids(database, house.lake, UUID(ALPHA), asked, NOON - DAY, NOON + DAY)
    )
    assert known == {event_id(number) for number in range(400, 600)}
    never = house.run(
        lambda database: known_event_ids(database, house.lake, UUID(ALPHA), asked, NOON + DAY, NOON + 2 * DAY)
    )
    assert never == set()


def test_a_reader_that_cannot_hold_what_waits_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.stage(make_rows(range(50)))
    monkeypatch.setattr(read, "MOST_STAGED_ROWS", 49)
    with pytest.raises(LakeBehindError, match="50 events of this time range wait"):
        house.given()


def test_a_file_that_is_gone_is_said(house: House) -> None:
    house.stage(make_rows(range(5)))
    house.commit()
    house.lake.warehouse.delete([house.lake.warehouse.name_of(name) for name in house.given().files])
    with pytest.raises(LakeAwayError, match="cannot be read"):
        by_id(house, 1)


def test_the_metadata_alone_lead_another_reader_to_the_same_rows(house: House) -> None:
    """As an engine does that is given the table's address: metadata -> manifests -> files, with their field ids."""
    house.stage(make_rows(range(100)))
    house.stage(make_rows(range(100, 200), NOON + 2 * DAY))
    house.stage(make_rows(range(10), organization_id=BETA), BETA)
    house.commit()
    [(location,)] = house.sql("SELECT metadata_location FROM lake.iceberg_tables")
    other = StaticTable.from_metadata(location)
    rows = other.scan(row_filter=f"organization_id = '{ALPHA}'").to_arrow()
    assert Counter(rows["event_id"].to_pylist()) == Counter(event_id(number) for number in range(200))
    assert set(rows["actor_user_name"].to_pylist()) == {f"user-{number}" for number in range(7)}
    later = other.scan(
        row_filter=f"organization_id = '{ALPHA}' and time >= '{(NOON + DAY).isoformat()}'",
        selected_fields=("event_id",),
    )
    assert [task.file.record_count for task in later.plan_files()] == [100]
    assert later.to_arrow().num_rows == 100
    assert [field.name for field in other.spec().fields] == ["organization_id", "time_day"]


def test_a_column_added_later_is_null_before_and_read_after(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old files, new files, and a compaction of both."""
    house.stage(make_rows(range(10)))
    house.commit()
    new = Column("some_new_thing", ColumnKind.TEXT, "some.new.thing", "OCSF some.new.thing")
    with monkeypatch.context() as later:
        later_release(later, new)
        lake = house.another_lake()
        house.lake.close()
        house.lake = lake
        lake.prepare()
        lake.prepare()
        rows = [
            LakeEvent(make_event(number, some__new__thing=f"t{number}"), NOON, NOON, batch_id("new"))
            for number in (10, 11)
        ]
        house.stage(rows)
        house.commit()
        assert "some_new_thing" in lake.table.load().schema().column_names
        for _ in range(2):
            found = by_id(house, 1, 10)
            assert found[event_id(1)]["some_new_thing"] is None
            assert found[event_id(10)]["some_new_thing"] == "t10"
            scanned = lake.table.load().scan(selected_fields=("event_id", "some_new_thing")).to_arrow().to_pylist()
            assert {row["event_id"]: row["some_new_thing"] for row in scanned}[event_id(11)] == "t11"
            assert house.ids() == Counter(event_id(number) for number in range(12))
            lake.compact(NOON + 3 * DAY, 1)


def later_release(later: pytest.MonkeyPatch, column: Column) -> None:
    """Make the modules know one column more."""
    columns = (*COLUMNS, column)
    schema = arrow.PLAIN_SCHEMA.append(pa.field(column.name, pa.string()))
    for module in (lake_columns, arrow, table, data_files):
        later.setattr(module, "COLUMNS", columns)
    for module in (arrow, staging, data_files, lookup, upkeep):
        later.setattr(module, "PLAIN_SCHEMA", schema)
    later.setattr(read, "_ALL", tuple(each.name for each in columns))
    for module in (lake_columns, staging):
        later.setitem(module.BY_NAME, column.name, column)
        later.setitem(module.BY_ATTRIBUTE, column.attribute, column)


def test_times_are_read_in_utc(house: House) -> None:
    house.stage(make_rows(range(1), datetime(2026, 3, 2, 23, 30, tzinfo=UTC)))
    house.commit()
    [row] = by_id(house, 0).values()
    assert row["time"].astimezone(UTC) == datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert row["time"].utcoffset() == timedelta(0)
