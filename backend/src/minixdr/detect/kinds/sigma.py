"""Sigma rules: an event that satisfies a rule becomes a finding.

In: an event and the rules that matched its record. Out: findings (OCSF 2004). The matching itself is `detect/engine.py`.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from minixdr.schema.event import Event
from minixdr.schema.finding import Analytic, Finding


def finding_id(rule_id: str, event_ids: tuple[str, ...]) -> str:
    """Return 32 hex digits of the analytic and its events: the same conclusion again has the same id."""
    digest = blake2b(rule_id.encode("utf-8", "surrogatepass"), digest_size=16)
    for event_id in event_ids:
        digest.update(b"\0" + event_id.encode("ascii"))
    return digest.hexdigest()


def finding(analytic: Analytic, event: Event, matched: Mapping[str, Any]) -> Finding:
    """Return the finding of one rule on one event; `matched` are the fields that decided."""
    event_ids = (event.event_id,)
    return Finding(
        finding_id=finding_id(analytic.rule_id, event_ids),
        analytic=analytic,
        time=event.time,
        event_ids=event_ids,
        file=event.record.file,
        record=event.record.number,
        source=event.source,
        matched=matched,
        entities=event.entities,
        event=event,
    )
