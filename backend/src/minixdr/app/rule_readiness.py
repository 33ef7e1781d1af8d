"""Whether each rule can fire here: whether its log source comes, and the fields that its condition needs.

A rule is `ready`; or `silent`: its records came, and its sources have said nothing for a day; or `fields_missing`: its records come, and never with
fields without which its condition cannot hold; or `no_source`: none of its records came in a week. What is known of records is a sample
(`received.py`).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from minixdr.app.platform import Platform
from minixdr.app.received import DAYS, Met, Received, received
from minixdr.app.rule_catalog import RuleCatalog
from minixdr.app.rule_list import Place, indicator_rows, own_rows
from minixdr.app.rule_needs import UNKNOWN, Needs, RuleNeeds
from minixdr.app.rule_tuning import catalog
from minixdr.app.rules.catalog import RANKS, Row
from minixdr.app.tuning import OwnRule, own_needs
from minixdr.ports.database import Scope
from minixdr.ports.stores.rules import OwnRuleRow, SettingRow
from minixdr.schema.event import LogSource

STATES = ("ready", "silent", "fields_missing", "no_source")
_RANK = {state: rank for rank, state in enumerate(STATES)}
_SILENT = timedelta(days=1)
_MOST_NAMED = 5
_PRODUCTS = {
    "aws": "AWS", "gcp": "Google Cloud", "m365": "Microsoft 365", "github": "GitHub", "macos": "macOS", "onelogin": "OneLogin",
    "openssh": "OpenSSH", "rpc_firewall": "RPC Firewall", "opencanary": "OpenCanary", "cisco": "Cisco", "sql": "SQL",
}  # fmt: skip


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one rule, whoever switched it."""

    state: str
    sources: Sequence[str] = ()
    """Log sources that its records come from."""
    last_received_at: datetime | None = None
    """When one of these was heard of last."""
    last_event_at: datetime | None = None
    """Time of the newest event of the kind that the rule looks for."""
    fields: Sequence[str] = ()
    populated_fields: Sequence[str] = ()
    missing_fields: Sequence[str] = ()
    rules: Sequence[str] = ()
    """Of a correlation rule: what it relates."""
    reason: str


class RuleReadiness(Verdict, frozen=True, kw_only=True):
    """A rule, and whether it can fire here."""

    rule_id: str
    title: str
    level: str
    kind: str
    origin: str
    enabled: bool
    tactics: Sequence[str]
    techniques: Sequence[str]
    log_sources: Sequence[str]
    sampled_at: datetime
    """What is known of records was found out then."""

    @property
    def order(self) -> Place:
        """Its place in the list: that of the list of rules."""
        return -RANKS.get(self.level, 0), self.title, self.rule_id


class ReadinessFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which rules. What is None does not filter."""

    states: Sequence[str] = ()
    rule_ids: Sequence[str] = ()
    text: str | None = None
    log_source: str | None = None
    tactic: str | None = None
    technique: str | None = None
    enabled: bool | None = None


class TechniqueReadiness(msgspec.Struct, frozen=True):
    """A technique, and how many of the enabled rules that name it can fire."""

    technique_id: str
    tactics: Sequence[str]
    states: Mapping[str, int]


class Summary(msgspec.Struct, frozen=True):
    """How many enabled rules can fire."""

    states: Mapping[str, int]
    techniques: Sequence[TechniqueReadiness]
    sampled_at: datetime
    records: int
    """How many were looked at."""


async def list_readiness(
    platform: Platform, scope: Scope, wanted: ReadinessFilter, after: Place | None, most: int
) -> Sequence[RuleReadiness]:
    """Return rules, the most severe first, then by title. Raises what hunts raise."""
    found = [each for each in (await _all(platform, scope))[0] if _fits(each, wanted)]
    found.sort(key=lambda each: each.order)
    return [each for each in found if after is None or each.order > after][:most]


async def one_readiness(platform: Platform, scope: Scope, rule_id: str) -> RuleReadiness | None:
    """Return one. Raises what hunts raise."""
    return next((each for each in (await _all(platform, scope))[0] if each.rule_id == rule_id), None)


async def rules_in(platform: Platform, scope: Scope, states: Sequence[str]) -> frozenset[str]:
    """Return the ids of the rules that are in one of these states. Raises what hunts raise."""
    return frozenset(each.rule_id for each in (await _all(platform, scope))[0] if each.state in states)


async def summary(platform: Platform, scope: Scope) -> Summary:
    """Return how many enabled rules can fire, in all and by technique. Raises what hunts raise."""
    found, what = await _all(platform, scope)
    on = [each for each in found if each.enabled]
    states: dict[str, Counter[str]] = {}
    tactics: dict[str, set[str]] = {}
    for each in on:
        for technique in each.techniques:
            states.setdefault(technique, Counter())[each.state] += 1
            tactics.setdefault(technique, set()).update(each.tactics)
    techniques = [TechniqueReadiness(name, sorted(tactics[name]), _counted(states[name])) for name in sorted(states)]
    return Summary(_counted(Counter(each.state for each in on)), techniques, what.at, what.records)


def _counted(states: Counter[str]) -> Mapping[str, int]:
    return {state: states[state] for state in STATES}


def _fits(each: RuleReadiness, wanted: ReadinessFilter) -> bool:
    text = None if wanted.text is None else wanted.text.lower()
    return (
        (not wanted.states or each.state in wanted.states)
        and (not wanted.rule_ids or each.rule_id in wanted.rule_ids)
        and (text is None or text in each.title.lower() or text == each.rule_id)
        and (wanted.log_source is None or any(wanted.log_source.lower() in name for name in each.log_sources))
        and (wanted.tactic is None or wanted.tactic in each.tactics)
        and (wanted.technique is None or wanted.technique in each.techniques)
        and wanted.enabled in (None, each.enabled)
    )


async def _all(platform: Platform, scope: Scope) -> tuple[list[RuleReadiness], Received]:
    rules = await catalog(platform)
    async with platform.database.transaction(scope) as tx:
        settings = {row.rule_id: row for row in await tx.rules.settings()}
        own = await tx.rules.own()
        kinds = await tx.indicators.kinds()
    what = await received(platform, scope)
    return await asyncio.to_thread(lambda: list(_rules(rules, own, kinds, settings, what, platform.now()))), what


_JUDGED: WeakKeyDictionary[Received, dict[str, Verdict]] = WeakKeyDictionary()
"""Of the platform's rules: a page of the list must not judge all rules again."""


