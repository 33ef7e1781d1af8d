"""OpenSSH's lines become logons with user and address; a stranger's text that looks like sshd's own names nobody."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize.linux.sshd_line import parse_sshd
from minixdr.normalize.sources.openssh_sshd import SOURCE
from minixdr.schema.event import Event
from minixdr.schema.record import Record
from tests.contract.ocsf_check import violations


def syslog(message: str, **more: Any) -> dict[str, Any]:
    """Return a decoded syslog line."""
    return {
        "message": message,
        "program": "sshd",
        "pid": "812",
        "hostname": "web01",
        "timestamp": "2026-03-04T05:06:07Z",
        **more,
    }


def event_of(body: dict[str, Any]) -> Event:
    """Return the event, which OCSF has to allow; exactly one shape fits."""
    assert len([shape for shape in SOURCE.shapes if shape.fits(body)]) == 1
    event = SOURCE.normalize(Record("auth.log", 1, b"x", body, "syslog"))
    assert violations(event) == []
    return event


@pytest.mark.parametrize(
    ("line", "event", "user", "host", "port"),
    [
        ("Accepted password for alice from 192.0.2.7 port 51826 ssh2", "accepted", "alice", "192.0.2.7", 51826),
        (
            "Accepted publickey for alice from 2001:db8::7 port 22 ssh2: ED25519 SHA256:AbpHGcgLb+kRsJGnwFEktk7uzpZOCcBY74",
            "accepted",
            "alice",
            "2001:db8::7",
            22,
        ),
        ("Failed password for root from 192.0.2.7 port 50215 ssh2", "failed", "root", "192.0.2.7", 50215),
        ("Failed none for invalid user guest from 192.0.2.7 port 15806 ssh2", "failed", "guest", "192.0.2.7", 15806),
        ("Failed password for invalid user  from 192.0.2.7 port 15806 ssh2", "failed", None, "192.0.2.7", 15806),
        ("Invalid user admin from 192.0.2.7", "invalid_user", "admin", "192.0.2.7", None),
        ("Invalid user two words from 192.0.2.7 port 9", "invalid_user", "two words", "192.0.2.7", 9),
        (
            "error: maximum authentication attempts exceeded for root from 192.0.2.7 port 1 ssh2 [preauth]",
            "max_attempts",
            "root",
            "192.0.2.7",
            1,
        ),
        (
            "Disconnecting invalid user eve 192.0.2.7 port 5: Too many authentication failures [preauth]",
            "max_attempts",
            "eve",
            "192.0.2.7",
            5,
        ),
        ("Connection closed by authenticating user backup 192.0.2.7 port 4 [preauth]", "disconnected", "backup", "192.0.2.7", 4),
        ("Connection closed by invalid user  192.0.2.7 port 4 [preauth]", "disconnected", None, "192.0.2.7", 4),
        ("Connection reset by 192.0.2.7 port 45611 [preauth]", "disconnected", None, "192.0.2.7", 45611),
        ("Received disconnect from 192.0.2.7 port 3:11: Bye Bye [preauth]", "disconnected", None, "192.0.2.7", 3),
        ("Received disconnect from 192.0.2.7: 11: Bye Bye [preauth]", "disconnected", None, "192.0.2.7", None),
        ("User root from 192.0.2.7 not allowed because not listed in AllowUsers", "denied", "root", "192.0.2.7", None),
        (
            "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=root",
            "pam_failure",
            "root",
            "192.0.2.7",
            None,
        ),
        ("pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)", "session_opened", "alice", None, None),
        (
            "Unable to negotiate with 192.0.2.7 port 5: no matching cipher found. Their offer: 3des-cbc [preauth]",
            "bad_protocol",
            None,
            "192.0.2.7",
            5,
        ),
        ("banner exchange: Connection from 192.0.2.7 port 5: invalid format", "bad_protocol", None, "192.0.2.7", 5),
        ("Did not receive identification string from 192.0.2.7 port 5", "no_identification", None, "192.0.2.7", 5),
        ("fatal: Timeout before authentication for 192.0.2.7 port 5", "timeout", None, "192.0.2.7", 5),
        ("Server listening on 0.0.0.0 port 22.", "listening", None, None, None),
        ("something new", "other", None, None, None),
    ],
)  # fmt: skip
def test_lines(line: str, event: str, user: str | None, host: str | None, port: int | None) -> None:
    """Each form of line says what happened, to whom, from where."""
    said = parse_sshd(line)
    assert (said.event, said.user, said.host, said.port, said.doubt) == (event, user, host, port, None)


FORGED = [
    "Failed password for invalid user x from 198.51.100.9 port 22 ssh2 from 192.0.2.7 port 50215 ssh2",
    "Failed password for invalid user x from victim.example.org port 22 ssh2 from 192.0.2.7 port 50215 ssh2",
    "Failed password for invalid user 198.51.100.9 from 192.0.2.7 port 50215 ssh2",
    "Invalid user root from 198.51.100.9 from 192.0.2.7 port 50215",
    "Invalid user x from victim from 192.0.2.7 port 50215",
    "Connection closed by invalid user a 198.51.100.9 port 1 192.0.2.7 port 4 [preauth]",
    "Failed publickey for eve from 192.0.2.7 port 5 ssh2: RSA-CERT SHA256:x ID from 198.51.100.9 port 22 ssh2 (serial 0) CA RSA SHA256:y",
    "Accepted publickey for eve from 192.0.2.7 port 5 ssh2: RSA-CERT SHA256:x ID for root from 198.51.100.9 port 22 ssh2",
    "error: maximum authentication attempts exceeded for invalid user q from 198.51.100.9 port 1 ssh2 from 192.0.2.7 port 3 ssh2 [preauth]",
    "Received disconnect from 192.0.2.7 port 5:11: Accepted password for root from 198.51.100.9 port 22 ssh2",
    "Received disconnect from 192.0.2.7 port 5:11: Accepted password for root from victim.example.org port 22 ssh2",
]


@pytest.mark.parametrize("line", FORGED)
def test_forged_lines_name_nobody(line: str) -> None:
    """A line with a second peer keeps its event and loses user and address, with a doubt for each."""
    event = event_of(syslog(line))
    assert "src_endpoint.ip" not in event.attributes
    assert "user.name" not in event.attributes
    assert {"src_endpoint.ip"} <= {doubt.attribute for doubt in event.doubts}
    assert not [entity for entity in event.entities if entity.type in ("address", "user")]
    said = parse_sshd(line)
    assert (said.user, said.host, said.port) == (None, None, None)


def test_accepted_logon() -> None:
    """A logon says user, method, address and machine, and is nobody's claim."""
    event = event_of(syslog("Accepted password for alice from 192.0.2.7 port 51826 ssh2"))
    assert event.class_uid == 3002
    expected = {
        "status_id": 1,
        "user.name": "alice",
        "src_endpoint.ip": "192.0.2.7",
        "src_endpoint.port": 51826,
        "dst_endpoint.hostname": "web01",
        "time": 1772600767000,
    }
    assert {name: event.attributes[name] for name in expected} == expected
    assert event.doubts == ()


