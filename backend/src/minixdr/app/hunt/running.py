"""Hunts in threads: a few at a time, a few more in line, each ended when its time is up or nobody waits for it any more."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from threading import Lock
from typing import TypeVar

from minixdr.app.refusal import TooManyError
from minixdr.ports.hunting import ExportForm, Hunter, HuntInput, HuntResult, Watch
from minixdr.schema.hunt import Attribute, Query

T = TypeVar("T")
RUNNING = 2
"""At once in a process. More would not end sooner: a hunt uses all cores, and they share one bound of memory."""
WAITING = 16
"""In line; whoever comes after is told to come back."""
TIMEOUT_SECONDS = 45.0
"""Shorter than a request may take."""
EXPORTING = 2
EXPORTS_WAITING = 6
EXPORT_TIMEOUT_SECONDS = 600.0
_RETRY_SECONDS = 5.0


class Stopping:
    """Implements ports.hunting.Watch: `stop` from any thread ends what runs."""

    def __init__(self, timeout_seconds: float) -> None:
        self.timeout_seconds = timeout_seconds
        self._lock = Lock()
        self._stop: Callable[[], None] | None = None
        self._stopped = False

    def on_stop(self, stop: Callable[[], None] | None) -> None:
        """Remember what to call; see ports.hunting."""
        with self._lock:
            self._stop = stop
            late = self._stopped and stop is not None
        if late and stop is not None:
            stop()

    def stop(self) -> None:
        """End what runs, and what would run with this."""
        with self._lock:
            self._stopped = True
            stop = self._stop
        if stop is not None:
            stop()


class Line:
    """Places for a few at a time, and a line before them. One organization never fills more than half of it."""

    def __init__(self, running: int, waiting: int) -> None:
        self._places = asyncio.Semaphore(running)
        self._most = running + waiting
        self._of: Counter[str] = Counter()

    @asynccontextmanager
    async def place(self, organization_id: str, most_seconds: float | None = None) -> AsyncIterator[None]:
        """Have a place for the block, or for so long: whoever reads a file slowly does not keep others out. Raises TooManyError."""
        if self._of.total() >= self._most or self._of[organization_id] >= max(1, self._most // 2):
            raise TooManyError("Too many hunts run or wait at this moment. Try again.", _RETRY_SECONDS)
        self._of[organization_id] += 1
        left = False

        def leave() -> None:
            nonlocal left
            if not left:
                left = True
                self._places.release()

        try:
            await self._places.acquire()
            late = None if most_seconds is None else asyncio.get_running_loop().call_later(most_seconds, leave)
            try:
                yield
            finally:
                if late is not None:
                    late.cancel()
                leave()
        finally:
            self._of -= Counter({organization_id: 1})


class Hunting:
    """One process's hunts."""

    def __init__(
        self,
        hunter: Hunter,
        *,
        running: int = RUNNING,
        waiting: int = WAITING,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._hunter = hunter
        self._timeout_seconds = timeout_seconds
        self._threads = ThreadPoolExecutor(running + EXPORTING, thread_name_prefix="hunt")
        self._hunts = Line(running, waiting)
        self._exports = Line(EXPORTING, EXPORTS_WAITING)

    @property
    def hunter(self) -> Hunter:
        """What runs them, for jobs: they have threads of their own."""
        return self._hunter

    def regex_error(self, pattern: str) -> str | None:
        """Return why the engine cannot run the regular expression."""
        return self._hunter.regex_error(pattern)

    async def run(self, query: Query, given: HuntInput, most_rows: int) -> HuntResult:
        """Return what the query finds. Raises TooManyError, and what ports.hunting.Hunter does."""
        async with self._hunts.place(given.organization_id):
            return await self._in_thread(lambda watch: self._hunter.run(query, given, most_rows, watch))

    async def values(self, attribute: Attribute, prefix: str, given: HuntInput, most: int) -> Sequence[tuple[str, int]]:
        """Return the most frequent values that begin so. Raises as `run`."""
        async with self._hunts.place(given.organization_id):
            return await self._in_thread(lambda watch: self._hunter.values(attribute, prefix, given, most, watch))

    async def count(self, query: Query, given: HuntInput, most_rows: int) -> int:
        """Return how many rows there are, no more than that. Raises as `run`."""
        async with self._hunts.place(given.organization_id):
            return await self._in_thread(lambda watch: self._hunter.count(query, given, most_rows, watch))

    async def work(self, organization_id: str, work: Callable[[Hunter, Watch], T]) -> T:
        """Return what the work returns, in a place and a thread of hunts. Raises as `run`."""
        async with self._hunts.place(organization_id):
            return await self._in_thread(lambda watch: work(self._hunter, watch))

    async def export(self, query: Query, given: HuntInput, form: ExportForm, most_rows: int) -> AsyncIterator[bytes]:
        """Yield a file's parts. Raises as `run`."""
        async with self._exports.place(given.organization_id, EXPORT_TIMEOUT_SECONDS):
            watch = Stopping(EXPORT_TIMEOUT_SECONDS)
            parts = self._hunter.export(query, given, form, most_rows, watch)
            loop = asyncio.get_running_loop()
            taking = None
            try:
                while True:
                    taking = loop.run_in_executor(self._threads, _next, parts)
                    part = await asyncio.shield(taking)
                    if part is None:
                        return
                    yield part
            finally:
                watch.stop()
                if taking is not None and not taking.done():
                    await asyncio.wait([taking])
                await loop.run_in_executor(self._threads, _close, parts)

    async def _in_thread(self, work: Callable[[Stopping], T]) -> T:
        watch = Stopping(self._timeout_seconds)
        running = asyncio.get_running_loop().run_in_executor(self._threads, work, watch)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            watch.stop()
            await asyncio.wait([running])  # the thread is busy until then: no other hunt may have its place
            if not running.cancelled():
                running.exception()  # nobody asks for it
            raise

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _next(parts: Iterator[bytes]) -> bytes | None:
    return next(parts, None)


def _close(parts: Iterator[bytes]) -> None:
    close = getattr(parts, "close", None)
    if close is not None:
        close()
