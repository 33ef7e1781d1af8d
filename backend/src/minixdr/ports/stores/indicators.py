"""An organization's own indicators, as they are kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

KINDS = ("address", "network", "domain", "url", "file_hash", "email")
"""What is looked up in the same way."""
Position = tuple[datetime, str]
"""Of a row in the list: when it was added, and its id."""


class IndicatorText(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says of an indicator."""

    title: str = ""
    level: str
    note: str = ""
    source: str = ""
    """Where it is from, in the words of who added it."""
    expires_at: datetime | None = None
    enabled: bool = True


class NewIndicator(IndicatorText, frozen=True, kw_only=True):
    """One to be kept."""

    indicator_id: str
    """32 hex digits of kind and value."""
    kind: str
    type: str
    """What a person calls it: ipv4, ipv6, cidr, ip_range, domain, url, md5, sha1, sha256, ..., email."""
    value: str
    """As it is looked up."""


class IndicatorRow(NewIndicator, frozen=True, kw_only=True):
    """One that is kept."""

    hits: int
    last_hit_at: datetime | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    version: int


class ActiveIndicator(msgspec.Struct, frozen=True, array_like=True):
    """What a worker looks for."""

    indicator_id: str
    kind: str
    value: str
    title: str
    level: str
    expires_at: datetime | None


class IndicatorFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which indicators. What is empty does not filter."""

    types: Sequence[str] = ()
    levels: Sequence[str] = ()
    text: str | None = None
    """Part of the value or the title."""
    source: str | None = None
    enabled: bool | None = None
    expired: bool | None = None
    hit: bool | None = None


class Indicators(Protocol):
    """The indicators of the transaction's organization. What changes which of them are looked for raises its `indicators_version`."""

    async def version(self) -> int:
        """Return the organization's `indicators_version`."""

    async def list(
        self, wanted: IndicatorFilter, after: Position | None, most: int, now: datetime
    ) -> Sequence[IndicatorRow]:
        """Return indicators, those added last first, that follow the position."""

    async def get(self, indicator_id: str, *, lock: bool = False) -> IndicatorRow | None:
        """Return one."""

    async def count(self) -> int:
        """Return how many there are."""

    async def counts(self, now: datetime) -> Mapping[tuple[str, str], int]:
        """Return how many there are by type and state: `active`, `disabled` or `expired`."""

    async def kinds(self) -> Sequence[str]:
        """Return the kinds that there are some of."""

    async def lock(self) -> None:
        """Let nobody else add any until the transaction ends: so that their number stays bounded."""

    async def add(self, new: Sequence[NewIndicator], by: str, *, replace: bool) -> tuple[int, int]:
        """Keep these, each once; return how many were new and how many known. What is said of known ones is replaced, or stays."""

    async def known(self, indicator_ids: Sequence[str]) -> int:
        """Return how many of these there are."""

    async def change(self, indicator_id: str, said: IndicatorText) -> IndicatorRow:
        """Replace what is said of one."""

    async def remove(self, indicator_ids: Sequence[str]) -> int:
        """Remove these; return how many there were."""

    async def of_source(self, source: str, most: int) -> Sequence[str]:
        """Return ids of those from a source."""

    async def active(self, now: datetime, after: str, most: int) -> Sequence[ActiveIndicator]:
        """Return, in the order of their ids, those after the id that are enabled and have not expired."""

    async def add_hits(self, hits: Mapping[str, int], now: datetime) -> None:
        """Count findings."""