def _rules(
    rules: RuleCatalog,
    own: Sequence[OwnRuleRow],
    kinds: Sequence[str],
    settings: Mapping[str, SettingRow],
    what: Received,
    now: datetime,
) -> Iterator[RuleReadiness]:
    known = _JUDGED.get(what)
    if known is None:
        judge = _Judge(rules.needs, what, now)
        known = _JUDGED[what] = {
            rule.analytic.rule_id: judge.verdict(rule.analytic.rule_id, rule.analytic.kind) for rule in rules.rules
        }
    for rule in rules.rules:
        yield _shown(rule.row, "platform", known[rule.analytic.rule_id], settings, what, on=True)
    if own or kinds:
        mine = _Judge(own_needs(tuple(OwnRule(row.rule_id, row.text) for row in own)), what, now)
        on = {row.rule_id: row.enabled for row in own}
        for row in [*own_rows(own), *indicator_rows(kinds)]:
            name = row.analytic.rule_id
            verdict = mine.verdict(name, row.analytic.kind)
            yield _shown(row, "own", verdict, settings, what, on=on.get(name, True))


def _shown(
    row: Row, origin: str, verdict: Verdict, settings: Mapping[str, SettingRow], what: Received, *, on: bool
) -> RuleReadiness:
    analytic, setting = row.analytic, settings.get(row.analytic.rule_id)
    return RuleReadiness(
        rule_id=analytic.rule_id,
        title=analytic.title,
        level=analytic.level if setting is None or setting.level_override is None else setting.level_override,
        kind=analytic.kind,
        origin=origin,
        enabled=on and (setting is None or setting.enabled),
        tactics=analytic.tactics,
        techniques=analytic.techniques,
        log_sources=row.log_sources,
        sampled_at=what.at,
        **{name: getattr(verdict, name) for name in Verdict.__struct_fields__},
    )


