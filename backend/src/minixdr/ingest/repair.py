"""JSON that the fast parser refuses: what can be read of it, or why not.

Called only for records that did not parse. Repaired: bytes that are no UTF-8 (replaced by U+FFFD), lone surrogates, NaN and Infinity (as null), a
byte order mark, NUL padding, a comma after the object, integers of thousands of digits (as text), what is nested deeper than `DEEPEST` (as null: a
stranger's value hides neither its record nor the fields beside it). Not repaired: anything that would need a guess where the record ends.
"""

import json
import re
from typing import Any

DEEPEST = 200
"""Levels of nesting; beyond them nothing that logs writes."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_MOST_DIGITS = 400  # more than the largest float has; Python refuses to read integers of more than 4,300


class Malformed(Exception):  # noqa: N818 - it says what the record is
    """The bytes are no JSON; the message says where."""


def parse_json(raw: bytes) -> Any:
    """Return what the bytes say. Raises Malformed."""
    text = raw.decode("utf-8", "replace").lstrip("\ufeff").strip("\x00 \t\r\n").rstrip(",")
    if not text:
        raise Malformed("empty")
    try:
        return json.loads(_shallow(text), parse_constant=lambda _: None, parse_int=_integer, strict=False)
    except json.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error.msg} at character {error.pos}") from None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


def _shallow(text: str) -> str:
    """Return the text with null for each value below the deepest level."""
    kept: list[str] = []
    depth = start = 0
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token in ("[", "{"):
            depth += 1
            if depth == DEEPEST + 1:
                kept += text[start : found.start()], "null"
        elif token in ("]", "}"):
            depth -= 1
            if depth == DEEPEST:
                start = found.end()
    if depth > DEEPEST:
        return text[:start] + "["  # it does not end
    kept.append(text[start:])
    return "".join(kept)
