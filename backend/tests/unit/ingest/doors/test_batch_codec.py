"""`minixdr ingest` and the native door mean the same by the same bytes, and nothing else is taken."""

from datetime import UTC, datetime

import msgspec
import pytest

from minixdr.ingest.doors import batch_codec
from minixdr.ingest.doors.batch_codec import BadBatch, decode, encode, pieces
from minixdr.ingest.doors.entries import LONGEST_RECORD_BYTES
from minixdr.schema.record import Batch

FLOW = Batch(
    file="flows.gz!x.log",
    format="vpcflow",
    first=7,
    raws=[b"2 123 eni-1", b"2 456 \xff"],
    bodies=[{"version": "2"}, {"version": "2", "n": 2**64 - 1}],
    source="aws_vpcflow",
    reference_at=datetime(2026, 1, 2, tzinfo=UTC),
)


def test_a_batch_survives_the_way():
    """What was read on one machine is read on the other."""
    assert decode(encode(FLOW)) == FLOW


def test_json_needs_no_bodies():
    """Raw JSON is not sent twice."""
    batch = Batch("a.json", "json", 1, [b'{"a":1}'], [{"a": 1}])
    (piece,) = pieces(batch)
    assert piece.bodies is None
    assert decode(encode(piece)) == piece


def test_pieces_are_bounded_and_keep_their_numbers():
    """No part is larger than the bound, unless one record is; numbers go on."""
    raws = [b"x" * 100_000] * 5 + [b"y" * 1_000_000] + [b"z"] * 4_500
    parts = list(pieces(Batch("f", "text", 11, raws, [{"message": str(n)} for n in range(len(raws))])))
    assert [raw for part in parts for raw in part.raws] == raws
    assert [body["message"] for part in parts for body in part.bodies or ()] == [str(n) for n in range(len(raws))]
    assert [part.first for part in parts] == [11, 13, 15, 16, 17, 2017, 4017]
    assert all(len(part.raws) == 1 or sum(map(len, part.raws)) <= batch_codec.PIECE_BYTES for part in parts)


def _fields(**changes):
    good = {"origin": "f", "first": 1, "raws": [b"a"], "format": "text", "bodies": b'[{"message":"a"}]'}
    return msgspec.msgpack.encode({**good, **changes})


def test_any_name_can_be_sent():
    """Names of files and of archive members hold what bytes they like."""
    (piece,) = pieces(Batch("x" * 5_000 + "\udcff\x00", "json", 1, [b"{}"]))
    assert decode(encode(piece)).file == "x" * 4_089 + "\\udcff\ufffd"


def test_a_record_that_no_log_takes_is_said():
    """It is counted, and those beside it go on."""
    raws = [b"a", b"x" * (LONGEST_RECORD_BYTES + 1), b"b"]
    first, issue, last = pieces(Batch("f", "text", 5, raws, [{"message": str(n)} for n in range(3)]))
    assert (first.raws, first.first, last.raws, last.first, last.bodies) == ([b"a"], 5, [b"b"], 7, [{"message": "2"}])
    assert (issue.kind, issue.number) == ("malformed", 6)
    assert "MiB" in issue.reason


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a batch"),
        (b"\xc1", "not a batch"),
        (b'{"origin":"f"}', "not a batch"),
        (encode(FLOW)[:-1], "not a batch"),
        (encode(FLOW) + b"\x00", "not a batch"),
        (b"\x91" * 5_000, "not a batch"),
        (b"\xdd\xff\xff\xff\xff", "not a batch"),
        (_fields(origin=b"\xff"), "not a batch"),
        (_fields(other=1), "not a batch"),
        (_fields(raws=[1]), "not a batch"),
        (_fields(first=2**64 - 1), "first"),
        (_fields(first=0), "first"),
        (_fields(version=2), "version"),
        (_fields(raws=[], bodies=b"[]"), "raws is empty"),
        (_fields(raws=[b""]), "empty"),
        (_fields(raws=[b"x" * (LONGEST_RECORD_BYTES + 1)]), "longer"),
        (_fields(origin=""), "origin"),
        (_fields(origin="a\x00b"), "origin"),
        (_fields(origin="x" * 5_000), "origin"),
        (_fields(format="../../etc/passwd"), "format"),
        (_fields(bodies=None), "bodies is absent"),
        (_fields(format="json"), "bodies is given"),
        (_fields(bodies=b"[]"), "0 bodies for 1 raws"),
        (_fields(bodies=b"[1]"), "bodies"),
        (_fields(bodies=b'[{"a":NaN}]'), "bodies"),
        (_fields(bodies=b'[{"a":18446744073709551616}]'), "bodies"),
        (_fields(bodies=b'[{"a":"\\ud800"}]'), "bodies"),
        (_fields(bodies=b'[{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}]"), "bodies"),
        (_fields(reference_at="2026-01-02T03:04:05"), "reference_at"),
    ],
)
def test_what_is_no_batch_is_refused(content, says):
    """Hostile bytes get a reason."""
    with pytest.raises(BadBatch, match=says):
        decode(content)


def test_a_body_that_cannot_be_said_is_refused_by_the_sender():
    """A lone surrogate has no UTF-8."""
    with pytest.raises(BadBatch, match="cannot be sent"):
        encode(Batch("f", "text", 1, [b"a"], [{"message": "\ud800"}]))