class _Judge:
    """Judges rules by what is received."""

    def __init__(self, needs: Needs, what: Received, now: datetime) -> None:
        self._needs = needs
        self._what = what
        self._now = now
        self._known: dict[str, Verdict] = {}

    def verdict(self, rule_id: str, kind: str) -> Verdict:
        """Return what is known of the rule. Correlation rules in a circle were refused when they were loaded."""
        known = self._known.get(rule_id)
        if known is None:
            known = self._known[rule_id] = self._judged(rule_id, kind)
        return known

    def _judged(self, rule_id: str, kind: str) -> Verdict:
        needs = self._needs.rules.get(rule_id)
        if needs is not None:
            return self._of_rule(needs)
        if rule_id in self._needs.correlations:
            return self._of_correlation(rule_id)
        if kind == "indicator":
            return self._of_any()
        return Verdict(state="no_source", reason="The rule does not run: see the rules that were refused.")

    def _of_rule(self, needs: RuleNeeds) -> Verdict:
        sees = self._what.sees(needs.log_source)
        if not sees.kinds:
            return Verdict(
                state="no_source", fields=needs.fields, missing_fields=needs.fields, reason=self._none(needs)
            )
        wanted = [met for met in sees.kinds if self._needs.can_hold(needs, _everything, _value(met))]
        able = any(self._needs.can_hold(needs, met.has, _value(met)) for met in wanted)
        having = wanted or sees.kinds
        populated = [name for name in needs.fields if any(met.has(name) for met in having)]
        missing = [name for name in needs.fields if name not in populated]
        heard = self._heard(sees.sources)
        state = "ready"
        if wanted and not able:
            state, reason = "fields_missing", f"Its events come, but {_had(missing)}: its condition cannot hold."
        elif heard is not None and self._now - heard > _SILENT:
            state, reason = "silent", f"{_listed(sees.sources)} sent nothing for {_span(self._now - heard)}."
        elif not wanted:
            reason = f"{_listed(sees.sources)} comes; no event of the kind that it looks for did in {DAYS} days."
        elif missing:
            reason = f"Its events come, but {_had(missing)}: what it can do without these still fires."
        else:
            reason = "Its events come, with the fields that it reads."
        return Verdict(
            state=state,
            sources=sees.sources,
            last_received_at=heard,
            last_event_at=max((met.kind.last_at for met in wanted if met.kind.last_at is not None), default=None),
            fields=needs.fields,
            populated_fields=populated,
            missing_fields=missing,
            reason=reason,
        )

    def _heard(self, sources: Sequence[str]) -> datetime | None:
        times = (self._what.last_received.get(name) for name in sources)
        return max((time for time in times if time is not None), default=None)

    def _none(self, needs: RuleNeeds) -> str:
        source = needs.log_source
        product = source.product
        others = sorted({g.source for g in self._what.groups if any(s.product == product for s in g.log_sources)})
        more = f" {_listed(others)} sends other events." if product is not None and others else ""
        return f"No {_kind(source)} in {DAYS} days.{more}"

    def _of_correlation(self, rule_id: str) -> Verdict:
        related = self._needs.related(rule_id)
        verdicts = {name: self.verdict(name, "sigma") for name in related}
        state = next((one for one in STATES if self._needs.can_fire(rule_id, _at_least(verdicts, one))), STATES[-1])
        reason = "The rules that it relates can fire."
        if state != STATES[0]:
            worst = [name for name in related if _RANK[verdicts[name].state] >= _RANK[state]]
            reason = (
                f"It relates rules that cannot fire now. {verdicts[worst[0]].reason}"
                if worst
                else "It relates no rule."
            )
        sources = sorted({name for each in verdicts.values() for name in each.sources})
        return Verdict(
            state=state,
            sources=sources,
            last_received_at=self._heard(sources),
            last_event_at=max(
                (v.last_event_at for v in verdicts.values() if v.last_event_at is not None), default=None
            ),
            fields=sorted({name for each in verdicts.values() for name in each.fields}),
            populated_fields=sorted({name for each in verdicts.values() for name in each.populated_fields}),
            missing_fields=sorted({name for each in verdicts.values() for name in each.missing_fields}),
            rules=related,
            reason=reason,
        )

    def _of_any(self) -> Verdict:
        sources = sorted({group.source for group in self._what.groups})
        if not sources:
            return Verdict(state="no_source", reason=f"No events in {DAYS} days.")
        heard = self._heard(sources)
        times = (kind.last_at for group in self._what.groups for kind in group.kinds.values())
        last_at = max((time for time in times if time is not None), default=None)
        silent = heard is not None and self._now - heard > _SILENT
        reason = "Indicators are looked for in all events." if not silent else "No source sent anything for a day."
        return Verdict(
            state="silent" if silent else "ready",
            sources=sources,
            last_received_at=heard,
            last_event_at=last_at,
            reason=reason,
        )


def _everything(_: str) -> bool:
    return True


def _value(met: Met) -> Callable[[str], Any]:
    """Return what gives a field's only value among the records of a kind."""
    key = met.kind.key

    def value(field: str) -> Any:
        place = met.place(field)
        return UNKNOWN if place is None or key is None else key[place]

    return value


def _at_least(verdicts: Mapping[str, Verdict], state: str) -> Callable[[str], bool]:
    return lambda name: name in verdicts and _RANK[verdicts[name].state] <= _RANK[state]


def _kind(source: LogSource) -> str:
    product = None if source.product is None else _PRODUCTS.get(source.product, source.product.capitalize())
    what = " ".join(part for part in (source.service, source.category) if part is not None)
    return " ".join(part for part in (what, "events", None if product is None else f"from {product}") if part)


def _had(fields: Sequence[str]) -> str:
    return f"none of those looked at had {_listed(fields)}"


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:_MOST_NAMED])
    if len(names) > _MOST_NAMED:
        shown.append(f"{len(names) - _MOST_NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else "nothing"


def _span(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"  # noqa: PLR2004 - two days
