"""Container logs give what the containers wrote."""

import itertools

from tests.unit.ingest.streams import Trickle, collect, read_bytes

TIME = "2026-01-02T03:04:05.123456789+01:00"


def test_what_containers_write_is_read_by_its_own_format() -> None:
    """JSON is JSON, syslog is syslog; the runtime's prefix is gone, the numbers run through."""
    lines = [
        'stdout F {"a": 1}',
        "stderr F Nov  3 04:05:06 h app[1]: x",
        'stdout F {"a": 2}',
        "stdout F plain",
        "stdout F ",
    ]
    content = "\n".join(f"{TIME} {line}" for line in lines).encode()
    for result in (read_bytes(content), collect(Trickle(content, itertools.repeat(5)))):
        assert [(record[1], record[2]) for record in result.records] == [
            (1, "json"),
            (2, "syslog"),
            (3, "json"),
            (4, "text"),
        ]
        assert result.bodies[0] == {"a": 1}
        assert result.bodies[1]["program"] == "app"


def test_parts_are_put_together() -> None:
    """A long line that the runtime cut is one record, though the other stream wrote in between."""
    lines = ['stdout P {"a": ', "stderr F other", "stdout F 1}"]
    result = read_bytes("\n".join(f"{TIME} {line}" for line in lines).encode())
    assert [body for body in result.bodies if "a" in body] == [{"a": 1}]


def test_another_line_is_malformed() -> None:
    """What the runtime did not write is counted."""
    result = read_bytes(f"{TIME} stdout F x\ngarbage\n{TIME} stdout F y\n".encode())
    assert len(result.records) == 2
    assert [issue.number for issue in result.issues] == [2]
