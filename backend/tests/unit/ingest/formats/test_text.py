"""Text: every line that is not blank is a record."""

from tests.unit.ingest.streams import read_bytes


def test_lines_are_records() -> None:
    """Line ends are not part of a record; blank lines are none; bad bytes are replaced in the body only."""
    result = read_bytes(b"one\r\n\r\n  \ntwo \xff\n\x00\x00three")
    assert result.bodies == [{"message": "one"}, {"message": "two \ufffd"}, {"message": "three"}]
    assert result.raws == [b"one", b"two \xff", b"three"]
