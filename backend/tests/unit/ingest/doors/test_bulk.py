"""Bulk bodies: which documents are texts, which are records as sent, and which items are refused."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minixdr.ingest.doors.bulk import BadBulkError, decode

ACTION = b'{"index":{"_index":"logs"}}\n'


def _one(document):
    entries, (item,) = decode(ACTION + document + b"\n", None)
    assert item.reason is None
    return entries


@pytest.mark.parametrize(
    "more",
    [
        {
            "@timestamp": "2026-01-01T00:00:00Z",
            "host": {"name": "web"},
            "agent": {"type": "filebeat"},
            "ecs": {},
            "log": {"offset": 1},
        },
        {"@timestamp": "2026-01-01T00:00:00Z", "host": "web", "event": {"original": "line"}},
        {"timereported": "2026-01-01T00:00:00Z", "fromhost": "web", "facility": "auth", "priority": "info"},
    ],
)
def test_a_carried_line_is_the_record(more):
    """Filebeat's, Logstash's and rsyslog's documents give the text that they carry, time and host beside it."""
    entries = _one(json.dumps({"message": "line", **more}).encode())
    assert (entries.raws, entries.times, entries.hosts) == ([b"line"], [1767225600.0], ["web"])


@pytest.mark.parametrize(
    "document",
    [
        b'{"message": "x", "winlog": {"event_id": 1}, "@timestamp": "2026-01-01T00:00:00Z"}',
        b'{"message":"x","event":{"dataset":"system.auth"},"process":{"name":"sshd"}}',
        b'{"eventVersion":"1.08"}',
        b'{"message":5}',
        b'{"message":" "}',
    ],
)
def test_other_documents_are_records_as_they_were_sent(document):
    """Not a byte is changed."""
    assert _one(document).raws == [document]


@given(st.lists(st.sampled_from(["index", "create", "update", "delete"]), min_size=1, max_size=8))
def test_items_answer_in_the_order_of_the_request(operations):
    """`delete` has no document; `update` and `delete` are refused, the others taken."""
    body = b""
    for number, operation in enumerate(operations):
        body += orjson.dumps({operation: {"_index": "logs", "_id": str(number)}}) + b"\n"
        body += b'{"n":%d}\n' % number if operation != "delete" else b""
    entries, items = decode(body, None)
    assert [item.operation for item in items] == operations
    assert [item.reason is None for item in items] == [operation in ("index", "create") for operation in operations]
    assert entries.raws == [
        b'{"n":%d}' % n for n, operation in enumerate(operations) if operation in ("index", "create")
    ]


@given(st.binary(max_size=80), st.sampled_from([b"", ACTION, ACTION + b"{}\n"]))
def test_any_bytes_are_items_or_refused(body, before):
    """Each item that is not refused has its record."""
    try:
        entries, items = decode(before + body, "logs")
    except BadBulkError:
        return
    assert len(entries.raws) == sum(item.reason is None for item in items)
