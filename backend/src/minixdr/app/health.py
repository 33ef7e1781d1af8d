"""Whether the parts that a process needs work now."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from minixdr.app.platform import Platform
from minixdr.ports.database import DatabaseAwayError, Scope
from minixdr.ports.log import LogFullError

_TIMEOUT_SECONDS = 3.0  # a part that needs longer to say hello does not serve people
_FRESH_SECONDS = 1.0  # asked by anybody: the parts are not asked more often than this


class Part(msgspec.Struct, frozen=True):
    """One part and how it is."""

    name: str
    problem: str | None
    """None: it works."""


class Health:
    """Asks the parts, not more often than once a second."""

    def __init__(self, platform: Platform) -> None:
        self._checks: dict[str, Callable[[], Awaitable[str | None]]] = {
            "database": lambda: _database(platform),
            "log": lambda: _log(platform),
            **platform.checks,
        }
        self._startup = platform.startup
        self._asking = asyncio.Lock()
        self._asked_at = float("-inf")
        self._parts: list[Part] = []

    async def parts(self) -> list[Part]:
        """Return each part's state; what is not there yet has a problem."""
        missing = {name: Part(name, words) for name, words in self._startup.pending.items()}
        found = {part.name: part for part in await self.there()}
        return list((found | missing).values())

    async def there(self) -> list[Part]:
        """Return the state of each part that is there already."""
        pending = self._startup.pending
        return [part for part in await self._checked() if part.name not in pending]

    async def _checked(self) -> list[Part]:
        async with self._asking:
            now = asyncio.get_running_loop().time()
            if now - self._asked_at > _FRESH_SECONDS:
                self._parts = list(await asyncio.gather(*(_ask(name, check) for name, check in self._checks.items())))
                self._asked_at = asyncio.get_running_loop().time()
            return self._parts


async def _ask(name: str, check: Callable[[], Awaitable[str | None]]) -> Part:
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            return Part(name, await check())
    except TimeoutError:
        return Part(name, f"did not answer within {_TIMEOUT_SECONDS:g} seconds")


async def _database(platform: Platform) -> str | None:
    try:
        async with platform.database.transaction(Scope()):
            return None
    except DatabaseAwayError:
        return "does not answer"


async def _log(platform: Platform) -> str | None:
    try:
        platform.metrics.waiting_batches.set(await platform.log.waiting())
    except LogFullError:
        return "does not answer"
    return None
