"""Notification channels, deliveries, saved views, many incidents at once."""

from typing import Any
from uuid import UUID, uuid4

import msgspec

from minixdr.app.notify.messages import Destination
from minixdr.app.sealing import seal
from minixdr.ports.stores.notifications import ChannelContent, Notice, Outcome
from minixdr.ports.stores.saved_views import ViewContent
from minixdr.schema.role import Role
from tests.api import World
from tests.security.isolation import Entry
from tests.security.isolation.detection import kept_incidents

_ANY = {"If-Match": "*"}
_PLACE = "http://127.0.0.1:9/canary"


async def _channel(world: World) -> UUID:
    """Keep a channel of ours that leads to a port where nobody listens."""
    channel_id = uuid4()
    content = ChannelContent(
        name="canary",
        kind="webhook",
        destination_encrypted=seal(
            world.platform.secret_key, f"notification:{channel_id}", msgspec.json.encode(Destination(_PLACE, "canary"))
        ),
        shown="canary",
        recipients=[],
        least_severity="low",
        events=["incident.created"],
        enabled=True,
    )
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        return (await tx.notification_channels.add(channel_id, content, None)).id


async def _delivery(world: World) -> UUID:
    """Keep a delivery of ours that was given up."""
    channel_id = await _channel(world)
    made = await kept_incidents(world)
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        await tx.notification_deliveries.queue(Notice("incident.created", made["incident_id"], "system", {}))
        (delivery, *_) = await tx.notification_deliveries.page(channel_id, None, None, 1)
        now = world.clock.now()
        failed = Outcome(state="failed", next_at=now, finished_at=now, status=500, answer="canary", error="canary")
        await tx.notification_deliveries.finish(delivery, failed)
    return delivery.id


async def _view(world: World) -> UUID:
    content = ViewContent(name="canary", page="incidents", query="text=canary", shared=True)
    async with world.platform.database.transaction(world.ours.scope()) as tx:
        return (await tx.saved_views.add(world.ours.people[Role.ANALYST].user_id, content)).id


def _by(name: str) -> Any:
    return lambda made: {name: made}


ENTRIES = [
    Entry("listNotificationChannels", _channel, own=True),
    Entry("getNotificationChannel", _channel, path=_by("channel_id")),
    Entry(
        "changeNotificationChannel",
        _channel,
        path=_by("channel_id"),
        body=lambda _: {"name": "new"},
        headers=lambda _: _ANY,
    ),
    Entry("deleteNotificationChannel", _channel, path=_by("channel_id")),
    Entry("testNotificationChannel", _channel, path=_by("channel_id")),
    Entry("createNotificationChannel", body=lambda _: {"name": "new", "kind": "webhook", "url": _PLACE}, own=True),
    Entry("listNotificationDeliveries", _delivery, own=True),
    Entry("retryNotificationDelivery", _delivery, path=_by("delivery_id")),
    Entry("listSavedViews", _view, own=True),
    Entry(
        "createSavedView",
        body=lambda _: {"name": "new", "page": "findings", "query": "level=high", "shared": True},
        own=True,
    ),
    Entry("getSavedView", _view, path=_by("view_id")),
    Entry("changeSavedView", _view, path=_by("view_id"), body=lambda _: {"name": "new"}, headers=lambda _: _ANY),
    Entry("deleteSavedView", _view, path=_by("view_id")),
    Entry(
        "changeIncidents",
        kept_incidents,
        body=lambda made: {"incident_ids": [made["incident_id"]], "change": {"state": "triage"}},
        own=True,
    ),
]
