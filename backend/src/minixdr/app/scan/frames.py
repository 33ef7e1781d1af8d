"""What a scan keeps on the disk between its two passes: findings with their events, observations, issues.

Frames are MessagePack of our own types, written and read by the same run.
"""

from datetime import datetime
from typing import Any

import msgspec

from minixdr.app.scan.line import encode, harmless, plain, printable
from minixdr.app.scan.sentence import sentence_of
from minixdr.correlate.key import FindingKey, key_of
from minixdr.detect.kinds.sigma_correlation import Observation
from minixdr.schema.event import Entity, Event
from minixdr.schema.finding import Finding
from minixdr.schema.record import Issue

_LONGEST_RAW = 20_000
"""Characters of a record that a report shows; what is longer is cut there, never in the lines of `--output`."""


class FoundEvent(msgspec.Struct, array_like=True):
    """The event under a finding, as a report shows it."""

    attributes: dict[str, Any]
    unmapped: dict[str, Any]
    doubts: list[tuple[str, str]]
    raw: str


class Detail(msgspec.Struct, array_like=True):
    """What the outputs say of a finding."""

    line: bytes
    """The JSON line without its incident."""
    sentence: str
    time: datetime | None
    event: FoundEvent | None


class _Frame(msgspec.Struct, array_like=True):
    key: msgspec.Raw
    detail: msgspec.Raw


_ENCODER = msgspec.msgpack.Encoder()
_FRAME = msgspec.msgpack.Decoder(_Frame)
_KEY = msgspec.msgpack.Decoder(FindingKey)
_DETAIL = msgspec.msgpack.Decoder(Detail)
_OBSERVATION = msgspec.msgpack.Decoder(Observation)


def encode_found(finding: Finding, *, with_event: bool) -> bytes:
    """Return the frame of a finding."""
    event = finding.event
    kept = _event(event) if with_event and event is not None else None
    sentence = printable(sentence_of(finding)) if with_event else ""
    detail = Detail(encode(finding), sentence, finding.time, kept)
    key = _plain_key(key_of(finding))
    return _ENCODER.encode(_Frame(msgspec.Raw(_ENCODER.encode(key)), msgspec.Raw(_ENCODER.encode(detail))))


def _plain_key(key: FindingKey) -> FindingKey:
    try:
        msgspec.msgpack.encode(key)
    except UnicodeEncodeError:  # lone surrogates in what the record held, or in the file's name
        return msgspec.structs.replace(
            key,
            rule_id=printable(key.rule_id),
            title=printable(key.title),
            entities=_plain_entities(key.entities),
            file=printable(key.file),
        )
    return key


def _plain_entities(entities: tuple[Entity, ...]) -> tuple[Entity, ...]:
    return tuple(Entity(e.type, printable(e.value), e.role) for e in entities)


def _event(event: Event) -> FoundEvent:
    raw = event.record.raw
    text = raw[: _LONGEST_RAW * 4].decode("utf-8", "backslashreplace")
    if len(text) > _LONGEST_RAW or len(raw) > _LONGEST_RAW * 4:
        text = f"{text[:_LONGEST_RAW]} … ({len(raw):,} bytes)"
    return FoundEvent(
        plain(dict(event.attributes)),
        plain(dict(event.unmapped)),
        [(doubt.attribute, printable(doubt.reason)) for doubt in event.doubts],
        printable(text),
    )


def key_of_frame(frame: bytes) -> FindingKey:
    """Return what joins the finding of a frame to others."""
    return _KEY.decode(_FRAME.decode(frame).key)


def detail_of_frame(frame: bytes) -> Detail:
    """Return what the outputs say of the finding of a frame."""
    return _DETAIL.decode(_FRAME.decode(frame).detail)


def encode_observation(observation: Observation) -> bytes:
    """Return the frame of an observation."""
    kept = msgspec.structs.replace(observation, fields=plain(dict(observation.fields)))
    try:
        return _ENCODER.encode(kept)
    except UnicodeEncodeError:  # lone surrogates in what the record held, or in the file's name
        return _ENCODER.encode(
            msgspec.structs.replace(kept, file=printable(kept.file), entities=_plain_entities(kept.entities))
        )


def decode_observation(frame: bytes) -> Observation:
    """Return the observation of a frame."""
    return _OBSERVATION.decode(frame)


def issue_line(issue: Issue) -> bytes:
    """Return an issue as a JSON line."""
    line = {
        "kind": issue.kind,
        "file": printable(issue.file),
        "record": issue.number,
        "last_record": issue.last,
        "offset_bytes": issue.offset_bytes,
        "reason": printable(issue.reason),
    }
    return harmless(msgspec.json.encode({name: value for name, value in line.items() if value is not None})) + b"\n"
