"""Events for tests of the lake."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from minixdr.ports.lake import LakeEvent
from minixdr.schema.event import Doubt, Entity, Event
from minixdr.schema.record import Record

ALPHA = "0190c0de-0000-7000-8000-00000000000a"
BETA = "0190c0de-0000-7000-8000-00000000000b"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def event_id(number: int, organization_id: str = ALPHA) -> str:
    """Return the id of an event."""
    return blake2b(f"{organization_id} {number}".encode(), digest_size=16).hexdigest()


def batch_id(name: object) -> str:
    """Return an id for a batch."""
    return blake2b(repr(name).encode(), digest_size=16).hexdigest()


def make_event(number: int, at: datetime | None = NOON, organization_id: str = ALPHA, **attributes: Any) -> Event:
    """Return an event. Names of attributes are written with `__` for each dot."""
    raw = b'{"number":%d}' % number
    record = Record("s3://logs/a.json", number, raw, {"number": number}, "json", organization_id)
    named = {name.replace("__", "."): value for name, value in attributes.items()}
    return Event(
        event_id=event_id(number, organization_id),
        source="aws_cloudtrail",
        class_uid=6003,
        time=at,
        attributes={"class_uid": 6003, "actor.user.name": f"user-{number % 7}", **named},
        unmapped={"number": number},
        entities=(Entity("user", f"user-{number % 7}", "actor"),),
        doubts=() if at is not None else (Doubt("time", "no time"),),
        record=record,
    )


def make_rows(
    numbers: range, at: datetime = NOON, organization_id: str = ALPHA, batch: str | None = None, apart: float = 0.001
) -> list[LakeEvent]:
    """Return rows of a batch, in time order."""
    name = batch or batch_id((organization_id, numbers))
    return [
        LakeEvent(
            make_event(number, at + timedelta(seconds=apart * index), organization_id),
            at + timedelta(seconds=apart * index),
            at + timedelta(minutes=1),
            name,
        )
        for index, number in enumerate(numbers)
    ]
