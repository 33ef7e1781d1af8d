"""OTLP requests in both encodings give the same records."""

import math

import orjson
import pytest
from google.protobuf.json_format import MessageToJson
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import ResourceLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from minixdr.ingest.doors.inflate import TooLargeError
from minixdr.ingest.doors.otlp import BadLogsError, decode_json, decode_protobuf

_texts = st.text(st.characters(codec="utf-8"), max_size=20)
_values = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)


def _put(target, value):
    match value:
        case bool():
            target.bool_value = value
        case int():
            target.int_value = value
        case float():
            target.double_value = value
        case str():
            target.string_value = value
        case list():
            target.array_value.SetInParent()
            for item in value:
                _put(target.array_value.values.add(), item)
        case dict():
            target.kvlist_value.SetInParent()
            for name, item in value.items():
                _put(target.kvlist_value.values.add(key=name).value, item)


@given(
    st.lists(st.tuples(_values, st.dictionaries(_texts, _values, max_size=2), st.integers(0, 2**63)), max_size=4),
    _texts,
)
def test_both_encodings_give_the_same_records(records, host):
    """Bodies of every type, attributes in place of a body, times, the resource's host."""
    request = ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.add(key="host.name").value.string_value = host
    added = resource.scope_logs.add().log_records
    for body, attributes, time in records:
        record = added.add(time_unix_nano=time)
        _put(record.body, body)
        for name, value in attributes.items():
            _put(record.attributes.add(key=name).value, value)
    entries, rejected = decode_protobuf(request.SerializeToString())
    again, rejected_again = decode_json(MessageToJson(request).encode())
    assert list(map(_read, entries.raws)) == list(map(_read, again.raws))
    assert (entries.times, entries.hosts, rejected.count) == (again.times, again.hosts, rejected_again.count)
    assert len(entries.raws) + rejected.count == len(records)


def _read(raw):
    """Return the record; numbers that both encodings say, though not with the same digits, are alike."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw


@given(st.binary(max_size=80))
def test_any_bytes_are_records_or_refused(body):
    """Nothing else is ever raised."""
    for decode in (decode_json, decode_protobuf):
        try:
            decode(body)
        except BadLogsError:
            continue


def test_numbers_that_json_has_not_are_texts():
    """Infinity in a body does not make the record unreadable."""
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.body.kvlist_value.values.add(key="n").value.double_value = math.inf
    assert decode_protobuf(request.SerializeToString())[0].raws == [b'{"n":"inf"}']


@pytest.mark.parametrize("number", ["9" * 30, "x", "1.5", str(2**64)])
def test_an_integer_beyond_64_bits_is_refused(number):
    """It cannot come from an OTLP sender."""
    record = {"timeUnixNano": number, "body": {"stringValue": "x"}}
    with pytest.raises(BadLogsError):
        decode_json(orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}))


def test_fields_of_other_versions_are_passed():
    """Unknown fields of every wire type, at every level, and resources in any order."""
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.body.string_value = "line"
    unknown = b"\x98\x06\x01" + b"\xa1\x06" + bytes(8) + b"\xad\x06" + bytes(4) + b"\xb2\x06\x03abc"
    assert decode_protobuf(request.SerializeToString() + unknown)[0].raws == [b"line"]


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_request_that_is_cut_off_is_refused(cut):
    """At whichever byte within its one message."""
    request = ExportLogsServiceRequest()
    request.resource_logs.add().scope_logs.add().log_records.add().body.string_value = "line"
    body = request.SerializeToString()
    assert cut < len(body)
    with pytest.raises(BadLogsError):
        decode_protobuf(body[:cut])


@pytest.mark.parametrize("field", [b"\x0a\x00", b"\x78\x01", b"\x0a\x02\x12\x00", b"\x0a\x02\x0a\x00"])
def test_fields_beyond_a_bound_are_refused(field):
    """Messages of two bytes compress to nothing, and each of millions takes its time."""
    with pytest.raises(TooLargeError):
        decode_protobuf(field * 3_000_000)


def test_attributes_of_a_resource_are_bounded():
    resource = Resource(attributes=[KeyValue()] * 200_000).SerializeToString()
    request = ExportLogsServiceRequest(
        resource_logs=[ResourceLogs(resource=Resource.FromString(resource)) for _ in range(6)]
    )
    with pytest.raises(TooLargeError):
        decode_protobuf(request.SerializeToString())
