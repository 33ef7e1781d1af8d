"""UpperCamel field names (AWS CLI, Security Hub) -> lowerCamel (EventBridge, S3 export): both mean the same fields."""

from typing import Any

_DEEPEST = 24
"""Levels of objects renamed; AWS's findings have about 10. What is deeper keeps its names."""


def lower_camel(node: Any, depth: int = 0) -> Any:
    """Return the node with the first letter of every key in lower case, at any depth."""
    if depth > _DEEPEST:
        return node
    if isinstance(node, dict):
        return {_lower(key): lower_camel(value, depth + 1) for key, value in node.items()}
    if isinstance(node, list):
        return [lower_camel(item, depth + 1) for item in node]
    return node


def _lower(key: str) -> str:
    return key[:1].lower() + key[1:]
