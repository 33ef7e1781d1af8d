"""Records that another product carries: the text or object inside Filebeat's, Logstash's or Splunk's own record.

In: a source. Out: the same source with one shape more for each of its own, `carried_<name>`, which fits where what is
carried fits. Sources: Elastic Common Schema (`event.original`), Splunk exports (`_raw`) and HTTP Event Collector
(`event`), Logstash (`message`). What the carrier adds (tags, hosts, its own time) stays in the record and out of the
event: the carrier saw none of it happen. Not covered: JSON texts inside syslog lines, which the source linux_syslog
reads as texts.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import msgspec
import orjson

from minixdr.normalize.source import Shape, Source
from minixdr.schema.event import Event
from minixdr.schema.record import JsonObject, Record

_LONGEST = 1_048_576
"""Characters of a carried text; what is longer is left to the carrier."""
_TEXTS = 4
"""Texts whose objects are remembered: every source asks for the same one in turn, and a text may be a megabyte."""
_COLLECTOR = frozenset({"time", "host", "source", "sourcetype", "index", "event", "fields"})
"""Splunk's HTTP Event Collector knows these keys and no others."""


def carried(body: JsonObject) -> JsonObject | None:
    """Return the object that the record carries, None where it carries none."""
    event = body.get("event")
    if isinstance(event, dict):
        original = event.get("original")
        if isinstance(original, str):
            return _parsed(original)
        if len(body) > 1 and _COLLECTOR.issuperset(body):
            return event
    text = body.get("_raw")
    if not isinstance(text, str):
        text = body.get("message") if "@timestamp" in body else None
    return _parsed(text) if isinstance(text, str) else None


def _parsed(text: str) -> JsonObject | None:
    return _object(text) if text[:1] == "{" and len(text) <= _LONGEST else None


@lru_cache(maxsize=_TEXTS)
def _object(text: str) -> JsonObject | None:
    try:
        found = orjson.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def carrying(source: Source) -> Source:
    """Return the source, which also reads its records where another product carries them."""
    own = source.shapes

    def normalize(record: Record) -> Event:
        inner = None if any(shape.fits(record.body) for shape in own) else carried(record.body)
        return source.normalize(record if inner is None else msgspec.structs.replace(record, body=inner))

    shapes = own + tuple(_carried_shape(shape, own) for shape in own)
    return replace(source, shapes=shapes, normalize=normalize)


def _carried_shape(shape: Shape, own: tuple[Shape, ...]) -> Shape:
    def fits(body: JsonObject) -> bool:
        inner = carried(body)
        return inner is not None and shape.fits(inner) and not any(other.fits(body) for other in own)

    return Shape(f"carried_{shape.name}", fits, _carried_fields(shape), shape.field_names)


def _carried_fields(shape: Shape) -> Callable[[JsonObject], Mapping[str, Any]]:
    def fields(body: JsonObject) -> Mapping[str, Any]:
        inner = carried(body)
        if inner is None:
            return {}
        return inner if shape.fields is None else shape.fields(inner)

    return fields
