"""auditd: lines of one event joined, fields decoded."""

from tests.unit.ingest.streams import read_bytes

SYSCALL = (
    "type=SYSCALL msg=audit(1700000000.123:45): arch=c000003e syscall=59 success=yes exit=0 a0=55d1 a1=55d2 ppid=1 pid=2 auid=1000 uid=0 "
    'tty=pts0 comm="sh" exe="/usr/bin/dash" key="exec"'
)
EXECVE = 'type=EXECVE msg=audit(1700000000.123:45): argc=3 a0="sh" a1="-c" a2=6563686F2022686922'
CWD = 'type=CWD msg=audit(1700000000.123:45): cwd="/root"'
TITLE = "type=PROCTITLE msg=audit(1700000000.123:45): proctitle=7368002D63006563686F"
END = "type=EOE msg=audit(1700000000.123:45): "
LOGIN = (
    "type=USER_LOGIN msg=audit(1700000000.200:46): pid=7 uid=0 auid=4294967295 ses=4294967295 "
    'msg=\'op=login acct="alice" exe="/usr/sbin/sshd" hostname=192.0.2.7 addr=192.0.2.7 terminal=sshd res=failed\''
)


def test_the_lines_of_an_event_are_one_record() -> None:
    """An event has all its lines, in order, with quotes removed and encoded fields decoded."""
    result = read_bytes("\n".join([SYSCALL, EXECVE, CWD, TITLE, END]).encode() + b"\n")
    assert result.formats == {"auditd"}
    (body,) = result.bodies
    assert (body["serial"], body["timestamp"]) == ("45", "1700000000.123")
    assert [record["type"] for record in body["records"]] == ["SYSCALL", "EXECVE", "CWD", "PROCTITLE"]
    syscall, execve, cwd, title = body["records"]
    assert (syscall["comm"], syscall["exe"], syscall["key"], syscall["a0"]) == ("sh", "/usr/bin/dash", "exec", "55d1")
    assert (execve["a2"], execve["argv"]) == ('echo "hi"', ["sh", "-c", 'echo "hi"'])
    assert cwd["cwd"] == "/root"
    assert title["proctitle"] == "sh -c echo"
    assert result.raws == ["\n".join([SYSCALL, EXECVE, CWD, TITLE, END]).encode()]


def test_lines_of_different_events_may_be_mixed() -> None:
    """Events are told by node, time and serial, not by neighborhood."""
    other = [line.replace(":45)", ":47)") for line in (SYSCALL, EXECVE, END)]
    result = read_bytes("\n".join([SYSCALL, other[0], LOGIN, other[1], EXECVE, END, other[2]]).encode())
    by_serial = {body["serial"]: [record["type"] for record in body["records"]] for body in result.bodies}
    assert by_serial == {"45": ["SYSCALL", "EXECVE"], "46": ["USER_LOGIN"], "47": ["SYSCALL", "EXECVE"]}


def test_fields_within_a_message_are_fields() -> None:
    """User-space messages hold their fields within msg='...'; a field that exists outside is not replaced."""
    (body,) = read_bytes(LOGIN.replace("terminal=sshd", "pid=9").encode()).bodies
    record = body["records"][0]
    assert (record["acct"], record["addr"], record["res"], record["pid"]) == ("alice", "192.0.2.7", "failed", "7")


def test_node_enrichment_and_prefixes_are_read() -> None:
    """node=, the enriched part behind 0x1d, and what audispd writes to syslog are the same events."""
    line = f'node=web-1 {SYSCALL}\x1dARCH=x86_64 SYSCALL=execve AUID="alice" UID="root"'
    for text in (line, f"Nov  3 04:05:06 web-1 audispd: {line}", f"<13>Nov  3 04:05:06 web-1 audisp-syslog[9]: {line}"):
        (body,) = read_bytes(text.encode()).bodies
        assert body["node"] == "web-1"
        record = body["records"][0]
        assert (record["AUID"], record["SYSCALL"], record["syscall"]) == ("alice", "execve", "59")


def test_blocks_of_ausearch_are_events() -> None:
    """`----` and `time->` lines are no records; they end an event."""
    text = f"----\ntime->Tue Nov 14 22:13:20 2023\n{TITLE}\n{SYSCALL}\n----\ntime->Tue Nov 14 22:13:20 2023\n{LOGIN}\n"
    result = read_bytes(text.encode())
    assert [body["serial"] for body in result.bodies] == ["45", "46"]
    assert result.issues == []


def test_long_arguments_are_put_together() -> None:
    """An argument that auditd wrote in parts is one argument."""
    line = 'type=EXECVE msg=audit(1700000000.123:45): argc=2 a0="x" a1_len=8 a1[0]="abcd" a1[1]=65666768'
    (body,) = read_bytes(line.encode()).bodies
    assert body["records"][0]["argv"] == ["x", "abcdefgh"]


def test_a_stranger_cannot_add_fields() -> None:
    """A name that looks like fields is encoded by auditd, and stays one value."""
    name = 'x" uid=0 acct="root'
    line = f"type=PATH msg=audit(1700000000.123:45): item=0 name={name.encode().hex().upper()} uid=1000 inode=5"
    record = read_bytes(line.encode()).bodies[0]["records"][0]
    assert (record["name"], record["uid"]) == (name, "1000")
    assert "acct" not in record


def test_open_events_are_bounded() -> None:
    """Events without an end are handed on, in order: nothing waits for ever."""
    lines = [SYSCALL.replace(":45)", f":{serial})") for serial in range(500)]
    result = read_bytes("\n".join(lines).encode())
    assert [body["serial"] for body in result.bodies] == [str(serial) for serial in range(500)]


def test_a_line_that_is_none_is_malformed() -> None:
    """Something else between the lines is counted."""
    result = read_bytes(f"{SYSCALL}\ngarbage\n{END}\n".encode())
    assert len(result.records) == 1
    assert [(issue.kind, issue.number) for issue in result.issues] == [("malformed", 1)]
