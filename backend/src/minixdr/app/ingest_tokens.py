"""Which organization's door a presented ingest token opens, remembered for a few seconds; and when each was last used, written once a minute.

A revoked token is refused after `_FRESH_SECONDS` at most. Where the database is away, what was known keeps its worth for `_STALE_SECONDS`: records
must not be lost because a database restarts. Unknown tokens are remembered too (few of them), so that guessing costs no look-ups.
"""

import asyncio
from collections import OrderedDict
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import structlog

from minixdr.app.credentials import hash_of, is_token
from minixdr.app.platform import Platform
from minixdr.ports.database import DatabaseAwayError, DatabaseConflictError, Scope
from minixdr.ports.stores.access import ApiToken

_FRESH_SECONDS = 5.0
_ASK_SECONDS = 5.0
"""How long a request waits for a database that does not answer."""
_STALE_SECONDS = 300.0
_MOST_KNOWN = 10_000
_MOST_UNKNOWN = 1_000
_WRITE_SECONDS = 60.0
T = TypeVar("T")
log = structlog.get_logger(__name__)


class IngestTokens:
    """The tokens that this process met."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._known: OrderedDict[bytes, tuple[float, ApiToken]] = OrderedDict()
        self._unknown: OrderedDict[bytes, float] = OrderedDict()
        self._asking: dict[bytes, tuple[float, asyncio.Task[ApiToken | None]]] = {}
        """Since when."""
        self._used: dict[UUID, dict[UUID, tuple[datetime, str | None]]] = {}
        self._written_at = float("-inf")
        self._writing: asyncio.Task[None] | None = None

    async def find(self, presented: str) -> ApiToken | None:
        """Return the ingest token, revoked and expired ones too; None where there is no such. Raises DatabaseAwayError."""
        if not is_token(presented, "ingest"):
            return None
        key, now = hash_of(presented), self._seconds()
        known = self._known.get(key)
        if known is not None and now - known[0] < _FRESH_SECONDS:
            return known[1]
        if now - self._unknown.get(key, float("-inf")) < _FRESH_SECONDS:
            return None
        try:
            return await self._ask(key)
        except DatabaseAwayError:
            if known is None or now - known[0] > _STALE_SECONDS:
                raise
            return known[1]

    def use(self, token: ApiToken, address: str | None) -> None:
        """Note that a token was used; it is written by and by."""
        self._used.setdefault(token.organization_id, {})[token.id] = (self._platform.now(), address)
        now = self._seconds()
        if now - self._written_at >= _WRITE_SECONDS and self._writing is None:
            self._written_at = now
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def close(self) -> None:
        """Write what is not written yet."""
        if self._writing is not None:
            await self._writing
        await self._write()

    def _seconds(self) -> float:
        return asyncio.get_running_loop().time()

    async def _ask(self, key: bytes) -> ApiToken | None:
        """Ask the database, once for all that wait for the same token. Raises DatabaseAwayError, also where the answer takes too long."""
        if key not in self._asking:
            task = asyncio.get_running_loop().create_task(self._look_up(key))
            task.add_done_callback(lambda done: self._answered(key, done))
            self._asking[key] = (self._seconds(), task)
        since, task = self._asking[key]
        try:
            async with asyncio.timeout(max(since + _ASK_SECONDS - self._seconds(), 0.0)):
                return await asyncio.shield(task)
        except TimeoutError:
            raise DatabaseAwayError("the database does not answer") from None

    def _answered(self, key: bytes, task: "asyncio.Task[ApiToken | None]") -> None:
        del self._asking[key]
        if not task.cancelled():
            task.exception()  # it was heard, though everybody may be gone

    async def _look_up(self, key: bytes) -> ApiToken | None:
        async with self._platform.database.transaction(Scope(token_hash=key)) as transaction:
            token = await transaction.tokens.by_token()
        if token is None or token.kind != "ingest":
            self._known.pop(key, None)
            _remember(self._unknown, key, self._seconds(), _MOST_UNKNOWN)
            return None
        self._unknown.pop(key, None)
        _remember(self._known, key, (self._seconds(), token), _MOST_KNOWN)
        return token

    async def _write(self) -> None:
        used, self._used = self._used, {}
        try:
            for organization_id, uses in used.items():
                async with self._platform.database.transaction(Scope(organization_id)) as transaction:
                    await transaction.tokens.used(uses)
        except (DatabaseAwayError, DatabaseConflictError) as error:
            log.warning("last_use_of_tokens_was_not_written", reason=str(error))
        finally:
            self._writing = None


def _remember(memory: "OrderedDict[bytes, T]", key: bytes, value: T, most: int) -> None:
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > most:
        memory.popitem(last=False)
