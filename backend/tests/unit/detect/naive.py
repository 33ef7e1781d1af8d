"""The naive evaluator: rule after rule, test after test, written from the text of `detect/rule.py` and sharing no code with the engine.

It is slow and plain on purpose: what the engine is held equal to.
"""

import ipaddress
import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import orjson

from minixdr.detect.rule import (
    And,
    Bool,
    Cidr,
    Compare,
    Condition,
    Exists,
    FieldRef,
    IsNull,
    Keyword,
    KeywordRegex,
    Not,
    Number,
    Or,
    Regex,
    Rule,
    Text,
    TimePart,
)
from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.source import Source
from minixdr.schema.event import LogSource

MISSING = object()


def matches(rules: list[Rule], sources: list[Source], body: Any) -> list[int] | None:
    """Return the numbers of the rules that hold on the record, None where no log source knows it."""
    for source in sources:
        for shape in source.shapes:
            if shape.fits(body):
                fields = shape.fields(body) if shape.fields else body
                key = [lookup(fields, shape.field_names.get(name, name)) for name in source.routing.keys]
                found = source.routing.log_sources(tuple(None if value is MISSING else value for value in key))
                return [
                    number for number, rule in enumerate(rules) if meets(rule, found, shape.field_names, fields, body)
                ]
    return None


def meets(
    rule: Rule, log_sources: tuple[LogSource, ...], shape_names: Mapping[str, str], fields: Any, body: Any
) -> bool:
    """Return whether the rule applies to one of the log sources, and holds."""
    for mine in log_sources:
        if applies(rule, mine):

            def name_of(field: str, mine: LogSource = mine) -> str:
                if field in mine.field_names:
                    field = mine.field_names[field]
                return shape_names.get(field, field)

            return holds(rule.condition, fields, body, name_of)
    return False


def applies(rule: Rule, mine: LogSource) -> bool:
    """Return whether each part of a log source that the rule names equals this one's."""
    wanted = rule.log_source
    return all(
        want is None or want == have
        for want, have in (
            (wanted.category, mine.category),
            (wanted.product, mine.product),
            (wanted.service, mine.service),
        )
    )


def holds(condition: Condition, fields: Any, body: Any, name_of: Any) -> bool:
    """Return whether the condition holds on the record."""
    match condition:
        case And():
            return all(holds(item, fields, body, name_of) for item in condition.items)
        case Or():
            return any(holds(item, fields, body, name_of) for item in condition.items)
        case Not():
            return not holds(condition.item, fields, body, name_of)
        case Keyword():
            return any(like(condition.pattern, text, condition.cased) for text in every_scalar(body))
        case KeywordRegex():
            return any(search(condition.pattern, condition.flags, text) for text in every_scalar(body))
        case FieldRef():
            left = texts_of(lookup(fields, name_of(condition.field)))
            right = texts_of(lookup(fields, name_of(condition.other)))
            return any(related(a, b, condition) for a in left for b in right)
    value = lookup(fields, name_of(condition.field))
    match condition:
        case IsNull():
            return value is MISSING or any(item is None for item in flat(value))
        case Exists():
            return (value is not MISSING) == condition.present
    return any(holds_on_text(condition, text) for text in texts_of(value))


def holds_on_text(test: Any, text: str) -> bool:
    """Return whether a test holds on one text."""
    match test:
        case Text():
            return like(test.pattern, text, test.cased)
        case Regex():
            return search(test.pattern, test.flags, text)
        case Number():
            return text.lower() == text_of(test.value)
        case Bool():
            return text.lower() == ("true" if test.value else "false")
        case Compare():
            number = as_number(text)
            if number is None:
                return False
            return {
                "lt": number < test.value,
                "lte": number <= test.value,
                "gt": number > test.value,
                "gte": number >= test.value,
            }[test.operator]
        case Cidr():
            return in_network(text, test.network)
        case TimePart():
            time = parse_time(text)
            if time is None:
                return False
            return (time.isocalendar()[1] if test.part == "week" else getattr(time, test.part)) == test.value
    raise AssertionError(test)


