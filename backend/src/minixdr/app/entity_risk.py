"""An entity over time: what was found of it each day, and who is named with it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from minixdr.app.platform import Platform
from minixdr.app.refusal import InvalidError, NotFoundError
from minixdr.correlate.risk import RuleShare, risk_of
from minixdr.correlate.runs import RuleFacts
from minixdr.ports.database import Scope, Transaction
from minixdr.ports.stores.entities import DayRule, Peer
from minixdr.schema.finding import LEVELS

MOST_FINDINGS = 20_000
"""Of one entity: an account id may be in a million. A third of a second."""
MOST_SHARED = 2_000
"""Findings that are looked at for who is named in them."""
MOST_DAYS = 366
_USUAL_DAYS = 30
_MOST_REASONS = 3


class RiskDay(msgspec.Struct, frozen=True):
    """One day, UTC."""

    day: datetime
    risk: float
    reasons: Sequence[str]
    findings: int
    suppressed: int
    levels: Mapping[str, int]


class EntityRisk(msgspec.Struct, frozen=True):
    """A time range, each of its days."""

    first_at: datetime
    before: datetime
    days: Sequence[RiskDay]
    truncated: bool


class EntityPeers(msgspec.Struct, frozen=True):
    """Who is named with an entity."""

    first_at: datetime
    before: datetime
    items: Sequence[Peer]
    findings: int
    truncated: bool


async def entity_risk(
    platform: Platform, scope: Scope, entity_id: str, first_at: datetime | None, before: datetime | None
) -> EntityRisk:
    """Return each day's findings and what they add up to. Raises NotFoundError, InvalidError."""
    async with platform.database.transaction(scope) as tx:
        first_at, before = await _range(tx, entity_id, first_at, before)
        rows, looked = await tx.entities.days(entity_id, first_at, before, MOST_FINDINGS)
    by_day: dict[datetime, list[DayRule]] = {}
    for row in rows:
        by_day.setdefault(row.day.astimezone(UTC), []).append(row)
    days = [_day(day, by_day.get(day, ())) for day in _days(first_at, before)]
    return EntityRisk(first_at, before, days, looked >= MOST_FINDINGS)


async def entity_peers(
    platform: Platform, scope: Scope, entity_id: str, first_at: datetime | None, before: datetime | None, most: int
) -> EntityPeers:
    """Return who is named with the entity, the most often first. Raises NotFoundError, InvalidError."""
    async with platform.database.transaction(scope) as tx:
        first_at, before = await _range(tx, entity_id, first_at, before)
        rows, looked = await tx.entities.peers(entity_id, first_at, before, MOST_SHARED, most)
    return EntityPeers(first_at, before, rows, looked, looked >= MOST_SHARED)


async def _range(
    tx: Transaction, entity_id: str, first_at: datetime | None, before: datetime | None
) -> tuple[datetime, datetime]:
    """Return the time range: where nothing is said, the 30 days up to the last finding that names the entity."""
    entity = await tx.entities.get(entity_id)
    if entity is None:
        raise NotFoundError("No finding names such an entity.")
    try:
        before = before or _midnight(entity.last_seen_at) + timedelta(days=1)
        first_at = first_at or before - timedelta(days=_USUAL_DAYS)
    except OverflowError:
        raise InvalidError("/first_at", "The time range reaches beyond the calendar: give another.") from None
    if first_at >= before:
        raise InvalidError("/before", "It is not after `first_at`.")
    if before - first_at > timedelta(days=MOST_DAYS):
        raise InvalidError("/first_at", f"A time range has {MOST_DAYS} days at most.")
    return first_at, before


def _midnight(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _days(first_at: datetime, before: datetime) -> list[datetime]:
    first = _midnight(first_at)
    return [first + timedelta(days=number) for number in range(-(-(before - first) // timedelta(days=1)))]


def _day(day: datetime, rows: Sequence[DayRule]) -> RiskDay:
    """A day's risk is worked out as an incident's, of its open findings, as if each were rare: it compares days, and is no part of an incident's."""
    shown = [row for row in rows if row.state == "open"]
    shares = [
        RuleShare(
            RuleFacts(row.rule_id, row.title, row.level, tuple(row.tactics), (), row.source),
            row.findings,
            row.findings,
            1.0,
        )
        for row in shown
    ]
    risk, reasons = risk_of(shares) if shares else (0.0, ())
    counted: Counter[str] = Counter()
    for row in shown:
        counted[row.level] += row.findings
    return RiskDay(
        day=day,
        risk=risk,
        reasons=reasons[:_MOST_REASONS],
        findings=counted.total(),
        suppressed=sum(row.findings for row in rows) - counted.total(),
        levels={level: counted[level] for level in LEVELS},
    )
