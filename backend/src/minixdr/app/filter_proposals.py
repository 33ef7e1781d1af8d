"""From a finding that should not have been shown to filters that would withhold it: proposed, ranked, and each one tried on the finding itself.

A filter is made of what the rule matched and of who acted where, read from the record by the names that the rule uses. The narrowest comes first:
what a filter says too widely hides what matters.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import yaml

from minixdr.app.event_document import finding_of
from minixdr.app.platform import Platform
from minixdr.app.refusal import NotFoundError
from minixdr.app.rule_tuning import catalog
from minixdr.app.tuning import OwnRule, own_log_sources
from minixdr.detect.filters import Filter, Filters
from minixdr.detect.loading import FilterError, load_filter
from minixdr.detect.record_fields import RecordFields, record_fields
from minixdr.normalize.catalog import all_sources
from minixdr.normalize.entities import canonical_entity
from minixdr.ports.database import Scope
from minixdr.ports.stores.findings import FindingWhole
from minixdr.schema.event import LogSource

MOST_PROPOSALS = 8
_MOST_MATCHED = 6
_MOST_PATHS = 2_000
_DEEPEST = 8
_MOST_ITEMS = 5
_LONGEST_VALUE = 1_000
_LONGEST_SHOWN = 120
_ANY = LogSource()
_MATCHED = "what matched"
_NEVER_AGAIN = re.compile(
    r"(?:^|[._])(?:utctime|systemtime|timestamp|time|eventtime|creationutctime|\w*guid|\w*processid|\w*threadid|\w*logonid|requestid|eventid_|recordid"
    r"|eventrecordid|auditid|pid|ppid|sessionid)\Z",
    re.IGNORECASE,
)
"""Names of fields whose value no second event has: a filter on them withholds nothing more."""
COUNTED = frozenset(
    {
        "rules", "event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile",
        "value_median",
    }
)  # fmt: skip
"""What a correlation rule's finding says beside the fields it was grouped by."""
_WHO = ("user", "service_account", "role", "email", "access_key")
_WHERE = ("host", "address", "workload", "container", "account")
_PROGRAMS = ("process.file.path", "actor.process.file.path", "process.name", "actor.process.name")
_WORDS = {
    "service_account": "service account", "access_key": "access key", "email": "e-mail address",
}  # fmt: skip


class Proposal(msgspec.Struct, frozen=True):
    """A filter that would withhold the finding."""

    name: str
    text: str
    """As `rule-filters` takes it."""
    fields: tuple[str, ...]
    why: str
    sentence: str


class Proposals(msgspec.Struct, frozen=True):
    """What can be proposed."""

    rule_id: str
    items: tuple[Proposal, ...]
    reason: str | None = None
    """Why there are none."""


class _Part(msgspec.Struct, frozen=True):
    field: str
    value: Any
    label: str


class _Parts(msgspec.Struct, frozen=True):
    matched: tuple[_Part, ...]
    who: _Part | None
    where: _Part | None
    program: _Part | None


async def propose_filters(platform: Platform, scope: Scope, finding_id: str) -> Proposals:
    """Return filters that would withhold the finding, the narrowest first. Raises NotFoundError."""
    rules = await catalog(platform)
    async with platform.database.transaction(scope) as tx:
        row = await tx.findings.get(finding_id)
        if row is None:
            raise NotFoundError("There is no such finding.")
        own = [OwnRule(each.rule_id, each.text) for each in await tx.rules.own()]
    return await asyncio.to_thread(_proposals, row, rules.log_sources, own)


