"""Findings as JSON lines."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from minixdr.app.scan.line import encode, harmless, iso, printable, with_incident
from minixdr.schema.event import Entity
from minixdr.schema.finding import Analytic, Finding


def make_finding(**changes: Any) -> Finding:
    """Return a finding."""
    values: dict[str, Any] = {
        "finding_id": "f" * 32, "analytic": Analytic("r-1", "A rule", "sigma", "high", ("TA0006",), ("T1110",)),
        "time": datetime(2026, 3, 4, 5, 6, 7, 890_000, UTC), "event_ids": ("e1",), "file": "a.json", "record": 3,
        "source": "aws_cloudtrail", "matched": {"eventName": "GetObject"}, "entities": (Entity("user", "alice", "actor"),),
    }  # fmt: skip
    return Finding(**{**values, **changes})


def test_a_line_carries_what_a_reader_needs() -> None:
    """Rule, level, place, time, event, incident and the fields that matched."""
    line = json.loads(with_incident(encode(make_finding()), "i1"))
    assert {name: line[name] for name in ("rule_id", "rule_title", "level", "file", "record", "time", "event_id", "incident_id", "matched")} == {
        "rule_id": "r-1", "rule_title": "A rule", "level": "high", "file": "a.json", "record": 3,
        "time": "2026-03-04T05:06:07.890000Z", "event_id": "e1", "incident_id": "i1", "matched": {"eventName": "GetObject"},
    }  # fmt: skip


@pytest.mark.parametrize(
    "value", ["\ud800", 2**70, -(2**70), {1: "\udfff"}, ["x", {"y": 2**64}], float("nan"), "\x00", b"\xff"]
)
def test_any_value_of_a_record_becomes_valid_json(value: Any) -> None:
    """What an attacker put into a field never breaks the output."""
    line = with_incident(encode(make_finding(matched={"\udc00": value}, file="bad\udcffname")), None)
    assert json.loads(line.decode("utf-8"))["file"] == "bad\\udcffname"
    assert line.count(b"\n") == 1


def test_text_without_surrogates_is_untouched() -> None:
    """Only what is not Unicode is escaped."""
    assert printable("naïve 名") == "naïve 名"
    assert printable("a\ud800") == "a\\ud800"
    assert iso(None) is None


def test_a_line_does_nothing_to_a_terminal() -> None:
    """`--output -` may end on one: what could command it is escaped, and means the same."""
    text = "\x7f\x80\x9b31m\x9f\u2028\u202e\u2066naïve 名\xa0"
    line = encode(make_finding(matched={text: text}))
    assert json.loads(line)["matched"] == {text: text}
    assert not set(line.decode()) & set("\x7f\x80\x9b\x9f\u2028\u202e\u2066")
    assert "naïve 名\xa0".encode() in line
    assert harmless(b'"\xc3\xa9"') == b'"\xc3\xa9"'
