"""A record as a rule reads it: its fields by the names that rule authors use.

In: a record's decoded body, its log source, the log source that a rule names. Out: where the rule finds each field.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from minixdr.detect.routes import Lane, first_satisfying
from minixdr.detect.values import ABSENT
from minixdr.normalize.source import Source
from minixdr.schema.event import LogSource
from minixdr.schema.record import JsonObject


class RecordFields(msgspec.Struct, frozen=True):
    """The fields of one record."""

    lane: Lane
    fields: Mapping[str, Any]
    key: tuple[Any, ...]
    """The values that chose `log_sources`, of the fields `lane.keys`; ABSENT where the record has none."""
    log_sources: tuple[LogSource, ...]
    """What the record is, the most specific first."""

    def names(self, wanted: LogSource) -> Mapping[str, str] | None:
        """Return rule author's field name -> the record's, where they differ; None where no rule of this log source reads the record."""
        mine = first_satisfying(self.log_sources, wanted)
        return None if mine is None else self.lane.names(mine)


def record_fields(source: Source, body: JsonObject) -> RecordFields | None:
    """Return the record's fields; None where it is written in no way of this source."""
    shape = next((each for each in source.shapes if each.fits(body)), None)
    if shape is None:
        return None
    lane = Lane(source, shape)
    fields = lane.fields(body)
    key = lane.key(fields)
    log_sources = source.routing.log_sources(tuple(None if value is ABSENT else value for value in key))
    return RecordFields(lane, fields, key, log_sources)
