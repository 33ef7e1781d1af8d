"""Notification channels and deliveries: a queue by row locks that nobody waits for."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Text, case, cast, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB

from minixdr.adapters.postgres.rows import columns, read, read_optional
from minixdr.adapters.postgres.selection import organization_of
from minixdr.adapters.postgres.tables.incidents import incidents
from minixdr.adapters.postgres.tables.notify import notification_channels as channels
from minixdr.adapters.postgres.tables.notify import notification_deliveries as deliveries
from minixdr.adapters.postgres.work import Work
from minixdr.ports.stores.notifications import Channel, ChannelContent, Delivery, Notice, Outcome
from minixdr.schema.finding import LEVELS

_CHANNEL = columns(channels, Channel)
_DELIVERY = columns(deliveries, Delivery)
_severity = func.coalesce(incidents.c.severity_override, incidents.c.severity)


class PostgresNotificationChannels:
    """Implements ports.stores.notifications.NotificationChannels."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def all(self) -> Sequence[Channel]:
        """Return all, by name."""
        asked = select(*_CHANNEL).order_by(channels.c.name, channels.c.id)
        return [read(Channel, row) for row in await self._work.execute(asked)]

    async def get(self, channel_id: UUID, *, lock: bool = False) -> Channel | None:
        """Return one."""
        asked = select(*_CHANNEL).where(channels.c.id == channel_id)
        return read_optional(Channel, (await self._work.execute(asked.with_for_update() if lock else asked)).first())

    async def add(self, channel_id: UUID, content: ChannelContent, created_by: UUID | None) -> Channel:
        """Keep a new one."""
        row = {"organization_id": organization_of(self._work), "id": channel_id, "created_by": created_by}
        added = insert(channels).values(msgspec.structs.asdict(content) | row).returning(*_CHANNEL)
        return read(Channel, (await self._work.execute(added)).one())

    async def change(self, channel_id: UUID, content: ChannelContent) -> Channel:
        """Replace what it says; see the port."""
        values = msgspec.structs.asdict(content) | {"updated_at": func.now(), "version": channels.c.version + 1}
        changed = update(channels).where(channels.c.id == channel_id).values(values).returning(*_CHANNEL)
        return read(Channel, (await self._work.execute(changed)).one())

    async def remove(self, channel_id: UUID) -> None:
        """Remove one."""
        await self._work.execute(delete(channels).where(channels.c.id == channel_id))


class PostgresNotificationDeliveries:
    """Implements ports.stores.notifications.NotificationDeliveries."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def queue(self, notice: Notice) -> None:
        """Queue a message for each channel that wants it; see the port."""
        shown = {
            "incident_id": incidents.c.incident_id,
            "number": incidents.c.number,
            "title": func.coalesce(incidents.c.title_override, incidents.c.title),
            "severity": _severity,
            "state": incidents.c.state,
            "verdict": incidents.c.verdict,
            "risk": incidents.c.risk,
            "tactics": func.to_jsonb(incidents.c.tactics),
            "techniques": func.to_jsonb(incidents.c.techniques),
            "first_at": incidents.c.first_at,
            "last_at": incidents.c.last_at,
        }
        pairs: list[Any] = [part for name, value in shown.items() for part in (literal(name, Text), value)]
        payload = func.jsonb_build_object(
            literal("incident", Text),
            func.jsonb_build_object(*pairs),
            literal("actor", Text),
            literal(notice.actor, Text),
            literal("details", Text),
            cast(dict(notice.details), JSONB),
        )
        wanted = (
            select(
                channels.c.organization_id,
                channels.c.id,
                literal(notice.event, Text),
                incidents.c.incident_id,
                payload,
            )
            .join_from(channels, incidents, incidents.c.organization_id == channels.c.organization_id)
            .where(
                incidents.c.incident_id == notice.incident_id,
                channels.c.enabled,
                channels.c.events.contains([notice.event]),
                _rank(_severity) >= _rank(channels.c.least_severity),
            )
        )
        into = ("organization_id", "channel_id", "event", "incident_id", "payload")
        await self._work.execute(insert(deliveries).from_select(into, wanted))

    async def page(
        self, channel_id: UUID | None, state: str | None, after: UUID | None, most: int
    ) -> Sequence[Delivery]:
        """Return deliveries, newest first: their ids are in time order."""
        asked = select(*_DELIVERY).order_by(deliveries.c.id.desc()).limit(most)
        if channel_id is not None:
            asked = asked.where(deliveries.c.channel_id == channel_id)
        if state is not None:
            asked = asked.where(deliveries.c.state == state)
        if after is not None:
            asked = asked.where(deliveries.c.id < after)
        return [read(Delivery, row) for row in await self._work.execute(asked)]

    async def get(self, delivery_id: UUID, *, lock: bool = False) -> Delivery | None:
        """Return one."""
        asked = select(*_DELIVERY).where(deliveries.c.id == delivery_id)
        return read_optional(Delivery, (await self._work.execute(asked.with_for_update() if lock else asked)).first())

    async def take(self, busy: Collection[UUID], now: datetime, until: datetime) -> Delivery | None:
        """Take the one that is due longest; see the port."""
        due = (
            select(deliveries.c.organization_id, deliveries.c.id)
            .where(deliveries.c.state == "queued", deliveries.c.next_at <= now, deliveries.c.channel_id.not_in(busy))
            .order_by(deliveries.c.next_at, deliveries.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = (await self._work.execute(due)).first()
        if row is None:
            return None
        taken = (
            update(deliveries)
            .where(deliveries.c.organization_id == row.organization_id, deliveries.c.id == row.id)
            .values(attempts=deliveries.c.attempts + 1, next_at=until)
            .returning(*_DELIVERY)
        )
        return read(Delivery, (await self._work.execute(taken)).one())

    async def finish(self, delivery: Delivery, outcome: Outcome) -> None:
        """Note what became of an attempt; see the port."""
        mine = update(deliveries).where(
            deliveries.c.id == delivery.id,
            deliveries.c.state == "queued",
            deliveries.c.attempts == delivery.attempts,
        )
        await self._work.execute(mine.values(msgspec.structs.asdict(outcome)))

    async def again(self, delivery_id: UUID, at: datetime, give_up_at: datetime) -> Delivery:
        """Queue it once more; see the port."""
        values = {"state": "queued", "next_at": at, "give_up_at": give_up_at, "finished_at": None, "error": None}
        changed = update(deliveries).where(deliveries.c.id == delivery_id).values(values).returning(*_DELIVERY)
        return read(Delivery, (await self._work.execute(changed)).one())

    async def forget(self, before: datetime) -> int:
        """Delete those that were finished before."""
        return (await self._work.execute(delete(deliveries).where(deliveries.c.finished_at < before))).rowcount


def _rank(severity: Any) -> Any:
    return case({level: place for place, level in enumerate(LEVELS)}, value=severity, else_=0)
