"""A staged file holds every event of its batch, whatever a stranger wrote into it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minixdr.adapters.lake.staging import decode, encode, staged_name
from minixdr.app.lake.read import attributes_of, raw_of
from minixdr.ports.lake import DamagedFileError, LakeEvent
from minixdr.ports.lake_columns import BY_ATTRIBUTE, BY_NAME, COLUMNS
from minixdr.schema.event import Entity, Event
from minixdr.schema.record import Record

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BATCH = "ab" * 16


def row(
    number: int = 1,
    raw: bytes = b"{}",
    *,
    file: str = "f",
    body: dict[str, Any] | None = None,
    form: str = "json",
    **parts: Any,
) -> LakeEvent:
    event = Event(
        event_id=f"{number:032x}",
        source="zeek",
        class_uid=4001,
        time=NOON,
        attributes=parts.get("attributes", {}),
        unmapped=parts.get("unmapped", {}),
        entities=parts.get("entities", ()),
        doubts=(),
        record=Record(file, number, raw, {} if body is None else body, form),
    )
    return LakeEvent(event, NOON, NOON, BATCH)


def staged(*rows: LakeEvent) -> list[dict[str, Any]]:
    file, content = encode("acme", BATCH, rows)
    assert file.rows == len(rows)
    found: list[dict[str, Any]] = decode(file.name, content).to_pylist()
    return found


def test_columns_have_names_of_their_own_and_names_that_athena_takes() -> None:
    assert len(BY_NAME) == len(COLUMNS)
    assert len({column.name.lower() for column in COLUMNS}) == len(COLUMNS)
    assert all(column.name.replace("_", "a").isalnum() and column.name.isascii() for column in COLUMNS)
    assert BY_ATTRIBUTE["actor.user.name"].name == "actor_user_name"


def test_an_attribute_is_in_its_column_or_in_the_json() -> None:
    attributes = {
        "actor.user.name": "alice",
        "src_endpoint.port": 443,
        "is_alert": True,
        "resources.uid": ["a", None],
        "tls.alert": 7,
    }
    [found] = staged(row(attributes=attributes))
    assert found["actor_user_name"] == "alice"
    assert found["src_endpoint_port"] == 443
    assert found["resources_uid"] == ["a", None]
    assert found["attributes"] == '{"tls.alert":7}'
    assert attributes_of(found) == {**attributes, "time": round(NOON.timestamp() * 1000), "class_uid": 4001}


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("actor.user.name", ["a", "list"]),
        ("actor.user.name", 7),
        ("src_endpoint.port", "443"),
        ("src_endpoint.port", True),
        ("file.size", 2**63),
        ("resources.uid", [["nested"], "x"]),
        ("resources.uid", "a text"),
        ("is_alert", 1),
    ],
)
def test_a_value_of_another_type_than_its_column_stays_readable(attribute: str, value: Any) -> None:
    other = row(1, attributes={attribute: value})
    usual = row(2, attributes={"actor.user.name": "bob", "src_endpoint.port": 1})
    first, second = staged(other, usual)
    kept = str(value) if value == 2**63 else value
    assert attributes_of(first)[attribute] in (value, kept)
    assert second["actor_user_name"] == "bob"
    assert second["src_endpoint_port"] == 1


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe\x00", b'{"a":"\xed\xa0\x80"}', "é\u2028".encode(), b"a\x00b", bytes(range(256))]
)
def test_the_record_is_kept_to_the_byte(raw: bytes) -> None:
    first, second = staged(row(1, raw), row(2, b"plain"))
    assert raw_of(first) == raw
    assert raw_of(second) == b"plain"
    assert second["raw_bytes"] is None


def test_what_a_format_decoded_is_kept_where_the_record_does_not_say_it() -> None:
    csv = row(1, b"1,alice", body={"id": "1", "name": "alice"}, form="csv")
    text = row(2, b"hello", body={"message": "hello"}, form="text")
    parsed = row(3, b'{"a":1}', body={"a": 1})
    bodies = [found["body"] for found in staged(csv, text, parsed)]
    assert bodies == ['{"id":"1","name":"alice"}', None, None]


def test_what_json_cannot_hold_is_kept_as_near_as_can_be() -> None:
    deep: Any = "end"
    for _ in range(300):
        deep = {"x": deep}
    [found] = staged(
        row(
            file="dir/\udcff.log",
            unmapped={"big": 2**70, "lone": "\ud800", "deep": deep, "key\udfff": 1, "nan": float("nan")},
            entities=(Entity("user", "\udcff", "actor"),),
            attributes={"message": "a\ud800b", "some.other": "\ud800"},
        )
    )
    unmapped = orjson.loads(found["unmapped"])
    assert unmapped["big"] == str(2**70)
    assert unmapped["lone"] == "\ufffd"
    assert unmapped["nan"] is None
    assert found["message"] == "a\ufffdb"
    assert found["entities"] == ["user:\ufffd"]
    assert found["origin"] == "dir/\ufffd.log"


def test_the_same_events_of_a_batch_have_the_same_name_and_others_another() -> None:
    rows = [row(1), row(2)]
    assert staged_name("acme", BATCH, rows) == staged_name("acme", BATCH, list(rows))
    names = {
        staged_name("acme", BATCH, rows),
        staged_name("acme", BATCH, rows[:1]),
        staged_name("acme", "cd" * 16, rows),
    }
    assert len(names | {staged_name("other", BATCH, rows)}) == 4


@pytest.mark.parametrize("organization_id", ["", ".", "..", "../x", "a/b", "a\x00", "é", "x" * 65])
def test_an_organization_cannot_lead_out_of_the_warehouse(organization_id: str) -> None:
    with pytest.raises(ValueError, match="not an organization id"):
        encode(organization_id, BATCH, [row()])
    with pytest.raises(ValueError, match="not an organization id"):
        staged_name("acme", organization_id, [row()])


def test_no_events_are_no_file() -> None:
    with pytest.raises(ValueError, match="no events"):
        encode("acme", BATCH, [])


def test_a_file_says_its_first_and_last_time() -> None:
    rows = [msgspec.structs.replace(row(number), time=NOON + timedelta(seconds=number)) for number in (3, 1, 2)]
    file, _ = encode("acme", BATCH, rows)
    assert (file.first_at, file.last_at) == (NOON + timedelta(seconds=1), NOON + timedelta(seconds=3))


def test_a_damaged_file_is_not_read() -> None:
    file, content = encode(
        "acme", BATCH, [row(number, attributes={"message": f"text {number}"}) for number in range(50)]
    )
    for place in range(0, len(content), 7):
        damaged = content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :]
        with pytest.raises(DamagedFileError, match=file.name):
            decode(file.name, damaged)
    with pytest.raises(DamagedFileError):
        decode(file.name, content[: len(content) // 2])


_VALUES = st.recursive(
    st.text(max_size=5) | st.integers() | st.booleans() | st.floats(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
_ATTRIBUTES = st.dictionaries(
    st.sampled_from([*sorted(BY_ATTRIBUTE)[:40], "not.promoted", "some.thing"]), _VALUES, max_size=8
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_ATTRIBUTES, st.binary(max_size=20)), min_size=1, max_size=5))
def test_whatever_is_staged_comes_back_row_by_row(events: list[tuple[dict[str, Any], bytes]]) -> None:
    rows = [row(number, raw, attributes=attributes) for number, (attributes, raw) in enumerate(events)]
    found = staged(*rows)
    assert [each["event_id"] for each in found] == [each.event.event_id for each in rows]
    for each, (attributes, raw) in zip(found, events, strict=True):
        assert raw_of(each) == raw
        assert set(attributes) - {"class_uid", "time"} <= set(attributes_of(each))
