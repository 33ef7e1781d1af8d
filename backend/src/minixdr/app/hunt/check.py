"""A parsed query -> the same with kinds known and values of those kinds, or why it cannot run.

What comes out is all that the lake compiles: no name in it is unknown, no value of another kind than its attribute.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import TypeVar

from minixdr.app.hunt.attributes import UNMAPPED, Attributes
from minixdr.app.hunt.error import QueryError
from minixdr.app.hunt.parser import parse
from minixdr.schema.hunt import (
    ORDERED,
    And,
    Attribute,
    Comparison,
    Count,
    Distinct,
    EntityIs,
    Expression,
    Fields,
    Kind,
    Limit,
    Literal,
    Not,
    Operator,
    Or,
    Query,
    RawText,
    Sort,
    SortKey,
    Stage,
    Timechart,
    Top,
)

MOST_ROWS = 10_000
"""A query shows so many rows at most; an export takes more."""
MOST_KEYS = 8
"""Attributes of one `count by`, `distinct`, `sort`."""
MOST_FIELDS = 100
LONGEST_EXPRESSION = 500
"""Characters of a regular expression."""
LONGEST_TEXT = 4_096
MOST_EXPRESSIONS = 20
"""Regular expressions of one query: each may cost 8 MiB while it runs."""
COUNT = "count"
"""The column that `count` and `timechart` make."""
TIME = "time"

Item = TypeVar("Item")
RegexError = Callable[[str], str | None]
"""Return why the engine that runs queries cannot run the regular expression, None where it can."""
_TEXTUAL = frozenset(
    {Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.LIKE, Operator.MATCHES, Operator.CIDR}
)


def checked(text: str, attributes: Attributes, regex_error: RegexError) -> Query:
    """Return the query, ready to run. Raises QueryError."""
    query = parse(text)
    check = _Check(attributes, regex_error)
    where = None if query.where is None else check.expression(query.where)
    return Query(where, check.stages(query.stages))


def known(attribute: Attribute, attributes: Attributes) -> Attribute:
    """Return the attribute with its kind. Raises QueryError."""
    path = attribute.path
    lowered = path if path.startswith(UNMAPPED) else path.lower()  # OCSF writes them so
    kind = attributes.kind(lowered)
    if kind is None:
        suggestions = attributes.suggestions(path)
        meant = f": did you mean {' or '.join(suggestions)}?" if suggestions else ""
        raise QueryError(f"unknown attribute {path}{meant}", attribute.start, attribute.start + len(path), suggestions)
    return replace(attribute, path=lowered, kind=kind)


class _Check:
    def __init__(self, attributes: Attributes, regex_error: RegexError) -> None:
        self._attributes = attributes
        self._regex_error = regex_error
        self._expressions = 0

    def expression(self, node: Expression) -> Expression:
        match node:
            case And():
                return And(tuple(map(self.expression, node.items)))
            case Or():
                return Or(tuple(map(self.expression, node.items)))
            case Not():
                return Not(self.expression(node.item))
            case RawText():
                if not node.text.strip():
                    raise QueryError("an empty text is in every record", node.start)
                _bounded(node.text, node.start)
                return node
            case EntityIs():
                for name, start in zip(node.names, node.starts, strict=True):
                    if not name.rpartition(":")[2].strip():
                        raise QueryError('an entity has a value: entity = "user:alice"', start)
                    _bounded(name, start)
                return node
            case Comparison():
                return self._test(node)

    def attribute(self, attribute: Attribute) -> Attribute:
        """Return the attribute with its kind."""
        return known(attribute, self._attributes)

    def _test(self, test: Comparison) -> Comparison:
        attribute = self.attribute(test.attribute)
        operator = test.operator
        if operator in ORDERED and attribute.kind in {Kind.TEXT, Kind.BOOLEAN}:
            raise QueryError(
                f"{operator} compares numbers and times; {attribute.path} is {attribute.kind}", attribute.start
            )
        if operator in _TEXTUAL and attribute.kind in {Kind.NUMBER, Kind.BOOLEAN, Kind.TIME}:
            raise QueryError(
                f"{operator} compares texts; {attribute.path} is {attribute.kind}: compare it with =", attribute.start
            )
        values = tuple(
            self._value(attribute, operator, value, start)
            for value, start in zip(test.values, test.starts, strict=True)
        )
        return replace(test, attribute=attribute, values=values)

    def _value(self, attribute: Attribute, operator: Operator, value: Literal, start: int) -> Literal:
        if operator is Operator.CIDR:
            return _network(value, start)
        if operator is Operator.MATCHES:
            return self._regex(value, start)
        if attribute.kind is Kind.TIME:
            return _time(attribute.path, value, start)
        if attribute.kind is Kind.NUMBER or operator in ORDERED:
            return _number(attribute.path, value, start)
        if attribute.kind is Kind.BOOLEAN:
            return _boolean(attribute.path, value, start)
        return _bounded(_text(value), start)

    def _regex(self, value: Literal, start: int) -> str:
        if not isinstance(value, str) or not value:
            raise QueryError('a regular expression is a text: matches "^[0-9a-f]{8}$"', start)
        if len(value) > LONGEST_EXPRESSION:
            raise QueryError(f"a regular expression has at most {LONGEST_EXPRESSION} characters", start)
        self._expressions += 1
        if self._expressions > MOST_EXPRESSIONS:
            raise QueryError(f"a query has at most {MOST_EXPRESSIONS} regular expressions", start)
        reason = self._regex_error(value)
        if reason is not None:
            raise QueryError(f"not a regular expression that RE2 can run: {reason}", start)
        return value

    def stages(self, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        """Return the stages, each where it may stand."""
        found: list[Stage] = []
        table: tuple[str, ...] | None = None  # the columns, once events have become a table
        for stage in stages:
            match stage:
                case Count() | Distinct() | Timechart():
                    aggregate, table = self._aggregate(stage, table)
                    found.append(aggregate)
                case Top():
                    if not any(isinstance(earlier, Count) and earlier.by for earlier in found):
                        raise QueryError(
                            "`top` shows the most frequent of what `count by` counted: top 20 by actor.user.name",
                            stage.start,
                        )
                    found.append(Top(_rows(stage.count, stage.start), stage.start))
                case Sort():
                    keys = tuple(self._key(key, table) for key in stage.keys)
                    found.append(Sort(_few(keys, MOST_KEYS, stage.keys[0].attribute.start)))
                case Limit():
                    found.append(Limit(_rows(stage.count, stage.start), stage.start))
                case Fields():
                    if table is not None:
                        raise QueryError(
                            "`fields` shows attributes of events; put it before `count`, or leave it out",
                            stage.attributes[0].start,
                        )
                    found.append(Fields(self._names(stage.attributes, MOST_FIELDS)))
        return tuple(found)

    def _aggregate(
        self, stage: Count | Distinct | Timechart, table: tuple[str, ...] | None
    ) -> tuple[Stage, tuple[str, ...]]:
        if table is not None:
            raise QueryError("a query counts once: one of `count`, `distinct`, `timechart`", _start(stage))
        match stage:
            case Count():
                by = self._names(stage.by, MOST_KEYS)
                return Count(by), (*(key.path for key in by), COUNT)
            case Distinct():
                names = self._names(stage.attributes, MOST_KEYS)
                return Distinct(names), tuple(name.path for name in names)
            case Timechart():
                key = None if stage.by is None else self.attribute(stage.by)
                return replace(stage, by=key), (TIME, *(() if key is None else (key.path,)), COUNT)

    def _names(self, attributes: tuple[Attribute, ...], most: int) -> tuple[Attribute, ...]:
        return _few(tuple(map(self.attribute, attributes)), most, attributes[0].start if attributes else 0)

    def _key(self, key: SortKey, table: tuple[str, ...] | None) -> SortKey:
        if table is None:
            return SortKey(self.attribute(key.attribute), key.descending)
        path = key.attribute.path.lower()
        column = next((name for name in table if name.lower() == path), None)
        if column is None:
            raise QueryError(
                f"what was counted has {', '.join(table)}, not {path[:100]}", key.attribute.start, None, table
            )
        return SortKey(replace(key.attribute, path=column), key.descending)


def _start(stage: Count | Distinct | Timechart) -> int:
    match stage:
        case Count():
            return stage.by[0].start if stage.by else 0
        case Distinct():
            return stage.attributes[0].start
        case Timechart():
            return stage.start


def _few(items: tuple[Item, ...], most: int, start: int) -> tuple[Item, ...]:
    if len(items) > most:
        raise QueryError(f"at most {most} attributes here", start)
    return items


def _rows(count: int, start: int) -> int:
    if count > MOST_ROWS:
        raise QueryError(f"at most {MOST_ROWS:,} rows; an export takes more", start)
    return count


def _bounded(text: str, start: int) -> str:
    if len(text) > LONGEST_TEXT:
        raise QueryError(f"a text has at most {LONGEST_TEXT:,} characters", start)
    return text


def _text(value: Literal) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else repr(value)


def _network(value: Literal, start: int) -> str:
    try:
        return str(ip_network(str(value), strict=False))
    except ValueError:
        raise QueryError(f'{str(value)[:60]!r} is no network: "10.0.0.0/8", "2001:db8::/32"', start) from None


def _time(path: str, value: Literal, start: int) -> datetime:
    if isinstance(value, str):
        try:
            time = datetime.fromisoformat(value)
        except ValueError:
            time = None
        if time is not None:
            return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    raise QueryError(f'{path} is a time: "2026-01-31T12:00:00Z"', start)


def _number(path: str, value: Literal, start: int) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = value.strip()
        if len(text) <= _LONGEST_NUMBER and text.isascii():
            for kind in (int, float):
                try:
                    number = kind(text)
                except ValueError:
                    continue
                if abs(number) < _LARGEST:
                    return number
    raise QueryError(f"{path} is compared with numbers here, not with {str(value)[:60]!r}", start)


_LONGEST_NUMBER = 32
_LARGEST = 2**63


def _boolean(path: str, value: Literal, start: int) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise QueryError(f"{path} is true or false, not {str(value)[:60]!r}", start, None, ("true", "false"))
