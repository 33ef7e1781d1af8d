"""What the platform's use cases need from outside, as one value. `wiring.py` fills it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from minixdr.app.metrics import Metrics
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
    metrics: Metrics = field(default_factory=Metrics)
    checks: Mapping[str, Callable[[], Awaitable[str | None]]] = field(default_factory=dict)
    """What must work besides database and log before the process says it is ready, by name (`schema`, `lake`). A check returns None, or what is
    wrong in words that anybody may read: no address, no secret."""
