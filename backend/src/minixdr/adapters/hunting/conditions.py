"""A query's expression -> the condition of a WHERE.

A test on what an event lacks is NULL to SQL and false to the language; the two differ under `not` alone, which is written as IS NOT TRUE.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from minixdr.adapters.hunting.networks import in_network
from minixdr.adapters.hunting.values import Parameters, Values
from minixdr.normalize.entities import ENTITY_TYPES, canonical_entity
from minixdr.schema.hunt import (
    ORDERED,
    And,
    Comparison,
    EntityIs,
    Expression,
    Kind,
    Literal,
    Not,
    Operator,
    Or,
    RawText,
)

_LOWER_ONLY = frozenset({"source", "event_id", "batch_id", "format"})
"""Columns whose values have no upper case: compared as they are, so that files and groups of rows are left out by their bounds."""
_FEW = 4
_TEXT_TESTS: Mapping[Operator, Callable[[str, str], str]] = {
    Operator.STARTS_WITH: lambda text, part: f"starts_with({text}, {part})",
    Operator.ENDS_WITH: lambda text, part: f"ends_with({text}, {part})",
    Operator.LIKE: lambda text, pattern: f"{text} LIKE {pattern} ESCAPE '\\'",
}


def condition(node: Expression, parameters: Parameters) -> str:
    """Return the condition. The query was checked."""
    match node:
        case And():
            return f"({' AND '.join(condition(item, parameters) for item in node.items)})"
        case Or():
            return f"({' OR '.join(condition(item, parameters) for item in node.items)})"
        case Not():
            return f"(({condition(node.item, parameters)}) IS NOT TRUE)"
        case RawText():
            return _contains(node.text, parameters, cased=node.cased)("raw")
        case EntityIs():
            return _named_entities(_entities(node), parameters)
        case Comparison():
            return _comparison(node, parameters)


def _named_entities(names: list[str], parameters: Parameters) -> str:
    if len(names) > _FEW:  # the set is made once; below, comparing is quicker
        return f"list_has_any(entities, {parameters.bind(names)})"
    return _either([f"list_contains(entities, {parameters.bind(name)})" for name in names])


def _entities(node: EntityIs) -> list[str]:
    """Return the entities as the lake writes them. A name without a type may be of any."""
    found: dict[str, None] = {}
    for name in node.names:
        kind, colon, value = name.partition(":")
        asked = (
            [(kind.lower(), value)]
            if colon and kind.lower() in ENTITY_TYPES
            else [(kind, name) for kind in ENTITY_TYPES]
        )
        for entity_kind, text in asked:
            entity = canonical_entity(entity_kind, text)
            found[f"{entity_kind}:{text}" if entity is None else f"{entity.type}:{entity.value}"] = None
    return list(found)


def _comparison(test: Comparison, parameters: Parameters) -> str:
    values = Values(test.attribute, parameters)
    operator = test.operator
    if operator is Operator.EXISTS:
        return values.exists()
    if operator in ORDERED:
        bound = parameters.bind(_literal(test.values[0], values))
        return values.any(lambda value: f"{_number(value, values)} {operator} {bound}")
    if operator is Operator.CIDR:
        tests = [_network(str(network), parameters) for network in test.values]
        return values.any(lambda value: _either([holds(value) for holds in tests]))
    if operator is Operator.MATCHES:
        patterns = [parameters.bind(pattern) for pattern in test.values]
        return values.any(lambda value: _either([f"regexp_matches({value}, {pattern})" for pattern in patterns]))
    if operator is Operator.EQUAL:
        return _equal(test, values, parameters)
    if operator is Operator.CONTAINS:
        holding = [_contains(str(value), parameters, cased=test.cased) for value in test.values]
        return values.any(lambda value: _either([holds(value) for holds in holding]))
    write = _TEXT_TESTS[operator]
    parts = [
        _text(_pattern(str(value)) if operator is Operator.LIKE else value, test, parameters) for value in test.values
    ]
    return values.any(
        lambda value: _either([write(value if test.cased else f"lower({value})", part) for part in parts])
    )


def _contains(text: str, parameters: Parameters, *, cased: bool) -> Callable[[str], str]:
    """Return what writes that a value contains the text. An expression is up to ten times as quick as the lower case of long values."""
    if not cased and text and text.isascii() and text.isprintable():
        letters = "".join(f"[{one.lower()}{one.upper()}]" if one.isalpha() else re.escape(one) for one in text)
        pattern = parameters.bind(letters)
        return lambda value: f"regexp_matches({value}, {pattern})"
    part = parameters.bind(text)
    return lambda value: f"contains({value}, {part})" if cased else f"contains(lower({value}), lower({part}))"


def _equal(test: Comparison, values: Values, parameters: Parameters) -> str:
    if test.attribute.path in _LOWER_ONLY and not test.cased:
        listed = [parameters.bind(str(value).lower()) for value in test.values]
        return values.any(lambda value: _among(value, listed))
    if values.kind in {Kind.TEXT, Kind.ANY}:
        listed = [_text(value, test, parameters) for value in test.values]
        return values.any(lambda value: _among(value if test.cased else f"lower({value})", listed))
    listed = [parameters.bind(_literal(value, values)) for value in test.values]
    return values.any(lambda value: _among(value, listed))


def _among(value: str, listed: list[str]) -> str:
    return f"{value} = {listed[0]}" if len(listed) == 1 else f"{value} IN ({', '.join(listed)})"


def _text(value: Literal, test: Comparison, parameters: Parameters) -> str:
    bound = parameters.bind(value)
    return bound if test.cased else f"lower({bound})"


def _number(value: str, values: Values) -> str:
    return f"TRY_CAST({value} AS DOUBLE)" if values.kind is Kind.ANY else value


def _literal(value: Literal, values: Values) -> Literal:
    """Return the value as the attribute's are kept: OCSF's times are milliseconds since 1970."""
    if isinstance(value, datetime) and values.in_milliseconds:
        return round(value.timestamp() * 1000)
    return value


def _pattern(text: str) -> str:
    r"""Return Sigma's pattern as LIKE's, with \ as its escape."""
    made: list[str] = []
    place = 0
    while place < len(text):
        character = text[place]
        following = text[place + 1 : place + 2]
        if character == "\\" and following in {"*", "?"}:
            made.append(following)
            place += 1
        elif character == "\\" and following == "\\" and text[place + 2 : place + 3] in {"*", "?"}:
            made.append("\\\\")  # an escaped backslash before a wildcard
            place += 1
        elif character in "*?":
            made.append("%" if character == "*" else "_")
        else:
            made.append("\\" + character if character in "\\%_" else character)
        place += 1
    return "".join(made)


def _network(network: str, parameters: Parameters) -> Callable[[str], str]:
    expression = parameters.bind(in_network("", network)[1])
    return lambda value: f"regexp_matches({in_network(value, network)[0]}, {expression})"


def _either(conditions: list[str]) -> str:
    return conditions[0] if len(conditions) == 1 else f"({' OR '.join(conditions)})"
