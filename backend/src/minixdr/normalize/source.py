"""What a log source is: the one constant `SOURCE` that each module of `sources/` exports.

A source says how its records look (`shapes`), which Sigma log sources a record belongs to (`routing`), and how a
record becomes an event (`normalize`). Sources do not import each other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record


@dataclass(frozen=True, slots=True)
class Shape:
    """One way in which a source's records are written (Windows events: EVTX JSON, winlogbeat, NXLog ...)."""

    name: str
    fits: Callable[[JsonObject], bool]
    """True where the decoded body is a record of this source in this shape. Cheap: a few key look-ups. At most one
    shape of all sources may fit a body."""
    fields: Callable[[JsonObject], Mapping[str, object]] | None = None
    """Return the body as Sigma rule authors name its fields. None: the body itself has those names. A rule's field
    `a.b.c` is looked up as one key first, then as a path through nested objects (and lists, giving a list)."""
    field_names: Mapping[str, str] = field(default_factory=dict)
    """Rule author's field name -> this shape's, where `fields` is None and they differ."""


@dataclass(frozen=True, slots=True)
class Routing:
    """Which rules meet a record."""

    keys: tuple[str, ...]
    """The fields (names as in `Shape.fields`) whose values choose: ("Channel", "EventID"). May be empty."""
    log_sources: Callable[[tuple[object, ...]], tuple[LogSource, ...]]
    """Return the Sigma log sources of a record with these key values, most specific first. A rule meets the record
    through the first of them that satisfies it. Pure: called once per distinct key and remembered."""


@dataclass(frozen=True, slots=True)
class Source:
    """A log source."""

    name: str
    """The module's name: <vendor>_<product>."""
    title: str
    """For a person: `AWS CloudTrail`."""
    formats: frozenset[str]
    """Formats of ingest/formats its records may come in."""
    shapes: tuple[Shape, ...]
    routing: Routing
    normalize: Callable[[Record], Event]
    """Return the event. Raises `NotAnEvent` where the record carries nothing that happened (a digest, a header)."""


class NotAnEvent(Exception):  # noqa: N818 - it says what the record is, not that something failed
    """The record is this source's, but no event; the message is the reason, shown to a person."""
