"""HEC bodies: concatenated objects, however they are written, give their events in order, or the place of the first bad one."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minixdr.ingest.doors.hec import Fault, Refused, decode_events, read_time
from minixdr.ingest.repair import parse_json

_texts = st.text(st.characters(codec="utf-8"), max_size=30)
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | _texts
    | st.sampled_from(["}{", '"}{"', "}\n{", '\\"}{']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)
_objects = st.dictionaries(_texts, _values, min_size=1, max_size=4)


@given(st.lists(_objects, min_size=1, max_size=6), st.sampled_from(["", "\n", " ", "\r\n\t", "\n\n"]), st.booleans())
def test_objects_come_out_as_they_went_in(events, between, spaced):
    """Whatever stands between them, and whatever their strings hold."""
    separators = (", ", ": ") if spaced else (",", ":")
    body = between.join(json.dumps({"event": event}, separators=separators) for event in events)
    assert [orjson.loads(raw) for raw in decode_events(body.encode()).raws] == events


@given(st.lists(_objects, min_size=2, max_size=6), st.data())
def test_a_bad_event_is_named_and_nothing_is_taken(events, data):
    """The number counts from 0, as the protocol's does."""
    place = data.draw(st.integers(0, len(events) - 1))
    texts = [json.dumps({"event": event}) for event in events]
    texts[place] = json.dumps({"other": 1})
    with pytest.raises(Refused) as refused:
        decode_events("".join(texts).encode())
    assert (refused.value.fault, refused.value.number) == (Fault.EVENT_REQUIRED, place)


@given(st.binary(max_size=60))
def test_any_bytes_are_records_or_refused(body):
    """Nothing else is ever raised."""
    try:
        entries = decode_events(body)
    except Refused:
        return
    assert len(entries.raws) == len(entries.times) == len(entries.hosts) == len(entries.sources) > 0


def test_what_parsers_disagree_on_is_kept():
    """Lone surrogates, NaN, bytes that are no UTF-8 and deep nesting of one event keep none of the others out."""
    deep = b"[" * 3_000 + b"]" * 3_000
    body = b'{"event":"a\\udcff"}{"event":{"n":NaN}}{"event":"\xff"}{"event":{"d":%s}}{"event":{"x":1}}' % deep
    raws = decode_events(body).raws
    assert raws[0] == "a\ufffd".encode()
    assert parse_json(raws[1])["event"] == {"n": None}
    assert raws[2] == "\ufffd".encode()
    assert raws[3].startswith(b'{"event":{"d":[[[')
    assert raws[4] == b'{"x":1}'


def test_fields_keep_their_envelope():
    """An object with indexed fields is kept as it was sent, with them; a text alone."""
    body = b'{"event":{"a":1},"fields":{"b":"c"},"host":"h"}{"event":"t","fields":{"b":"c"}}'
    assert decode_events(body).raws == [b'{"event":{"a":1},"fields":{"b":"c"},"host":"h"}', b"t"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1433188255.5, 1433188255.5),
        ("1433188255.5", 1433188255.5),
        (1433188255500.0, 1433188255.5),
        (1433188255500000000.0, 1433188255.5),
        (-1.0, None),
        ("nan", None),
        ("9" * 50, None),
        (float("inf"), None),
    ],
)
def test_times_are_seconds_milliseconds_or_nanoseconds(value, expected):
    """By Splunk's bounds."""
    assert read_time(value) == (pytest.approx(expected) if expected else None)
