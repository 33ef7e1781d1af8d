"""What the platform's use cases need from outside, as one value. `wiring.py` fills it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from minixdr.ports.database import Database
from minixdr.ports.log import Log


@dataclass(frozen=True, slots=True)
class Platform:
    """One process's connections and secrets. Made once, closed at its end."""

    database: Database
    log: Log
    secret_key: bytes
    public_url: str
    version: str
    now: Callable[[], datetime]
    """The time now, aware UTC."""
