"""What a query finds, worked out event by event in plain Python from the events themselves: nothing of DuckDB, SQL or the lake's files."""

import re
from ipaddress import ip_address, ip_network

import orjson

from minixdr.normalize.entities import ENTITY_TYPES, canonical_entity
from minixdr.ports.lake import LakeEvent
from minixdr.schema.hunt import And, Comparison, EntityIs, Kind, Not, Operator, Or, RawText


def holds(node, row: LakeEvent) -> bool:
    """Return whether the event satisfies the (checked) expression."""
    match node:
        case None:
            return True
        case And():
            return all(holds(item, row) for item in node.items)
        case Or():
            return any(holds(item, row) for item in node.items)
        case Not():
            return not holds(node.item, row)
        case RawText():
            raw = row.event.record.raw.decode("utf-8", "replace")
            return node.text in raw if node.cased else node.text.lower() in raw.lower()
        case EntityIs():
            return bool(_asked(node) & {f"{entity.type}:{entity.value}" for entity in row.event.entities})
        case Comparison():
            found = [value for value in values_of(row, node.attribute.path) if value is not None]
            if node.operator is Operator.EXISTS:
                return bool(found)
            return any(_test(node, value, asked) for value in found for asked in node.values)
    raise AssertionError(node)


def _asked(node: EntityIs) -> set[str]:
    found = set()
    for name in node.names:
        kind, _, value = name.partition(":")
        pairs = [(kind, value)] if kind in ENTITY_TYPES else [(kind, name) for kind in ENTITY_TYPES]
        for one, text in pairs:
            entity = canonical_entity(one, text)
            found.add(f"{one}:{text}" if entity is None else f"{entity.type}:{entity.value}")
    return found


def values_of(row: LakeEvent, path: str) -> list:
    """Return the attribute's values."""
    event = row.event
    platform = {
        "event_id": event.event_id,
        "time": row.time,
        "time_known": event.time is not None,
        "received_at": row.received_at,
        "source": event.source,
        "class_uid": event.class_uid,
        "batch_id": row.batch_id,
        "origin": event.record.file,
        "record": event.record.number,
        "format": event.record.format,
        "raw": event.record.raw.decode("utf-8", "replace"),
    }
    if path.startswith("unmapped."):
        value = _member(orjson.loads(orjson.dumps(event.unmapped)), path.removeprefix("unmapped.").split("."))
    else:
        value = platform.get(path, event.attributes.get(path))
    return list(value) if isinstance(value, list) else [value]


def _member(node, parts):
    if not parts:
        return node
    if not isinstance(node, dict):
        return None
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if key in node and (found := _member_plain(node[key], parts[length:])) is not None:
            return found
    return None


def _member_plain(node, parts):
    for part in parts:
        if isinstance(node, list) and part.isdigit():
            node = node[int(part)] if int(part) < len(node) else None
        else:
            node = node.get(part) if isinstance(node, dict) else None
    return node


def text_of(value) -> str:
    """Return the value's text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dict, list)):
        return orjson.dumps(value).decode()
    return value if isinstance(value, str) else str(value)


def _test(test: Comparison, value, asked) -> bool:
    kind, operator = test.attribute.kind, test.operator
    if kind is Kind.TIME and isinstance(value, int):
        asked = round(asked.timestamp() * 1000)
    if kind is Kind.ANY and operator in _ORDERS:
        try:
            value = float(text_of(value))
        except ValueError:
            return False
    if operator in _ORDERS:
        return _ORDERS[operator](value, asked)
    if kind in {Kind.NUMBER, Kind.BOOLEAN, Kind.TIME}:
        return value == asked
    text = text_of(value)
    if operator is Operator.MATCHES:
        return re.search(asked, text) is not None
    if operator is Operator.CIDR:
        try:
            return ip_address(text) in ip_network(asked)
        except ValueError:
            return False
    if not test.cased:
        text, asked = text.lower(), asked.lower()
    return _TEXTS[operator](text, asked)


_ORDERS = {
    Operator.LESS: lambda value, asked: value < asked,
    Operator.LESS_OR_EQUAL: lambda value, asked: value <= asked,
    Operator.GREATER: lambda value, asked: value > asked,
    Operator.GREATER_OR_EQUAL: lambda value, asked: value >= asked,
}


def _like(text: str, pattern: str) -> bool:
    made, place = "", 0
    while place < len(pattern):
        if pattern[place : place + 2] in {"\\*", "\\?"}:
            made += re.escape(pattern[place + 1])
            place += 2
        elif pattern[place : place + 3] in {"\\\\*", "\\\\?"}:
            made += re.escape("\\")
            place += 2
        else:
            made += {"*": ".*", "?": "."}.get(pattern[place], re.escape(pattern[place]))
            place += 1
    return re.fullmatch(made, text, re.DOTALL) is not None


_TEXTS = {
    Operator.EQUAL: lambda text, asked: text == asked,
    Operator.CONTAINS: lambda text, asked: asked in text,
    Operator.STARTS_WITH: lambda text, asked: text.startswith(asked),
    Operator.ENDS_WITH: lambda text, asked: text.endswith(asked),
    Operator.LIKE: _like,
}
