"""What the tests of network, web and hosted-application sources share: a body -> its event, checked against OCSF and all other sources."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from minixdr.normalize.catalog import all_sources
from minixdr.normalize.source import NotAnEvent, Shape, Source
from minixdr.schema.event import Event
from minixdr.schema.record import Record
from tests.contract.ocsf_check import violations

HOSTILE: tuple[Any, ...] = (
    None, True, -1, 10**30, 1.5, "", "-", "\x00\ud800", "x" * 100_000, [], {}, [[]], [{}], [None], {"a": {"b": []}}, [1, "a", {"name": 3}],
)  # fmt: skip
"""Values that any field of a record may have, whatever its documentation says."""


def record_of(body: dict[str, Any], kind: str = "json") -> Record:
    """Return a record with this body."""
    raw = json.dumps(body, default=str).encode("utf-8", "surrogatepass")
    return Record(file="sample", number=1, raw=raw, body=body, format=kind)


def shape_of(body: dict[str, Any]) -> tuple[Source, Shape]:
    """Return the one source and shape that fit the body, and fail where it is not one."""
    found = [(source, shape) for source in all_sources() for shape in source.shapes if shape.fits(body)]
    assert len(found) == 1, [(source.name, shape.name) for source, shape in found]
    return found[0]


def event_of(body: dict[str, Any], kind: str = "json") -> Event:
    """Return the event of a body, which OCSF allows."""
    source, _ = shape_of(body)
    event = source.normalize(record_of(body, kind))
    assert violations(event) == []
    assert event.source == source.name
    return event


def fields_of(body: dict[str, Any]) -> dict[str, object]:
    """Return the body as rules see it."""
    _, shape = shape_of(body)
    return dict(body if shape.fields is None else shape.fields(body))


def value_at(fields: dict[str, Any], path: str) -> Any:
    """Return what a rule's field finds: one key first, then a path through objects and lists."""
    if path in fields:
        return fields[path]
    node: Any = fields
    for key in path.split("."):
        if isinstance(node, list):
            node = [item[key] for item in node if isinstance(item, dict) and key in item]
        elif isinstance(node, dict):
            node = node.get(key)
        else:
            return None
    return node


def services_of(body: dict[str, Any]) -> list[tuple[str | None, str | None, str | None]]:
    """Return the Sigma log sources of a body: category, product, service."""
    source, _ = shape_of(body)
    fields = fields_of(body)
    key = tuple(value_at(fields, name) for name in source.routing.keys)
    return [(found.category, found.product, found.service) for found in source.routing.log_sources(key)]


def entities(event: Event) -> set[tuple[str, str, str]]:
    """Return the event's entities: type, value, role."""
    return {(entity.type, entity.value, entity.role) for entity in event.entities}


def hostile(body: dict[str, Any], depth: int = 3) -> Iterator[dict[str, Any]]:
    """Yield the body with each of its fields in turn, down to a depth, set to each hostile value."""
    for name, value in body.items():
        for bad in HOSTILE:
            yield {**body, name: bad}
        if isinstance(value, dict) and depth > 1:
            for changed in hostile(value, depth - 1):
                yield {**body, name: changed}
        elif isinstance(value, list) and value and isinstance(value[0], dict) and depth > 1:
            for changed in hostile(value[0], depth - 1):
                yield {**body, name: [changed, *value[1:]]}


def endure(source: Source, body: dict[str, Any]) -> None:
    """Run the source over all hostile variants of a body: each is an event that OCSF allows, or no event with a reason."""
    for changed in hostile(body):
        for shape in source.shapes:
            if shape.fits(changed):
                _run(source, shape, changed)


def _run(source: Source, shape: Shape, body: dict[str, Any]) -> None:
    fields = body if shape.fields is None else shape.fields(body)
    source.routing.log_sources(tuple(value_at(dict(fields), name) for name in source.routing.keys))
    try:
        event = source.normalize(record_of(body))
    except NotAnEvent as reason:
        assert str(reason)
    else:
        assert violations(event) == []


def telemetry(shared_data: Path, *names: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (where from, body) of the JSON records that the vectors of these files hold."""
    for name in names:
        with (shared_data / name).open("rb") as lines:
            for number, line in enumerate(lines, 1):
                item = json.loads(line)
                body = item.get("event", item.get("message", item.get("raw")))
                if isinstance(body, str) and body.lstrip()[:1] == "{":
                    body = json.loads(body)
                if isinstance(body, dict):
                    yield f"{name}:{number}", body


def unread(source_name: str, bodies: Iterator[tuple[str, dict[str, Any]]]) -> tuple[int, list[str]]:
    """Return how many bodies there are, and where those are that did not become an event of this source that OCSF allows."""
    count, found = 0, []
    for where, body in bodies:
        count += 1
        fitting = [source for source in all_sources() if any(shape.fits(body) for shape in source.shapes)]
        if [source.name for source in fitting] != [source_name]:
            found.append(f"{where}: {[source.name for source in fitting]}")
            continue
        try:
            problems = violations(fitting[0].normalize(record_of(body)))
        except NotAnEvent as reason:
            problems = [str(reason)]
        found.extend(f"{where}: {problem}" for problem in problems)
    return count, found
