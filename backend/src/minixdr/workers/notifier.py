"""The loop of notifications: several at once, one of a channel at a time, so that a slow receiver holds up itself alone.

Every worker may run it: a delivery is taken by its row, and one whose worker died is taken again when the time that it was owned for is over.
"""

import asyncio
from functools import partial
from uuid import UUID

import structlog

from minixdr.app.notify.deliver import deliver, take
from minixdr.app.platform import Platform
from minixdr.ports.database import DatabaseAwayError, DatabaseConflictError
from minixdr.ports.stores.notifications import Delivery

PAUSE_SECONDS = 2.0
MOST_AT_ONCE = 16

log = structlog.get_logger(__name__)


async def run_notifier(platform: Platform, stop: asyncio.Event) -> None:
    """Deliver notifications until told to stop; what is being sent then is waited for."""
    sending: dict[UUID, asyncio.Task[None]] = {}
    while not stop.is_set():
        delivery = None
        try:
            if len(sending) < MOST_AT_ONCE:
                delivery = await take(platform, frozenset(sending))
        except (DatabaseAwayError, DatabaseConflictError) as error:
            log.warning("notifications_wait", reason=str(error))
        if delivery is not None:
            task = asyncio.create_task(_deliver(platform, delivery))
            sending[delivery.channel_id] = task
            task.add_done_callback(partial(_ended, sending, delivery.channel_id))
            continue
        await _pause(sending, stop)
    if sending:
        await asyncio.wait(sending.values())


def _ended(sending: dict[UUID, asyncio.Task[None]], channel_id: UUID, _: asyncio.Task[None]) -> None:
    sending.pop(channel_id, None)


async def _pause(sending: dict[UUID, asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Wait until a channel is free again, a moment has passed, or the process stops."""
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([stopping, *sending.values()], timeout=PAUSE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()


async def _deliver(platform: Platform, delivery: Delivery) -> None:
    try:
        outcome = await deliver(platform, delivery)
    except (DatabaseAwayError, DatabaseConflictError) as error:
        log.warning("notification_outcome_not_kept", delivery=str(delivery.id), reason=str(error))
        return
    except Exception:
        log.exception("notification_failed", delivery=str(delivery.id))
        return
    state = "gone" if outcome is None else outcome.state
    log.info("notification_tried", delivery=str(delivery.id), attempt=delivery.attempts, state=state)
