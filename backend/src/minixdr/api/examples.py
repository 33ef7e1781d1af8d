"""An example of what a JSON schema describes, put together of its parts: their own examples first, else the least that fits.

In: schemas as pydantic writes them. Not covered: what a pattern asks for; such a value has an example of its own.
"""

from collections.abc import Mapping
from typing import Any

_REF = "#/components/schemas/"
_DEEPEST = 8
_OF_FORMAT = {
    "uuid": "01993a5e-7c1b-7b3e-9d4f-2f6a8c0e1b57",
    "date-time": "2026-03-02T10:00:00Z",
    "date": "2026-03-02",
    "uri": "https://example.com/",
}
_OF_TYPE = {"string": "text", "integer": 1, "number": 0.5, "boolean": True, "null": None}


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int = 0) -> Any:
    """Return an example. `schemas`: the document's components."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(_REF)], schemas, depth)
    for name in ("examples", "enum"):
        if schema.get(name):
            return schema[name][0]
    for name in ("example", "const", "default"):
        if schema.get(name) is not None:
            return schema[name]
    for name in ("anyOf", "oneOf", "allOf"):
        if schema.get(name):
            return example_of(schema[name][0], schemas, depth)
    kind = schema.get("type")
    if kind == "object":
        return _object(schema, schemas, depth)
    if kind == "array":
        least = max(1, schema.get("minItems", 1))
        parts = schema.get("prefixItems") or ([schema["items"]] * least if schema.get("items") else [])
        return [example_of(part, schemas, depth + 1) for part in parts] if depth < _DEEPEST else []
    if kind in {"integer", "number"}:
        return max(schema.get("minimum", _OF_TYPE[kind]), _OF_TYPE[kind])
    return _OF_FORMAT.get(schema.get("format", ""), _OF_TYPE.get(kind or "", {}))


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> dict[str, Any]:
    if depth >= _DEEPEST:
        return {}
    return {name: example_of(part, schemas, depth + 1) for name, part in schema.get("properties", {}).items()}
