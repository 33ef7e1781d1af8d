"""What the readers of lists give: indicators, and what they refused."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from minixdr.detect.kinds.indicator.values import Atom


class Entry(NamedTuple):
    """An indicator as a list has it."""

    atoms: tuple[Atom, ...]
    """One; several where an event must hold all of them."""
    description: str = ""
    valid_until: datetime | None = None


class Refused(NamedTuple):
    """Something in a list that is no indicator we can look up."""

    line: int | None
    reason: str


Entries = Iterator[Entry | Refused]