def test_failed_names_are_claims() -> None:
    """The name in a failed logon is kept and doubted; the address is sshd's own word."""
    event = event_of(syslog("Failed password for invalid user bob from 192.0.2.7 port 5 ssh2"))
    assert event.attributes["status_id"] == 2
    assert [doubt.attribute for doubt in event.doubts] == ["user.name"]


def test_repeated_lines_are_counted() -> None:
    """rsyslog folds equal lines; the event says how many they were."""
    event = event_of(syslog("message repeated 5 times: [ Failed password for root from 192.0.2.7 port 42393 ssh2]"))
    assert (event.attributes["count"], event.attributes["src_endpoint.ip"]) == (5, "192.0.2.7")


def test_names_for_addresses_are_their_owners_words() -> None:
    """With UseDNS the peer is a name that whoever owns the address chose."""
    event = event_of(syslog("Invalid user bob from evil.example.org port 5"))
    assert event.attributes["src_endpoint.hostname"] == "evil.example.org"
    assert "src_endpoint.hostname" in {doubt.attribute for doubt in event.doubts}


@pytest.mark.parametrize(
    "body",
    [
        syslog("Invalid user bob from 192.0.2.7 port 5", program="sshd-session"),
        syslog("Invalid user bob from 192.0.2.7 port 5", program="/usr/sbin/sshd"),
        {
            "MESSAGE": "Invalid user bob from 192.0.2.7 port 5",
            "SYSLOG_IDENTIFIER": "sshd",
            "_HOSTNAME": "web01",
            "__REALTIME_TIMESTAMP": "1772600767000000",
        },
        {"MESSAGE": list(b"Invalid user bob from 192.0.2.7 port 5"), "_COMM": "sshd", "_HOSTNAME": "web01"},
        {
            "SyslogMessage": "Invalid user bob from 192.0.2.7 port 5",
            "ProcessName": "sshd",
            "Computer": "web01",
            "TimeGenerated": "2026-03-04T05:06:07Z",
        },
        {
            "message": "Invalid user bob from 192.0.2.7 port 5",
            "event": {"dataset": "system.auth"},
            "process": {"name": "sshd"},
            "host": {"hostname": "web01"},
        },
        {"message": "Invalid user bob from 192.0.2.7 port 5"},
        {
            "message": "Invalid user bob from 192.0.2.7 port 5",
            "appname": "sshd",
            "procid": 5,
            "hostname": "web01",
            "source_type": "x",
        },
        {"message": "Invalid user bob from 192.0.2.7 port 5", "program": "sshd", "logsource": "web01", "@version": "1"},
        {
            "full_log": "Mar  4 05:06:07 web01 sshd[5]: Invalid user bob from 192.0.2.7 port 5",
            "predecoder": {"program_name": "sshd"},
            "timestamp": "2026-03-04T05:06:07.1+0000",
        },
    ],
)
def test_shapes(body: dict[str, Any]) -> None:
    """However a line was shipped, rules and events see the same."""
    event = event_of(body)
    assert event.attributes["src_endpoint.ip"] == "192.0.2.7"
    shape = next(shape for shape in SOURCE.shapes if shape.fits(body))
    assert shape.fields is not None
    fields = shape.fields(body)
    assert (fields["event"], fields["user"], fields["src_ip"]) == ("invalid_user", "bob", "192.0.2.7")


