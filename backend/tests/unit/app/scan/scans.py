"""Made-up findings, events and services for tests of a scan's steps."""

from datetime import UTC, datetime, timedelta
from typing import Any

from minixdr.app.scan.request import ScanRequest
from minixdr.detect.kinds.sigma_correlation import Observation
from minixdr.ports.scan import NoRoom
from minixdr.schema.event import Doubt, Entity, Event
from minixdr.schema.finding import Analytic, Finding
from minixdr.schema.record import Record

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
RULE = Analytic("r-1", "A rule", "sigma", "high", ("TA0006",), ("T1110",))


def make_event(raw: bytes = b'{"a":1}', **attributes: Any) -> Event:
    """Return an event; attributes are OCSF paths with `__` for the dot."""
    values = {"class_uid": 6003, **{name.replace("__", "."): value for name, value in attributes.items()}}
    record = Record("a.json", 3, raw, {}, "json")
    return Event("e1", "aws_cloudtrail", 6003, START, values, {}, (), (Doubt("src_endpoint.ip", "forged"),), record)


def make_finding(number: int = 1, **changes: Any) -> Finding:
    """Return a finding of a record."""
    values: dict[str, Any] = {
        "finding_id": f"{number:032x}", "analytic": RULE, "time": START + timedelta(minutes=number),
        "event_ids": (f"{number:032x}",), "file": "a.json", "record": number, "source": "aws_cloudtrail",
        "matched": {"eventName": "GetObject"}, "entities": (Entity("user", "alice", "actor"),),
    }  # fmt: skip
    return Finding(**{**values, **changes})


def make_observation(number: int = 1, **changes: Any) -> Observation:
    """Return an observation of a record."""
    values: dict[str, Any] = {
        "names": ("r-1", "one"), "event_id": f"{number:032x}", "time": START + timedelta(minutes=number),
        "fields": {"user": "alice"}, "file": "a.json", "record": number, "source": "aws_cloudtrail",
        "entities": (Entity("user", "alice", "actor"),),
    }  # fmt: skip
    return Observation(**{**values, **changes})


def make_request(**changes: Any) -> ScanRequest:
    """Return a request."""
    return ScanRequest(**{"paths": ("logs",), **changes})


class Memory:
    """Spools in memory; after `room` frames there is none left."""

    def __init__(self, room: int | None = None) -> None:
        self.name = "memory"
        self.frames: list[bytes] = []
        self.room = room

    def __enter__(self) -> "Memory":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def create(self) -> "Memory":
        return self

    def append(self, frame: bytes) -> int:
        if self.room is not None and len(self.frames) >= self.room:
            raise NoRoom("no room in memory")
        self.frames.append(frame)
        return len(self.frames) - 1

    def flush(self) -> None:
        return None

    def read(self, name: str, position: int) -> bytes:
        assert name == self.name
        return self.frames[position]
