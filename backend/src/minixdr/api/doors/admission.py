"""How many bytes of requests a process holds at once: bounded, and shared between organizations.

An organization may hold up to twice what is free (dynamic thresholds; Choudhury and Hahne, 1998): one alone two thirds of all, two two fifths each,
and somebody new always finds room. What finds none is told to come back; nothing of it is kept.
"""

from threading import Lock
from uuid import UUID

MOST_BYTES = 192 << 20
"""Of bodies, as they came, decompressed and decoded. A process that holds so much needs about twice as much while it decodes and publishes."""
_SHARE = 2
_RETRY_SECONDS = 1.0


class BusyError(Exception):
    """No room now. Nothing of the request was kept: send it again."""

    def __init__(self, reason: str, retry_after_seconds: float = _RETRY_SECONDS) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class Admission:
    """What is held. Several threads may use it."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._held: dict[UUID, int] = {}
        self._total = 0
        self._lock = Lock()

    @property
    def held_bytes(self) -> int:
        """How much is held now."""
        return self._total

    def load(self, organization_id: UUID) -> "Load":
        """Return room for one request, empty at first; a context that gives it back."""
        return Load(self, organization_id)

    def take(self, organization_id: UUID, count: int) -> None:
        """Hold so many bytes more. Raises BusyError."""
        with self._lock:
            free, own = self._most_bytes - self._total, self._held.get(organization_id, 0)
            if own + count > _SHARE * (free - count):
                raise BusyError("too much is being taken in at this moment")
            self._held[organization_id] = own + count
            self._total += count

    def give_back(self, organization_id: UUID, count: int) -> None:
        """Hold so many bytes less."""
        with self._lock:
            self._total -= count
            left = self._held.get(organization_id, 0) - count
            if left > 0:
                self._held[organization_id] = left
            else:
                self._held.pop(organization_id, None)


class Load:
    """What one request holds."""

    def __init__(self, admission: Admission, organization_id: UUID) -> None:
        self._admission = admission
        self._organization_id = organization_id
        self._bytes = 0

    def __enter__(self) -> "Load":
        return self

    def __exit__(self, *_: object) -> None:
        self.shrink(self._bytes)

    def grow(self, count: int) -> None:
        """Hold more. Raises BusyError."""
        self._admission.take(self._organization_id, count)
        self._bytes += count

    def shrink(self, count: int) -> None:
        """Hold less."""
        self._admission.give_back(self._organization_id, count)
        self._bytes -= count
