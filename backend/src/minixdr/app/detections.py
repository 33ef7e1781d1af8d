"""What each organization detects with: the platform's rules, shared by all, and its own tuning, loaded anew when its `rules_version` moves."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic
from uuid import UUID

import msgspec
import structlog

from minixdr.app.own_indicators import own_indicators
from minixdr.app.platform import Platform
from minixdr.app.ruleset import Ruleset
from minixdr.app.tuning import FilterRow, OwnRule, RuleSetting, Tuning, log_sources_of
from minixdr.detect.kinds.indicator import Indicators
from minixdr.detect.rule import CorrelationSpec
from minixdr.pipeline import Detection
from minixdr.ports.database import Scope
from minixdr.ports.stores.indicators import ActiveIndicator
from minixdr.ports.stores.rules import Rules
from minixdr.schema.event import LogSource

_INDICATORS_AT_ONCE = 5_000
_REST_FOR_EACH_SECOND = 10.0
"""How long loaded indicators stay, for each second that it takes to load them."""
_FRESH_SECONDS = 2.0
"""How long a version is believed: a switched-off rule is off everywhere this soon."""

log = structlog.get_logger(__name__)


class OwnIndicators(msgspec.Struct, frozen=True):
    """The organization's own indicators, ready to be looked up."""

    version: int
    loaded: Indicators | None
    """None where there are none."""
    again_at: float
    """Not loaded anew before then: many entries take a second, and are changed one by one."""


class Set(msgspec.Struct):
    """What one organization detects with."""

    version: int
    detection: Detection
    tuning: Tuning
    specs: Sequence[CorrelationSpec]
    """Correlation rules, the platform's and its own."""
    indicators: OwnIndicators
    checked_at: float = 0.0


class Detections:
    """Sets by organization. One per process: its engine is not for several threads at once."""

    def __init__(self, ruleset: Ruleset, platform: Platform) -> None:
        self.ruleset = ruleset
        self._platform = platform
        self._shared = ruleset.detection()
        self.log_sources: dict[str, LogSource] = log_sources_of(ruleset.compiled.program)
        """Of the platform's rules, by id."""
        self._sets: dict[str, Set] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def of(self, organization_id: str) -> Set:
        """Return what the organization detects with now. Raises DatabaseAwayError."""
        known = self._sets.get(organization_id)
        if known is not None and monotonic() - known.checked_at < _FRESH_SECONDS:
            return known
        async with self._locks.setdefault(organization_id, asyncio.Lock()):
            known = self._sets.get(organization_id)
            if known is None or monotonic() - known.checked_at >= _FRESH_SECONDS:
                known = self._sets[organization_id] = await self._refresh(organization_id, known)
            return known

    async def _refresh(self, organization_id: str, known: Set | None) -> Set:
        async with self._platform.database.transaction(Scope(organization_id=UUID(organization_id))) as opened:
            version, of_indicators = await opened.rules.version(), await opened.indicators.version()
        if known is None or known.version != version:
            version, tuning = await self._tuning(organization_id)
        else:
            tuning = known.tuning
        if known is None or (known.indicators.version != of_indicators and monotonic() >= known.indicators.again_at):
            indicators = await self._indicators(organization_id)
        else:
            indicators = known.indicators
        if known is not None and tuning is known.tuning and indicators is known.indicators:
            return msgspec.structs.replace(known, checked_at=monotonic())
        detection = _for(self._shared, organization_id, indicators.loaded)
        correlations = (*self.ruleset.correlations, *tuning.own.correlations)
        return Set(version, detection, tuning, correlations, indicators, monotonic())

    async def _tuning(self, organization_id: str) -> tuple[int, Tuning]:
        async with self._platform.database.transaction(Scope(organization_id=UUID(organization_id))) as opened:
            version = await opened.rules.version()
            make = await _rows(organization_id, opened.rules, self._platform.now(), self.log_sources)
        tuning = await asyncio.to_thread(make)
        for refusal in tuning.own.refusals:
            log.warning(
                "an own rule does not run", organization=organization_id, rule=refusal.path, reason=refusal.reason
            )
        return version, tuning

    async def _indicators(self, organization_id: str) -> OwnIndicators:
        """Return the organization's own indicators as they are now, read a few thousand at a time."""
        started = monotonic()
        scope = Scope(organization_id=UUID(organization_id))
        rows, last = list[ActiveIndicator](), ""
        async with self._platform.database.transaction(scope) as opened:
            version = await opened.indicators.version()  # before the rows: what changes meanwhile is read the next time
            while True:
                part = await opened.indicators.active(self._platform.now(), last, _INDICATORS_AT_ONCE)
                rows += part
                if len(part) < _INDICATORS_AT_ONCE:
                    break
                last = part[-1].indicator_id
        loaded = await asyncio.to_thread(own_indicators, rows) if rows else None
        took = monotonic() - started
        return OwnIndicators(version, loaded, monotonic() + took * _REST_FOR_EACH_SECOND)


def _for(shared: Detection, organization_id: str, indicators: Indicators | None) -> Detection:
    """Return the shared detection for an organization."""
    return Detection(
        engine=shared.engine,
        indicators=shared.indicators,
        needed_fields=shared.needed_fields,
        organization_id=organization_id,
        own_indicators=indicators,
        least_level=shared.least_level,
    )


async def _rows(
    organization_id: str, rules: Rules, now: datetime, log_sources: dict[str, LogSource]
) -> Callable[[], Tuning]:
    settings = [RuleSetting(row.rule_id, row.enabled, row.level_override) for row in await rules.settings()]
    filters = [
        FilterRow(str(row.id), tuple(row.rule_ids), row.text, row.expires_at) for row in await rules.filters(at=now)
    ]
    own = [OwnRule(row.rule_id, row.text) for row in await rules.own() if row.enabled]
    return lambda: Tuning.of(organization_id, settings, filters, own, log_sources)
