"""CloudWatch Logs exports: a time before each message."""

import json

from tests.unit.ingest.streams import read_bytes

_TIME = "2026-03-02T08:15:30.000Z "
_AUDIT = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "verb": "get"}
_FLOW = "2 111122223333 eni-0a1b2c3d 192.0.2.7 198.51.100.9 40000 443 6 10 840 1700000000 1700000060 ACCEPT OK"


def test_json_messages_are_records() -> None:
    """An exported audit log is read as the audit log."""
    text = "".join(_TIME + json.dumps({**_AUDIT, "auditID": str(number)}) + "\n" for number in range(30))
    result = read_bytes(text.encode())
    assert result.formats == {"json"}
    assert [body["auditID"] for body in result.bodies] == [str(number) for number in range(30)]


def test_flow_messages_are_flows() -> None:
    """An exported flow log is read as the flow log."""
    result = read_bytes(f"{_TIME}{_FLOW}\n{_TIME}{_FLOW}\n".encode())
    assert result.formats == {"vpcflow"}
    assert [body["dstport"] for body in result.bodies] == ["443", "443"]


def test_syslog_messages_are_syslog() -> None:
    """An exported /var/log/secure is read as syslog, in its own time."""
    line = "Mar  2 08:15:29 web-1 sshd[4711]: Server listening on 0.0.0.0 port 22."
    result = read_bytes(f"{_TIME}{line}\n{_TIME}{line}\n".encode())
    assert result.formats == {"syslog"}
    assert (result.bodies[0]["timestamp"], result.bodies[0]["program"]) == ("Mar  2 08:15:29", "sshd")


def test_a_program_s_own_time_stamps_are_no_export() -> None:
    """Logs that begin with a time for reasons of their own are left as they are."""
    line = f"{_TIME}INFO worker started"
    result = read_bytes(f"{line}\n{line}\n".encode())
    assert result.bodies[0]["message"] == line


def test_the_time_of_the_export_is_taken_off() -> None:
    """JSON and flow logs come out as they went in, with the numbers of their lines."""
    lines = [json.dumps(_AUDIT), json.dumps(_AUDIT), _FLOW, json.dumps(_AUDIT)]
    result = read_bytes("".join(f"2026-01-02T03:04:05.678Z {line}\n" for line in lines).encode())
    assert [(record[1], record[2]) for record in result.records] == [
        (1, "json"),
        (2, "json"),
        (3, "vpcflow"),
        (4, "json"),
    ]
    assert result.bodies[0] == _AUDIT
    assert result.raws[2] == _FLOW.encode()


def test_lines_without_a_time_go_on_with_their_event() -> None:
    """A pretty-printed message is one record."""
    text = "2026-01-02T03:04:05.678Z " + json.dumps(_AUDIT, indent=2) + "\n"
    lines = f"2026-01-02T03:04:05.678Z {json.dumps(_AUDIT)}\n" * 9
    assert read_bytes((lines + text + lines).encode()).bodies == [_AUDIT] * 19


def test_a_programs_own_log_keeps_its_time() -> None:
    """Plain messages stay whole: their time stands nowhere else."""
    assert read_bytes(b"2026-01-02T03:04:05.678Z something happened\n" * 3).formats == {"text"}
