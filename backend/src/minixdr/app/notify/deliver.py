"""Delivers what is queued: at least once, with the same id each time, again with longer and longer pauses for a day, then given up."""

from datetime import timedelta
from uuid import UUID

import msgspec

from minixdr.app.notify import messages
from minixdr.app.notify.messages import Destination
from minixdr.app.platform import Platform
from minixdr.app.sealing import UnreadableError, unseal
from minixdr.ports.database import Scope
from minixdr.ports.notifier import Answer, Notifier, NotSentError
from minixdr.ports.stores.notifications import Channel, Delivery, Outcome

DAY = timedelta(days=1)
"""How long it is tried."""
OWNED_FOR = timedelta(minutes=2)
"""Longer than any attempt takes: who takes it then knows that the worker died."""
_FIRST_PAUSE = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(hours=1)
_MOST_DOUBLINGS = 10
_ACTOR = "worker:notifier"


async def take(platform: Platform, busy: frozenset[UUID]) -> Delivery | None:
    """Return what is to be sent next, None where nothing is due; channels that are busy are left out."""
    now = platform.now()
    async with platform.database.transaction(Scope(system=True, actor=_ACTOR)) as tx:
        return await tx.notification_deliveries.take(busy, now, now + OWNED_FOR)


async def deliver(platform: Platform, delivery: Delivery) -> Outcome | None:
    """Try once, and note what became of it; None where the channel was removed meanwhile."""
    scope = Scope(delivery.organization_id, actor=_ACTOR)
    async with platform.database.transaction(scope) as tx:
        channel = await tx.notification_channels.get(delivery.channel_id)
    if channel is None:
        return None
    outcome = await send(platform, channel, delivery) if channel.enabled else _off(platform, delivery)
    async with platform.database.transaction(scope) as tx:
        await tx.notification_deliveries.finish(delivery, outcome)
    return outcome


async def send(platform: Platform, channel: Channel, delivery: Delivery) -> Outcome:
    """Send a message once, and return what became of it."""
    notifier = platform.notifier
    if notifier is None:
        return _after(platform, delivery, None, "This process sends no messages.")
    try:
        answer = await _say(platform, notifier, channel, delivery)
    except (NotSentError, UnreadableError) as error:
        return _after(platform, delivery, None, str(error))
    return _after(platform, delivery, answer, None if answer.taken else f"The other side answered {answer.status}.")


async def _say(platform: Platform, notifier: Notifier, channel: Channel, delivery: Delivery) -> Answer:
    to = opened(platform, channel)
    if channel.kind == "email":
        return await notifier.mail(messages.mail(delivery, to, platform.public_url))
    if channel.kind == "slack":
        return await notifier.post(messages.slack(delivery, to, platform.public_url))
    return await notifier.post(messages.webhook(delivery, to, platform.public_url, platform.now()))


def opened(platform: Platform, channel: Channel) -> Destination:
    """Return where the channel leads. Raises UnreadableError."""
    content = unseal(platform.secret_key, f"notification:{channel.id}", channel.destination_encrypted)
    return msgspec.json.decode(content, type=Destination)


def _after(platform: Platform, delivery: Delivery, answer: Answer | None, error: str | None) -> Outcome:
    now = platform.now()
    pause = min(_FIRST_PAUSE * 2 ** min(delivery.attempts - 1, _MOST_DOUBLINGS), _LONGEST_PAUSE)
    if answer is not None and answer.retry_after_seconds is not None:
        pause = max(pause, timedelta(seconds=answer.retry_after_seconds))
    over = error is None or now + pause > delivery.give_up_at
    return Outcome(
        state="delivered" if error is None else "failed" if over else "queued",
        next_at=now if over else now + pause,
        finished_at=now if over else None,
        status=None if answer is None else answer.status,
        answer=None if answer is None else answer.text,
        error=error,
    )


def _off(platform: Platform, delivery: Delivery) -> Outcome:
    now = platform.now()
    return Outcome(
        state="failed",
        next_at=now,
        finished_at=now,
        status=delivery.status,
        answer=delivery.answer,
        error="The channel was switched off before it was sent.",
    )
