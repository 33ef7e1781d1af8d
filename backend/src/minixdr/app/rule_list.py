"""All rules of an organization as a person sees them: the platform's and its own, with what was set, filtered and found."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from minixdr.app.platform import Platform
from minixdr.app.rule_catalog import CatalogRule, RuleCatalog
from minixdr.app.rule_tuning import catalog
from minixdr.app.rules.catalog import RANKS, Row, rows
from minixdr.app.tuning import OwnRule, own_loaded, own_needs
from minixdr.detect.kinds.indicator import own_analytics
from minixdr.detect.rule import CorrelationSpec
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.rules import OwnRuleRow, RuleHits, SettingRow
from minixdr.schema.finding import Analytic

_HITS = timedelta(days=30)
Place = tuple[int, str, str]
"""Where a rule is in the list: the most severe first, then by title, then by id."""


class ListedRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, and what became of it here."""

    rule_id: str
    title: str
    own_level: str
    """As its author wrote it."""
    level: str
    """Of its findings here."""
    kind: str
    origin: str
    """`platform` or `own`."""
    status: str | None
    place: str
    enabled: bool
    reported: bool
    """False where it only feeds correlation rules."""
    tactics: Sequence[str]
    techniques: Sequence[str]
    log_sources: Sequence[str]
    filters: int
    """Filters in force that name it."""
    findings: int
    """Of the last 30 days."""
    suppressed: int
    last_at: datetime | None
    true_positives: int
    false_positives: int
    benign: int

    @property
    def precision(self) -> float | None:
        """True positives among those judged true or false; None where none was."""
        judged = self.true_positives + self.false_positives
        return None if judged == 0 else self.true_positives / judged

    @property
    def order(self) -> Place:
        """Its place in the list."""
        return -RANKS.get(self.level, 0), self.title, self.rule_id


class RuleFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rules. What is empty does not filter."""

    text: str | None = None
    levels: Sequence[str] = ()
    kinds: Sequence[str] = ()
    origin: str | None = None
    status: str | None = None
    enabled: bool | None = None
    tactic: str | None = None
    technique: str | None = None
    log_source: str | None = None
    """Part of `product/category/service`."""
    found: bool | None = None
    """Whether it found something in the last 30 days."""
    only: frozenset[str] | None = None
    """Ids; None does not filter."""


async def list_rules(
    platform: Platform, scope: Scope, wanted: RuleFilter, after: Place | None, most: int
) -> Sequence[ListedRule]:
    """Return rules in the order of the list that follow the place."""
    rules = [rule for rule in await _all(platform, scope) if _fits(rule, wanted)]
    rules.sort(key=lambda rule: rule.order)
    return [rule for rule in rules if after is None or rule.order > after][:most]


async def one_rule(platform: Platform, scope: Scope, rule_id: str) -> ListedRule | None:
    """Return one."""
    return next((rule for rule in await _all(platform, scope) if rule.rule_id == rule_id), None)


class Relations(msgspec.Struct, frozen=True):
    """What is related to a rule, and what its author says of it."""

    analytic: Analytic | None
    spec: CorrelationSpec | None
    relates: Sequence[Analytic]
    related_by: Sequence[Analytic]


async def rule_relations(platform: Platform, scope: Scope, rule_id: str) -> Relations:
    """Return what correlation rules have to do with a rule."""
    rules = await catalog(platform)
    async with platform.database.transaction(scope) as tx:
        own = await tx.rules.own()
    return await asyncio.to_thread(_relations, rules, own, rule_id)


def _relations(rules: RuleCatalog, own: Sequence[OwnRuleRow], rule_id: str) -> Relations:
    """Rules relate those of the same origin: the platform's are loaded together, and so are own ones."""
    if rules.get(rule_id) is not None:
        needs, analytics = rules.needs, {rule.analytic.rule_id: rule.analytic for rule in rules.rules}
    else:
        needs = own_needs(tuple(OwnRule(rule.rule_id, rule.text) for rule in own))
        analytics = {row.analytic.rule_id: row.analytic for row in own_rows(own)}
    return Relations(
        analytic=analytics.get(rule_id),
        spec=needs.correlations.get(rule_id),
        relates=[analytics[name] for name in needs.related(rule_id) if name in analytics],
        related_by=[analytics[name] for name in needs.related_by(rule_id) if name in analytics],
    )


async def active_rows(platform: Platform, scope: Scope) -> Sequence[Row]:
    """Return the rules that report findings here, for the coverage matrix."""
    rules = await catalog(platform)
    async with platform.database.transaction(scope) as tx:
        settings = {row.rule_id: row for row in await tx.rules.settings()}
        own = await tx.rules.own()
    active = [rule.row for rule in rules.rules]
    active += await asyncio.to_thread(own_rows, [rule for rule in own if rule.enabled])
    off = {rule_id for rule_id, setting in settings.items() if not setting.enabled}
    return [row for row in active if row.reported and row.analytic.rule_id not in off]