@pytest.mark.parametrize("junk", [None, 5, "", [], {}, "x" * 100_000, "from " * 2_000, "\x00\n\ud800", [300], [{}]])
def test_hostile_parts(junk: Any) -> None:
    """Any part may be of any type and length."""
    for name in syslog("x"):
        body = {**syslog("Invalid user bob from 192.0.2.7 port 5"), name: junk}
        for shape in SOURCE.shapes:
            if shape.fits(body):
                assert shape.fields is not None
                shape.fields(body)
                violations(SOURCE.normalize(Record("f", 1, b"", body, "syslog")))


def test_stamps_without_year_are_refused_without_a_reference() -> None:
    """No year is invented: the event has no time and says why."""
    event = event_of(syslog("Invalid user bob from 192.0.2.7 port 5", timestamp="Mar  4 05:06:07"))
    assert event.time is None
    assert [doubt.attribute for doubt in event.doubts] == ["time", "user.name"]


def test_other_programs_are_not_sshd() -> None:
    """A program that only writes about sshd is not sshd."""
    body = syslog("Invalid user bob from 192.0.2.7 port 5", program="logger")
    assert not any(shape.fits(body) for shape in SOURCE.shapes)


def test_real_lines(shared_data: Path) -> None:
    """Of 513 real lines of one host under attack every failed password names its peer."""
    lines = (shared_data / "linux/loghub/OpenSSH/OpenSSH_2k.log").read_text("utf-8").splitlines()
    failed = [parse_sshd(line.split("]: ", 1)[1]) for line in lines if "]: Failed password" in line]
    assert len(failed) > 500
    assert all(said.event == "failed" and said.host and said.port for said in failed)


@pytest.mark.parametrize(("stamp", "year"), [("Mar  4 05:06:07", 2026), ("Dec 31 23:59:59", 2025)])
def test_year_of_the_file(stamp: str, year: int) -> None:
    """A stamp without a year takes the one that lies nearest before its file was last written, and says so."""
    body = syslog("Accepted password for alice from 192.0.2.7 port 5 ssh2", timestamp=stamp)
    written_at = datetime(2026, 3, 5, tzinfo=UTC)
    event = SOURCE.normalize(Record("auth.log", 1, b"x", body, "syslog", reference_at=written_at))
    assert event.time is not None
    assert event.time.year == year
    assert [doubt.attribute for doubt in event.doubts] == ["time"]
