"""Why a rule matched: the fields that decided, by the rule author's names, with the record's values.

A condition is walked once more over one record: of an AND all parts, of an OR those that hold, of a NOT nothing (what
is absent has no value to show).
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from minixdr.detect.condition import TRUE, Tree, reference
from minixdr.detect.keywords import RecordKeywords
from minixdr.detect.program import Program
from minixdr.detect.table import FieldTable
from minixdr.detect.values import ABSENT, elements, read

KEYWORD = "keyword"
"""Stands for the name of the field where the rule names none."""


class Reading(msgspec.Struct, frozen=True):
    """One record, as one rule reads it."""

    table: Callable[[int], FieldTable]
    fields: Mapping[str, Any]
    names: Mapping[str, str]
    """Rule author's field name -> the record's, where they differ."""
    keywords: RecordKeywords

    def value(self, field: str) -> Any:
        """Return the value of a field."""
        return read(self.fields, self.names.get(field, field))


def explain(program: Program, rule: int, reading: Reading) -> dict[str, Any]:
    """Return what decided that the rule holds; empty where only absences did."""
    found: dict[str, Any] = {}
    _walk(program.rules[rule].condition, program, reading, found)
    return found


def _walk(tree: Tree, program: Program, reading: Reading, found: dict[str, Any]) -> bool:
    """Return whether the condition holds, and add what decided to `found`."""
    match tree[0]:
        case "any" | "all":
            return _walk_table(tree, program, reading, found)
        case "ref":
            return _walk_reference(tree, program, reading, found)
        case "not":
            return not _walk(tree[1], program, reading, {})
        case "and":
            parts: dict[str, Any] = {}
            if all(_walk(item, program, reading, parts) for item in tree[1]):
                _add(found, parts)
                return True
            return False
        case "or":
            held = False
            for item in tree[1]:
                parts = {}
                if _walk(item, program, reading, parts):
                    held = True
                    _add(found, parts)
            return held
    return bool(tree[0] == TRUE[0])


def _walk_table(tree: Tree, program: Program, reading: Reading, found: dict[str, Any]) -> bool:
    kind, number, predicates = tree
    spec = program.tables[number]
    if spec.is_keywords:
        texts = [reading.keywords.found((number, predicate)) for predicate in predicates]
        held = [text for text in texts if text is not None]
        if not held or (kind == "all" and len(held) < len(predicates)):
            return False
        _add(found, {KEYWORD: held[0] if len(held) == 1 else held})
        return True
    table = reading.table(number)
    value = reading.value(spec.field)
    signature = table.signature(value)
    if not (signature.issuperset(predicates) if kind == "all" else not signature.isdisjoint(predicates)):
        return False
    if value is not ABSENT:
        _add(found, {spec.field: _deciding(table, value, predicates)})
    return True


def _deciding(table: FieldTable, value: Any, predicates: list[int]) -> Any:
    """Return of a list the elements on which a predicate holds."""
    if type(value) is not list:
        return value
    held = [item for item in elements(value) if not table.signature(item).isdisjoint(predicates)]
    return held[0] if len(held) == 1 else held or value


def _walk_reference(tree: Tree, program: Program, reading: Reading, found: dict[str, Any]) -> bool:
    test = program.references[tree[1]]
    if not reference(test, reading.names)(reading.fields, reading.keywords):
        return False
    _add(found, {test.field: reading.value(test.field), test.other: reading.value(test.other)})
    return True


def _add(found: dict[str, Any], parts: Mapping[str, Any]) -> None:
    for name, value in parts.items():
        before = found.get(name, ABSENT)
        if before is ABSENT or before == value:
            found[name] = value
        elif name == KEYWORD:
            both = [
                *(before if isinstance(before, list) else [before]),
                *(value if isinstance(value, list) else [value]),
            ]
            found[name] = list(dict.fromkeys(both))
