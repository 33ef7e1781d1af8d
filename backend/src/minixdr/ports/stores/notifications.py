"""Notifications: where an organization wants to be told, and what is told there.

A notice is queued in the transaction of the change that it tells of: it is kept exactly if that is. Whoever takes a delivery owns it until `next_at`;
one whose worker died is taken again then, with the same id.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec


class ChannelContent(msgspec.Struct, frozen=True, kw_only=True):
    """What a person writes of a channel, the destination sealed."""

    name: str
    kind: str
    """One of kinds.CHANNEL_KINDS."""
    destination_encrypted: bytes
    shown: str
    """What people may see of the destination: host and the end of the address."""
    recipients: Sequence[str]
    """Of an email."""
    least_severity: str
    events: Sequence[str]
    """Of kinds.NOTIFICATION_EVENTS."""
    enabled: bool


class Channel(ChannelContent, frozen=True, kw_only=True):
    """A channel."""

    id: UUID
    organization_id: UUID
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime
    version: int


class Notice(msgspec.Struct, frozen=True):
    """Something to tell of an incident."""

    event: str
    incident_id: str
    actor: str
    details: Mapping[str, Any]


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message to a channel."""

    id: UUID
    """Stays the same however often it is tried."""
    organization_id: UUID
    channel_id: UUID
    event: str
    incident_id: str | None
    payload: Mapping[str, Any]
    """{incident: {...}, actor, details}, as it was when it happened."""
    state: str
    attempts: int
    created_at: datetime
    next_at: datetime
    """When it is tried next."""
    give_up_at: datetime
    """An attempt that fails later is the last."""
    finished_at: datetime | None
    status: int | None
    """Of the last answer: HTTP's or SMTP's."""
    answer: str | None
    """Its beginning."""
    error: str | None
    """Why the last attempt failed."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an attempt."""

    state: str
    next_at: datetime
    finished_at: datetime | None
    status: int | None
    answer: str | None
    error: str | None


class NotificationChannels(Protocol):
    """The channels of the transaction's organization."""

    async def all(self) -> Sequence[Channel]:
        """Return all, by name."""

    async def get(self, channel_id: UUID, *, lock: bool = False) -> Channel | None:
        """Return one."""

    async def add(self, channel_id: UUID, content: ChannelContent, created_by: UUID | None) -> Channel:
        """Keep a new one."""

    async def change(self, channel_id: UUID, content: ChannelContent) -> Channel:
        """Replace what it says; `get` it with `lock` before."""

    async def remove(self, channel_id: UUID) -> None:
        """Remove one, with its deliveries."""


class NotificationDeliveries(Protocol):
    """The deliveries of the transaction's organization; `take` and `forget`, with `system`, of all."""

    async def queue(self, notice: Notice) -> None:
        """Queue a message for each channel that wants the event at the incident's severity."""

    async def page(
        self, channel_id: UUID | None, state: str | None, after: UUID | None, most: int
    ) -> Sequence[Delivery]:
        """Return deliveries, newest first, those that follow `after`."""

    async def get(self, delivery_id: UUID, *, lock: bool = False) -> Delivery | None:
        """Return one."""

    async def take(self, busy: Collection[UUID], now: datetime, until: datetime) -> Delivery | None:
        """Return the delivery that is due longest, whose channel is not busy, and own it until then; needs `system`."""

    async def finish(self, delivery: Delivery, outcome: Outcome) -> None:
        """Note what became of an attempt; nothing where somebody else took it since."""

    async def again(self, delivery_id: UUID, at: datetime, give_up_at: datetime) -> Delivery:
        """Queue a delivery that failed once more."""

    async def forget(self, before: datetime) -> int:
        """Delete those that were finished before; needs `system`."""
