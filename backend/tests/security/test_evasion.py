"""An attacker who shapes what is logged: no record is hidden by another, and each is accounted for."""

import json
import tracemalloc

import pytest

from minixdr.ingest.formats.syslog import decode
from minixdr.ingest.repair import Malformed, parse_json
from tests.unit.ingest.streams import read_bytes

SSHD = b"Failed password for root from 192.0.2.1 port 22 ssh2\n"


@pytest.mark.parametrize(
    ("opening", "closing", "delimiters"),
    [('a"b', 'c"d', "\t,;"), ('"b', 'c"d', "\t,;"), ('"b', '"c"', "\t,;"), ('"b', '"', "\t")],
)
def test_quotes_in_a_table_swallow_no_row(opening: str, closing: str, delimiters: str) -> None:
    """Programs that do not quote write a stranger's quote as it is: rows between two of them stay rows."""
    cells = [["time", "user", "command", "status"], *([str(number), "u", "x", "0"] for number in range(300))]
    cells[6][2], cells[200][2] = opening, closing
    for delimiter in delimiters:
        result = read_bytes("\n".join(delimiter.join(row) for row in cells).encode())
        assert [body["time"] for body in result.bodies] == [str(number) for number in range(300)]


@pytest.mark.parametrize(
    "line",
    [
        b"start end",
        b"2 111122223333 eni-1 - - - - - - - 1700000000 1700000060 - NODATA",
        b"<Event>",
        b"<Event><a/></Event>",
        b"#fields\ta\tb",
        b"#Fields: a b",
        b'{"eventName": "x"}',
        b"2026-03-04T05:06:07Z stdout F x",
        b"\x01\x02" * 3000,
    ],
)
def test_one_line_does_not_make_a_file_another_format(line: bytes) -> None:
    """What the first line looks like may be a stranger's doing; the lines behind it are read as what they are."""
    result = read_bytes(line + b"\n" + SSHD * 10)
    assert result.formats == {"text"}
    assert len(result.records) == 11


def test_text_between_xml_events_is_counted() -> None:
    """What stands between events is no event, but it is not passed over in silence."""
    event = b"<Event><System><EventID>1</EventID></System></Event>"
    good = b'<?xml version="1.0"?><!-- x --><Events>' + event + b"\n<!-- - -- -->\n" + event + b"</Events>\n"
    assert read_bytes(good).issues == []
    result = read_bytes(event + b"\nroot logged in\n" + event + b"\nand out", format_name="windows_xml")
    assert len(result.records) == 2
    assert result.reasons == ["text that belongs to no event"] * 2


def test_events_that_do_not_end_are_not_kept() -> None:
    """Fifty megabytes of beginnings are neither held in memory nor searched again and again; what follows is read."""
    event = b"<Event><System><EventID>1</EventID></System></Event>"
    result = read_bytes(event + b"<Event>" * (50 << 20 >> 3) + event)
    assert len(result.records) >= 1
    assert set(result.reasons) <= {"an event that does not end"} | {r for r in result.reasons if r.startswith("not an")}


def test_an_audit_event_has_an_end() -> None:
    """Lines of one serial number are one event up to a size that a kernel can write; beyond it nothing is gathered."""
    line = b'type=PATH msg=audit(1700000000.1:1): name="' + b"a" * (1 << 20) + b'"\n'
    result = read_bytes(line * 20)
    assert max(map(len, result.raws)) < 6 << 20
    assert sum(raw.count(b"type=PATH") for raw in result.raws) == 20


@pytest.mark.parametrize("agent", ["a\tb", '"a', 'a"', '"', "\u3000", '"a"'])
def test_a_client_cannot_make_its_line_unreadable(agent: str) -> None:
    """Tabs, quotes and other blanks in a request leave its line with as many columns as the header names."""
    lines = f'#Fields: date time c-ip cs-uri-query cs(User-Agent) sc-status\n2026-01-01 00:00:00 192.0.2.1 q="x {agent} 200\n'
    (body,) = read_bytes(lines.encode()).bodies
    assert (body["c-ip"], body["sc-status"], body["cs-uri-query"]) == ("192.0.2.1", "200", 'q="x')


