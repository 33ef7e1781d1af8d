"""JSON in all the ways in which records are put into files."""

import io
import json
from typing import Any

import pytest

from minixdr.ingest.lines import LONGEST_RECORD_BYTES
from minixdr.ingest.reading import read
from tests.unit.ingest.streams import collect, read_bytes

RECORDS: list[dict[str, Any]] = [
    {"eventVersion": "1.08", "eventName": "GetObject", "list": [{"eventVersion": "x"}, [1, {"a": "]}"}]], "n": number}
    for number in range(3)
] + [{"eventVersion": "1.08", "text": 'a "quoted" {brace} [bracket] \\ \n ü 漢'}]
COMPACT = [json.dumps(record, ensure_ascii=False).encode() for record in RECORDS]


def _pretty(value: object) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"\n".join(COMPACT),
        b"\n".join(COMPACT) + b"\n",
        b"\r\n".join(COMPACT) + b"\r\n",
        b"\n\n \n".join(COMPACT),
        b"\xef\xbb\xbf" + b"\n".join(COMPACT),
        b"\n".join(COMPACT) + b"\x00\x00\x00",
        b"\x1e" + b"\n\x1e".join(COMPACT),
        b"  " + b"\n  ".join(COMPACT),
        "\n".join(part.decode() for part in COMPACT).encode("utf-16"),
        "\n".join(part.decode() for part in COMPACT).encode("utf-16-le"),
        b"".join(COMPACT),
        b"[" + b",".join(COMPACT) + b"]",
        b"[\n" + b",\n".join(COMPACT) + b"\n]\n",
        _pretty(RECORDS),
        b"\n".join(_pretty(record) for record in RECORDS),
        b'{"Records":[' + b",".join(COMPACT) + b"]}",
        _pretty({"Records": RECORDS}),
        b'{"Records":[' + b",".join(COMPACT[:2]) + b']}\n{"Records":[' + b",".join(COMPACT[2:]) + b"]}\n",
        COMPACT[0] + b'\n{"Records":[' + b",".join(COMPACT[1:]) + b"]}\n",
        COMPACT[0] + b"\n[" + b",".join(COMPACT[1:]) + b"]\n",
        COMPACT[0] + b"\n" + b"\n".join(_pretty(record) for record in RECORDS[1:]),
        b'{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[' + b",".join(COMPACT) + b"]}",
        b'{"value":[' + b",".join(COMPACT) + b'],"@odata.nextLink":"https://192.0.2.1/next"}',
        b'{"took":3,"hits":{"total":{"value":4},"hits":[' + b",".join(COMPACT) + b"]}}",
    ],
)
def test_every_way_to_write_records_gives_the_same_records(content: bytes) -> None:
    """Whatever stands around records, the records are what was written."""
    result = read_bytes(content)
    assert result.bodies == RECORDS
    assert result.issues == []
    assert result.formats == {"json"}


def test_lines_are_handed_on_unparsed_and_untouched() -> None:
    """The raw record is the exact bytes; blanks inside stay."""
    lines = [b'{"a" :  1}', b'{ "b": 1.50 , "c":"\\u00fc"}']
    assert read_bytes(b"\n".join(lines) + b"\n").raws == lines


def test_elements_of_arrays_keep_their_bytes() -> None:
    """The raw record of an element is the exact bytes of its object, whatever way was taken to find it."""
    elements = [b'{"k" : %d, "x": [ {"k" : 1} ] }' % number for number in range(5000)]
    assert read_bytes(b"[ " + b" ,\n".join(elements) + b" ]").raws == elements
    assert read_bytes(b'{"Records" : [ ' + b" , ".join(elements) + b' ], "more": {"a": []}}').raws == elements


def test_a_line_that_is_no_json_does_not_stop_the_others() -> None:
    """A broken line is handed on (its parser reports it) and its neighbors are records."""
    result = read_bytes(b'{"a":1}\n{"a": tru\nnothing\n{"a":2}\n')
    assert result.bodies == [{"a": 1}, None, None, {"a": 2}]


