"""A struct as Athena prints it, `{type=IAMUser, arn=..., sessioncontext={attributes={...}}}` -> an object.

Source: Trino's row text, as Athena's CSV results have it. Values are not quoted: one that holds `, name=` could pose as a
field. So a struct that names a field twice is refused.
"""

from typing import Any

_LONGEST = 16_384
_DEEPEST = 6


def parse_struct(text: str) -> dict[str, Any] | None:
    """Return the object, None where the text is no struct, or names a field twice."""
    if len(text) > _LONGEST or not (text.startswith("{") and text.endswith("}")):
        return None
    found, end = _struct(text, 1, 0)
    return found if found is not None and end == len(text) else None


def _struct(text: str, position: int, depth: int) -> tuple[dict[str, Any] | None, int]:
    """Read from behind the brace; return the object and the position behind its closing brace."""
    found: dict[str, Any] = {}
    while depth < _DEEPEST and position < len(text):
        if text[position] == "}":
            return found, position + 1
        equals = text.find("=", position)
        name = text[position:equals]
        if equals < 0 or not name.replace("_", "").isalnum() or name in found:
            return None, position
        value: Any
        if text.startswith("{", equals + 1):
            value, position = _struct(text, equals + 2, depth + 1)
            if value is None:
                return None, position
        else:
            value, position = _plain(text, equals + 1)
        found[name] = value
        position += 2 if text.startswith(", ", position) else 0
    return None, position


def _plain(text: str, start: int) -> tuple[str | None, int]:
    ends = [end for mark in (", ", "}") if (end := text.find(mark, start)) >= 0]
    end = min(ends, default=len(text))
    value = text[start:end]
    return (None if value == "null" else value), end
