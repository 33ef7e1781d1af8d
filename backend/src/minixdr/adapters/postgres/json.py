"""JSON for jsonb: quick, and able to keep what strangers wrote."""

import json
import math
from typing import Any

import orjson

from minixdr.adapters.postgres.tables.columns import storable


def dumps(value: Any) -> bytes:
    """Return JSON that PostgreSQL takes: NUL and lone surrogates become U+FFFD, NaN and infinities null. Raises TypeError."""
    try:
        text = orjson.dumps(value)
    except TypeError:  # a lone surrogate, a number beyond 64 bits
        return json.dumps(_cleaned(value), allow_nan=False).encode("utf-8")
    return text if b"\\u0000" not in text else orjson.dumps(_cleaned(value))


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
