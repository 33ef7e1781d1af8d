"""Cowrie's events: who tried what on the honeypot, from which address; all texts are a stranger's."""

from typing import Any

import pytest

from minixdr.normalize.sources.cowrie import SOURCE
from minixdr.schema.event import Event
from minixdr.schema.record import Record
from tests.contract.ocsf_check import violations

HEAD = {
    "session": "3f3ef377a63f",
    "src_ip": "192.0.2.7",
    "timestamp": "2026-03-04T05:06:07.243715Z",
    "sensor": "trap01",
}


def event_of(kind: str, **more: Any) -> Event:
    """Return the event, which OCSF has to allow."""
    body = {**HEAD, "eventid": f"cowrie.{kind}", **more}
    assert [shape.name for shape in SOURCE.shapes if shape.fits(body)] == ["event"]
    event = SOURCE.normalize(Record("cowrie.json", 1, b"x", body, "json"))
    assert violations(event) == []
    return event


@pytest.mark.parametrize(
    ("kind", "more", "class_uid", "attributes"),
    [
        ("login.failed", {"username": "root", "password": "x"}, 3002, {"status_id": 2, "user.name": "root", "src_endpoint.ip": "192.0.2.7"}),
        ("login.success", {"username": "root"}, 3002, {"status_id": 1, "session.uid": "3f3ef377a63f"}),
        ("command.input", {"input": "uname -a"}, 1007, {"process.cmd_line": "uname -a", "process.name": "uname"}),
        ("command.failed", {"input": "wgets x"}, 1007, {"status_id": 2}),
        ("session.connect", {"src_port": 5, "dst_ip": "198.51.100.1", "dst_port": 22}, 4007, {"dst_endpoint.port": 22, "src_endpoint.port": 5}),
        ("session.closed", {"duration": 5.8}, 4007, {"activity_id": 2}),
        ("client.version", {"version": "'SSH-2.0-Go'"}, 4007, {"app_name": "SSH-2.0-Go"}),
        ("client.kex", {"hassh": "ab", "hasshAlgorithms": "x"}, 4007, {"client_hassh.fingerprint.value": "ab"}),
        ("direct-tcpip.request", {"dst_ip": "203.0.113.9", "dst_port": 80}, 4001, {"dst_endpoint.ip": "203.0.113.9"}),
        (
            "session.file_download",
            {"url": "http://203.0.113.9/x.sh", "shasum": "f8c2", "outfile": "dl/f8c2"},
            1001,
            {"file.hashes.value": ["f8c2"], "file.url.url_string": "http://203.0.113.9/x.sh"},
        ),
        ("log.closed", {"ttylog": "x"}, 0, {"activity_id": 99}),
        ("something.new", {}, 0, {"activity_id": 99}),
    ],
)  # fmt: skip
def test_events(kind: str, more: dict[str, Any], class_uid: int, attributes: dict[str, Any]) -> None:
    """Each code lands in its class with what detection uses."""
    event = event_of(kind, **more)
    assert event.class_uid == class_uid
    assert {name: event.attributes.get(name) for name in attributes} == attributes


def test_names_tried_are_claims() -> None:
    """The name in a logon on a honeypot is nobody's."""
    assert [doubt.attribute for doubt in event_of("login.success", username="root").doubts] == ["user.name"]


def test_commands_lead_to_the_session() -> None:
    """A command has no place for a peer; its session is the one of the logon, which has."""
    command, logon = event_of("command.input", input="id"), event_of("login.success", username="root")
    sessions = [{e.value for e in event.entities if e.type == "session"} for event in (command, logon)]
    assert sessions == [{"3f3ef377a63f"}, {"3f3ef377a63f"}]


@pytest.mark.parametrize("junk", [None, 5, -1, 10**40, True, "", [], {}, ["a", 5], "x" * 100_000, "\x00\ud800", " "])
def test_hostile_values(junk: Any) -> None:
    """Any value may be of any type."""
    names = (
        "username",
        "input",
        "url",
        "shasum",
        "outfile",
        "hassh",
        "version",
        "dst_ip",
        "dst_port",
        "src_port",
        "message",
        *HEAD,
    )
    for kind in ("login.failed", "command.input", "session.file_download", "client.kex", "session.connect", "x"):
        event_of(kind, **dict.fromkeys(names, junk))


def test_other_records_are_not_cowries() -> None:
    """An event id of another product is not claimed."""
    assert not SOURCE.shapes[0].fits({"eventid": 5})
    assert not SOURCE.shapes[0].fits({"eventid": "user.login"})
