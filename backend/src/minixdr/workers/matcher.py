"""The matcher: takes batches from the log and keeps everything they give.

    take a group -> work_up (pure, one thread) -> stage the events (one file) -> ONE transaction -> acknowledge

Batches that wait are worked on in groups: a file, a transaction and their syncs for many. Each step may be repeated after a crash: what was staged
and not kept is nobody's, the receipts' keys turn a repeat away, ids of findings are derived. A batch is acknowledged only after its transaction.
What is away for a while (database, disk) is waited for. Where a group fails, each of its batches is tried alone; one that fails by itself five
times goes to the dead letters, whole.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from time import monotonic
from uuid import UUID

import structlog

from minixdr.app.detections import Detections, Set
from minixdr.app.intake.work import Worked, work_up
from minixdr.app.platform import Platform
from minixdr.ports.database import DatabaseAwayError, DatabaseBusyError, DatabaseConflictError, Scope, Transaction
from minixdr.ports.lake import LakeAwayError, Stage, StagedFile
from minixdr.ports.log import Delivery, LogFullError
from minixdr.ports.stores.intake import DeadLetter, KeptFinding

MOST_ATTEMPTS = 5
_GROUPS = 3
"""Groups of a process between taking and acknowledging: one in the matcher, the others with disk and database."""
_MOST_BATCHES = 32
_MOST_RECORDS = 4_000
"""Of a group, unless one batch has more: as events they take some 20 MB."""
_EXTEND_SECONDS = 10
_LONGEST_WAIT_SECONDS = 30.0
_LONGEST_REASON = 2_000
_PASSING = (DatabaseAwayError, DatabaseBusyError, DatabaseConflictError, LakeAwayError, LogFullError, OSError)
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
        slots = asyncio.Semaphore(_GROUPS)
        tasks: set[asyncio.Task[None]] = set()
        deliveries = self.platform.log.deliveries(most=_MOST_BATCHES)
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await slots.acquire()
                following = asyncio.ensure_future(anext(deliveries))
                await asyncio.wait({following, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if not following.done():
                    following.cancel()
                    await asyncio.wait({following})
                    break
                groups = _grouped(following.result())
                slots.release()
                for group in groups:
                    await slots.acquire()
                    task = asyncio.create_task(self._in_slot(group, slots))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
        finally:
            stopped.cancel()
            await deliveries.aclose()
            if tasks:
                await asyncio.wait(tasks)
            self._thread.shutdown()

    async def _in_slot(self, group: Sequence[Delivery], slots: asyncio.Semaphore) -> None:
        try:
            async with _extended(group):
                await self._handle(group)
        finally:
            slots.release()

    async def _handle(self, group: Sequence[Delivery]) -> None:
        try:
            await self._work(group)
            self._waits = 0
            self.done += len(group)
        except _PASSING as error:
            self._waits = min(self._waits + 1, 6)
            delay = min(0.25 * 2**self._waits, _LONGEST_WAIT_SECONDS)
            self.platform.metrics.batches.labels("again").inc(len(group))
            log.warning("batches_wait", batches=len(group), reason=str(error)[:_LONGEST_REASON], seconds=delay)
            for delivery in group:
                await delivery.again(delay)
        except Exception as error:
            if len(group) > 1:
                log.warning("group_failed", batches=len(group), reason=repr(error)[:_LONGEST_REASON])
                for delivery in group:
                    await self._handle([delivery])
                return
            log.exception("batch_failed", batch=group[0].batch_id, attempt=group[0].attempt)
            await self._failed(group[0], error)

    async def _work(self, group: Sequence[Delivery]) -> None:
        started = monotonic()
        organization_id = group[0].batch.organization_id
        loaded = await self.detections.of(organization_id)
        worked = await asyncio.get_running_loop().run_in_executor(
            self._thread, _work_up, group, loaded, self.platform.now()
        )
        self.crash("worked")
        events = [event for each in worked for event in each.events]
        name = _name(group)
        staged = await asyncio.to_thread(self.stage.stage, organization_id, name, events) if events else None
        self.crash("staged")
        scope = Scope(organization_id=UUID(organization_id), actor="worker:matcher")
        await self.platform.database.run(scope, lambda opened: self._keep(opened, worked, staged))
        self.crash("kept")
        for delivery in group:
            await delivery.done()
        self.crash("acknowledged")
        self._count(worked, monotonic() - started)

    async def _keep(self, opened: Transaction, worked: Sequence[Worked], staged: StagedFile | None) -> None:
        new = await opened.intake.add_receipts([each.receipt for each in worked])
        if len(new) < len(worked):
            if len(worked) > 1:
                raise RepeatedError(f"{len(worked) - len(new)} of {len(worked)} batches were worked on before")
            return
        if staged is not None:
            await opened.intake.add_staged(staged, [each.receipt.batch_id for each in worked])
        findings = [finding for each in worked for finding in each.findings]
        if findings:
            await opened.intake.add_findings(findings)
        signals = [signal for each in worked for signal in each.signals]
        if signals:
            await opened.intake.add_signals(signals)
        hits = Counter(UUID(kept.suppressed_by) for kept in findings if kept.suppressed_by is not None)
        if hits:
            await opened.rules.add_hits(hits, self.platform.now())
        seen = Counter(str(kept.finding.matched["indicator_id"]) for kept in findings if _of_own_indicator(kept))
        if seen:
            await opened.indicators.add_hits(seen, self.platform.now())
        self.crash("keeping")

    def _count(self, worked: Sequence[Worked], seconds: float) -> None:
        metrics, now = self.platform.metrics, self.platform.now()
        metrics.batches.labels("done").inc(len(worked))
        metrics.batch_seconds.observe(seconds)
        for each in worked:
            for became in ("events", "skipped", "malformed", "duplicates"):
                metrics.receipt_records.labels(became).inc(getattr(each.receipt.account, became))
            if each.findings:
                age = (now - each.receipt.received_at).total_seconds()
                metrics.record_to_finding_seconds.observe(max(age, 0.0))

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


class RepeatedError(Exception):
    """Some batches of a group were worked on before: each is looked at alone."""


def _of_own_indicator(kept: KeptFinding) -> bool:
    return kept.finding.analytic.kind == "indicator" and "indicator_id" in kept.finding.matched


def _work_up(group: Sequence[Delivery], loaded: Set, now: datetime) -> list[Worked]:
    return [work_up(each.batch, each.batch_id, loaded.detection, loaded.tuning, now) for each in group]


def _grouped(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Return the deliveries in groups of one organization and bounded size; a batch that was tried before is alone."""
    groups: list[list[Delivery]] = []
    open_: dict[str, tuple[list[Delivery], int]] = {}
    for delivery in deliveries:
        batch = delivery.batch
        group, records = open_.get(batch.organization_id, ([], _MOST_RECORDS))
        if delivery.attempt > 1:
            groups.append([delivery])
            continue
        if records + len(batch.raws) > _MOST_RECORDS:
            group, records = [], 0
            groups.append(group)
        group.append(delivery)
        open_[batch.organization_id] = group, records + len(batch.raws)
    return groups


def _name(group: Sequence[Delivery]) -> str:
    """Return what the group's file is named after: its batches."""
    if len(group) == 1:
        return group[0].batch_id
    return blake2b("".join(sorted(each.batch_id for each in group)).encode(), digest_size=16).hexdigest()


@asynccontextmanager
async def _extended(group: Sequence[Delivery]) -> AsyncIterator[None]:
    """Ask for more time while the block works."""

    async def extend() -> None:
        while True:
            await asyncio.sleep(_EXTEND_SECONDS)
            for delivery in group:
                await delivery.working()

    task = asyncio.create_task(extend())
    try:
        yield
    finally:
        task.cancel()
