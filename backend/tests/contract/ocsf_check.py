"""Check an event against the pinned OCSF schema.

In: an event (`minixdr.schema.event.Event`). Out: `violations(event)`, one text for each attribute that OCSF does not know or allows no such
value for, and `gaps(event)`, what OCSF requires and the event lacks (a record often does not say it). Source: `schema/ocsf/schema.json`,
generated. A path through an array holds a list, one item for each element; lists under one array have one length.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from ipaddress import ip_address, ip_network
from typing import Any

from minixdr.normalize.entities import observables_of
from minixdr.schema.event import Event

Node = dict[str, Any]

_BASE_CLASS = "0"
_OTHER = 99
_UNKNOWN = 0
_LARGEST = 2**63
_GENERIC = frozenset({"object", "json_t"})


@cache
def schema() -> Node:
    """Return the pinned schema."""
    loaded: Node = json.loads((files("minixdr.schema.ocsf") / "schema.json").read_text("utf-8"))
    shared = loaded["classes"][_BASE_CLASS]["attributes"]
    for node in loaded["classes"].values():
        node["attributes"] = {**shared, **node["attributes"]}
    return loaded


def violations(event: Event) -> list[str]:
    """Return what OCSF does not allow: `path: reason`."""
    node = schema()["classes"].get(str(event.class_uid))
    if node is None:
        return [f"class_uid: OCSF has no class {event.class_uid}"]
    found = list(_identity(event, node))
    lengths: dict[str, dict[int, str]] = {}
    for path, value in event.attributes.items():
        found.extend(f"{path}: {reason}" for reason in _attribute(node, path, value))
        array = _place(node, path).first_array
        if array is not None and isinstance(value, list) and array != path:
            lengths.setdefault(array, {})[len(value)] = path
    for array, by_length in lengths.items():
        if len(by_length) > 1:
            found.append(f"{array}: lists of different lengths: {', '.join(sorted(by_length.values()))}")
    found.extend(_siblings(event, node))
    found.extend(_observables(event, node))
    return found


def gaps(event: Event) -> list[str]:
    """Return the paths that OCSF requires in this class, or in an object the event has, and the event lacks."""
    node = schema()["classes"].get(str(event.class_uid))
    return (
        []
        if node is None
        else sorted(_gaps(node, "", tuple(event.attributes), {doubt.attribute for doubt in event.doubts}))
    )


def _gaps(node: Node, prefix: str, paths: Iterable[str], doubted: set[str]) -> Iterator[str]:
    heads: dict[str, list[str]] = {}
    for path in paths:
        head, _, rest = path.partition(".")
        heads.setdefault(head, []).append(rest)
    for name, entry in node["attributes"].items():
        if name not in heads:
            if entry.get("requirement") == "required" and "profile" not in entry and prefix + name not in doubted:
                yield prefix + name
            continue
        inner = schema()["objects"].get(entry["type"])
        if inner is not None and "" not in heads[name]:
            yield from _gaps(inner, f"{prefix}{name}.", heads[name], doubted)
    for kind, names in node.get("constraints", {}).items():
        if kind == "at_least_one" and not any(
            path == name or path.startswith(name + ".") for name in names for path in paths
        ):
            yield f"{prefix}({' or '.join(names)})"


def _identity(event: Event, node: Node) -> Iterator[str]:
    attributes = event.attributes
    expected = {
        "class_uid": event.class_uid,
        "category_uid": node["category_uid"],
        "type_uid": event.class_uid * 100 + int(attributes.get("activity_id", -1)),  # type: ignore[arg-type]
    }
    for name, value in expected.items():
        if attributes.get(name) != value:
            yield f"{name}: is {attributes.get(name)}, should be {value}"
    if event.time is not None and attributes.get("time") != round(event.time.timestamp() * 1000):
        yield "time: is not the event's time in milliseconds"
    if event.time is None and not any(doubt.attribute == "time" for doubt in event.doubts):
        yield "time: absent without a doubt"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a path leads."""

    entry: Node | None = None
    """The attribute; None where the path is wrong, or where OCSF does not say what is inside."""
    in_array: bool = False
    first_array: str | None = None
    """The path's part up to its first array."""
    wrong: str | None = None


def _attribute(node: Node, path: str, value: Any) -> Iterator[str]:
    """Yield why the value does not fit the path."""
    place = _place(node, path)
    if place.wrong is not None:
        yield place.wrong
    elif place.entry is not None:
        yield from _leaf(place.entry, value, in_array=place.in_array)


def _place(node: Node, path: str) -> _Place:
    """Return where the path leads; remembered, for the paths of events are few."""
    known = _PLACES.get((id(node), path))
    if known is None:
        known = _PLACES[id(node), path] = _walk(node, path)
    return known


_PLACES: dict[tuple[int, str], _Place] = {}
"""By class or object (they live as long as the schema does) and path."""


def _walk(node: Node, path: str) -> _Place:
    first_array: str | None = None
    names = path.split(".")
    for position, name in enumerate(names):
        entry = _entry(node, name)
        if entry is None:
            return _Place(wrong=f"no attribute {name} in {node.get('name') or '.'.join(names[:position])}")
        if first_array is None and entry.get("array"):
            first_array = ".".join(names[: position + 1])
        if position + 1 == len(names):
            return _Place(entry, first_array is not None, first_array)
        if entry["type"] in _GENERIC:
            break
        inner = schema()["objects"].get(entry["type"])
        if inner is None:
            return _Place(wrong=f"{name} is a {entry['type']}, not an object")
        node = inner
    return _Place(first_array=first_array)


