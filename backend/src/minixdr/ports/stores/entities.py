"""Entities, and the cloud assets among what the organization owns."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Protocol
from uuid import UUID

import msgspec


class EntityRow(msgspec.Struct, frozen=True, kw_only=True):
    """Someone or something that findings name."""

    entity_id: str
    """32 hex digits of type and value (`entity_id`)."""
    type: str
    value: str
    first_seen_at: datetime
    last_seen_at: datetime
    findings: int
    risk: float
    risk_reasons: Sequence[str]


class EntityFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entities."""

    types: Sequence[str] = ()
    text: str | None = None
    """Part of the value."""
    least_risk: float | None = None
    first_at: datetime | None = None
    """Seen last not before."""


class DayRule(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule found of an entity on one day, UTC; of one level and state."""

    day: datetime
    rule_id: str
    title: str
    level: str
    source: str
    state: str
    tactics: Sequence[str]
    findings: int


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """An entity that findings name together with another."""

    entity_id: str
    type: str
    value: str
    risk: float
    findings: int
    """That name both."""
    incidents: int
    last_shared_at: datetime


class CloudAssetRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a cloud account holds."""

    id: UUID
    provider: str
    account: str
    region: str
    type: str
    uid: str
    name: str
    attributes: Mapping[str, Any]
    tags: Mapping[str, Any]
    first_seen_at: datetime
    last_seen_at: datetime
    deleted_at: datetime | None
    """When it was found to be gone."""


class CloudAssetFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which assets."""

    provider: str | None = None
    account: str | None = None
    region: str | None = None
    type: str | None = None
    tag: tuple[str, str] | None = None
    text: str | None = None
    """Part of the name or the uid."""
    deleted: bool = False
    """Those that are gone, too."""


def entity_id(kind: str, value: str) -> str:
    """Return 32 hex digits of an entity's type and value, the same everywhere: a value may be longer than an index takes."""
    digest = blake2b(kind.encode("utf-8", "surrogatepass") + b"\0", digest_size=16)
    digest.update(value.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


class Entities(Protocol):
    """The entities of the transaction's organization."""

    async def list(
        self, wanted: EntityFilter, sort: str, after: tuple[float | datetime, str] | None, most: int
    ) -> Sequence[EntityRow]:
        """Return entities by `risk` or `last_seen_at`, greatest first."""

    async def get(self, entity_id: str) -> EntityRow | None:
        """Return one."""

    async def incidents(self, entity_id: str, most: int) -> Sequence[str]:
        """Return the ids of the incidents whose findings name it, newest first."""

    async def days(
        self, entity_id: str, first_at: datetime, before: datetime, most: int
    ) -> tuple[Sequence[DayRule], int]:
        """Return what rules found of it by day, of the newest findings of the time range, so many at most; and how many these were."""

    async def peers(
        self, entity_id: str, first_at: datetime, before: datetime, most_findings: int, most: int
    ) -> tuple[Sequence[Peer], int]:
        """Return who is named with it in the newest findings of the time range, the most often first; and how many findings these were."""


class CloudAssets(Protocol):
    """The cloud assets of the transaction's organization."""

    async def list(
        self, wanted: CloudAssetFilter, after: tuple[str, UUID] | None, most: int
    ) -> Sequence[CloudAssetRow]:
        """Return assets, by uid."""

    async def get(self, asset_id: UUID) -> CloudAssetRow | None:
        """Return one."""
