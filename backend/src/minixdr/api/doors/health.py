"""Whether the log takes records now, asked at most once a second: health addresses are open to anybody."""

import asyncio

from minixdr.ports.log import Log, LogFullError

_FRESH_SECONDS = 1.0


class LogHealth:
    """What is known of the log's health."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._asked_at = float("-inf")
        self._takes = False

    async def takes(self) -> bool:
        """Return whether the log answers."""
        now = asyncio.get_running_loop().time()
        if now - self._asked_at >= _FRESH_SECONDS:
            self._asked_at = now
            try:
                await self._log.waiting()
            except LogFullError:
                self._takes = False
            else:
                self._takes = True
        return self._takes
