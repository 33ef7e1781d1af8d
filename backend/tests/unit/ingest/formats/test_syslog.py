"""Syslog: headers as they are written, and what a sender cannot change."""

from typing import Any

import pytest

from tests.unit.ingest.streams import read_bytes


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "Nov  3 04:05:06 web-1 sshd[4711]: Accepted publickey for alice from 192.0.2.7 port 4242 ssh2",
            {
                "timestamp": "Nov  3 04:05:06",
                "hostname": "web-1",
                "program": "sshd",
                "pid": "4711",
                "message": "Accepted publickey for alice from 192.0.2.7 port 4242 ssh2",
            },
        ),
        (
            "<86>Nov  3 04:05:06 web-1 sudo:    alice : TTY=pts/0",
            {
                "timestamp": "Nov  3 04:05:06",
                "hostname": "web-1",
                "program": "sudo",
                "message": "   alice : TTY=pts/0",
                "priority": 86,
                "facility": 10,
                "severity": 6,
            },
        ),
        (
            "2026-01-02T03:04:05.678901+01:00 web-1 CRON[12]: (root) CMD (true)",
            {
                "timestamp": "2026-01-02T03:04:05.678901+01:00",
                "hostname": "web-1",
                "program": "CRON",
                "pid": "12",
                "message": "(root) CMD (true)",
            },
        ),
        (
            "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure; rhost=192.0.2.9",
            {
                "timestamp": "Jun 14 15:16:01",
                "hostname": "combo",
                "program": "sshd(pam_unix)",
                "pid": "19939",
                "message": "authentication failure; rhost=192.0.2.9",
            },
        ),
        (
            "Nov  3 04:05:06 web-1 kernel: [  12.5] x: y",
            {"timestamp": "Nov  3 04:05:06", "hostname": "web-1", "program": "kernel", "message": "[  12.5] x: y"},
        ),
        (
            "<38>Nov  3 04:05:06 sshd[9]: without a host",
            {
                "timestamp": "Nov  3 04:05:06",
                "program": "sshd",
                "pid": "9",
                "message": "without a host",
                "priority": 38,
                "facility": 4,
                "severity": 6,
            },
        ),
        (
            "Nov  3 04:05:06 192.0.2.1 CEF:0|Vendor|Product|1|100|Name|5|src=192.0.2.7",
            {
                "timestamp": "Nov  3 04:05:06",
                "hostname": "192.0.2.1",
                "message": "CEF:0|Vendor|Product|1|100|Name|5|src=192.0.2.7",
            },
        ),
        (
            '<165>1 2026-01-02T03:04:05.003Z host.example.com app 77 ID47 [id@32473 a="1" b="q\\"u\\]o\\\\te"][two@1] \ufeffTëxt',
            {
                "timestamp": "2026-01-02T03:04:05.003Z",
                "hostname": "host.example.com",
                "program": "app",
                "pid": "77",
                "msgid": "ID47",
                "structured_data": {"id@32473": {"a": "1", "b": 'q"u]o\\te'}, "two@1": {}},
                "message": "Tëxt",
                "priority": 165,
                "facility": 20,
                "severity": 5,
            },
        ),
        (
            "<34>1 - - - - - - su root failed",
            {"message": "su root failed", "priority": 34, "facility": 4, "severity": 2},
        ),
        ("<999>1 - host app - - - text", {"hostname": "host", "program": "app", "message": "text"}),
    ],
)
def test_headers_are_read_as_written(line: str, expected: dict[str, Any]) -> None:
    """Each field of a header is found, the time stays as it was written, the message stays whole."""
    result = read_bytes(f"{line}\n{line}\n".encode(), format_name="syslog")
    assert result.bodies == [expected, expected]
    assert result.raws == [line.encode()] * 2


@pytest.mark.parametrize(
    "lines",
    [
        ["Nov  3 04:05:06 web-1 sshd[1]: x", "Nov  3 04:05:07 web-1 sshd[1]: y"],
        ["<13>1 2026-01-02T03:04:05Z h a - - - x"],
        ["2026-01-02T03:04:05+00:00 h app[1]: x"],
        ["-- Logs begin at Mon 2026-01-05 --", "Nov  3 04:05:06 h a[1]: x", "Nov  3 04:05:06 h a[1]: y"],
    ],
)
def test_syslog_is_recognized(lines: list[str]) -> None:
    """Files of syslog lines are told by their lines."""
    assert read_bytes("\n".join(lines).encode()).formats == {"syslog"}


@pytest.mark.parametrize(
    "line",
    [
        "2026-01-02T03:04:05Z INFO: started",
        "2026-01-02T03:04:05Z [AUTH] WARN: Incorrect password. IP=192.0.2.1",
        '192.0.2.7 - - [02/Jan/2026:03:04:05 +0000] "GET / HTTP/1.1" 200 5',
        "2026-01-02 03:04:05,123 WARN something: happened",
    ],
)
def test_other_lines_with_times_are_text(line: str) -> None:
    """A program's own log is no syslog: no host or program is made up."""
    assert read_bytes((line + "\n").encode() * 3).formats == {"text"}


def test_a_message_cannot_change_the_header() -> None:
    """What a sender writes behind the header stays in the message."""
    forged = "Nov  3 04:05:06 web-1 app[7]: x: <86>Nov  3 00:00:00 victim sshd[1]: Accepted password for root"
    body = read_bytes(forged.encode()).bodies[0]
    assert (body["hostname"], body["program"], body["pid"]) == ("web-1", "app", "7")
    assert body["message"].endswith("Accepted password for root")


def test_a_line_without_a_header_is_a_record_of_its_own() -> None:
    """Continuation lines are kept apart: joined to nothing, they lend nobody a header."""
    result = read_bytes(b"Nov  3 04:05:06 h app[1]: Traceback\n  File x\nNov  3 04:05:07 h app[1]: y\n")
    assert result.bodies[1] == {"message": "  File x"}
    assert len(result.records) == 3


def test_octet_counted_frames_are_records() -> None:
    """RFC 6587: the count says where a record ends, whatever is in it."""
    frames = ["<13>1 - h a - - - one\ntwo", "<13>1 - h a - - - 12 <13>three"]
    content = "".join(f"{len(frame.encode())} {frame}" for frame in frames).encode()
    result = read_bytes(content)
    assert [body["message"] for body in result.bodies] == ["one\ntwo", "12 <13>three"]


def test_a_wrong_count_does_not_swallow_the_file() -> None:
    """A frame that claims more than there is ends with its line."""
    result = read_bytes(b"9999999 <13>1 - h a - - - one\n<13>1 - h a - - - two\n")
    assert len(result.records) == 2