async def _all(platform: Platform, scope: Scope) -> list[ListedRule]:
    rules = await catalog(platform)
    async with platform.database.transaction(scope) as tx:
        known = await _known(tx, platform.now())
    return await asyncio.to_thread(lambda: list(_listed(rules, known)))


class _Known(msgspec.Struct, frozen=True):
    own: Sequence[OwnRuleRow]
    settings: Mapping[str, SettingRow]
    filters: Mapping[str, int]
    hits: Mapping[str, RuleHits]
    indicator_kinds: Sequence[str]
    """Of the organization's own indicators."""


async def _known(tx: Transaction, now: datetime) -> _Known:
    filters = Counter(rule_id for entry in await tx.rules.filters(at=now) for rule_id in entry.rule_ids)
    settings = {row.rule_id: row for row in await tx.rules.settings()}
    hits = {row.rule_id: row for row in await tx.rules.hits(now - _HITS)}
    return _Known(await tx.rules.own(), settings, filters, hits, await tx.indicators.kinds())


def _listed(rules: RuleCatalog, known: _Known) -> Iterator[ListedRule]:
    for rule in rules.rules:
        yield _rule(rule, known, "platform", written_on=True)
    on = {rule.rule_id: rule.enabled for rule in known.own}
    for row in own_rows(known.own):
        rule = CatalogRule(row, None, "")
        yield _rule(rule, known, "own", written_on=on.get(row.analytic.rule_id, True))
    for row in indicator_rows(known.indicator_kinds):
        yield _rule(CatalogRule(row, None, ""), known, "own", written_on=True)


def indicator_rows(kinds: Sequence[str]) -> list[Row]:
    """Return what stands for the organization's own indicators among the rules: one for each kind that it has."""
    return [
        Row(analytic, ("*/*/*",), reported=True)
        for analytic in own_analytics()
        if analytic.rule_id.rpartition(":")[2] in kinds
    ]


def own_rows(own: Sequence[OwnRuleRow]) -> list[Row]:
    """Return the organization's own rules that can run."""
    return list(_parsed(tuple((rule.rule_id, rule.text) for rule in own)))


@lru_cache(maxsize=8)  # a page of the list must not parse all rules again; at most 500 rules each
def _parsed(texts: tuple[tuple[str, str], ...]) -> tuple[Row, ...]:
    loaded = own_loaded([OwnRule(*text) for text in texts])
    if loaded is None:
        return ()
    return tuple(rows(loaded))


def _rule(rule: CatalogRule, known: _Known, origin: str, *, written_on: bool) -> ListedRule:
    analytic, setting = rule.analytic, known.settings.get(rule.analytic.rule_id)
    hits = known.hits.get(analytic.rule_id) or RuleHits(analytic.rule_id, 0, 0, None, 0, 0, 0)
    return ListedRule(
        rule_id=analytic.rule_id,
        title=analytic.title,
        own_level=analytic.level,
        level=analytic.level if setting is None or setting.level_override is None else setting.level_override,
        kind=analytic.kind,
        origin=origin,
        status=rule.status,
        place=rule.place,
        enabled=written_on and (setting is None or setting.enabled),
        reported=rule.row.reported,
        tactics=analytic.tactics,
        techniques=analytic.techniques,
        log_sources=rule.row.log_sources,
        filters=known.filters.get(analytic.rule_id, 0),
        findings=hits.findings,
        suppressed=hits.suppressed,
        last_at=hits.last_at,
        true_positives=hits.true_positives,
        false_positives=hits.false_positives,
        benign=hits.benign,
    )


def _fits(rule: ListedRule, wanted: RuleFilter) -> bool:
    text = None if wanted.text is None else wanted.text.lower()
    return (
        (text is None or text in rule.title.lower() or text == rule.rule_id)
        and (not wanted.levels or rule.level in wanted.levels)
        and (not wanted.kinds or rule.kind in wanted.kinds)
        and wanted.origin in (None, rule.origin)
        and wanted.status in (None, rule.status)
        and wanted.enabled in (None, rule.enabled)
        and (wanted.tactic is None or wanted.tactic in rule.tactics)
        and (wanted.technique is None or wanted.technique in rule.techniques)
        and (wanted.log_source is None or any(wanted.log_source.lower() in name for name in rule.log_sources))
        and wanted.found in (None, rule.findings > 0)
        and (wanted.only is None or rule.rule_id in wanted.only)
    )
