"""What the tables of Windows events hold."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from minixdr.normalize.draft import Draft


class Reading(NamedTuple):
    """What a mapper found an event to be, where the event id alone does not say it."""

    class_uid: int
    activity_id: int
    severity_id: int = 1


Mapper = Callable[[Draft], Reading | None]
Row = tuple[int, int, Mapper]
Table = Mapping[int, Row]
"""Event id -> OCSF class, activity, mapper."""
