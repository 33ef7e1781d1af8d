"""Organizations: the boundary of everything that is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from minixdr.ports.stores.service_levels import ServiceLevel, service_levels_of


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """An organization."""

    id: UUID
    slug: str
    name: str
    created_at: datetime
    onboarding_status: str
    """One of kinds.ONBOARDING."""
    onboarding_step: str | None
    onboarding_flow_version: int
    auto_discovery_enabled: bool
    integration_settings: Mapping[str, Any]
    retention_days: int
    rules_version: int
    """Grows whenever the rules that hold for it, or their tuning, change."""
    settings: Mapping[str, Any]

    @property
    def service_levels(self) -> Mapping[str, ServiceLevel]:
        """By severity, the worst first."""
        return service_levels_of(self.settings)


class OrganizationChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change; UNSET stays as it is."""

    slug: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    onboarding_status: str | msgspec.UnsetType = msgspec.UNSET
    onboarding_step: str | msgspec.UnsetType | None = msgspec.UNSET
    onboarding_flow_version: int | msgspec.UnsetType = msgspec.UNSET
    auto_discovery_enabled: bool | msgspec.UnsetType = msgspec.UNSET
    integration_settings: Mapping[str, Any] | msgspec.UnsetType = msgspec.UNSET
    retention_days: int | msgspec.UnsetType = msgspec.UNSET
    settings: Mapping[str, Any] | msgspec.UnsetType = msgspec.UNSET


class SlugTakenError(Exception):
    """Another organization has this slug."""


class Organizations(Protocol):
    """The organizations that the transaction's scope shows: its own, those of its person, with `system` all."""

    async def create(self, organization_id: UUID, slug: str, name: str) -> Organization:
        """Create one; the scope is of this id, or `system`. Raises SlugTakenError."""

    async def get(self, organization_id: UUID, *, lock: bool = False) -> Organization | None:
        """Return one; `lock`: nobody else changes it until the end."""

    async def all(self) -> Sequence[Organization]:
        """Return those that can be seen, by slug."""

    async def change(self, organization_id: UUID, change: OrganizationChange) -> Organization | None:
        """Change one and return it; None where it cannot be seen. Raises SlugTakenError."""

    async def rules_changed(self) -> int:
        """Raise the rules_version of the scope's organization and return it."""
