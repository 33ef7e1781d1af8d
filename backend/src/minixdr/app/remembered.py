"""What costs seconds to find out and stays true for minutes: kept in memory for each organization, found out once at a time."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any, TypeVar

T = TypeVar("T")
_MOST = 256
"""Organizations; those asked for longest ago are forgotten."""


class Remembered:
    """Values by key. One per process."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._values: OrderedDict[tuple[str, ...], tuple[float, Any]] = OrderedDict()
        self._locks: dict[tuple[str, ...], asyncio.Lock] = {}

    async def get(self, key: tuple[str, ...], seconds: float, make: Callable[[], Awaitable[T]]) -> T:
        """Return the value, made anew where it is older than that. Whoever asks meanwhile waits for it; a failure is not remembered."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            known = self._values.get(key)
            if known is None or self._clock() - known[0] >= seconds:
                known = self._values[key] = self._clock(), await make()
            self._values.move_to_end(key)
            while len(self._values) > _MOST:
                self._values.popitem(last=False)
            value: T = known[1]
            return value

    def forget(self) -> None:
        """Find everything out anew."""
        self._values.clear()
