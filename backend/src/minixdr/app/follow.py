"""The changes of an organization, as they happen, from where a reader left off.

A reader holds no queue: it is woken, and reads at its own pace what it has not seen, a bounded number at a time. So a slow one costs nothing, and
misses nothing as long as the changes are kept.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from minixdr.app.platform import Platform
from minixdr.ports.database import DatabaseAwayError, Scope
from minixdr.ports.stores.changes import Change, ChangePosition, Wake

_AT_ONCE = 200
_GATHER_SECONDS = 0.2
"""Changes that come together are read together."""
_LOOK_SECONDS = 3.0
"""How often a reader looks where nothing wakes it: the transaction that wakes it may have to wait for an older one."""


async def follow(
    platform: Platform,
    scope: Scope,
    since: ChangePosition | None,
    *,
    beat_seconds: float,
    allowed: Callable[[], Awaitable[bool]],
    stopping: Callable[[], bool],
) -> AsyncIterator[Sequence[Change] | ChangePosition | None]:
    """Yield changes after the position as they happen, and None every `beat_seconds`.

    First of all a position, where the reader begins at what happens from now on: it gave none, or what followed it is no longer kept. Ends when
    the caller is no longer `allowed`, asked at each beat, and soon after the process is `stopping`.
    """
    position, fresh = await _begin(platform, scope, since)
    if fresh:
        yield position
    if scope.organization_id is None:
        raise ValueError("changes are an organization's")
    loop = asyncio.get_running_loop()
    beat_at = loop.time() + beat_seconds
    async with platform.changes.subscribe(scope.organization_id) if platform.changes else _asleep() as wake:
        while not stopping():
            try:
                async with platform.database.transaction(scope) as tx:
                    changes = await tx.changes.after(position, _AT_ONCE)
            except DatabaseAwayError:
                changes = ()  # it comes back: nothing is missed, the reader stays where it is
            if changes:
                position = changes[-1].position
                yield changes
            if len(changes) < _AT_ONCE:
                await wake.wait(max(min(_LOOK_SECONDS, beat_at - loop.time()), 0.01))
                await asyncio.sleep(_GATHER_SECONDS)
            if loop.time() >= beat_at:
                if not await allowed():
                    return
                yield None
                beat_at = loop.time() + beat_seconds


async def _begin(platform: Platform, scope: Scope, since: ChangePosition | None) -> tuple[ChangePosition, bool]:
    async with platform.database.transaction(scope) as tx:
        if since is not None and await tx.changes.kept_since(since):
            return since, False
        return await tx.changes.now(), True


class _asleep:  # noqa: N801 - a context
    """Stands for a listener where there is none."""

    async def __aenter__(self) -> Wake:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def wait(self, timeout_seconds: float) -> bool:
        await asyncio.sleep(timeout_seconds)
        return False
