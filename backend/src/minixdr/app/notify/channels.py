"""Channels that an organization is told of things by. Their addresses and secrets are sealed, and never shown again."""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import msgspec

from minixdr.app.notify.deliver import DAY, opened, send
from minixdr.app.notify.messages import TEST, Destination
from minixdr.app.platform import Platform
from minixdr.app.refusal import ConflictError, InvalidError, NotFoundError
from minixdr.app.sealing import UnreadableError, seal
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.notifier import Notifier, NotSentError
from minixdr.ports.stores.notifications import Channel, ChannelContent, Delivery, Outcome

_MOST_CHANNELS = 50
_SHOWN_LETTERS = 4
_LEAST_HIDDEN = 12
"""An address this short would be given away by its end."""


class NewChannel(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of a channel."""

    name: str
    kind: str
    url: str | None
    secret: str | None
    recipients: Sequence[str] | None
    least_severity: str
    events: Sequence[str]
    enabled: bool


def problems(platform: Platform) -> Mapping[str, str | None]:
    """Return why a kind of channel cannot be used, None where it can, by kind."""
    if platform.notifier is None:
        return dict.fromkeys(("webhook", "slack", "email"), "This process sends no messages.")
    return {"webhook": None, "slack": None, "email": platform.notifier.mail_problem}


async def get_channel(platform: Platform, scope: Scope, channel_id: UUID) -> Channel:
    """Return one. Raises NotFoundError."""
    async with platform.database.transaction(scope) as tx:
        return await _channel(tx, channel_id)


async def create_channel(platform: Platform, scope: Scope, new: NewChannel) -> tuple[Channel, str | None]:
    """Return a new channel, and its secret where it was made here. Raises InvalidError, ConflictError."""
    channel_id = uuid4()
    made_secret = secrets.token_urlsafe(32) if new.kind == "webhook" and new.secret is None else None
    to = Destination(new.url or "", new.secret or made_secret or "", new.recipients or ())
    await _check(platform, new.kind, to)
    plain = {name: getattr(new, name) for name in ("name", "kind", "least_severity", "events", "enabled")}
    content = ChannelContent(**plain, **_kept(platform, channel_id, new.kind, to))
    async with platform.database.transaction(scope) as tx:
        if len(await tx.notification_channels.all()) >= _MOST_CHANNELS:
            raise ConflictError(f"There are {_MOST_CHANNELS} channels; that is the most. Remove one.")
        made = await tx.notification_channels.add(channel_id, content, scope.user_id)
        await tx.audit.add("notification_channel.created", _target(made.id), _details(made), at=platform.now())
    return made, made_secret


async def change_channel(
    platform: Platform, scope: Scope, channel_id: UUID, changed: Mapping[str, Any], match: Callable[[Channel], None]
) -> Channel:
    """Return the channel with these fields changed (`url`, `secret`, `recipients` among them); `match` may refuse what it is now.
    Raises NotFoundError, InvalidError."""
    before = await get_channel(platform, scope, channel_id)
    match(before)
    given = {name: changed[name] for name in ("url", "secret", "recipients") if name in changed}
    to = Destination()
    if given:
        try:
            to = msgspec.structs.replace(opened(platform, before), **given)
        except UnreadableError as error:
            raise ConflictError(
                "What was kept of it cannot be read with this secret key: remove it, and make a new one."
            ) from error
        await _check(platform, before.kind, to)  # before the row is locked: it may ask a name server
    async with platform.database.transaction(scope) as tx:
        now = await _channel(tx, channel_id, lock=True)
        match(now)
        if given and now.version != before.version:
            raise ConflictError("Somebody else changed the channel at the same time: read it again.")
        plain = {name: getattr(now, name) for name in ChannelContent.__struct_fields__}
        plain |= {name: value for name, value in changed.items() if name not in given}
        if given:
            plain |= _kept(platform, channel_id, now.kind, to)
        made = await tx.notification_channels.change(channel_id, ChannelContent(**plain))
        await tx.audit.add("notification_channel.changed", _target(channel_id), _details(made), at=platform.now())
    return made


async def remove_channel(platform: Platform, scope: Scope, channel_id: UUID) -> None:
    """Remove one, with its deliveries. Raises NotFoundError."""
    async with platform.database.transaction(scope) as tx:
        now = await _channel(tx, channel_id, lock=True)
        await tx.notification_channels.remove(channel_id)
        await tx.audit.add("notification_channel.removed", _target(channel_id), _details(now), at=platform.now())


async def test_channel(platform: Platform, scope: Scope, channel_id: UUID) -> Outcome:
    """Send a message at once, and return what the other side said. Raises NotFoundError."""
    channel, now = await get_channel(platform, scope, channel_id), platform.now()
    delivery = Delivery(
        id=uuid4(),
        organization_id=channel.organization_id,
        channel_id=channel.id,
        event=TEST,
        incident_id=None,
        payload={"actor": scope.actor},
        state="queued",
        attempts=1,
        created_at=now,
        next_at=now,
        give_up_at=now,
        finished_at=None,
        status=None,
        answer=None,
        error=None,
    )
    outcome = await send(platform, channel, delivery)
    async with platform.database.transaction(scope) as tx:
        details = {"status": outcome.status, "error": outcome.error}
        await tx.audit.add("notification_channel.tested", _target(channel_id), details, at=platform.now())
    return outcome


async def retry(platform: Platform, scope: Scope, delivery_id: UUID) -> Delivery:
    """Queue a delivery that failed once more. Raises NotFoundError, ConflictError."""
    async with platform.database.transaction(scope) as tx:
        now = await tx.notification_deliveries.get(delivery_id, lock=True)
        if now is None:
            raise NotFoundError("There is no such delivery.")
        if now.state != "failed":
            raise ConflictError(f"It is {now.state}: only one that failed is sent again.")
        at = platform.now()
        again = await tx.notification_deliveries.again(delivery_id, at, at + DAY)
        await tx.audit.add("notification_delivery.retried", f"notification_delivery:{delivery_id}", {}, at=at)
    return again


async def _channel(tx: Transaction, channel_id: UUID, *, lock: bool = False) -> Channel:
    found = await tx.notification_channels.get(channel_id, lock=lock)
    if found is None:
        raise NotFoundError("There is no such notification channel.")
    return found


async def _check(platform: Platform, kind: str, to: Destination) -> None:
    problem = problems(platform)[kind]
    notifier: Notifier | None = platform.notifier
    if problem is not None or notifier is None:
        raise InvalidError("/kind", problem or "This process sends no messages.")
    if kind == "email":
        if not to.recipients:
            raise InvalidError("/recipients", "Name at least one address.")
        if to.url or to.secret:
            raise InvalidError("/url" if to.url else "/secret", "A channel of kind email has recipients only.")
        return
    if not to.url:
        raise InvalidError("/url", f"A channel of kind {kind} needs an address.")
    if to.recipients:
        raise InvalidError("/recipients", "Only channels of kind email have recipients.")
    if kind == "slack" and to.secret:
        raise InvalidError("/secret", "Slack's address is the secret: leave this out.")
    try:
        await notifier.check(to.url)
    except NotSentError as error:
        raise InvalidError("/url", str(error)) from error


def _kept(platform: Platform, channel_id: UUID, kind: str, to: Destination) -> dict[str, Any]:
    sealed = seal(platform.secret_key, f"notification:{channel_id}", msgspec.json.encode(to))
    shown = ", ".join(to.recipients) if kind == "email" else shown_address(to.url)
    return {"destination_encrypted": sealed, "shown": shown, "recipients": list(to.recipients)}


def shown_address(url: str) -> str:
    """Return what people may see of an address: its host, and its last letters where it has many."""
    rest = re.sub(r"^https?://[^/?#]*", "", url)
    end = url[-_SHOWN_LETTERS:] if len(rest) >= _LEAST_HIDDEN else ""
    return f"{urlsplit(url).hostname} ...{end}" if rest.strip("/") else f"{urlsplit(url).hostname}"


def _target(channel_id: UUID) -> str:
    return f"notification_channel:{channel_id}"


def _details(channel: Channel) -> dict[str, Any]:
    names = ("name", "kind", "shown", "least_severity", "events", "enabled")
    return {name: getattr(channel, name) for name in names}
