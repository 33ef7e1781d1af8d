"""An event as a finding keeps it, and back: enough to show it and to ask a filter about it when the lake no longer holds it.

Values are strangers' text: whoever writes them into jsonb cleans them (NUL, lone surrogates), whoever shows them escapes them.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from minixdr.normalize.entities import observables_of
from minixdr.schema.event import Event
from minixdr.schema.finding import Analytic, Finding
from minixdr.schema.record import Record

_MOST_RAW_BYTES = 16 * 1024
_MOST_BODY_BYTES = 64 * 1024
"""Real records stay below; a longer one is in the lake, and a filter's preview does without it."""


def event_document(event: Event) -> dict[str, Any]:
    """Return the event as plain JSON values."""
    raw = event.record.raw
    whole = len(raw) <= _MOST_BODY_BYTES
    return {
        "event_id": event.event_id,
        "source": event.source,
        "class_uid": event.class_uid,
        "time": None if event.time is None else event.time.isoformat(),
        "attributes": dict(event.attributes),
        "unmapped": dict(event.unmapped) if whole else {},
        "observables": [msgspec.structs.asdict(observable) for observable in observables_of(event.attributes)],
        "doubts": [msgspec.structs.asdict(doubt) for doubt in event.doubts],
        "raw": raw[:_MOST_RAW_BYTES].decode("utf-8", "replace"),
        "raw_bytes": len(raw),
        "format": event.record.format,
        "body": event.record.body if whole else None,
    }


def finding_of(
    analytic: Mapping[str, Any],
    finding_id: str,
    event_ids: tuple[str, ...],
    matched: Mapping[str, Any],
    document: Mapping[str, Any] | None,
) -> Finding | None:
    """Return the finding as filters see it; None where its event was too large to be kept with it."""
    event = None
    if document is not None:
        if document.get("body") is None:
            return None
        record = Record(
            file="",
            number=0,
            raw=msgspec.json.encode(document["body"]),
            body=document["body"],
            format=document["format"],
        )
        event = Event(
            event_id=document["event_id"],
            source=document["source"],
            class_uid=document["class_uid"],
            time=None,
            attributes=document["attributes"],
            unmapped={},
            entities=(),
            doubts=(),
            record=record,
        )
    return Finding(
        finding_id=finding_id,
        analytic=msgspec.convert(analytic, Analytic),
        time=None,
        event_ids=event_ids,
        file="",
        record=0,
        source="" if event is None else event.source,
        matched=matched,
        entities=(),
        event=event,
    )
