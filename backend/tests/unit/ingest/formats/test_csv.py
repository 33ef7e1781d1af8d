"""Delimited text: header, delimiter, quotes and rows as programs write them."""

import pytest

from tests.unit.ingest.streams import read_bytes


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    """The delimiter that makes a table of the first lines is the file's."""
    rows = [["Time", "Event ID", "Message"], ["2026-01-02", "4625", "a: b"], ["2026-01-03", "4624", "c"]]
    result = read_bytes("\r\n".join(delimiter.join(row) for row in rows).encode())
    assert result.formats == {"csv"}
    assert result.bodies == [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_quoted_values_may_hold_anything() -> None:
    """Delimiters, quotes and line ends within quotes belong to the value; the raw record is all its lines."""
    content = b'"a","b"\n"1","x, ""y""\nz"\n"2","w"\n'
    result = read_bytes(content)
    assert result.bodies == [{"a": "1", "b": 'x, "y"\nz'}, {"a": "2", "b": "w"}]
    assert result.raws[0] == b'"1","x, ""y""\nz"'


def test_names_are_made_unique() -> None:
    """A column without a name, or with one that another has, keeps its values."""
    result = read_bytes(b"a,a,,b\n1,2,3,4\n5,6,7,8\n")
    assert result.bodies[0] == {"a": "1", "a_2": "2", "column_3": "3", "b": "4"}


def test_rows_of_other_widths_are_kept() -> None:
    """What is too much is kept apart; what is missing is absent."""
    result = read_bytes(b"a,b,c\n1,2,3\n1,2,3,4,5\n1\n1,2,3\n4,5,6\n7,8,9\n1,2,3\n")
    assert result.bodies[1] == {"a": "1", "b": "2", "c": "3", "_extra": ["4", "5"]}
    assert result.bodies[2] == {"a": "1"}


def test_export_csv_of_powershell() -> None:
    """The type line of Windows PowerShell is no header; UTF-16 is read."""
    content = (
        '#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord\r\n"Message","Id"\r\n"Hi","4624"\r\n"Ho","4625"\r\n'
    )
    result = read_bytes(content.encode("utf-16"))
    assert result.bodies == [{"Message": "Hi", "Id": "4624"}, {"Message": "Ho", "Id": "4625"}]


def test_a_quote_that_never_ends_costs_no_other_row() -> None:
    """A stray quote does not swallow the rest of a file."""
    rows = b"".join(b"%d,x\n" % number for number in range(3000))
    result = read_bytes(b"a,b\n0,y\n" + b'1,"never\n' + rows, format_name="csv")
    assert len(result.records) == 3002
    assert result.bodies[0] == {"a": "0", "b": "y"}


@pytest.mark.parametrize(
    "content",
    [
        b"[ERROR|auth|L83] 2026-01-02T03:04:05: x\n" * 4,
        b"I, [2026-01-02T03:04:05.678 #1]  INFO -- : x\n" * 4,
        b"0,tcp,http,SF,181\n0,tcp,http,SF,239\n",
        b"Dear reader, this is a text, with commas\nand, another, line\n",
    ],
)
def test_lines_with_delimiters_are_no_table(content: bytes) -> None:
    """Without a header there are no columns."""
    assert read_bytes(content).formats == {"text"}
