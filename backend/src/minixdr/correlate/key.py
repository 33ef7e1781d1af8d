"""What the stage needs of a finding: small enough to hold a million of.

In: findings. Out: keys without events, matched fields or descriptions. Entities are what the events named: text that an attacker may have chosen.
"""

import msgspec

from minixdr.schema.event import Entity
from minixdr.schema.finding import Finding

_LAST_SECOND = 253_402_300_799.0
"""Of the year 9999: the float next to its last microseconds is in a year that datetime does not know."""


class FindingKey(msgspec.Struct, frozen=True, gc=False):
    """A finding, reduced to what joins it to others and what an incident says of it."""

    finding_id: str
    seconds: float | None
    """Seconds since 1970, None where the event has no time."""
    rule_id: str
    title: str
    level: str
    tactics: tuple[str, ...]
    techniques: tuple[str, ...]
    source: str
    file: str
    entities: tuple[Entity, ...]


def key_of(finding: Finding) -> FindingKey:
    """Return the finding's key."""
    analytic = finding.analytic
    return FindingKey(
        finding.finding_id,
        None if finding.time is None else min(finding.time.timestamp(), _LAST_SECOND),
        analytic.rule_id,
        analytic.title,
        analytic.level,
        analytic.tactics,
        analytic.techniques,
        finding.source,
        finding.file,
        finding.entities,
    )