def test_a_wrong_count_hides_no_record() -> None:
    """An octet count that leads over the records behind it is not believed."""
    lines = b"".join(b"<13>1 - h a - - - %d\n" % number for number in range(50))
    result = read_bytes(b"600 <13>1 - h a - - - first\n" + lines)
    assert len(result.records) == 51


def test_text_in_quotes_makes_no_row() -> None:
    """Where a program quotes, rows that a stranger wrote inside a value stay inside it."""
    content = b'time,user,command,status\n1,a,"x,0\n2,root,forged,0\n3,b,",0\n4,c,y,0\n'
    assert [body["time"] for body in read_bytes(content).bodies] == ["1", "4"]


@pytest.mark.parametrize(
    "value", [b"9" * 5000, b"-" + b"9" * 5000, b"[" * 5000 + b"]" * 5000, b'{"a":[' * 700 + b"]}" * 700]
)
def test_no_value_hides_its_record(value: bytes) -> None:
    """Whatever a stranger puts into one field, the fields beside it are read."""
    body = parse_json(b'{"before": "]}", "x": ' + value + b', "eventName": "StopLogging"}')
    assert (body["before"], body["eventName"]) == ("]}", "StopLogging")


def test_a_text_without_end_is_looked_at_once() -> None:
    """A megabyte of escaped quotes costs no more than any other."""
    with pytest.raises(Malformed):
        parse_json(b'{"' + b'\\"' * 500_000)


def test_wrapped_records_are_found_between_others() -> None:
    """Files of different kinds may be put together: what later lines wrap is unwrapped as well."""
    log = json.dumps({"log": json.dumps({"a": 2}) + "\n", "stream": "stdout", "time": "2026-01-01T00:00:00Z"})
    result = read_bytes(f'{{"a": 1}}\n{log}\n{{"records": [{{"a": 3}}, {{"a": 4}}]}}\n'.encode())
    assert [body["a"] for body in result.bodies] == [1, 2, 3, 4]


def test_control_characters_do_not_make_a_log_binary() -> None:
    """A client that sends thousands of them in each line does not keep a file from being read."""
    line = b"Mar  4 05:06:07 web1 sshd[7]: Invalid user " + b"\x01\x02" * 3000 + b" from 203.0.113.9 port 1\n"
    assert len(read_bytes(line * 20).records) == 20


def test_other_events_between_do_not_tear_an_audit_event() -> None:
    """A hundred processes that write at once leave each event whole."""
    kinds = ("SYSCALL", "EXECVE", "CWD", "PATH")
    lines = (f'type={kind} msg=audit(1700000000.1:{serial}): a0="x"' for kind in kinds for serial in range(200))
    result = read_bytes("\n".join(lines).encode())
    assert [len(body["records"]) for body in result.bodies] == [4] * 200


def test_counts_beyond_the_end_cost_their_lines_only() -> None:
    """A million frames that claim ten megabytes each are read at once: what is in memory is not copied for each."""
    assert len(read_bytes(b"9999999 <13>x\n" * 1_000_000).records) == 1_000_000


def test_structured_data_fills_no_memory() -> None:
    """A line of megabytes of parameters takes some times its own size, not a hundred times."""
    line = "<13>1 - h a - - [a" + ' b="c"' * 500_000 + "] x"
    tracemalloc.start()
    body = decode(line)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert body["structured_data"] == {"a": {"b": "c"}}
    assert peak < 5 * len(line)


def test_carriage_returns_make_no_header() -> None:
    """A table whose lines end with CR alone is one line, and counted; it does not vanish as a header."""
    assert len(read_bytes(b"\r".join(b"a%d,b%d" % (row, row) for row in range(9))).records) == 1


def test_a_message_of_several_lines_hides_none_beside_it() -> None:
    """A stranger's line end in one message of a CloudWatch export does not keep others from being read by their own format."""
    sshd = "Mar  4 05:06:07 web1 sshd[7]: Failed password for root from 203.0.113.9 port 1 ssh2"
    texts = [sshd, sshd, "GET /\nx", sshd]
    events = [{"id": str(number), "timestamp": 1, "message": text} for number, text in enumerate(texts)]
    result = read_bytes(json.dumps({"messageType": "DATA_MESSAGE", "logEvents": events}).encode())
    assert [record[2] for record in result.records] == ["syslog", "syslog", "text", "syslog"]
