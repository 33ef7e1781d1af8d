"""The native door of a platform that runs somewhere, as a client sees it."""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Accepted(msgspec.Struct, frozen=True):
    """What the door says once all of a request is on disk there."""

    received: int
    batches: Sequence[str] = ()


class DoorRefusedError(Exception):
    """It will not take this however often it is sent: no right token, or not what it reads. The message is the server's own."""


class DoorBusyError(Exception):
    """It takes nothing now, or does not answer: send the same again. What it took before without saying so, it knows."""

    def __init__(self, reason: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds
        """None: it does not say."""


class Door(Protocol):
    """The door. Several threads may use it."""

    def send(self, body: bytes) -> Accepted:
        """Send records of a file (`ingest/doors/batch_codec.py`). Raises DoorBusyError, DoorRefusedError."""

    def close(self) -> None:
        """Close the connections."""