def _proposals(row: FindingWhole, known: Mapping[str, LogSource], own: Sequence[OwnRule]) -> Proposals:
    log_sources = {**known, **own_log_sources(own)}
    finding = finding_of(row.analytic, row.finding_id, tuple(row.event_ids), row.matched, row.event)
    if finding is None:
        reason = (
            "Its event is too large to be kept beside the finding: a filter cannot be tried on it. Write one by hand."
        )
        return Proposals(row.rule_id, (), reason)
    parts = _parts(row, log_sources.get(row.rule_id, _ANY))
    made = list(_combinations(parts, row.title, correlated=row.event is None))
    tried = []
    for place, proposal in enumerate(made):
        try:
            tried.append(Filter(str(place), frozenset({row.rule_id}), load_filter(proposal.text)))
        except FilterError:
            continue  # a value that Sigma cannot write: it is no proposal
    held = set(Filters(tried, log_sources, all_sources()).withholding(finding)) if tried else set()
    items = tuple(proposal for place, proposal in enumerate(made) if str(place) in held)[:MOST_PROPOSALS]
    if items:
        return Proposals(row.rule_id, items)
    return Proposals(
        row.rule_id, (), "Nothing in the event tells it from others by a plain value. Write a filter by hand."
    )


def _parts(row: FindingWhole, wanted: LogSource) -> _Parts:
    fields, names = _read(row, wanted)
    skipped = COUNTED if row.event is None else frozenset()
    readable = (row.event is None or fields is not None) and row.kind != "indicator"
    matched = tuple(
        _Part(name, value, _MATCHED)
        for name, value in row.matched.items()
        if readable and name not in skipped and _usable(name, value)
    )
    leaves = {} if fields is None else dict(_leaves(fields.fields, names))
    taken = {part.field for part in matched}
    return _Parts(
        matched=tuple(sorted(matched, key=_telling)[:_MOST_MATCHED]),
        who=_naming(row, leaves, _WHO, taken),
        where=_naming(row, leaves, _WHERE, taken),
        program=_program(row, leaves, taken),
    )


def _read(row: FindingWhole, wanted: LogSource) -> tuple[RecordFields | None, Mapping[str, str]]:
    """Return the record's fields, and the rule's name of each field of the record that has another one there."""
    if row.event is None or row.event.get("body") is None:
        return None, {}
    source = next((each for each in all_sources() if each.name == row.event["source"]), None)
    read = None if source is None else record_fields(source, row.event["body"])
    if read is None:
        return None, {}
    aliases = read.lane.shape.field_names
    names = {} if (found := read.names(wanted)) is None else found
    return read, {record: author for author, record in names.items() if author not in aliases}


