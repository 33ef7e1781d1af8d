"""JSON for jsonb: quick, and able to keep what strangers wrote."""

import json
import math
from typing import Any

import orjson

from minixdr.adapters.postgres.tables.columns import storable

_DEEPEST = 200
"""Levels of lists and maps that are kept. orjson writes 254, PostgreSQL some thousands; nobody reads so many."""

TOO_DEEP = "(nested too deep to be kept here)"


def dumps(value: Any) -> bytes:
    """Return JSON that PostgreSQL takes. Raises TypeError where it is no JSON at all.

    NUL and lone surrogates become U+FFFD, NaN and infinities null, what is nested too deep TOO_DEEP.
    """
    try:
        text = orjson.dumps(value)
    except TypeError:  # a lone surrogate, a number beyond 64 bits, nested too deep
        return json.dumps(_cleaned(value, _DEEPEST), allow_nan=False).encode("utf-8")
    return text if b"\\u0000" not in text else orjson.dumps(_cleaned(value, _DEEPEST))


def _cleaned(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, bool | int | None):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict | list | tuple) and levels == 0:
        return TOO_DEEP
    if isinstance(value, dict):
        return {storable(str(key)): _cleaned(item, levels - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item, levels - 1) for item in value]
    return orjson.loads(orjson.dumps(value))  # a time, a uuid