def like(pattern: Any, text: str, cased: bool) -> bool:
    """Return whether the whole text is literals and wildcards in turn."""
    return expression(pattern, cased).fullmatch(text if cased else lower(text)) is not None


@cache
def expression(pattern: Any, cased: bool) -> re.Pattern[str]:
    """Return the pattern as a regular expression."""
    parts = [
        re.escape(part if cased else part.lower()) if isinstance(part, str) else ".*" if part.many else "."
        for part in pattern
    ]
    return re.compile("".join(parts), re.DOTALL)


@lru_cache(maxsize=256)
def lower(text: str) -> str:
    """Return the text in lower case."""
    return text.lower()


def search(pattern: str, flags: str, text: str) -> bool:
    """Return whether the expression is found in the text."""
    return search_expression(pattern, flags).search(text) is not None


@cache
def search_expression(pattern: str, flags: str) -> re.Pattern[str]:
    """Return the compiled expression."""
    return re.compile(f"(?{flags}){pattern}" if flags else pattern)


def related(left: str, right: str, test: FieldRef) -> bool:
    """Return whether one text stands to the other as the test says."""
    if not test.cased:
        left, right = left.lower(), right.lower()
    if test.relation == "equals":
        return left == right
    if test.relation == "startswith":
        return left[: len(right)] == right
    if test.relation == "endswith":
        return right == "" or left[-len(right) :] == right
    return right in left


def as_number(text: str) -> int | float | None:
    """Return the number of a decimal or 0x-hexadecimal text."""
    text = text.strip()
    if "_" in text or len(text) > 64:
        return None
    for read in ((lambda t: int(t, 16)) if text.lower().startswith("0x") else int, float):
        try:
            number = read(text)
        except ValueError:
            continue
        return number if math.isfinite(number) else None
    return None


def in_network(text: str, network: str) -> bool:
    """Return whether the text is an address in the network; an IPv4 address written as IPv6 is the IPv4 address."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address) in ipaddress.ip_network(network, strict=False)


def lookup(fields: Any, name: str) -> Any:
    """Return the value under the one key, else at the end of the path, MISSING where there is none."""
    return fields[name] if name in fields else descend(fields, name)


def descend(node: Any, path: str) -> Any:
    """Return what the path leads to; through a list, what it leads to from each element."""
    if isinstance(node, list):
        found = [value for item in node if (value := descend(item, path)) is not MISSING]
        return found or MISSING
    if not isinstance(node, Mapping):
        return MISSING
    parts = path.split(".")
    for count in range(1, len(parts) + 1):
        head, rest = ".".join(parts[:count]), ".".join(parts[count:])
        if head in node:
            value = node[head] if count == len(parts) else descend(node[head], rest)
            if value is not MISSING:
                return value
    return MISSING


def flat(value: Any) -> Iterator[Any]:
    """Yield a value, or the elements of a list, lists inside it flattened."""
    if isinstance(value, list):
        for item in value:
            yield from flat(item)
    elif value is not MISSING:
        yield value


def texts_of(value: Any) -> list[str]:
    """Return the texts of a value."""
    return [text_of(item) for item in flat(value) if item is not None]


def text_of(value: Any) -> str:
    """Return the text of one value."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, dict)):
        if isinstance(value, dict):
            try:
                return orjson.dumps(value).decode()
            except TypeError:
                return str(value)
        return json.dumps(value)
    if isinstance(value, float) and value == int(value) and abs(value) < 1e16:
        return str(int(value))
    return str(value)


def every_scalar(node: Any) -> Iterator[str]:
    """Yield the text of every scalar, at any depth."""
    if isinstance(node, dict):
        for value in node.values():
            yield from every_scalar(value)
    elif isinstance(node, list):
        for value in node:
            yield from every_scalar(value)
    elif node is not None:
        yield text_of(node)
