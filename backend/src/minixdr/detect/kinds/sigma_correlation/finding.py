"""A conclusion -> a finding, and an observation for the correlation rules over it."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from minixdr.detect.kinds.sigma_correlation.group import NEVER, Entry
from minixdr.detect.kinds.sigma_correlation.observation import Observation
from minixdr.detect.kinds.sigma_correlation.tracker import Conclusion
from minixdr.schema.event import Entity
from minixdr.schema.finding import Finding

_MOST_ENTITIES = 64
_MOST_VALUES = 1_000
"""Values of one field that a conclusion hands to correlation rules over it."""


def finding(conclusion: Conclusion, most_event_ids: int) -> Finding:
    """Return the finding. The same rule, group and events give the same id."""
    spec, group = conclusion.tracker.spec, conclusion.group
    event_ids = _event_ids(conclusion.entries, most_event_ids)
    _, latest = group.latest()
    return Finding(
        finding_id=_finding_id(spec.analytic.rule_id, (*group.shown_key(), *event_ids)),
        analytic=spec.analytic,
        time=latest.time,
        event_ids=event_ids,
        file=latest.file,
        record=latest.record,
        source=latest.source,
        matched=_matched(conclusion),
        entities=_entities(conclusion),
    )


def _event_ids(entries: Iterable[Entry], most: int) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for entry in entries:
        for event_id in (entry.event_ids,) if isinstance(entry.event_ids, str) else entry.event_ids:
            found[event_id] = None
    return tuple(found)[-most:]


def _finding_id(rule_id: str, parts: Iterable[str]) -> str:
    digest = blake2b(digest_size=16)
    for part in (rule_id, *parts):
        text = part.encode("utf-8", "surrogatepass")
        digest.update(len(text).to_bytes(4, "big") + text)
    return digest.hexdigest()


def _matched(conclusion: Conclusion) -> dict[str, Any]:
    tracker, group = conclusion.tracker, conclusion.group
    matched: dict[str, Any] = dict(zip(tracker.spec.group_by, group.shown, strict=True))
    matched[tracker.spec.type] = conclusion.value
    if tracker.temporal:
        occurred = {entry.place for entry in conclusion.entries}
        matched["rules"] = [name for place, name in enumerate(tracker.places) if place in occurred]
    return matched


def _entities(conclusion: Conclusion) -> tuple[Entity, ...]:
    since = conclusion.entries[0].seconds if conclusion.entries else NEVER
    found: dict[Entity, None] = {}
    for _, observation in conclusion.group.all_seen(since):
        for entity in observation.entities:
            found[entity] = None
    return tuple(found)[:_MOST_ENTITIES]


def derived(conclusion: Conclusion, found: Finding) -> Observation:
    """Return the conclusion as an observation."""
    tracker, group = conclusion.tracker, conclusion.group
    fields: dict[str, Any] = dict(zip(tracker.spec.group_by, group.shown, strict=True))
    for place, name in enumerate(tracker.extra):
        values = dict.fromkeys(value for entry in conclusion.entries for value in entry.extra[place])
        fields[name] = list(values)[:_MOST_VALUES]
    return Observation(
        names=tracker.spec.names,
        event_id=found.finding_id,
        time=found.time,
        fields=fields,
        file=found.file,
        record=found.record,
        source=found.source,
        entities=found.entities,
        event_ids=found.event_ids,
    )