def _entry(node: Node, name: str) -> Node | None:
    attributes: Node = node["attributes"]
    entry: Node | None = attributes.get(name)
    if entry is None and name.endswith("_dt"):  # the datetime profile: a text beside each timestamp_t
        stamp = attributes.get(name.removesuffix("_dt"))
        return {"type": "datetime_t"} if stamp is not None and stamp["type"] == "timestamp_t" else None
    return entry


def _leaf(entry: Node, value: Any, *, in_array: bool) -> Iterator[str]:
    if entry["type"] == "json_t":
        return
    if in_array != isinstance(value, list):
        yield "is no list, but an array is on its path" if in_array else "is a list, but no array is on its path"
        return
    for item in _flat(value) if isinstance(value, list) else (value,):
        if item is None and not entry.get("array"):
            continue  # keeps the lists under one array in step
        reason = _misfit(entry, item)
        if reason is not None:
            yield reason
            return


def _flat(values: list[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from value  # an array inside an array: one list for each element
        else:
            yield value


def _misfit(entry: Node, value: Any) -> str | None:
    kind = entry["type"]
    inner = schema()["objects"].get(kind)
    if inner is not None:
        if not isinstance(value, dict):
            return f"is {type(value).__name__}, should be an object {kind}"
        problems = (
            []
            if kind in _GENERIC
            else [f"{name}: {reason}" for name, item in value.items() for reason in _attribute(inner, name, item)]
        )
        return "; ".join(problems) or None
    reason = _type_misfit(kind, value)
    if reason is None and "enum" in entry and str(value) not in entry["enum"]:
        return f"{value!r} is not in its enumeration"
    return reason


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -_LARGEST <= value < _LARGEST


def _is_real(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


_BASIC: dict[str, Callable[[Any], bool]] = {
    "boolean_t": lambda value: isinstance(value, bool),
    "integer_t": _is_whole,
    "long_t": _is_whole,
    "float_t": _is_real,
    "string_t": lambda value: isinstance(value, str) and value != "",
}


def _type_misfit(kind: str, value: Any) -> str | None:
    definition = schema()["types"][kind]
    basic = definition.get("type", kind)
    fits = _BASIC[basic](value)
    if not fits:
        return f"{type(value).__name__} {str(value)[:40]!r} is no {kind}"
    low, high = definition.get("range", (-_LARGEST, _LARGEST))
    if isinstance(value, int) and not low <= value <= high:
        return f"{value} is outside {kind}"
    return _text_misfit(kind, definition, value) if isinstance(value, str) else None


def _text_misfit(kind: str, definition: Node, value: str) -> str | None:
    if len(value) > definition.get("max_len", len(value)):
        return f"{len(value)} characters are too long for {kind}"
    if kind in ("ip_t", "subnet_t"):  # OCSF's own pattern lets more through than addresses
        try:
            ip_address(value) if kind == "ip_t" else ip_network(value, strict=False)
        except ValueError:
            return f"{value[:40]!r} is no {kind}"
    elif "regex" in definition and re.search(definition["regex"], value) is None:
        return f"{value[:40]!r} is no {kind}"
    return None


def _siblings(event: Event, node: Node) -> Iterator[str]:
    """Yield where a number says one thing and the caption beside it another."""
    for path, value in event.attributes.items():
        entry = _place(node, path).entry
        if entry is None or "sibling" not in entry or not isinstance(value, int):
            continue
        caption = entry.get("enum", {}).get(str(value))
        parent = path.rpartition(".")[0]
        text = event.attributes.get(f"{parent}.{entry['sibling']}" if parent else entry["sibling"])
        if (
            value not in (_UNKNOWN, _OTHER)
            and isinstance(text, str)
            and caption is not None
            and text.lower() != caption.lower()
        ):
            yield f"{path}: {value} means {caption!r}, beside it stands {text[:40]!r}"


def _observables(event: Event, node: Node) -> Iterator[str]:
    for observable in observables_of(event.attributes):
        expected = observable_type(node, observable.name)
        if expected is None:
            if not _is_of_type(observable.type_id, observable.value):
                yield f"observables: {observable.name} {observable.value[:40]!r} is of no type {observable.type_id}"
        elif expected != observable.type_id:
            yield f"observables: {observable.name} has type {observable.type_id}, OCSF says {expected}"


def _is_of_type(type_id: int, value: str) -> bool:
    """Return whether a value, of an attribute for which OCSF names no observable type, is one of this type."""
    kinds = [kind for kind, definition in schema()["types"].items() if definition.get("observable") == type_id]
    return bool(kinds) and _type_misfit(kinds[0], value) is None


def observable_type(node: Node, path: str) -> int | None:
    """Return the observable type of an attribute of a class: the use's, else the dictionary's, else its type's."""
    entry = _place(node, path).entry
    if entry is None:
        return None
    found = entry.get("observable", schema()["types"].get(entry["type"], {}).get("observable"))
    return found if found is None else int(found)
