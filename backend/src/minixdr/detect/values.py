"""A record's values as rules see them: one field's value, the texts of a value. Source: `detect/rule.py`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
import orjson

ABSENT = msgspec.UNSET
"""The value of a field that is not there. What msgspec leaves in a struct for it, so that a decoder need not be asked twice."""

EXACT_FLOATS = 1e16
"""Beyond it not every integer has a float of its own, and Python writes floats with an exponent."""
_DECIMAL_BITS = 13_000
"""Python refuses to write longer integers in decimal (CVE-2020-10735); they are written in hexadecimal."""


def read(fields: Mapping[str, Any], name: str) -> Any:
    """Return the field's value: one key of that name, else the path through nested objects (a list on the way gives a
    list of what its elements hold). ABSENT where there is none."""
    value = fields.get(name, ABSENT)
    if value is ABSENT and "." in name:
        return walk(fields, name.split("."), 0)
    return value


def reader(name: str) -> Callable[[Mapping[str, Any]], Any]:
    """Return `read` of that field as a function, quick for the usual ways: one key, or objects inside objects."""
    if "." not in name:
        return lambda fields: fields.get(name, ABSENT)
    keys = name.split(".")
    heads = [".".join(keys[:end]) for end in range(1, len(keys))]
    first, *inner = keys

    def through_objects(fields: Mapping[str, Any]) -> Any:
        value = fields.get(name, ABSENT)
        if value is not ABSENT:
            return value
        node = fields.get(first, ABSENT)
        for key in inner:
            if type(node) is not dict:
                break
            node = node.get(key, ABSENT)
        else:
            if node is not ABSENT:
                return node
        return walk(fields, keys, 0) if any(head in fields for head in heads) else ABSENT

    return through_objects


def walk(node: Any, keys: list[str], start: int) -> Any:
    """Return what lies at the keys from `start` on, ABSENT where nothing does. A key may itself hold dots."""
    if start == len(keys):
        return node
    if isinstance(node, list):
        found = [value for item in node if (value := walk(item, keys, start)) is not ABSENT]
        return found or ABSENT
    if not isinstance(node, Mapping):
        return ABSENT
    key = keys[start]
    for end in range(start + 1, len(keys) + 1):
        if key in node:
            value = walk(node[key], keys, end)
            if value is not ABSENT:
                return value
        if end < len(keys):
            key = f"{key}.{keys[end]}"
    return ABSENT


def text(value: Any) -> str | None:
    """Return the text of one scalar or object, None for None."""
    if isinstance(value, str):
        return value
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, Mapping):
        return _json(value)
    return str(value)


def number_text(value: int | float) -> str:
    """Return the shortest decimal text: 2.0 is `2`."""
    if isinstance(value, int):
        return str(value) if value.bit_length() < _DECIMAL_BITS else hex(value)
    return str(int(value)) if value.is_integer() and abs(value) < EXACT_FLOATS else str(value)


def texts(value: Any) -> Iterator[str]:
    """Yield the texts of a value: one, or those of a list's elements, lists inside it flattened."""
    for item in elements(value):
        found = text(item)
        if found is not None:
            yield found


def elements(value: Any) -> Iterator[Any]:
    """Yield the value, or a list's elements, lists inside it flattened. Nothing for ABSENT."""
    if type(value) is list:
        stack = list(reversed(value))
        while stack:
            item = stack.pop()
            if type(item) is list:
                stack.extend(reversed(item))
            else:
                yield item
    elif value is not ABSENT:
        yield value


def scalars(body: Any) -> list[str]:
    """Return the text of every scalar in the record, at any depth, keys excluded."""
    found: list[str] = []
    stack = [body]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is str:
            found.append(node)
        elif kind is dict:
            stack.extend(node.values())
        elif kind is list:
            stack.extend(node)
        elif node is not None:
            found.append(text(node) or "")
    return found


def _json(value: Mapping[str, Any]) -> str:
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # integers beyond 64 bits, lone surrogates
        return str(value)
