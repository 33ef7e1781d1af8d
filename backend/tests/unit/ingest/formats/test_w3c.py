"""The W3C extended log file format."""

from tests.unit.ingest.streams import read_bytes

_HEADER = "#Software: Server 1\n#Version: 1.0\n#Fields: date time c-ip cs-method cs(User-Agent)\n"
_ROW = "2026-03-02 08:15:30 203.0.113.9 GET curl/8+x\n"


def test_columns_have_the_headers_names() -> None:
    """Every column by its name; `-` is absent."""
    result = read_bytes((_HEADER + _ROW + _ROW.replace("curl/8+x", "-")).encode())
    assert result.formats == {"w3c"}
    assert result.bodies[0] == {
        "date": "2026-03-02",
        "time": "08:15:30",
        "c-ip": "203.0.113.9",
        "cs-method": "GET",
        "cs(User-Agent)": "curl/8+x",
        "_software": "Server 1",
    }
    assert "cs(User-Agent)" not in result.bodies[1]


def test_tabs_and_quotes_part_columns() -> None:
    """CloudFront parts with tabs; proxies put columns with blanks in quotes."""
    tabs = _ROW.replace(" ", "\t").replace("curl/8+x", "a b")
    quoted = _ROW.replace("curl/8+x", '"a ""b"" c"')
    result = read_bytes((_HEADER + tabs + quoted).encode())
    assert [body["cs(User-Agent)"] for body in result.bodies] == ["a b", 'a "b" c']


def test_a_header_may_come_again() -> None:
    """A server that was set otherwise writes a new header into the same file."""
    result = read_bytes((_HEADER + _ROW + "#Fields: date c-ip\n2026-03-02 192.0.2.1\n").encode())
    assert result.bodies[1] == {"date": "2026-03-02", "c-ip": "192.0.2.1", "_software": "Server 1"}


def test_a_row_of_another_width_is_malformed() -> None:
    """Columns are not guessed; the rows around it are records."""
    result = read_bytes((_HEADER + _ROW + "2026-03-02 08:15:30\n" + _ROW).encode())
    assert len(result.records) == 2
    assert [(issue.number, issue.kind) for issue in result.issues] == [(2, "malformed")]