def test_a_line_that_is_too_long_is_malformed_and_bounded() -> None:
    """A line of 20 MB is one malformed record with its position; the next line is read."""
    content = b'{"a":1}\n{"a":"' + b"x" * (LONGEST_RECORD_BYTES + 1_000_000) + b'"}\n{"a":2}\n'
    result = read_bytes(content)
    assert result.bodies == [{"a": 1}, {"a": 2}]
    assert [(issue.kind, issue.number, issue.offset_bytes) for issue in result.issues] == [("malformed", 2, 8)]


def test_an_element_that_is_too_long_is_malformed_and_bounded() -> None:
    """An object of 20 MB in an array is one malformed record; the elements around it are records."""
    long = b'{"a":"' + b"x}{" * (LONGEST_RECORD_BYTES // 3 + 300_000) + b'"}'
    result = read_bytes(b'[{"a":1},' + long + b',{"a":2}]')
    assert result.bodies == [{"a": 1}, {"a": 2}]
    assert [(issue.kind, issue.number) for issue in result.issues] == [("malformed", 2)]


def test_elements_that_are_no_objects_are_malformed() -> None:
    """Every element has its number, and those that are no records say so."""
    result = read_bytes(b'[{"a":1},2,"x",null,[{"b":1}],{"a":2}]')
    assert result.bodies == [{"a": 1}, {"a": 2}]
    assert [issue.number for issue in result.issues] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    "content", [b'[{"a":1},{"a":2}', b'{"Records":[{"a":1},{"a":2}', b'{"Records":[{"a":1},{"a":2},']
)
def test_an_array_that_is_cut_off_keeps_what_came_before(content: bytes) -> None:
    """What was complete is read, and the end is said to be missing."""
    result = read_bytes(content)
    assert result.bodies == [{"a": 1}, {"a": 2}]
    assert any("cut off" in reason or "does not end" in reason for reason in result.reasons)


def test_a_missing_quote_costs_one_record() -> None:
    """In pretty-printed objects, one that is broken does not swallow those behind it."""
    result = read_bytes(b'{\n  "a": 1\n}\n{\n  "a": "never closed,\n  "b": {\n}\n{\n  "a": 3\n}\n')
    assert {"a": 1} in result.bodies
    assert {"a": 3} in result.bodies


def test_lists_inside_records_are_not_unpacked() -> None:
    """A record that has a list of objects of a wrapper's name stays one record."""
    activity = {"kind": "admin#reports#activity", "actor": {"email": "a@example.com"}, "events": [{"name": "login"}]}
    assert read_bytes(json.dumps(activity).encode()).bodies == [activity]
    assert read_bytes(json.dumps([activity]).encode()).bodies == [activity]
    assert read_bytes(json.dumps({"items": [activity], "kind": "admin#reports#activities"}).encode()).bodies == [
        activity
    ]


def test_cloudwatch_messages_are_read_by_their_own_format() -> None:
    """What CloudWatch Logs wrapped comes out as it went in: JSON as JSON, flow logs as flow logs, text as text."""
    flow = "2 111122223333 eni-0a1b2c3d 192.0.2.7 198.51.100.9 40000 443 6 10 840 1700000000 1700000060 ACCEPT OK"
    audit = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "verb": "get", "user": {"username": "ü"}}
    payload = {
        "messageType": "DATA_MESSAGE",
        "owner": "111122223333",
        "logGroup": "g",
        "logStream": "s",
        "subscriptionFilters": ["f"],
        "logEvents": [
            {"id": "1", "timestamp": 1700000000000, "message": json.dumps(audit)},
            {"id": "2", "timestamp": 1700000000000, "message": flow},
            {"id": "3", "timestamp": 1700000000000, "message": flow.replace("ACCEPT", "REJECT")},
            {"id": "4", "timestamp": 1700000000000, "message": json.dumps(audit)},
            {"id": "5", "timestamp": 1700000000000, "message": "first line\n  second line"},
        ],
    }
    for content in (
        json.dumps(payload).encode(),
        json.dumps(payload, indent=1).encode(),
        json.dumps(payload).encode() * 2,
    ):
        result = read_bytes(content)
        assert [record[2] for record in result.records[:5]] == ["json", "vpcflow", "vpcflow", "json", "text"]
        assert [record[1] for record in result.records[:5]] == [1, 2, 3, 4, 5]
        assert result.bodies[0] == audit
        assert result.bodies[1]["srcaddr"] == "192.0.2.7"
        assert result.raws[1] == flow.encode()
        assert result.bodies[4] == {"message": "first line\n  second line"}
        assert result.issues == []


