"""Zeek's TSV: typed as Zeek's JSON."""

from tests.unit.ingest.streams import read_bytes

HEADER = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2026-01-02-03-04-05\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tduration\tlocal_orig\ttunnel_parents\tservice\tnames\n"
    "#types\ttime\tstring\taddr\tport\tinterval\tbool\tset[string]\tstring\tvector[count]\n"
)
ROW = "1700000000.5\tCabc\t192.0.2.7\t4242\t0.25\tT\t(empty)\t-\t1,2\n"


def test_values_have_the_types_of_zeeks_json() -> None:
    """Numbers, booleans and containers are what they say; what is unset is absent."""
    result = read_bytes((HEADER + ROW + "#close\t2026-01-02-03-04-06\n").encode())
    assert result.formats == {"zeek"}
    assert result.bodies == [
        {
            "ts": 1700000000.5,
            "uid": "Cabc",
            "id.orig_h": "192.0.2.7",
            "id.orig_p": 4242,
            "duration": 0.25,
            "local_orig": True,
            "tunnel_parents": [],
            "names": [1, 2],
            "_path": "conn",
        }
    ]


def test_a_header_may_come_again() -> None:
    """Logs that were put together change their columns in the middle."""
    second = "#separator \\x7c\n#path|dns\n#fields|ts|query\n#types|time|string\n1700000001.0|a\\x7cb.example.com\n"
    result = read_bytes((HEADER + ROW + second).encode())
    assert result.bodies[1] == {"ts": 1700000001.0, "query": "a|b.example.com", "_path": "dns"}


def test_a_row_of_another_width_is_malformed() -> None:
    """Columns are not guessed; the rows around it are records."""
    result = read_bytes((HEADER + ROW + "1\t2\n" + ROW).encode())
    assert len(result.records) == 2
    assert [(issue.number, issue.kind) for issue in result.issues] == [(2, "malformed")]
    assert "columns" in result.issues[0].reason


def test_a_value_of_another_type_stays_text() -> None:
    """A number that is none does not cost the record."""
    body = read_bytes((HEADER + ROW.replace("4242", "x")).encode()).bodies[0]
    assert body["id.orig_p"] == "x"
