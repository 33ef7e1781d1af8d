"""JSON that the fast parser refuses: what can be read of it, or why not.

Called only for records that did not parse. Repaired: bytes that are no UTF-8 (replaced by U+FFFD), lone surrogates, NaN and Infinity (as null), a
byte order mark, NUL padding, a comma after the object. Not repaired: anything that would need a guess where the record ends.
"""

import json
import re
from typing import Any

DEEPEST = 200
"""Levels of nesting; beyond them nothing that logs writes."""
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


class Malformed(Exception):  # noqa: N818 - it says what the record is
    """The bytes are no JSON; the message says where."""


def parse_json(raw: bytes) -> Any:
    """Return what the bytes say. Raises Malformed."""
    text = raw.decode("utf-8", "replace").lstrip("\ufeff").strip("\x00 \t\r\n").rstrip(",")
    if not text:
        raise Malformed("empty")
    if _depth(text) > DEEPEST:
        raise Malformed(f"nested deeper than {DEEPEST} levels")
    try:
        return json.loads(text, parse_constant=lambda _: None, strict=False)
    except json.JSONDecodeError as error:
        raise Malformed(f"not JSON: {error.msg} at character {error.pos}") from None
    except (RecursionError, ValueError) as error:  # an integer of too many digits
        raise Malformed(f"not JSON: {error}") from None


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in _STRING.sub("", text):
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest
