"""One test on one text, exactly as `detect/rule.py` says: what the multi-pattern matchers are checked by, and fall back on.

Text patterns are matched from literal to literal, without backtracking. A rule's own regular expression can, and an
attacker chooses the text: see `RegexTexts`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from minixdr.detect.linear import linear_search
from minixdr.detect.rule import Cidr, Compare, Regex, Test, Text, TimePart, Wildcard
from minixdr.ingest.timestamps import parse_time

LONGEST_REGEX_TEXT = 65_536
"""Characters of a text that a backtracking regular expression is let loose on."""

Pattern = Text | Regex
TextTest = Callable[[str], bool]


@dataclass(slots=True)
class RegexTexts:
    """How expressions are run, and the texts of which one saw only the beginning, counted so that the bound is not silent."""

    shortened: int = 0
    linear: bool = False
    """Whether they run without backtracking (`linear.py`)."""


_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}


def compile_test(test: Test, regex_texts: RegexTexts) -> TextTest:
    """Return the function that says whether the test holds on a text. Raises ValueError for tests that read no text
    (IsNull, Exists, FieldRef), re.error for an expression that is none."""
    match test:
        case Text():
            return text_test(test.pattern, cased=test.cased)
        case Regex():
            return regex_test(test, regex_texts)
        case Compare():
            return _compare(test)
        case Cidr():
            return _cidr(test)
        case TimePart():
            return _time_part(test)
        case _:
            raise ValueError(f"{type(test).__name__} is no test on a text")


def lowered(pattern: tuple[str | Wildcard, ...]) -> tuple[str | Wildcard, ...]:
    """Return the pattern in lower case."""
    return tuple(part.lower() if isinstance(part, str) else part for part in pattern)


def text_test(pattern: tuple[str | Wildcard, ...], *, cased: bool) -> TextTest:
    """Return the test of a whole text against literals and wildcards."""
    if cased:
        return _whole(pattern)
    whole = _whole(lowered(pattern))
    return lambda text: whole(text.lower())


def _whole(pattern: tuple[str | Wildcard, ...]) -> TextTest:
    match pattern:
        case ():
            return lambda text: text == ""
        case (str(literal),):
            return lambda text: text == literal
        case (Wildcard(many=True),):
            return lambda _: True
        case (Wildcard(many=True), str(literal), Wildcard(many=True)):
            return lambda text: literal in text
        case (Wildcard(many=True), str(literal)):
            return lambda text: text.endswith(literal)
        case (str(literal), Wildcard(many=True)):
            return lambda text: text.startswith(literal)
    return _segments(pattern)


def _segments(pattern: tuple[str | Wildcard, ...]) -> TextTest:
    """Return the test of literals with wildcards between: what stands between two `*` has a fixed length, so taking each at its first place
    is exact, and no text makes it slow."""
    segments: list[list[str]] = [[]]
    sizes = [0]
    for part in pattern:
        if isinstance(part, Wildcard) and part.many:
            segments.append([])
            sizes.append(0)
        else:
            segments[-1].append(re.escape(part) if isinstance(part, str) else ".")
            sizes[-1] += len(part) if isinstance(part, str) else 1
    expressions = [re.compile("".join(segment), re.DOTALL) for segment in segments]
    first, *middle = expressions
    if not middle:
        return lambda text: first.fullmatch(text) is not None
    last, last_size = middle.pop(), sizes[-1]

    def holds(text: str) -> bool:
        found = first.match(text)
        for expression in middle:
            if found is None:
                return False
            found = expression.search(text, found.end())
        if found is None:
            return False
        start = len(text) - last_size
        return start >= found.end() and last.match(text, start) is not None

    return holds


def regex_test(test: Regex, regex_texts: RegexTexts) -> TextTest:
    """Return the test `re.search`. A text beyond LONGEST_REGEX_TEXT is searched up to there, and counted."""
    found = linear_search(test.pattern, test.flags) if regex_texts.linear else _backtracking_search(test)

    def holds(text: str) -> bool:
        if len(text) > LONGEST_REGEX_TEXT:
            regex_texts.shortened += 1
            text = text[:LONGEST_REGEX_TEXT]
        return found(text)

    return holds


def _backtracking_search(test: Regex) -> TextTest:
    bits = 0
    for flag in test.flags:
        bits |= _FLAGS[flag]
    search = re.compile(test.pattern, bits).search
    return lambda text: search(text) is not None


def _compare(test: Compare) -> TextTest:
    limit = test.value

    def holds(text: str) -> bool:
        value = number(text)
        if value is None:
            return False
        match test.operator:
            case "lt":
                return value < limit
            case "lte":
                return value <= limit
            case "gt":
                return value > limit
            case _:
                return value >= limit

    return holds


def number(text: str) -> int | float | None:
    """Return the number a text is: decimal, or hexadecimal with 0x as Windows writes it; None where it is none."""
    text = text.strip()
    if len(text) > 64 or "_" in text:  # noqa: PLR2004 - no number of a log is that long
        return None
    try:
        return int(text, 16) if text[:2] in ("0x", "0X") else int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value == value and abs(value) != float("inf") else None  # noqa: PLR0124 - NaN differs from itself


def _cidr(test: Cidr) -> TextTest:
    network = ip_network(test.network, strict=False)

    def holds(text: str) -> bool:
        address = _address(text)
        return address is not None and address.version == network.version and address in network

    return holds


@lru_cache(maxsize=16_384)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _time_part(test: TimePart) -> TextTest:
    parts: dict[str, Callable[[datetime], int]] = {
        "minute": lambda time: time.minute,
        "hour": lambda time: time.hour,
        "day": lambda time: time.day,
        "week": lambda time: time.isocalendar().week,
        "month": lambda time: time.month,
        "year": lambda time: time.year,
    }
    part = parts[test.part]

    def holds(text: str) -> bool:
        time = parse_time(text)
        return time is not None and part(time) == test.value

    return holds
