"""A hunt's query after parsing: which events, and what to make of them. The language: docs/how-to/hunt.md.

Places (position in the query's text) are no part of what a query means: two queries that differ in places alone are equal.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Literal = str | int | float | bool | datetime


class Kind(StrEnum):
    """What an attribute's values are."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    ANY = "any"
    """The record's own: whatever it holds, compared as text, or as a number where numbers are compared."""


class Operator(StrEnum):
    """How a test compares. A test holds where it holds for any value of the attribute and any of its own values."""

    EQUAL = "="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    CONTAINS = "contains"
    STARTS_WITH = "startswith"
    ENDS_WITH = "endswith"
    LIKE = "like"
    """The whole text; `*` is any text, `?` one character, `\\*` and `\\?` are themselves, as in Sigma."""
    MATCHES = "matches"
    """RE2 finds the expression somewhere in the text; case counts unless it says `(?i)`."""
    CIDR = "in cidr"
    EXISTS = "exists"


ORDERED = frozenset({Operator.LESS, Operator.LESS_OR_EQUAL, Operator.GREATER, Operator.GREATER_OR_EQUAL})


@dataclass(frozen=True, slots=True)
class Attribute:
    """An OCSF attribute path, `unmapped.<the record's own name>`, or a column of the lake such as `source`."""

    path: str
    start: int = field(default=0, compare=False)
    kind: Kind = field(default=Kind.ANY, compare=False)
    """Known once the query is checked."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """An attribute stands in a relation to one of the values. Every test on what an event lacks is false."""

    attribute: Attribute
    operator: Operator
    values: tuple[Literal, ...] = ()
    cased: bool = False
    """Upper and lower case are different. `matches` always tells them apart."""
    starts: tuple[int, ...] = field(default=(), compare=False)
    """Where each value stands."""


@dataclass(frozen=True, slots=True)
class RawText:
    """The raw record contains the text."""

    text: str
    cased: bool = False
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class EntityIs:
    """The event names one of the entities."""

    names: tuple[str, ...]
    """`type:value`, or a value alone: an entity of any type."""
    starts: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    item: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One or more parts hold."""

    items: tuple["Expression", ...]


Expression = Comparison | RawText | EntityIs | Not | And | Or


@dataclass(frozen=True, slots=True)
class Count:
    """How many events; by the values of attributes, the most frequent first. An event counts once for each item of a list, and nowhere where an
    attribute is absent."""

    by: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class Top:
    """The most frequent of what was counted."""

    count: int
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Distinct:
    """The different values (combinations of values), in ascending order."""

    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of an order. What is absent comes last."""

    attribute: Attribute
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Sort:
    """Put into an order."""

    keys: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """No more rows than this."""

    count: int
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Fields:
    """Show these attributes."""

    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Timechart:
    """How many events in each span of time."""

    span_seconds: int | None = None
    """None: chosen by the range, about 60 spans."""
    by: Attribute | None = None
    start: int = field(default=0, compare=False)


Stage = Count | Top | Distinct | Sort | Limit | Fields | Timechart


@dataclass(frozen=True, slots=True)
class Query:
    """A hunt: events that satisfy `where` (None: all), through the stages in turn."""

    where: Expression | None = None
    stages: tuple[Stage, ...] = ()