def test_a_control_message_of_cloudwatch_is_a_record() -> None:
    """A wrapper without records does not vanish silently where it says something else."""
    control = {
        "messageType": "CONTROL_MESSAGE",
        "owner": "CloudwatchLogs",
        "logEvents": [{"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE: Checking health"}],
    }
    assert read_bytes(json.dumps(control).encode()).bodies == [{"message": "CWL CONTROL MESSAGE: Checking health"}]


def test_what_lookup_events_returns_is_cloudtrail() -> None:
    """`aws cloudtrail lookup-events` holds each event as a JSON text."""
    event = {"eventVersion": "1.08", "eventName": "ConsoleLogin", "userAgent": "ü"}
    answer = {
        "Events": [{"EventId": "1", "EventName": "ConsoleLogin", "CloudTrailEvent": json.dumps(event)}],
        "NextToken": "x",
    }
    assert read_bytes(json.dumps(answer, indent=4).encode()).bodies == [event]


def test_elasticsearch_and_splunk_and_docker_envelopes_are_opened() -> None:
    """Exports of other systems give the record that was put into them."""
    record = {"EventID": 1, "Channel": "ü"}
    dump = [{"_index": "i", "_id": str(n), "_score": 1, "_source": record} for n in range(3)]
    lines = "\n".join(json.dumps(hit, ensure_ascii=False) for hit in dump).encode()
    assert read_bytes(lines).bodies == [record] * 3
    assert read_bytes(json.dumps({"took": 1, "hits": {"total": 3, "hits": dump}}).encode()).bodies == [record] * 3
    splunk = json.dumps({"preview": False, "offset": 0, "result": record}).encode()
    assert read_bytes(splunk + b"\n" + splunk).bodies == [record] * 2
    docker = json.dumps({"log": json.dumps(record) + "\n", "stream": "stdout", "time": "2026-01-01T00:00:00Z"}).encode()
    assert read_bytes(docker + b"\n" + docker + b"\n").bodies == [record] * 2


def test_an_array_larger_than_memory_streams() -> None:
    """A wrapper of any size is read in bounded memory: 60 MB come in blocks and no batch is large."""

    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            super().__init__()
            self.left = 60
            self.element = b'{"eventVersion":"1.08","pad":"' + b"x" * 2000 + b'"},'
            self.block = self.element * 500
            self.started = False

        def read(self, size: int = -1, /) -> bytes:
            if not self.started:
                self.started = True
                return b'{"Records":['
            self.left -= 1
            if self.left > 0:
                return self.block
            return b'{"last":1}]}' if self.left == 0 else b""

    result_count = 0
    for item in read(Endless(), "big"):  # type: ignore[arg-type]
        assert item.__class__.__name__ == "Batch"
        assert sum(len(raw) for raw in item.raws) < 3_000_000  # type: ignore[union-attr]
        result_count += len(item.raws)  # type: ignore[union-attr]
    assert result_count == 59 * 500 + 1


def test_a_chosen_format_is_not_questioned() -> None:
    """`--format json` reads JSON where recognition would see text."""
    result = collect(io.BytesIO(b'garbage\n{"a":1}\n'), format_name="json")
    assert {"a": 1} in result.bodies
