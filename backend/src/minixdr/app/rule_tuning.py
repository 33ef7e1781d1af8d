"""What people change about rules: switch one off, give it another level, filter its findings; and what a filter would do.

Each change is in the audit log, and raises the organization's `rules_version` in the same transaction: workers load it within seconds.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from minixdr.app.event_document import finding_of
from minixdr.app.platform import Platform
from minixdr.app.refusal import ConflictError, InvalidError, NotFoundError
from minixdr.app.rule_catalog import RuleCatalog
from minixdr.app.tuning import OwnRule, own_log_sources
from minixdr.detect.filters import Filter, Filters
from minixdr.detect.kinds.indicator import own_analytics
from minixdr.detect.loading import FilterError, load_filter
from minixdr.detect.rule import Condition
from minixdr.normalize.catalog import all_sources
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.findings import FindingWhole
from minixdr.ports.stores.rules import FilterEntry, FilterText, SettingRow
from minixdr.schema.event import LogSource

OWN_INDICATORS = frozenset(analytic.rule_id for analytic in own_analytics())
"""Ids under which findings of the organization's own indicators stand: one for each kind."""
_MOST_FILTERS = 1_000
_MOST_PREVIEWED = 2_000
_MOST_SHOWN = 20


class Preview(msgspec.Struct, frozen=True):
    """What a filter would have withheld."""

    first_at: datetime
    """Findings from then on were tried."""
    tried: int
    """Findings of its rules that were tried: the newest, at most 2,000."""
    withheld: int
    kept: int
    truncated: bool
    """Whether there are more findings than were tried."""
    untried: int
    """Findings whose event was too large to be kept beside them."""
    examples: tuple[str, ...]
    """Ids of withheld findings, the newest first."""
    kept_true_positives: int
    """Findings that people called true positives and that stay."""
    withheld_true_positives: int
    """Findings that people called true positives and that would have been withheld: the filter goes too far."""


async def catalog(platform: Platform) -> RuleCatalog:
    """Return the platform's rules. Raises ConflictError where this process has none."""
    if platform.rules is None:
        raise ConflictError("This process has no rules loaded.")
    return await platform.rules.get()


async def set_rule(
    platform: Platform,
    scope: Scope,
    rule_id: str,
    *,
    enabled: bool,
    level: str | None,
    check: Callable[[SettingRow | None], None],
) -> SettingRow:
    """Switch a rule, and set the level of its findings (None: its own). Raises NotFoundError."""
    rules = await catalog(platform)

    async def work(tx: Transaction) -> SettingRow:
        await _known(tx, rules, rule_id)
        before = next((row for row in await tx.rules.settings() if row.rule_id == rule_id), None)
        check(before)
        now = platform.now()
        row = await tx.rules.set(rule_id, enabled=enabled, level_override=level, by=scope.actor, now=now)
        details = {
            "enabled": enabled,
            "level": level,
            "before": None if before is None else {"enabled": before.enabled, "level": before.level_override},
        }
        await tx.audit.add("rule.set", f"rule:{rule_id}", details, at=now)
        return row

    return await platform.database.run(scope, work)


async def add_filter(platform: Platform, scope: Scope, new: FilterText) -> FilterEntry:
    """Keep a new filter, owned by who writes it. Raises InvalidError, ConflictError."""
    rules = await catalog(platform)
    await asyncio.to_thread(condition_of, new.text)
    _check_expiry(new.expires_at, platform.now())

    async def work(tx: Transaction) -> FilterEntry:
        await _check_rules(tx, rules, new.rule_ids)
        if len(await tx.rules.filters(at=platform.now())) >= _MOST_FILTERS:
            raise ConflictError(f"An organization takes {_MOST_FILTERS:,} filters: revoke some.")
        entry = await tx.rules.add_filter(new, scope.user_id)
        await tx.audit.add("filter.added", f"filter:{entry.id}", _details(new), at=platform.now())
        return entry

    return await platform.database.run(scope, work)


async def change_filter(
    platform: Platform, scope: Scope, filter_id: UUID, new: FilterText, check: Callable[[FilterEntry], None]
) -> FilterEntry:
    """Replace what a filter says. Raises NotFoundError, InvalidError, ConflictError where it is revoked."""
    rules = await catalog(platform)
    await asyncio.to_thread(condition_of, new.text)
    _check_expiry(new.expires_at, platform.now())

    async def work(tx: Transaction) -> FilterEntry:
        before = await _filter(tx, filter_id)
        check(before)
        if before.revoked_at is not None:
            raise ConflictError("The filter is revoked: write a new one.")
        await _check_rules(tx, rules, new.rule_ids)
        entry = await tx.rules.change_filter(filter_id, new)
        details = {**_details(new), "before": _details(before)}
        await tx.audit.add("filter.changed", f"filter:{filter_id}", details, at=platform.now())
        return entry

    return await platform.database.run(scope, work)


