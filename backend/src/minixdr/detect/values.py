"""A record's values as rules see them: one field's value, the texts of a value. Source: `detect/rule.py`."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson


class Absent:
    """The type of ABSENT."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


def read(fields: Mapping[str, Any], name: str) -> Any:
    """Return the field's value: one key of that name, else the path through nested objects (a list on the way gives a list of what its
    elements hold). ABSENT where there is none."""
    value = fields.get(name, ABSENT)
    if value is ABSENT and "." in name:
        return walk(fields, name.split("."), 0)
    return value


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
    if isinstance(value, int):
        return number_text(value)
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, Mapping):
        return _json(value)
    return str(value)


def number_text(value: int | float) -> str:
    """Return the shortest decimal text: 2.0 is `2`."""
    if isinstance(value, int) and not -(10**4000) < value < 10**4000:
        return hex(value)  # Python refuses to write such numbers in decimal
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e16 else str(value)  # noqa: PLR2004 - beyond, floats are not exact


def texts(value: Any) -> Iterator[str]:
    """Yield the texts of a value: one, or those of a list's elements, lists inside it flattened."""
    if isinstance(value, list):
        stack = list(reversed(value))
        while stack:
            item = stack.pop()
            if isinstance(item, list):
                stack.extend(reversed(item))
            elif (found := text(item)) is not None:
                yield found
    elif value is not ABSENT and (found := text(value)) is not None:
        yield found


def scalars(body: Any) -> Iterator[str]:
    """Yield the text of every scalar in the record, at any depth, keys excluded."""
    stack = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping):
            stack.extend(reversed(list(node.values())))
        elif isinstance(node, list):
            stack.extend(reversed(node))
        elif (found := text(node)) is not None:
            yield found


def _json(value: Mapping[str, Any]) -> str:
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # integers beyond 64 bits, lone surrogates
        return str(value)
