"""`/notification-channels`, `/notification-deliveries`: whom the organization wants told of what, and what was told."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field, StrictBool

from minixdr.api.caller import CallerDep, PlatformDep
from minixdr.api.etag import IfMatch, etag, require_match
from minixdr.api.filters import Level
from minixdr.api.paging import Page, PageDep
from minixdr.api.routes import noun, operation
from minixdr.api.values import Email, Given, Line, LongLine, Secret, Shown
from minixdr.app.notify import channels
from minixdr.app.notify.channels import NewChannel
from minixdr.ports.stores.notifications import Channel as Kept
from minixdr.schema.role import Role

router = noun("notifications")
Kind = Literal["webhook", "slack", "email"]
Event = Literal[
    "incident.created", "incident.severity_raised", "incident.assigned", "incident.closed", "incident.mentioned"
]
DeliveryState = Literal["queued", "delivered", "failed"]
Events = Annotated[list[Event], Field(min_length=1, max_length=10)]
Recipients = Annotated[list[Email], Field(max_length=50)]
_ADDRESS = "https://hooks.example.com/alerts"


class Channel(Shown):
    """A channel."""

    id: UUID
    name: str = Field(examples=["On call"])
    kind: Kind
    shown: str = Field(
        description="What may be seen of the destination: host and last letters.",
        examples=["hooks.example.com ...erts"],
    )
    recipients: list[str] = Field(description="Of a channel of kind email.")
    least_severity: Level = Field(description="Incidents of this severity or worse.")
    events: list[Event]
    enabled: bool
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime


class NewlyMade(Channel):
    """A channel that was just made."""

    secret: str | None = Field(
        description="Of a webhook for which none was given: what its messages are signed with. Shown once."
    )


class KindSupport(Shown):
    """Whether channels of a kind can be used."""

    kind: Kind
    supported: bool
    problem: str | None = Field(description="Why not, and what to do.")


class Channels(Shown):
    """All channels, by name, and which kinds there can be."""

    items: list[Channel]
    kinds: list[KindSupport]


class GivenChannel(Given):
    """A channel to be made."""

    name: Line = Field(examples=["On call"])
    kind: Kind
    url: LongLine | None = Field(default=None, description="Of a webhook or of Slack.", examples=[_ADDRESS])
    secret: Secret | None = Field(default=None, description="Of a webhook; left out: one is made.")
    recipients: Recipients | None = Field(default=None, description="Of an email.")
    least_severity: Level = "high"
    events: Events = Field(default=["incident.created", "incident.severity_raised"])
    enabled: StrictBool = True


class ChangedChannel(Given):
    """What to change; what is left out stays."""

    name: Line | None = None
    url: LongLine | None = Field(default=None, examples=[_ADDRESS])
    secret: Secret | None = None
    recipients: Recipients | None = None
    least_severity: Level | None = None
    events: Events | None = None
    enabled: StrictBool | None = None


class TestResult(Shown):
    """What became of a test message."""

    delivered: bool
    status: int | None = Field(description="HTTP's or SMTP's; null: there was no answer.", examples=[200])
    answer: str | None = Field(description="The beginning of what the other side said.")
    error: str | None


class Delivery(Shown):
    """A message to a channel."""

    id: UUID = Field(description="`X-Minixdr-Delivery` of a webhook: the same however often it is tried.")
    channel_id: UUID
    event: Event
    incident_id: str | None
    payload: dict[str, Any] = Field(description="`{incident, actor, details}` as they were.")
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_at: datetime = Field(description="When it is tried next, while it is queued.")
    finished_at: datetime | None
    status: int | None
    answer: str | None
    error: str | None = Field(description="Why the last attempt failed.")


def _etag(channel: Kept) -> str:
    return etag(channel.id, channel.version)


@router.get(
    "/notification-channels", **operation("listNotificationChannels", "Notification channels", least=Role.ANALYST)
)
async def list_channels(caller: CallerDep, platform: PlatformDep) -> Channels:
    """Return all channels, by name. Addresses and secrets are never shown again."""
    async with platform.database.transaction(caller.scope) as tx:
        rows = await tx.notification_channels.all()
    problems = channels.problems(platform)
    kinds = [KindSupport(kind=kind, supported=why is None, problem=why) for kind, why in problems.items()]  # type: ignore[arg-type]
    return Channels(items=[Channel.model_validate(row) for row in rows], kinds=kinds)


@router.post(
    "/notification-channels",
    status_code=201,
    **operation("createNotificationChannel", "Make a notification channel", least=Role.ADMIN),
)
async def create_channel(
    caller: CallerDep, platform: PlatformDep, response: Response, given: GivenChannel
) -> NewlyMade:
    """Make a channel. Its address must be on the public internet, or in a network that whoever runs the platform allows."""
    made, secret = await channels.create_channel(platform, caller.scope, NewChannel(**given.model_dump()))
    response.headers["ETag"] = _etag(made)
    return NewlyMade(**Channel.model_validate(made).model_dump(), secret=secret)


@router.get(
    "/notification-channels/{channel_id}",
    **operation("getNotificationChannel", "One notification channel", least=Role.ANALYST),
)
async def get_channel(caller: CallerDep, platform: PlatformDep, response: Response, channel_id: UUID) -> Channel:
    """Return a channel."""
    found = await channels.get_channel(platform, caller.scope, channel_id)
    response.headers["ETag"] = _etag(found)
    return Channel.model_validate(found)


@router.patch(
    "/notification-channels/{channel_id}",
    **operation("changeNotificationChannel", "Change a notification channel", least=Role.ADMIN),
)
async def change_channel(
    caller: CallerDep,
    platform: PlatformDep,
    response: Response,
    channel_id: UUID,
    given: ChangedChannel,
    if_match: IfMatch = None,
) -> Channel:
    """Change a channel. Its kind stays."""
    changed = {name: value for name, value in given if value is not None}
    made = await channels.change_channel(
        platform, caller.scope, channel_id, changed, lambda now: require_match(if_match, _etag(now))
    )
    response.headers["ETag"] = _etag(made)
    return Channel.model_validate(made)


@router.delete(
    "/notification-channels/{channel_id}",
    status_code=204,
    **operation("deleteNotificationChannel", "Remove a notification channel", least=Role.ADMIN),
)
async def delete_channel(caller: CallerDep, platform: PlatformDep, channel_id: UUID) -> None:
    """Remove a channel with its deliveries; what is queued is not sent."""
    await channels.remove_channel(platform, caller.scope, channel_id)


@router.post(
    "/notification-channels/{channel_id}/test",
    **operation("testNotificationChannel", "Send a test message", least=Role.ADMIN),
)
async def test_channel(caller: CallerDep, platform: PlatformDep, channel_id: UUID) -> TestResult:
    """Send a message now, once, and return what the other side said; it may take 20 seconds."""
    outcome = await channels.test_channel(platform, caller.scope, channel_id)
    return TestResult(
        delivered=outcome.state == "delivered", status=outcome.status, answer=outcome.answer, error=outcome.error
    )


@router.get(
    "/notification-deliveries",
    **operation("listNotificationDeliveries", "What was told, and what became of it", least=Role.ANALYST),
)
async def list_deliveries(
    caller: CallerDep,
    platform: PlatformDep,
    page: PageDep,
    channel_id: Annotated[UUID | None, Query(description="Of this channel only.")] = None,
    state: Annotated[DeliveryState | None, Query()] = None,
) -> Page[Delivery]:
    """Return deliveries, newest first. They are kept for 30 days."""
    after = page.after(tuple[UUID])
    async with platform.database.transaction(caller.scope) as tx:
        rows = await tx.notification_deliveries.page(channel_id, state, after[0] if after else None, page.most)
    return page.page(rows, lambda row: (row.id,), Delivery.model_validate)


@router.post(
    "/notification-deliveries/{delivery_id}/retry",
    status_code=202,
    **operation("retryNotificationDelivery", "Send a failed message again", least=Role.ADMIN),
)
async def retry_delivery(caller: CallerDep, platform: PlatformDep, delivery_id: UUID) -> Delivery:
    """Try a message that was given up for another day, under the same id."""
    return Delivery.model_validate(await channels.retry(platform, caller.scope, delivery_id))
