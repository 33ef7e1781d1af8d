"""Why a finding is one, for a person: what happened in a sentence, and which lines of the rule's text say so.

Each selection of the rule is tried on the finding's event by the engine, as it was by the rule. The text is the rule's as it is now: where it was
changed since, a selection may hold no more.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from minixdr.app.event_document import finding_of
from minixdr.app.filter_proposals import COUNTED
from minixdr.app.platform import Platform
from minixdr.app.refusal import NotFoundError
from minixdr.app.rule_tuning import catalog
from minixdr.app.scan.sentence import sentence_of
from minixdr.app.tuning import OwnRule, own_log_sources
from minixdr.detect.filters import Filter, Filters
from minixdr.detect.loading.selections import Selection, selections
from minixdr.normalize.catalog import all_sources
from minixdr.ports.database import Scope
from minixdr.ports.stores.findings import FindingWhole
from minixdr.schema.event import LogSource

_NO_TEXT = "The rule has no text here: it is an indicator list, or its file is gone."
_NO_EVENT = "A correlation rule relates several events: see the rules that it relates, and its events."
_LARGE = "The event is too large to be kept beside the finding: the selections cannot be tried on it."


class ExplainedSelection(msgspec.Struct, frozen=True):
    """A selection of the rule."""

    name: str
    first_line: int
    last_line: int
    matched: bool | None
    """None where it cannot be tried alone."""


class MatchedField(msgspec.Struct, frozen=True):
    """A field of a selection that matched, and decided."""

    selection: str
    field: str
    first_line: int
    last_line: int
    value: Any


class Explanation(msgspec.Struct, frozen=True):
    """Why a finding is one."""

    sentence: str
    rule_text: str | None
    selections: Sequence[ExplainedSelection] = ()
    fields: Sequence[MatchedField] = ()
    reason: str | None = None
    """Why nothing is marked."""


async def explain_finding(platform: Platform, scope: Scope, finding_id: str) -> Explanation:
    """Return why. Raises NotFoundError."""
    rules = await catalog(platform)
    async with platform.database.transaction(scope) as tx:
        row = await tx.findings.get(finding_id)
        if row is None:
            raise NotFoundError("There is no such finding.")
        own = await tx.rules.own()
    mine = next((rule.text for rule in own if rule.rule_id == row.rule_id), None)
    text = rules.text(row.rule_id) if mine is None else mine
    log_sources = rules.log_sources

    def work() -> Explanation:
        named = {**log_sources, **own_log_sources([OwnRule(rule.rule_id, rule.text) for rule in own])}
        return _explained(row, text, named)

    return await asyncio.to_thread(work)


def _explained(row: FindingWhole, text: str | None, log_sources: Mapping[str, LogSource]) -> Explanation:
    sentence = _sentence(row)
    if text is None or row.kind == "indicator":
        return Explanation(sentence, text, reason=_NO_TEXT)
    if row.event is None:
        return Explanation(sentence, text, reason=_NO_EVENT)
    finding = finding_of(row.analytic, row.finding_id, tuple(row.event_ids), row.matched, row.event)
    if finding is None:
        return Explanation(sentence, text, reason=_LARGE)
    parts = selections(text)
    tried = [
        Filter(str(place), frozenset({row.rule_id}), part.condition)
        for place, part in enumerate(parts)
        if part.condition is not None
    ]
    held = set(Filters(tried, log_sources, all_sources()).withholding(finding)) if tried else set()
    matched = [None if part.condition is None else str(place) in held for place, part in enumerate(parts)]
    shown = [
        ExplainedSelection(part.name, part.first_line, part.last_line, holds)
        for part, holds in zip(parts, matched, strict=True)
    ]
    fields = [each for part, holds in zip(parts, matched, strict=True) if holds for each in _fields(part, row.matched)]
    return Explanation(sentence, text, shown, fields)


def _fields(part: Selection, matched: Mapping[str, Any]) -> Iterator[MatchedField]:
    for line in part.fields:
        if line.field in matched:
            yield MatchedField(part.name, line.field, line.first_line, line.last_line, matched[line.field])


def _sentence(row: FindingWhole) -> str:
    """Return what happened; of an event that is kept without its record too."""
    if row.event is None:
        shared = ", ".join(f"{name} {value}" for name, value in row.matched.items() if name not in COUNTED)
        events = "1 event" if len(row.event_ids) == 1 else f"{len(row.event_ids):,} events"
        return f"{events}: {shared}" if shared else events
    document = {**row.event, "body": row.event.get("body") or {}}
    finding = finding_of(row.analytic, row.finding_id, tuple(row.event_ids), row.matched, document)
    return row.title if finding is None else sentence_of(finding) or row.title
