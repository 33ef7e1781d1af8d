"""From a hunt to a rule: the query's condition in Sigma, by the names of the records themselves.

The rule is tried on what the hunt finds, and on what it leaves out.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid4

import msgspec
import yaml

from minixdr.app.hunt import retro_rules
from minixdr.app.hunt.error import QueryError
from minixdr.app.hunt.retro_run import RetroHunt
from minixdr.app.hunt.rule_names import Seen, field_of, log_source, seen
from minixdr.app.hunt.rule_text import attributes_in, detection
from minixdr.app.hunt.use_case import Range, attribute_named, run_query, understood
from minixdr.app.lake.read import events_by_id
from minixdr.app.platform import Platform
from minixdr.app.refusal import InvalidError
from minixdr.schema.event import LogSource
from minixdr.schema.hunt import And, Attribute, Comparison, Expression, Fields, Not, Operator, Query

MOST_RECORDS = 100
"""Looked at of what the hunt finds, and as many of what it leaves out."""
_MOST_SAMPLES = 3
_LONGEST_SAMPLE = 64 * 1024
_SOURCE = "source"
_LONGEST_TITLE = 100


class Named(msgspec.Struct, frozen=True):
    """What the rule calls an attribute."""

    attribute: str
    field: str


class Trouble(msgspec.Struct, frozen=True):
    """What keeps the query from being a rule, and where."""

    message: str
    start: int
    end: int


class Draft(msgspec.Struct, frozen=True):
    """A rule made of a query, or why there is none."""

    rule: str | None = None
    """Sigma YAML."""
    problems: tuple[Trouble, ...] = ()
    notes: tuple[str, ...] = ()
    names: tuple[Named, ...] = ()
    records: int = 0
    """Looked at of those that the hunt finds."""
    found: int = 0
    """Of them: found by the rule too."""
    others: int = 0
    """Looked at of those of the source that the hunt leaves out."""
    others_found: int = 0
    samples: tuple[str, ...] = ()
    """Some records that both find, as they arrived."""


async def draft_rule(platform: Platform, within: Range, text: str) -> Draft:
    """Return the rule that finds what the query finds. Raises as `run_hunt`."""
    query = await asyncio.to_thread(understood, platform, text)
    try:
        where = _without_source(query)
    except QueryError as error:
        return Draft(problems=(Trouble(error.message, error.start, error.end),))
    rows = await _records(platform, within, query.where)
    sources = Counter(row.stored.source for row in rows)
    if not rows:
        return _refused("No event in this time range satisfies the query; a rule's names are learned from events.")
    if len(sources) > 1:
        held = ", ".join(name for name, _ in sources.most_common(6))
        return _refused(f"The events come from several sources ({held}), and a rule reads one: add a test on `source`.")
    of_source = Comparison(attribute_named(_SOURCE), Operator.EQUAL, (next(iter(sources)),))
    others = await _records(platform, within, And((of_source, Not(where))))
    return await asyncio.to_thread(_draft, query, where, text, (rows, others), within.organization_id)


def _refused(message: str) -> Draft:
    return Draft(problems=(Trouble(message, 0, 0),))


def _without_source(query: Query) -> Expression:
    """Return the condition apart from the test on the source, which the log source says. Raises QueryError."""
    if query.where is None:
        raise QueryError("all events are no rule: write a condition", 0)
    items = query.where.items if isinstance(query.where, And) else (query.where,)
    rest = [item for item in items if not _is_source(item)]
    if not rest:
        raise QueryError("all events of a source are no rule: add a condition", 0)
    where = rest[0] if len(rest) == 1 else And(tuple(rest))
    for attribute in attributes_in(where):
        if attribute.path == _SOURCE:
            reason = 'a rule reads one source: write `source = "..." and ...` around the rest'
            raise QueryError(reason, attribute.start, attribute.start + len(_SOURCE))
    return where


def _is_source(item: Expression) -> bool:
    return isinstance(item, Comparison) and item.attribute.path == _SOURCE and item.operator is Operator.EQUAL


async def _records(platform: Platform, within: Range, where: Expression | None) -> list[Seen]:
    ids = Query(where, (Fields((attribute_named("event_id"),)),))
    found = await run_query(platform, within, ids, MOST_RECORDS)
    if platform.lake is None or not found.rows:
        return []
    wanted = [str(row[0]) for row in found.rows]
    rows = await events_by_id(
        platform.database, platform.lake, within.organization_id, wanted, within.first_at, within.before
    )
    return [record for row in rows if (record := seen(row)) is not None]


def _draft(
    query: Query, where: Expression, text: str, records: tuple[Sequence[Seen], Sequence[Seen]], organization_id: UUID
) -> Draft:
    found, others = records
    wanted = log_source(found)
    if wanted is None:
        return _refused("The records have no Sigma log source in common: add a test that tells them apart.")
    names: dict[str, str] = {}
    problems = list(_learn(where, [*found, *others], wanted, names))
    if problems:
        return Draft(problems=tuple(problems))
    try:
        body = detection(where, lambda attribute: names[attribute.path])
    except QueryError as error:
        return Draft(problems=(Trouble(error.message, error.start, error.end),))
    rule = _rule(text, wanted, body)
    try:
        ready = retro_rules.check(retro_rules.RetroRules(rule))
    except InvalidError as error:
        return _refused(f"The rule would not run: {error}")
    run = RetroHunt(ready, str(organization_id))
    run.read([record.stored for record in (*found, *others)])
    hit = {event_id for finding in run.account.findings for event_id in finding["event_ids"]}
    both = [record for record in found if record.stored.event_id in hit]
    notes = ["What follows `|` is left out: a rule finds single events; a correlation rule counts them."]
    return Draft(
        rule=rule,
        notes=tuple(notes if query.stages else ()),
        names=tuple(Named(attribute, field) for attribute, field in names.items()),
        records=len(found),
        found=len(both),
        others=len(others),
        others_found=sum(record.stored.event_id in hit for record in others),
        samples=tuple(_sample(both)),
    )


def _learn(where: Expression, records: Sequence[Seen], wanted: LogSource, names: dict[str, str]) -> list[Trouble]:
    """Fill in what the rule calls each attribute; return those that no field holds."""
    problems = []
    done = set[str]()
    for attribute in attributes_in(where):
        if attribute.path in done:
            continue
        done.add(attribute.path)
        field = field_of(attribute.path, records, wanted)
        if field is None:
            problems.append(_unnamed(attribute))
        else:
            names[attribute.path] = field
    return problems


def _unnamed(attribute: Attribute) -> Trouble:
    message = (
        f"No field of these records holds what {attribute.path} does: it is made of others, or of none. "
        "Test a field of the record itself (`unmapped.<name>`, or a text in quotes)."
    )
    return Trouble(message, attribute.start, attribute.start + len(attribute.path))


def _rule(text: str, wanted: LogSource, body: dict[str, object]) -> str:
    shown = " ".join(text.split())
    title = shown if len(shown) <= _LONGEST_TITLE else f"{shown[: _LONGEST_TITLE - 1]}…"
    named = {"product": wanted.product, "category": wanted.category, "service": wanted.service}
    document = {
        "title": f"Hunt: {title}",
        "id": str(uuid4()),
        "status": "experimental",
        "description": f"Made of the hunt: {shown}",
        "logsource": {name: value for name, value in named.items() if value is not None},
        "detection": body,
        "level": "medium",
    }
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=140))


def _sample(records: Sequence[Seen]) -> list[str]:
    plain = [
        each.stored.raw for each in records if each.stored.body is None and len(each.stored.raw) <= _LONGEST_SAMPLE
    ]
    texts = [raw.decode("utf-8", "replace") for raw in plain]
    return list(dict.fromkeys(texts))[:_MOST_SAMPLES]
