"""The matcher: takes batches from the log and keeps everything they give.

    take -> work_up (pure, one thread) -> stage the events (a file named after the batch) -> ONE transaction -> acknowledge

Each step may be repeated after a crash: the file has the same name and content, the receipt's key turns a repeat away, ids of findings are derived.
A batch is acknowledged only after its transaction. What is away for a while (database, disk) is waited for; a batch that fails by itself five times
goes to the dead letters, whole.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

import structlog

from minixdr.app.detections import Detections
from minixdr.app.intake.work import Worked, work_up
from minixdr.app.platform import Platform
from minixdr.ports.database import DatabaseAwayError, DatabaseBusyError, DatabaseConflictError, Scope, Transaction
from minixdr.ports.lake import Stage, StagedFile
from minixdr.ports.log import Delivery, LogFullError
from minixdr.ports.stores.intake import DeadLetter

MOST_ATTEMPTS = 5
_AT_ONCE = 4
"""Batches of a process between taking and acknowledging: one in the matcher, the others with disk and database."""
_EXTEND_SECONDS = 10
_LONGEST_WAIT_SECONDS = 30.0
_LONGEST_REASON = 2_000
_PASSING = (DatabaseAwayError, DatabaseBusyError, DatabaseConflictError, LogFullError, OSError)
"""What is not the batch's fault."""

log = structlog.get_logger(__name__)
Crash = Callable[[str], None]


def _no_crash(_step: str) -> None:
    return None


@dataclass
class Matcher:
    """One process's matcher."""

    platform: Platform
    detections: Detections
    stage: Stage
    pack: Callable[[Delivery], bytes]
    """Return a batch as it lay in the log, for a dead letter."""
    crash: Crash = _no_crash
    """Called with the name of each step; a test dies there."""
    done: int = 0
    """Batches acknowledged."""
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "matcher"))
    _waits: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; what was taken is finished first."""
        slots = asyncio.Semaphore(_AT_ONCE)
        tasks: set[asyncio.Task[None]] = set()
        deliveries = self.platform.log.deliveries(most=_AT_ONCE)
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                following = asyncio.ensure_future(anext(deliveries))
                await asyncio.wait({following, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if not following.done():
                    following.cancel()
                    await asyncio.wait({following})
                    break
                for delivery in following.result():
                    await slots.acquire()
                    task = asyncio.create_task(self._handle(delivery, slots))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
        finally:
            stopped.cancel()
            await deliveries.aclose()
            if tasks:
                await asyncio.wait(tasks)
            self._thread.shutdown()

    async def _handle(self, delivery: Delivery, slots: asyncio.Semaphore) -> None:
        try:
            async with _extended(delivery):
                await self._work(delivery)
            self._waits = 0
            self.done += 1
        except _PASSING as error:
            self._waits = min(self._waits + 1, 6)
            delay = min(0.5 * 2**self._waits, _LONGEST_WAIT_SECONDS)
            self.platform.metrics.batches.labels("again").inc()
            log.warning("a batch waits", batch=delivery.batch_id, reason=str(error)[:_LONGEST_REASON], seconds=delay)
            await delivery.again(delay)
        except Exception as error:
            log.exception("a batch failed", batch=delivery.batch_id, attempt=delivery.attempt)
            await self._failed(delivery, error)
        finally:
            slots.release()

    async def _work(self, delivery: Delivery) -> None:
        batch = delivery.batch
        started = monotonic()
        loaded = await self.detections.of(batch.organization_id)
        worked = await asyncio.get_running_loop().run_in_executor(
            self._thread, work_up, batch, delivery.batch_id, loaded.detection, loaded.tuning, self.platform.now()
        )
        self.crash("worked")
        staged = (
            await asyncio.to_thread(self.stage.stage, batch.organization_id, delivery.batch_id, worked.events)
            if worked.events
            else None
        )
        self.crash("staged")
        scope = Scope(organization_id=UUID(batch.organization_id), actor="worker:matcher")
        await self.platform.database.run(scope, lambda opened: self._keep(opened, worked, staged))
        self.crash("kept")
        await delivery.done()
        self.crash("acknowledged")
        self._count(worked, monotonic() - started)

    async def _keep(self, opened: Transaction, worked: Worked, staged: StagedFile | None) -> None:
        if not await opened.intake.add_receipt(worked.receipt):
            return
        if staged is not None:
            await opened.intake.add_staged(staged, worked.receipt.batch_id)
        if worked.findings:
            await opened.intake.add_findings(worked.findings)
        if worked.signals:
            await opened.intake.add_signals(worked.signals)
        hits: dict[UUID, int] = {}
        for kept in worked.findings:
            if kept.suppressed_by is not None:
                hits[UUID(kept.suppressed_by)] = hits.get(UUID(kept.suppressed_by), 0) + 1
        if hits:
            await opened.rules.add_hits(hits, self.platform.now())
        self.crash("keeping")

    def _count(self, worked: Worked, seconds: float) -> None:
        metrics, account = self.platform.metrics, worked.receipt.account
        metrics.batches.labels("done").inc()
        metrics.batch_seconds.observe(seconds)
        for became in ("events", "skipped", "malformed", "duplicates"):
            metrics.receipt_records.labels(became).inc(getattr(account, became))
        if worked.findings:
            age = self.platform.now() - worked.receipt.received_at
            metrics.record_to_finding_seconds.observe(max(age.total_seconds(), 0.0))

    async def _failed(self, delivery: Delivery, error: Exception) -> None:
        if delivery.attempt < MOST_ATTEMPTS:
            await delivery.again(float(delivery.attempt))
            return
        letter = DeadLetter(
            batch_id=delivery.batch_id,
            door=delivery.batch.door,
            origin=delivery.batch.origin,
            reason=f"{type(error).__name__}: {error}"[:_LONGEST_REASON],
            attempts=delivery.attempt,
            payload=self.pack(delivery),
            records=len(delivery.batch.raws),
        )
        scope = Scope(organization_id=UUID(delivery.batch.organization_id), actor="worker:matcher")
        try:
            async with self.platform.database.transaction(scope) as opened:
                await opened.intake.add_dead_letter(letter)
        except _PASSING as away:
            log.warning("a dead letter waits", batch=delivery.batch_id, reason=str(away))
            await delivery.again(_LONGEST_WAIT_SECONDS)
            return
        self.platform.metrics.batches.labels("dead").inc()
        await delivery.done()


@asynccontextmanager
async def _extended(delivery: Delivery) -> AsyncIterator[None]:
    """Ask for more time while the block works."""

    async def extend() -> None:
        while True:
            await asyncio.sleep(_EXTEND_SECONDS)
            await delivery.working()

    task = asyncio.create_task(extend())
    try:
        yield
    finally:
        task.cancel()