def _leaves(fields: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the record's texts by the name that a rule would use."""
    left = _MOST_PATHS
    waiting: list[tuple[str, Any, int]] = [(str(name), value, 1) for name, value in fields.items()]
    while waiting and left:
        left -= 1
        path, value, depth = waiting.pop(0)
        if isinstance(value, Mapping) and depth < _DEEPEST:
            waiting += [(f"{path}.{name}", inner, depth + 1) for name, inner in value.items()]
        elif isinstance(value, str) and _usable(path, value):
            yield names.get(path, path), value


def _naming(row: FindingWhole, leaves: Mapping[str, str], kinds: Sequence[str], taken: set[str]) -> _Part | None:
    """Return the field that names the first of these kinds of entities, who acts before who is acted on."""
    order = {"actor": 0, "target": 1}
    entities = [each for each in row.entities if each["type"] in kinds]
    entities.sort(key=lambda each: (order.get(each.get("role", ""), 2), kinds.index(each["type"])))
    for entity in entities:
        kind = entity["type"]
        fitting = [path for path, value in leaves.items() if path not in taken and _is(kind, value, entity["value"])]
        if fitting:
            path = min(fitting, key=lambda each: (each.count("."), len(each), each))
            return _Part(path, leaves[path], _WORDS.get(kind, kind))
    return None


def _is(kind: str, value: str, wanted: str) -> bool:
    entity = canonical_entity(kind, value)
    return entity is not None and entity.type == kind and entity.value == wanted


def _program(row: FindingWhole, leaves: Mapping[str, str], taken: set[str]) -> _Part | None:
    attributes = {} if row.event is None else row.event["attributes"]
    for attribute in _PROGRAMS:
        value = attributes.get(attribute)
        fitting = [
            path for path, text in leaves.items() if path not in taken and isinstance(value, str) and text == value
        ]
        if fitting:
            path = min(fitting, key=lambda each: (each.count("."), len(each), each))
            return _Part(path, leaves[path], "program")
    return None


def _usable(name: str, value: Any) -> bool:
    """Return whether a filter can name the field, and another event may have its value."""
    if not name or name == "keyword" or "|" in name or _NEVER_AGAIN.search(name):
        return False
    if isinstance(value, list):
        return 0 < len(value) <= _MOST_ITEMS and all(
            not isinstance(item, list) and _usable(name, item) for item in value
        )
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST_VALUE
    return isinstance(value, int | float)


def _telling(part: _Part) -> tuple[int, str]:
    """Return an order in which what is longest, and so seldom the same, comes first."""
    return -len(str(part.value)), part.field


def _combinations(parts: _Parts, title: str, *, correlated: bool) -> Iterator[Proposal]:
    who, where, program, matched = parts.who, parts.where, parts.program, parts.matched
    wanted: list[tuple[str, Iterable[_Part | None]]] = [
        (
            "The narrowest: the same once more, by the same {who}, {where} and {program}.",
            (*matched, who, where, program),
        ),
        ("The same once more, by the same {who} and {where}.", (*matched, who, where)),
        ("The same once more, by the same {who}.", (*matched, who)),
        ("The same once more, by the same {program}.", (*matched, program)),
        ("The same once more, with the same {where}.", (*matched, where)),
        ("Whatever the rule finds of this {who} with this {where}.", (who, where)),
        ("Wide: whatever the rule finds of this {program}.", (program,)),
        ("Wide: whatever the rule finds of this {who}.", (who,)),
    ]
    if correlated:
        wanted = [("The same once more: all that its events share.", matched)]
        wanted += [(f"Wide: whatever the rule finds of this {part.field}.", (part,)) for part in matched]
    else:
        wanted.append(("Wide: the same once more, whoever does it, wherever.", matched))
    labels = {
        name: part.label for name, part in (("who", who), ("where", where), ("program", program)) if part is not None
    }
    seen = set[frozenset[str]]()
    for why, chosen in wanted:
        used = [part for part in chosen if part is not None]
        names = frozenset(part.field for part in used)
        missing = any(f"{{{name}}}" in why and name not in labels for name in ("who", "where", "program"))
        if not used or names in seen or missing or ("same once more" in why and not matched):
            continue
        seen.add(names)
        yield _proposal(title, why.format(**labels), used)


def _proposal(title: str, why: str, parts: Sequence[_Part]) -> Proposal:
    selection = {
        f"{part.field}|all" if isinstance(part.value, list) and len(part.value) > 1 else part.field: _written(
            part.value
        )
        for part in parts
    }
    text = yaml.safe_dump(
        {"selection": selection, "condition": "not selection"}, sort_keys=False, allow_unicode=True, width=10_000
    )
    said = [f"{part.field} is {_shown(part.value)}" for part in parts]
    told = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    narrowing = [part for part in parts if part.label != _MATCHED] or list(parts[:2])
    named = ", ".join(_shown(part.value) for part in narrowing)
    return Proposal(
        name=f"{title}: {named}"[:200],
        text=text,
        fields=tuple(part.field for part in parts),
        why=why,
        sentence=f"Withhold findings of “{title}” where {told}.",
    )


def _written(value: Any) -> Any:
    """Return the value as Sigma writes it: wildcards, and backslashes before what they would escape, are themselves."""
    if isinstance(value, list):
        written = [_written(item) for item in value]
        return written[0] if len(written) == 1 else written
    return re.sub(r"\\(?=[\\*?]|\Z)|[*?]", lambda found: f"\\{found[0]}", value) if isinstance(value, str) else value


def _shown(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
