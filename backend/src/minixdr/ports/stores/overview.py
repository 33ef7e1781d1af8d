"""Counts for the first page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec


class OpenIncidents(msgspec.Struct, frozen=True):
    """Open incidents of one severity."""

    severity: str
    total: int
    new: int
    unassigned: int
    older_than_a_day: int
    """Created more than 24 h ago."""
    older_than_a_week: int


class Bucket(msgspec.Struct, frozen=True):
    """Findings of one level in one stretch of time."""

    start_at: datetime
    level: str
    count: int


class TacticCount(msgspec.Struct, frozen=True):
    """Findings of a tactic."""

    tactic_id: str
    count: int


class Overview(Protocol):
    """Counts of the transaction's organization."""

    async def open_incidents(self, now: datetime) -> Sequence[OpenIncidents]:
        """Return the open incidents by severity."""

    async def findings_over_time(self, first_at: datetime, before: datetime, bucket_seconds: int) -> Sequence[Bucket]:
        """Return the open findings by time and level, oldest first."""

    async def tactics(self, first_at: datetime, before: datetime) -> Sequence[TacticCount]:
        """Return the open findings by tactic, most first."""
