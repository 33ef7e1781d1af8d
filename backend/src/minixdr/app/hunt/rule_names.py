"""How the records of events name what a query names by OCSF: learned from records, where both stand side by side.

In: records with their attributes. Out: for an attribute the field, by the name a rule would use, that holds the same in every one of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from minixdr.app.lake.read import attributes_of, raw_of
from minixdr.detect.record_fields import RecordFields, record_fields
from minixdr.ingest.repair import Malformed, parse_json
from minixdr.normalize.catalog import all_sources
from minixdr.ports.hunting import StoredRecord
from minixdr.ports.lake import Row
from minixdr.schema.event import LogSource

_MOST_PATHS = 4_000
_DEEPEST = 10
_OWN = "unmapped."


class Seen(msgspec.Struct, frozen=True):
    """A record that was looked at."""

    stored: StoredRecord
    attributes: Mapping[str, Any]
    fields: RecordFields


def seen(row: Row) -> Seen | None:
    """Return the lake's row as a rule would meet it; None where no source of this version reads it."""
    stored = StoredRecord(
        event_id=row["event_id"],
        time=row["time"],
        source=row["source"],
        format=row["format"] or "json",
        origin=row["origin"] or "",
        number=row["record"] or 1,
        raw=raw_of(row),
        body=None if row["body"] is None else msgspec.json.decode(row["body"]),
    )
    body = _body(stored)
    source = next((each for each in all_sources() if each.name == stored.source), None)
    fields = None if source is None or body is None else record_fields(source, body)
    if fields is None:
        return None
    own = dict(_leaves(msgspec.json.decode(row["unmapped"] or "{}"), _OWN))
    columns = {name: row[name] for name in ("class_uid",) if row.get(name) is not None}
    return Seen(stored, own | columns | attributes_of(row), fields)


def log_source(records: Sequence[Seen]) -> LogSource | None:
    """Return the most specific Sigma log source that all the records are of."""
    if not records:
        return None
    others = [{_key(each) for each in record.fields.log_sources} for record in records[1:]]
    fitting = (each for each in records[0].fields.log_sources if all(_key(each) in known for known in others))
    return next(fitting, None)


def field_of(attribute: str, records: Sequence[Seen], wanted: LogSource) -> str | None:
    """Return the field that holds, in each record that has the attribute, what the attribute holds."""
    fitting: set[str] | None = None
    for record in records:
        value = record.attributes.get(attribute)
        if value is None:
            continue
        held = _texts(value)
        same = {path for path, texts in _named(record, wanted) if texts == held}
        fitting = same if fitting is None else fitting & same
    if not fitting:
        return None
    # Of several the one that is named as the attribute is, then the one that lies nearest.
    last = _bare(attribute)
    return min(fitting, key=lambda path: (_bare(path) != last, path.count("."), path))


def _bare(path: str) -> str:
    return path.rpartition(".")[2].replace("_", "").lower()


def _key(source: LogSource) -> tuple[str | None, str | None, str | None]:
    return source.category, source.product, source.service


def _body(stored: StoredRecord) -> dict[str, Any] | None:
    if stored.body is not None:
        return dict(stored.body)
    if stored.format != "json":
        return {"message": stored.raw.decode("utf-8", "replace")}
    try:
        return dict(parse_json(stored.raw))
    except Malformed:
        return None


def _named(record: Seen, wanted: LogSource) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield what each field holds, by the name that a rule of the log source has for it."""
    aliases = record.fields.lane.shape.field_names
    names = record.fields.names(wanted) or {}
    author = {of_record: name for name, of_record in names.items() if name not in aliases}
    held: dict[str, list[Any]] = {}
    for path, value in _leaves(record.fields.fields, ""):
        held.setdefault(author.get(path, path), []).append(value)
    for path, values in held.items():
        if "|" not in path:
            yield path, _texts(values)


def _leaves(node: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    left = _MOST_PATHS
    waiting: list[tuple[str, Any, int]] = [(f"{above}{name}", value, 1) for name, value in node.items()]
    while waiting and left:
        left -= 1
        path, value, depth = waiting.pop(0)
        if isinstance(value, Mapping):
            waiting += [(f"{path}.{name}", inner, depth + 1) for name, inner in value.items() if depth < _DEEPEST]
        elif isinstance(value, list):
            waiting += [(path, inner, depth + 1) for inner in value if depth < _DEEPEST]
        elif value is not None:
            yield path, value


def _texts(value: Any) -> frozenset[str]:
    """Return the value's texts as they are compared; a list is what it holds."""
    values = value if isinstance(value, list) else [value]
    return frozenset(str(each).lower() for each in values if each is not None)
