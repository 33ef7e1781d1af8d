"""Batches that could not be processed: send one through again, or give it up. Either way it stays, with what became of it."""

import asyncio
from uuid import UUID

from minixdr.app.platform import Platform
from minixdr.app.refusal import ConflictError, NotFoundError
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.receipts import DeadLetter


async def replay(platform: Platform, scope: Scope, dead_letter_id: UUID) -> DeadLetter:
    """Put the batch into the log again, and mark it. Published first: if marking fails it can be replayed twice, which receipts make harmless.

    Raises NotFoundError, ConflictError, LogFullError.
    """
    if platform.unpack is None:
        raise ConflictError("This process cannot read batches.")
    async with platform.database.transaction(scope) as tx:
        await _open(tx, dead_letter_id)
        payload = await tx.receipts.dead_payload(dead_letter_id)
    if payload is None:
        raise _no_letter()
    batch = await asyncio.to_thread(platform.unpack, payload)
    if batch.organization_id != str(scope.organization_id):
        raise _no_letter()
    if not await platform.log.publish(batch):
        raise ConflictError(
            "The log remembers this batch from minutes ago and would not deliver it again: try in ten minutes."
        )
    return await _settle(platform, scope, dead_letter_id, "replayed")


async def discard(platform: Platform, scope: Scope, dead_letter_id: UUID) -> DeadLetter:
    """Give the batch up. Raises NotFoundError, ConflictError."""
    return await _settle(platform, scope, dead_letter_id, "discarded")


async def _settle(platform: Platform, scope: Scope, dead_letter_id: UUID, state: str) -> DeadLetter:
    async def work(tx: Transaction) -> DeadLetter:
        letter = await _open(tx, dead_letter_id)
        now = platform.now()
        details = {"batch_id": letter.batch_id, "records": letter.records, "reason": letter.reason}
        await tx.audit.add(f"dead_letter.{state}", f"dead_letter:{dead_letter_id}", details, at=now)
        return await tx.receipts.settle(dead_letter_id, state, scope.actor, now)

    return await platform.database.run(scope, work)


async def _open(tx: Transaction, dead_letter_id: UUID) -> DeadLetter:
    letter = await tx.receipts.dead_letter(dead_letter_id, lock=True)
    if letter is None:
        raise _no_letter()
    if letter.state != "open":
        raise ConflictError(f"It is {letter.state} already.")
    return letter


def _no_letter() -> NotFoundError:
    return NotFoundError("There is no such dead letter.")
