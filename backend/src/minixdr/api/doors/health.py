"""Whether the log takes records now, asked at most once a second: health addresses are open to anybody."""

from time import perf_counter

from minixdr.api.doors.gate import Gate
from minixdr.ports.log import LogFullError

_FRESH_SECONDS = 1.0
_REFUSED_SECONDS = 5.0
"""After a refusal the log counts as full for so long, unless it takes something."""


class LogHealth:
    """What is known of the log's health."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._asked_at = float("-inf")
        self._takes = False

    async def takes(self) -> bool:
        """Return whether the log answers, and took what it was last given."""
        now = perf_counter()
        if self._gate.refused_at is not None and now - self._gate.refused_at < _REFUSED_SECONDS:
            return False
        if now - self._asked_at >= _FRESH_SECONDS:
            self._asked_at = now
            try:
                await self._gate.platform.log.waiting()
            except LogFullError:
                self._takes = False
            else:
                self._takes = True
        return self._takes