async def revoke_filter(
    platform: Platform, scope: Scope, filter_id: UUID, check: Callable[[FilterEntry], None]
) -> FilterEntry:
    """End a filter. Raises NotFoundError."""

    async def work(tx: Transaction) -> FilterEntry:
        check(await _filter(tx, filter_id))
        entry = await tx.rules.revoke_filter(filter_id, platform.now())
        await tx.audit.add("filter.revoked", f"filter:{filter_id}", {"name": entry.name}, at=platform.now())
        return entry

    return await platform.database.run(scope, work)


async def preview_filter(platform: Platform, scope: Scope, rule_ids: Sequence[str], text: str, days: int) -> Preview:
    """Return what the filter would have withheld of the findings of the last days. Raises InvalidError."""
    rules = await catalog(platform)
    condition = await asyncio.to_thread(condition_of, text)
    async with platform.database.transaction(scope) as tx:
        await _check_rules(tx, rules, rule_ids)
        own = [OwnRule(row.rule_id, row.text) for row in await tx.rules.own()]
        since = platform.now() - timedelta(days=days)
        findings = await tx.findings.of_rules(rule_ids, since, _MOST_PREVIEWED + 1)
    return await asyncio.to_thread(_preview, findings, since, condition, rules.log_sources, own)


def _preview(
    rows: Sequence[FindingWhole],
    first_at: datetime,
    condition: Condition,
    known: Mapping[str, LogSource],
    own: Sequence[OwnRule],
) -> Preview:
    tried = rows[:_MOST_PREVIEWED]
    rule_ids = frozenset(row.rule_id for row in tried)
    filters = Filters([Filter("preview", rule_ids, condition)], {**known, **own_log_sources(own)}, all_sources())
    withheld, untried = [], 0
    for row in tried:
        finding = finding_of(row.analytic, row.finding_id, tuple(row.event_ids), row.matched, row.event)
        if finding is None:
            untried += 1
        elif filters.withholding(finding):
            withheld.append(row)
    true = sum(row.verdict == "true_positive" for row in tried)
    withheld_true = sum(row.verdict == "true_positive" for row in withheld)
    return Preview(
        first_at=first_at,
        tried=len(tried) - untried,
        withheld=len(withheld),
        kept=len(tried) - untried - len(withheld),
        truncated=len(rows) > _MOST_PREVIEWED,
        untried=untried,
        examples=tuple(row.finding_id for row in withheld[:_MOST_SHOWN]),
        kept_true_positives=true - withheld_true,
        withheld_true_positives=withheld_true,
    )


def condition_of(text: str) -> Condition:
    """Return what the filter withholds. Raises InvalidError."""
    try:
        return load_filter(text)
    except FilterError as error:
        place = "" if error.line is None else f"line {error.line}: "
        raise InvalidError("/text", f"{place}{error}") from error


def _check_expiry(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise InvalidError("/expires_at", "The time has passed already.")


async def _check_rules(tx: Transaction, rules: RuleCatalog, rule_ids: Sequence[str]) -> None:
    for place, rule_id in enumerate(rule_ids):
        known = rules.get(rule_id)
        if known is None and rule_id in OWN_INDICATORS:
            continue
        if known is None and await tx.rules.own_rule(rule_id) is None:
            raise InvalidError(f"/rule_ids/{place}", "There is no such rule.")
        if known is not None and not known.row.reported:
            detail = "This rule only feeds correlation rules and has no findings: filter those of the correlation rule."
            raise InvalidError(f"/rule_ids/{place}", detail)


async def _known(tx: Transaction, rules: RuleCatalog, rule_id: str) -> None:
    if rule_id not in OWN_INDICATORS and rules.get(rule_id) is None and await tx.rules.own_rule(rule_id) is None:
        raise NotFoundError("There is no such rule.")


async def _filter(tx: Transaction, filter_id: UUID) -> FilterEntry:
    entry = await tx.rules.filter(filter_id, lock=True)
    if entry is None:
        raise NotFoundError("There is no such filter.")
    return entry


def _details(new: FilterText) -> Mapping[str, object]:
    return {
        "name": new.name,
        "rule_ids": list(new.rule_ids),
        "text": new.text,
        "reason": new.reason,
        "expires_at": None if new.expires_at is None else new.expires_at.isoformat(),
    }
