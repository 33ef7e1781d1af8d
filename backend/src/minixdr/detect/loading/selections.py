"""The parts of a Sigma rule's text: its selections as conditions of their own, and the lines on which they and their fields stand.

In: the text of one rule. Out: its parts. Source: Sigma specification 2.1, detections. Not covered: rules made of several documents (`action:`).
"""

import re
from collections.abc import Iterator

import msgspec
import yaml

from minixdr.detect.linear import linear_refusal
from minixdr.detect.loading.collection import load
from minixdr.detect.rule import Condition

_LARGEST = 200_000
_MOST_SELECTIONS = 50
_CONDITION = "condition"
_NOT_SELECTIONS = frozenset({_CONDITION, "timeframe"})
_NAME = re.compile(r"[A-Za-z0-9_-]{1,200}\Z")


class FieldLine(msgspec.Struct, frozen=True):
    """A test of a field in a selection's text."""

    field: str
    """Without its modifiers."""
    first_line: int
    last_line: int


class Selection(msgspec.Struct, frozen=True):
    """A named part of a rule's detection."""

    name: str
    first_line: int
    """From 1."""
    last_line: int
    fields: tuple[FieldLine, ...]
    condition: Condition | None
    """None where it cannot be run alone."""


def selections(text: str) -> tuple[Selection, ...]:
    """Return the selections of a rule, in the order written; none where the text is no plain rule."""
    if len(text) > _LARGEST:
        return ()
    try:
        root = yaml.compose(text, yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return ()
    detection = _member(root, "detection")
    if not isinstance(detection, yaml.MappingNode):
        return ()
    pairs = [
        (key, value)
        for key, value in detection.value[:_MOST_SELECTIONS]
        if isinstance(key, yaml.ScalarNode) and key.value not in _NOT_SELECTIONS
    ]
    lines = text.splitlines()
    conditions = _conditions(lines, detection, [key.value for key, _ in pairs])
    return tuple(
        Selection(
            name=key.value,
            first_line=key.start_mark.line + 1,
            last_line=_last(value),
            fields=tuple(_fields(value, 0)),
            condition=conditions.get(key.value),
        )
        for key, value in pairs
    )


def _conditions(lines: list[str], detection: yaml.MappingNode, names: list[str]) -> dict[str, Condition]:
    """Return each selection as a condition: the same rule, with that selection for its condition."""
    found: dict[str, Condition] = {}
    at = next((pair for pair in detection.value if getattr(pair[0], "value", None) == _CONDITION), None)
    if at is None:
        return found
    first, last = at[0].start_mark, _last(at[1])
    for name in names:
        if not _NAME.match(name):
            continue
        changed = [*lines[: first.line], f"{' ' * first.column}condition: {name}", *lines[last:]]
        loaded = load([("rule", "\n".join(changed).encode("utf-8", "surrogatepass"))], {})
        if len(loaded.rules) == 1 and linear_refusal(loaded.rules[0].condition) is None:
            found[name] = loaded.rules[0].condition
    return found


def _fields(node: yaml.Node, depth: int) -> Iterator[FieldLine]:
    if isinstance(node, yaml.SequenceNode) and depth < 3:  # noqa: PLR2004 - a list of maps
        for item in node.value:
            yield from _fields(item, depth + 1)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield FieldLine(key.value.partition("|")[0], key.start_mark.line + 1, _last(value))


def _last(node: yaml.Node) -> int:
    """Return the last line of a node, from 1: a block's end is the beginning of the line after it."""
    end = node.end_mark
    if isinstance(node, (yaml.MappingNode, yaml.SequenceNode)) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last(last[1] if isinstance(last, tuple) else last)
    return int(end.line if end.column == 0 and end.line > node.start_mark.line else end.line + 1)


def _member(node: yaml.Node | None, name: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if getattr(key, "value", None) == name), None)
