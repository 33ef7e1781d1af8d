"""What a scan keeps on the disk between its passes."""

import json
from typing import Any

import pytest

from minixdr.app.scan.frames import (
    decode_observation,
    detail_of_frame,
    encode_found,
    encode_observation,
    issue_line,
    key_of_frame,
)
from minixdr.schema.event import Entity
from minixdr.schema.record import Issue
from tests.unit.app.scan.scans import make_event, make_finding, make_observation


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": [value]}
    return value


HOSTILE = ["\ud800", 2**70, {"\udfff": ["\udc00"]}, _nested(300), float("nan"), "\x1b[31m\n"]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_a_finding_survives_whatever_its_record_held(value: Any) -> None:
    """Lone surrogates, huge integers and deep nesting in matched fields, events, entities and file names come back as something that can be shown."""
    text = value if isinstance(value, str) else str(value)[:50] + "\ud800"
    event = make_event(raw=b'{"a":"\xff"}', actor__user__name=value, unmapped=value)
    finding = make_finding(
        matched={"\ud800": value}, event=event, entities=(Entity("user", text, "actor"),), file="bad\udcffname"
    )
    frame = encode_found(finding, with_event=True)
    detail, key = detail_of_frame(frame), key_of_frame(frame)
    assert json.loads(detail.line)["finding_id"] == finding.finding_id
    assert detail.event is not None
    assert detail.event.doubts == [("src_endpoint.ip", "forged")]
    assert key.file == "bad\\udcffname"
    assert key.entities[0].value.isprintable() or "\x1b" in text


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_an_observation_survives_whatever_its_record_held(value: Any) -> None:
    """A correlation rule sees a record with a lone surrogate in a user's name, and those of a file whose name is no Unicode."""
    observation = make_observation(
        fields={"user": value}, file="bad\udcff.json", entities=(Entity("user", "b\ud800", "actor"),)
    )
    seen = decode_observation(encode_observation(observation))
    assert (seen.event_id, seen.time, seen.record) == (observation.event_id, observation.time, observation.record)
    assert (seen.file, seen.entities[0].value) == ("bad\\udcff.json", "b\\ud800")


def test_an_ordinary_frame_is_unchanged() -> None:
    """What is Unicode comes back as it was; without a report no event is kept."""
    detail = detail_of_frame(encode_found(make_finding(event=make_event()), with_event=False))
    assert detail.event is None
    assert json.loads(detail.line)["matched"] == {"eventName": "GetObject"}
    assert decode_observation(encode_observation(make_observation())) == make_observation()


def test_a_long_record_is_cut_for_the_report_only() -> None:
    """A record of megabytes does not make a report that no browser opens."""
    detail = detail_of_frame(encode_found(make_finding(event=make_event(raw=b"x" * 1_000_000)), with_event=True))
    assert detail.event is not None
    assert len(detail.event.raw) < 21_000
    assert detail.event.raw.endswith("(1,000,000 bytes)")


def test_an_issue_is_one_line() -> None:
    """Whatever stands in a name or a reason."""
    line = issue_line(Issue("a\n\udcff", 3, None, "malformed", "b\n\ud800", 5))
    assert line.count(b"\n") == 1
    assert json.loads(line) == {"kind": "malformed", "file": "a\n\\udcff", "record": 3, "last_record": 5, "reason": "b\n\\ud800"}  # fmt: skip
