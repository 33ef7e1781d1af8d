"""osquery's results give rules their columns; processes, connections and files become events of their class."""

from typing import Any

import pytest

from minixdr.normalize.source import Shape
from minixdr.normalize.sources.osquery import SOURCE
from minixdr.schema.event import Event
from minixdr.schema.record import Record
from tests.contract.ocsf_check import violations

ROW = {
    "path": "/usr/bin/curl",
    "cmdline": "curl http://192.0.2.1/x",
    "pid": "77",
    "parent": "1",
    "uid": "0",
    "cwd": "/tmp",
}


def result(columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a differential result."""
    head = {"name": "pack_made_process_events", "hostIdentifier": "web01", "unixTime": 1772600767, "action": "added"}
    return {**head, "columns": columns, **more}


def shape_of(body: dict[str, Any]) -> Shape:
    """Return the one shape that fits."""
    fitting = [shape for shape in SOURCE.shapes if shape.fits(body)]
    assert len(fitting) == 1
    return fitting[0]


def fields_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return what rules see."""
    shape = shape_of(body)
    return dict(body if shape.fields is None else shape.fields(body))


def event_of(body: dict[str, Any]) -> Event:
    """Return the event, which OCSF has to allow."""
    event = SOURCE.normalize(Record("osqueryd.results.log", 1, b"x", body, "json"))
    assert violations(event) == []
    return event


def services(body: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    """Return category and product of the log sources."""
    fields = fields_of(body)
    return [
        (s.category, s.product) for s in SOURCE.routing.log_sources(tuple(fields.get(k) for k in SOURCE.routing.keys))
    ]


def test_process() -> None:
    """A row of a process table is a process creation under Sysmon's names, and a process event."""
    fields = fields_of(result(ROW))
    assert (fields["Image"], fields["CommandLine"], fields["path"]) == (ROW["path"], ROW["cmdline"], ROW["path"])
    assert services(result(ROW)) == [("process_creation", "linux"), (None, "osquery")]
    event = event_of(result(ROW))
    expected = {
        "class_uid": 1007,
        "process.cmd_line": ROW["cmdline"],
        "process.pid": 77,
        "device.hostname": "web01",
        "time": 1772600767000,
    }
    assert {name: event.attributes.get(name) for name in expected} == expected


def test_connection() -> None:
    """A row of socket_events is a connection with both ends."""
    body = result(
        {
            "remote_address": "192.0.2.1",
            "remote_port": "443",
            "local_address": "198.51.100.2",
            "local_port": "5",
            "pid": "7",
        }
    )
    assert services(body)[0] == ("network_connection", "linux")
    event = event_of(body)
    assert (event.class_uid, event.attributes["dst_endpoint.ip"], event.attributes["dst_endpoint.port"]) == (
        4001,
        "192.0.2.1",
        443,
    )


@pytest.mark.parametrize(
    ("action", "category", "activity_id"), [("CREATED", "file_event", 1), ("DELETED", "file_delete", 4)]
)
def test_file(action: str, category: str, activity_id: int) -> None:
    """A row of file_events is a file made or deleted."""
    body = result({"target_path": "/etc/cron.d/x", "action": action, "sha256": "ab"})
    assert services(body)[0] == (category, "linux")
    event = event_of(body)
    assert (event.class_uid, event.attributes["activity_id"], event.attributes["file.name"]) == (1001, activity_id, "x")


def test_removed_rows_started_nothing() -> None:
    """A process that a query no longer sees was not created."""
    assert services(result(ROW, action="removed")) == [(None, "osquery")]
    assert event_of(result(ROW, action="removed")).class_uid == 0


def test_products() -> None:
    """Paths and decorations say which system's rules apply."""
    assert services(result({**ROW, "path": "C:\\Windows\\x.exe"}))[0][1] == "windows"
    assert services(result(ROW, decorations={"platform": "darwin"}))[0][1] == "macos"


def test_snapshot_and_batch() -> None:
    """Several rows give lists, for rules to match any of them."""
    head = {"name": "users", "hostIdentifier": "web01", "unixTime": 1772600767, "action": "snapshot"}
    body = {**head, "snapshot": [{"username": "a"}, {"username": "b"}]}
    assert fields_of(body)["username"] == ["a", "b"]
    assert event_of(body).class_uid == 0
    batch = {
        "name": "x",
        "hostIdentifier": "w",
        "diffResults": {"added": [{"username": "c"}], "removed": ""},
        "unixTime": 1,
    }
    assert fields_of(batch)["username"] == "c"


def test_name_of_the_query_and_of_the_column() -> None:
    """`name` is the query's; the column of that name is `columns.name`."""
    fields = fields_of(result({"name": "sshd", "pid": "1"}))
    assert (fields["name"], fields["columns.name"]) == ("pack_made_process_events", "sshd")


def test_status_log() -> None:
    """What osquery says of itself is an event with its message."""
    body = {
        "hostIdentifier": "web01",
        "severity": "1",
        "filename": "x.cpp",
        "line": "5",
        "message": "hello",
        "unixTime": "1772600767",
    }
    event = event_of(body)
    assert (event.class_uid, event.attributes["message"]) == (0, "hello")


@pytest.mark.parametrize(
    "junk", [None, 5, -1, 10**40, True, "", [], {}, [{}], {"added": 5}, "x" * 100_000, "\x00\ud800"]
)
def test_hostile_values(junk: Any) -> None:
    """Any value may be of any type."""
    rows = [ROW, {"remote_address": "x", "remote_port": "1"}, {"target_path": "x", "action": "CREATED"}]
    for row in rows:
        for name in row:
            event_of(result({**row, name: junk}))
        for name in result(row):
            body = {**result(row), name: junk}
            for shape in SOURCE.shapes:
                if shape.fits(body):
                    event_of(body)
