"""What an organization changed about rules: which are off, which have another level, what their filters withhold, and its own rules.

In: rows as the database has them, and what is known of the loaded rules. Out: a `Tuning`, which says of a finding what is to become of it. Pure; made
anew when the organization's `rules_version` moves. Suppressed findings still feed correlation rules; those of a rule that is off give no finding
and no incident, but a correlation rule that relates it sees its events all the same: it has a switch of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from minixdr.app.rule_needs import Needs
from minixdr.detect.compiled import Compiled, compile_rules
from minixdr.detect.engine import Engine
from minixdr.detect.filters import Filter, Filters
from minixdr.detect.kinds.sigma_correlation import needed_fields
from minixdr.detect.linear import linear_refusal
from minixdr.detect.program import Program, build
from minixdr.detect.rule import CorrelationSpec, Refusal
from minixdr.normalize.catalog import all_sources
from minixdr.pipeline import Detection
from minixdr.schema.event import LogSource
from minixdr.schema.finding import Finding

if TYPE_CHECKING:
    from minixdr.detect.loading import Loaded

_OWN_REMEMBERED_BYTES = 8 * 1024 * 1024


class RuleSetting(msgspec.Struct, frozen=True):
    """What was set for one rule."""

    rule_id: str
    enabled: bool = True
    level: str | None = None
    """The level of its findings, None for the rule's own."""


class FilterRow(msgspec.Struct, frozen=True):
    """A filter as it is kept."""

    filter_id: str
    rule_ids: tuple[str, ...]
    text: str
    """YAML of selections, as below `filter:` of a Sigma filter."""
    expires_at: datetime | None = None


class OwnRule(msgspec.Struct, frozen=True):
    """A rule that the organization wrote."""

    name: str
    """What errors call it: its place in the list of own rules."""
    text: str


class Ruling(msgspec.Struct, frozen=True):
    """What becomes of a finding."""

    finding: Finding
    """With the level that the organization gave its rule."""
    state: str
    """`open`; `suppressed`: kept, and shown to whoever asks for suppressed ones; `disabled`: not kept."""
    filter_id: str | None = None
    """The filter that suppressed it."""


@dataclass(frozen=True, slots=True)
class Own:
    """The organization's own rules, ready to run beside those of the platform."""

    detection: Detection | None
    """For a second `pipeline.run` over the same batch; None where there are none."""
    correlations: tuple[CorrelationSpec, ...]
    refusals: tuple[Refusal, ...]
    """Rules that were fine when they were written and are not now."""


class Tuning:
    """One organization's tuning."""

    def __init__(
        self,
        settings: Mapping[str, RuleSetting],
        filters: Filters | None,
        expiry: Mapping[str, datetime | None],
        own: Own,
    ) -> None:
        self._settings = settings
        self._filters = filters
        self._expiry = expiry
        self.own = own
        self.refused_filters: Mapping[str, str] = {}
        """Filter -> why it cannot run: it could when it was written."""

    @classmethod
    def of(
        cls,
        organization_id: str,
        settings: Sequence[RuleSetting],
        filters: Sequence[FilterRow],
        own_rules: Sequence[OwnRule],
        log_sources: Mapping[str, LogSource],
    ) -> "Tuning":
        """Return the tuning. `log_sources`: of the platform's rules, by id (`log_sources_of`).

        A filter that cannot run is in `refused_filters` and withholds nothing.
        """
        own, own_log_sources = _own(organization_id, own_rules)
        usable, refused = _filters(filters) if filters else ([], {})
        made = cls(
            {each.rule_id: each for each in settings},
            Filters(usable, {**log_sources, **own_log_sources}, all_sources()) if usable else None,
            {each.filter_id: each.expires_at for each in filters},
            own,
        )
        made.refused_filters = refused
        return made

    def rule_on(self, finding: Finding, now: datetime) -> Ruling:
        """Return what becomes of the finding. A filter whose time has passed withholds nothing."""
        setting = self._settings.get(finding.analytic.rule_id)
        if setting is not None and not setting.enabled:
            return Ruling(finding, "disabled")
        if setting is not None and setting.level is not None and setting.level != finding.analytic.level:
            analytic = msgspec.structs.replace(finding.analytic, level=setting.level)
            finding = msgspec.structs.replace(finding, analytic=analytic)
        for filter_id in self._filters.withholding(finding) if self._filters is not None else ():
            expires_at = self._expiry[filter_id]
            if expires_at is None or now < expires_at:
                return Ruling(finding, "suppressed", filter_id)
        return Ruling(finding, "open")


def log_sources_of(program: Program) -> dict[str, LogSource]:
    """Return the log source that each rule of the program names, by rule id."""
    return {
        program.analytic(number).rule_id: program.log_sources[rule.log_source]
        for number, rule in enumerate(program.rules)
    }


def own_loaded(rules: Sequence[OwnRule]) -> "Loaded | None":
    """Return what the organization's own rules hold; None where there are none."""
    if not rules:
        return None
    from minixdr.detect.loading import load  # noqa: PLC0415 - pySigma takes long to import; most organizations have no rules

    return load([(rule.name, rule.text.encode("utf-8", "surrogatepass")) for rule in rules], {})


def own_log_sources(rules: Sequence[OwnRule]) -> Mapping[str, LogSource]:
    """Return the log source that each of the organization's own rules names, by rule id."""
    loaded = own_loaded(rules)
    return {} if loaded is None else {rule.analytic.rule_id: rule.log_source for rule in loaded.rules}


@lru_cache(maxsize=8)  # a page of a list must not parse all rules again; at most 500 rules each
def own_needs(rules: tuple[OwnRule, ...]) -> Needs:
    """Return what the organization's own rules need in order to fire."""
    loaded = own_loaded(rules)
    return Needs(build(()), ()) if loaded is None else Needs(build(loaded.rules), loaded.correlations)


def _filters(rows: Sequence[FilterRow]) -> tuple[list[Filter], dict[str, str]]:
    from minixdr.detect.loading import FilterError, load_filter  # noqa: PLC0415 - as above

    usable, refused = [], {}
    for row in rows:
        try:
            usable.append(Filter(row.filter_id, frozenset(row.rule_ids), load_filter(row.text)))
        except FilterError as error:
            refused[row.filter_id] = str(error)
    return usable, refused


def _own(organization_id: str, rules: Sequence[OwnRule]) -> tuple[Own, Mapping[str, LogSource]]:
    loaded = own_loaded(rules)
    if loaded is None:
        return Own(None, (), ()), {}
    refused = {rule.analytic.rule_id: reason for rule in loaded.rules if (reason := linear_refusal(rule.condition))}
    usable = [rule for rule in loaded.rules if rule.analytic.rule_id not in refused]
    refusals = [Refusal(rule_id, None, rule_id, reason) for rule_id, reason in refused.items()]
    compiled = compile_rules(usable)
    detection = _detection(organization_id, compiled, loaded.correlations)
    return Own(detection, loaded.correlations, (*loaded.refusals, *refusals)), log_sources_of(compiled.program)


def _detection(organization_id: str, compiled: Compiled, correlations: Sequence[CorrelationSpec]) -> Detection:
    return Detection(
        engine=Engine(
            compiled.program, all_sources(), compiled.databases, remembered_bytes=_OWN_REMEMBERED_BYTES, linear=True
        ),
        indicators=None,
        needed_fields=needed_fields(correlations),
        organization_id=organization_id,
    )
