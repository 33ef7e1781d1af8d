"""What attributes a query may name, of which kind, and what somebody meant who wrote another.

An attribute is a column of the lake (`ports/lake_columns.py`), else a path through the classes and objects of the pinned OCSF schema, else
`unmapped.<the record's own name>`.
"""

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from minixdr.schema.hunt import Kind
from minixdr.schema.ocsf.kinds import KINDS

UNMAPPED = "unmapped"
_LONGEST_PATH = 200
_DEEPEST = 12
_NUMBERS = frozenset({"integer_t", "long_t", "port_t", "float_t"})
_NO_TEXT = frozenset({"json_t", "object"})


def kind_of_type(ocsf_type: str) -> Kind:
    """Return the kind of an OCSF type's values."""
    if ocsf_type in _NUMBERS:
        return Kind.NUMBER
    if ocsf_type == "boolean_t":
        return Kind.BOOLEAN
    if ocsf_type == "timestamp_t":
        return Kind.TIME
    return Kind.ANY if ocsf_type in _NO_TEXT or not ocsf_type else Kind.TEXT


class Attributes:
    """The attributes that queries may name."""

    def __init__(self, columns: Mapping[str, Kind]) -> None:
        """`columns`: what the lake has a column for."""
        self.columns = columns

    def kind(self, path: str) -> Kind | None:
        """Return the kind of the attribute's values, None where there is no such attribute."""
        known = self.columns.get(path)
        if known is not None:
            return known
        if path.startswith(UNMAPPED + "."):
            return Kind.ANY
        if len(path) > _LONGEST_PATH:
            return None
        node = _node(path)
        return (
            None
            if node is None or node in _schema()["objects"]
            else kind_of_type(KINDS.get(path.rpartition(".")[2], ""))
        )

    def suggestions(self, path: str) -> tuple[str, ...]:
        """Return up to three attributes that somebody may have meant."""
        short = path[:_LONGEST_PATH]
        found = get_close_matches(short.lower(), self.columns, n=3, cutoff=0.75)
        mended = _mended(short)
        if mended is not None and mended not in found and mended != path and self.kind(mended) is not None:
            found.append(mended)
        if not found:
            found = [
                name
                for name in self.columns
                if name.endswith("." + short) or name.rpartition(".")[2] == short.rpartition(".")[2]
            ][:3]
        return tuple(found[:3])

    def completions(self, prefix: str, most: int) -> list[tuple[str, Kind | None]]:
        """Return attributes that begin with the prefix, columns first; the kind None marks an object with attributes below it."""
        found: dict[str, Kind | None] = {
            name: kind for name, kind in sorted(self.columns.items()) if name.startswith(prefix)
        }
        parent, _, start = prefix[:_LONGEST_PATH].rpartition(".")
        for name, node in sorted(_below(parent)):
            if name.startswith(start):
                path = f"{parent}.{name}" if parent else name
                found.setdefault(path, None if node in _schema()["objects"] else kind_of_type(KINDS.get(name, "")))
        return list(found.items())[:most]


@cache
def _schema() -> dict[str, Any]:
    text = (files("minixdr.schema.ocsf") / "schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    roots: dict[str, str] = {}
    for one in loaded["classes"].values():
        for name, attribute in one["attributes"].items():
            roots.setdefault(name, attribute["type"])
    return {"roots": roots, "objects": loaded["objects"]}


def _node(path: str) -> str | None:
    """Return the OCSF type or object that the path leads to, None where it leads nowhere."""
    node = ""
    for depth, part in enumerate(path.split(".")):
        node = dict(_children(node)).get(part, "") if depth < _DEEPEST else ""
        if not node:
            return None
    return node


def _below(path: str) -> Iterable[tuple[str, str]]:
    node = _node(path) if path else ""
    return () if node is None else _children(node)


@cache
def _children(node: str) -> tuple[tuple[str, str], ...]:
    """Return name and type of the attributes of an object; "" has those of all classes."""
    schema = _schema()
    if not node:
        return tuple(schema["roots"].items())
    attributes = schema["objects"].get(node, {}).get("attributes", {})
    return tuple((name, attribute["type"]) for name, attribute in attributes.items())


def _mended(path: str) -> str | None:
    """Return the path with each part put right that is almost one."""
    parts: list[str] = []
    for part in path.split(".")[:_DEEPEST]:
        names = [name for name, _ in _below(".".join(parts))]
        close = [part] if part in names else get_close_matches(part.lower(), names, n=1)
        if not close:
            return None
        parts.append(close[0])
    return ".".join(parts)
