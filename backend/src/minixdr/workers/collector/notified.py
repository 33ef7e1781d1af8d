"""What a queue tells of: its messages, their objects. A message is deleted when all that it names is collected (or never can be)."""

import asyncio
from contextlib import suppress

import structlog

from minixdr.ingest.doors.s3_notifications import NewObject, NoNotificationError, read_notification
from minixdr.ports.cloud import CloudError, Queue, QueueMessage
from minixdr.ports.database import DatabaseAwayError, DatabaseConflictError
from minixdr.workers.collector.objects import Outcome, StoppingError, collect
from minixdr.workers.collector.parts import OBJECTS_AT_ONCE, Parts, Place

HIDDEN_SECONDS = 300
"""A message whose collector died comes again after this."""
_PROLONG_SECONDS = 100.0
_WAIT_SECONDS = 10
_MOST_DELIVERIES = 5
"""Of a message that says nothing we know, before it is deleted; a dead-letter queue with fewer keeps it."""
_FIRST_PAUSE_SECONDS = 30
_LONGEST_PAUSE_SECONDS = 900
_AFTER_TROUBLE_SECONDS = 30.0

_log = structlog.get_logger(__name__)


async def follow(parts: Parts, place: Place, queue: Queue) -> None:
    """Collect what the queue tells of, until the process is to stop."""
    slots = asyncio.Semaphore(OBJECTS_AT_ONCE)
    handling: set[asyncio.Task[None]] = set()
    troubled = True  # nothing is known: say that all is well, once it is
    try:
        while not parts.stopping.is_set():
            await slots.acquire()  # before asking: no message waits here, hidden from other processes
            try:
                message = await _next(parts, queue)
                if troubled:
                    await _say(parts, place, None)
                    troubled = False
            except (CloudError, DatabaseAwayError, DatabaseConflictError) as error:
                troubled, message = True, None
                await _stumble(parts, place, error)
            if message is None:
                slots.release()
                continue
            task = asyncio.create_task(_handle(parts, place, queue, message, slots))
            handling.add(task)
            task.add_done_callback(handling.discard)
    finally:
        await asyncio.gather(*handling)


async def _next(parts: Parts, queue: Queue) -> QueueMessage | None:
    return next(iter(await parts.call(queue.receive, 1, _WAIT_SECONDS, HIDDEN_SECONDS)), None)


async def _handle(parts: Parts, place: Place, queue: Queue, message: QueueMessage, slots: asyncio.Semaphore) -> None:
    try:
        await _settle(parts, place, queue, message)
    finally:
        slots.release()


async def _settle(parts: Parts, place: Place, queue: Queue, message: QueueMessage) -> None:
    prolonging = asyncio.create_task(_prolong(parts, queue, message))
    try:
        outcome = await _objects_of(parts, place, message)
    except (DatabaseAwayError, DatabaseConflictError, StoppingError) as error:
        _log.warning("message_was_given_back", input=str(place.input.id), reason=str(error) or "stopping")
        outcome = Outcome.LATER
    finally:
        prolonging.cancel()
        await asyncio.gather(prolonging, return_exceptions=True)
    try:
        if outcome is Outcome.DONE:
            await parts.call(queue.delete, message.receipt)
        else:
            pause = min(_FIRST_PAUSE_SECONDS << min(message.deliveries - 1, 10), _LONGEST_PAUSE_SECONDS)
            await parts.call(queue.prolong, message.receipt, 0 if parts.stopping.is_set() else pause)
    except CloudError as error:  # it comes again, and is found to be done
        _log.warning("message_was_not_settled", input=str(place.input.id), reason=str(error))


async def _objects_of(parts: Parts, place: Place, message: QueueMessage) -> Outcome:
    try:
        named = read_notification(message.body)
    except NoNotificationError as error:
        _log.warning(
            "message_was_no_notification", input=str(place.input.id), reason=str(error), deliveries=message.deliveries
        )
        return Outcome.DONE if message.deliveries >= _MOST_DELIVERIES else Outcome.LATER
    outcome = Outcome.DONE
    for new in named:
        if not _is_ours(place, new):
            _log.warning("message_named_a_foreign_object", input=str(place.input.id), bucket=new.bucket)
        elif await collect(parts, place, new.key, new.etag, new.version_id) is Outcome.LATER:
            outcome = Outcome.LATER
    return outcome


def _is_ours(place: Place, new: NewObject) -> bool:
    """Return whether the object is one of the input's: whoever may write to a queue must not make us read any bucket that we could."""
    return new.bucket == place.input.bucket and new.key.startswith(place.input.prefix) and not new.key.endswith("/")


async def _prolong(parts: Parts, queue: Queue, message: QueueMessage) -> None:
    while True:
        await asyncio.sleep(_PROLONG_SECONDS)
        try:
            await parts.call(queue.prolong, message.receipt, HIDDEN_SECONDS)
        except CloudError as error:  # another process may begin it too, which does no harm
            _log.warning("message_was_not_prolonged", reason=str(error))


async def _stumble(parts: Parts, place: Place, error: Exception) -> None:
    _log.warning("queue_could_not_be_read", input=str(place.input.id), reason=str(error))
    with suppress(DatabaseAwayError, DatabaseConflictError):  # said in the log above
        await _say(parts, place, str(error))
    await parts.pause(_AFTER_TROUBLE_SECONDS)


async def _say(parts: Parts, place: Place, reason: str | None) -> None:
    async with parts.platform.database.transaction(place.scope) as opened:
        await opened.collector.input_trouble(place.input.id, reason)
