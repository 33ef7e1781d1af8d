"""What an organization changed about rules. Every change raises the organization's `rules_version`: workers load anew."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec


class OwnRuleText(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as somebody writes it."""

    rule_id: str
    title: str
    level: str
    text: str
    """Sigma YAML."""
    enabled: bool
    samples: Sequence[Mapping[str, Any]]
    """{kind: positive | negative, record: text}: what it must and must not find."""


class OwnRuleRow(OwnRuleText, frozen=True, kw_only=True):
    """A rule that the organization wrote."""

    id: UUID
    version: int
    created_by: str | None
    created_at: datetime
    updated_by: str | None
    updated_at: datetime


class SettingRow(msgspec.Struct, frozen=True):
    """What was set for a rule."""

    rule_id: str
    enabled: bool
    level_override: str | None
    changed_by: str | None
    changed_at: datetime


class FilterText(msgspec.Struct, frozen=True, kw_only=True):
    """A filter as somebody writes it."""

    name: str
    rule_ids: Sequence[str]
    text: str
    """YAML of selections, as below `filter:` of a Sigma filter."""
    reason: str
    expires_at: datetime | None


class FilterEntry(FilterText, frozen=True, kw_only=True):
    """A filter."""

    id: UUID
    owner_id: UUID | None
    created_at: datetime
    revoked_at: datetime | None
    hits: int
    last_hit_at: datetime | None
    version: int


class RuleHits(msgspec.Struct, frozen=True):
    """What a rule found since a time."""

    rule_id: str
    findings: int
    suppressed: int
    last_at: datetime | None
    true_positives: int
    false_positives: int
    benign: int


class Rules(Protocol):
    """The rules and tuning of the transaction's organization."""

    async def version(self) -> int:
        """Return the organization's `rules_version`."""

    async def own(self) -> Sequence[OwnRuleRow]:
        """Return all own rules, by title."""

    async def own_rule(self, rule_id: str, *, lock: bool = False) -> OwnRuleRow | None:
        """Return one."""

    async def write_own(self, written: OwnRuleText, by: str, now: datetime) -> OwnRuleRow:
        """Create or replace one."""

    async def remove_own(self, rule_id: str) -> bool:
        """Remove one; False where there is none."""

    async def settings(self) -> Sequence[SettingRow]:
        """Return what was set."""

    async def set(
        self, rule_id: str, *, enabled: bool, level_override: str | None, by: str, now: datetime
    ) -> SettingRow:
        """Set it for a rule."""

    async def filters(self, *, at: datetime | None = None) -> Sequence[FilterEntry]:
        """Return the filters, newest first; with `at` those in force at that time."""

    async def filter(self, filter_id: UUID, *, lock: bool = False) -> FilterEntry | None:
        """Return one."""

    async def add_filter(self, new: FilterText, owner_id: UUID | None) -> FilterEntry:
        """Create one."""

    async def change_filter(self, filter_id: UUID, new: FilterText) -> FilterEntry:
        """Replace what it says."""

    async def revoke_filter(self, filter_id: UUID, now: datetime) -> FilterEntry:
        """End it; it stays to be looked at, findings name it."""

    async def add_hits(self, hits: Mapping[UUID, int], now: datetime) -> None:
        """Count what filters withheld. A worker's; no change of the rules."""

    async def hits(self, first_at: datetime) -> Sequence[RuleHits]:
        """Return what each rule found since then."""
