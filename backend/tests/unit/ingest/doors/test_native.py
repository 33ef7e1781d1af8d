"""Native bodies: whatever a file may hold, in parts that the log takes, and never more values than fit."""

import pytest

from minixdr.ingest.doors import entries, native
from minixdr.ingest.doors.bulk import decode as decode_bulk
from minixdr.ingest.doors.hec import decode_events
from minixdr.ingest.doors.inflate import TooLargeError
from minixdr.ingest.doors.native import UnreadableError, decode

MOST = 64 << 20


def test_json_lines_go_through_unparsed():
    """Their bytes stay, and they are cut into parts of 2,000 records at most."""
    body = b"".join(b'{"n": %d}\n' % number for number in range(5_000))
    decoded = decode(body, "x", most_bytes=MOST)
    assert [raw for batch in decoded.batches for raw in batch.raws] == body.splitlines()
    assert {batch.bodies for batch in decoded.batches} == {None}
    assert max(len(batch.raws) for batch in decoded.batches) <= 2_000


def test_columns_come_decoded_in_narrow_batches():
    """However long the header's names are, no batch repeats them without a bound."""
    name = "n" * 500_000
    body = f"{name},b\n".encode() + b"1,2\n" * 100
    decoded = decode(body, "x", format_name="csv", most_bytes=MOST)
    assert decoded.records == 100
    assert [raw for batch in decoded.batches for raw in batch.raws] == [b"1,2"] * 100
    assert max(len(batch.raws) for batch in decoded.batches) <= 8
    assert [batch.first for batch in decoded.batches[:2]] == [1, 9]


def test_too_many_values_are_refused():
    """Half a million columns' values are enough for one request."""
    with pytest.raises(TooLargeError):
        decode(b"a,b,c\n" + b"1,2,3\n" * 400_000, "x", format_name="csv", most_bytes=MOST)


def test_growth_is_told():
    """What is decoded counts beside the body."""
    grown = []
    decode(b"a,b\n1,2\n3,4\n", "x", format_name="csv", most_bytes=MOST, grow=grown.append)
    assert sum(grown) >= 4 * 100


def test_what_holds_no_record_says_why():
    """An image, a format that does not exist."""
    with pytest.raises(UnreadableError, match="image"):
        decode(b"\x89PNG\r\n\x1a\n\x00\x00", "x", most_bytes=MOST)
    with pytest.raises(KeyError):
        decode(b"{}", "x", format_name="docx", most_bytes=MOST)


def test_the_number_of_records_is_bounded():
    """Small records weigh a hundred times their size; their number ends a request, whatever stands between them."""
    many = entries.MOST_RECORDS + 1
    with pytest.raises(TooLargeError):
        decode_events(b'{"event":1}' * many)
    with pytest.raises(TooLargeError):
        decode_events(b'{"event":1},' * many)
    with pytest.raises(TooLargeError):
        decode_bulk(b'{"index":{}}\n{}\n' * many, "x")
    with pytest.raises(TooLargeError):
        decode(b"{}\n" * (native._MOST_RECORDS + 1), "x", most_bytes=MOST)
