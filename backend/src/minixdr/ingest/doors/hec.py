"""Splunk's HTTP Event Collector -> records.

Source: Splunk Enterprise 9, "Format events for HTTP Event Collector", "HTTP Event Collector REST API endpoints", and its error codes. A body of
`/event` is JSON objects one after the other, with or without anything between them. A record is the value of `event`: an object's bytes as they
were sent (with its envelope, where `fields` say more of it), a text's characters. What JSON parsers disagree on (lone surrogates, NaN, deep
nesting, bytes that are no UTF-8) is taken, as everywhere in ingest: a stranger's text in one event must not keep the others out.

Not kept: `index`; `source`; `sourcetype`, unless it names one of our log sources; `fields` of an event that is a text.
"""

import math
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import repeat
from typing import Any

import msgspec

from minixdr.ingest.doors.entries import MOST_RECORDS, Entries, host_name, seconds, text_bytes
from minixdr.ingest.doors.inflate import TooLargeError
from minixdr.ingest.json.window import Window
from minixdr.ingest.repair import Malformed, parse_json

_MILLISECONDS_FROM = 13_569_465_600
"""A time from here on is in milliseconds (Splunk's bound: the year 2400 in seconds)."""
_NANOSECONDS_FROM = 253_402_300_800_000
_ADJACENT = re.compile(rb"\}[ \t\r\n]*+\{")
_LONGEST_NUMBER = 40
_FIELD_VALUES = (str, int, float, bool, list, type(None))


class Fault(Enum):
    """What is wrong with a body: (code, HTTP status, text) of the protocol."""

    NO_DATA = (5, 400, "No data")
    INVALID_DATA = (6, 400, "Invalid data format")
    EVENT_REQUIRED = (12, 400, "Event field is required")
    EVENT_BLANK = (13, 400, "Event field cannot be blank")
    FIELDS = (15, 400, "Error in handling indexed fields")


class Refused(Exception):  # noqa: N818 - it says what became of the body
    """The body is refused as a whole; `number` is the place (from 0) of the event that is to blame, as the protocol counts."""

    def __init__(self, fault: Fault, number: int | None = None) -> None:
        super().__init__(fault.value[2])
        self.fault = fault
        self.number = number


class _Envelope(msgspec.Struct):
    event: msgspec.Raw = msgspec.Raw()
    time: float | str | None = None
    host: Any = None
    sourcetype: Any = None
    fields: msgspec.Raw = msgspec.Raw()


_MANY = msgspec.json.Decoder(list[_Envelope])
_PIECES = msgspec.json.Decoder(list[msgspec.Raw])
_ONE = msgspec.json.Decoder(_Envelope)
_TEXT = msgspec.json.Decoder(str)
_NOTHING = (b"", b"null")
_NO_FIELDS = (b"", b"null", b"{}")


def decode_events(body: bytes) -> Entries:
    """Return the records of a body of `/services/collector/event`. Raises Refused, TooLargeError."""
    entries = Entries()
    together = _all_at_once(body)
    if together is not None:
        for number, (envelope, piece) in enumerate(together):
            _take(envelope, piece, number, entries)
    else:
        for number, piece in enumerate(_one_by_one(body)):
            _check_count(number)
            try:
                envelope = _ONE.decode(piece)
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
                _take_leniently(piece, number, entries)
            else:
                _take(envelope, piece, number, entries)
    if not entries.raws:
        raise Refused(Fault.NO_DATA)
    return entries


def read_time(value: float | str) -> float | None:
    """Return seconds since 1970 of a time as the protocol writes it, None for one that cannot be. Raises ValueError for what is no number."""
    number = float(value) if isinstance(value, float) or len(value) <= _LONGEST_NUMBER else math.inf
    if number >= _NANOSECONDS_FROM:
        return seconds(number / 1e9)
    return seconds(number / 1e3 if number >= _MILLISECONDS_FROM else number)


def _all_at_once(body: bytes) -> Iterable[tuple[_Envelope, bytes | msgspec.Raw]] | None:
    """Return the objects of the body with their bytes, None where they must be taken one by one.

    Commas are put where one object seems to follow another. There are as many more elements as commas exactly where none of them got into a string.
    """
    array, commas = _ADJACENT.subn(b"},{", body, MOST_RECORDS)
    _check_count(commas)
    array = b"[" + array + b"]"
    try:
        envelopes = _MANY.decode(array)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    if len(envelopes) != commas + 1:
        return None
    with_fields = any(bytes(envelope.fields) not in _NO_FIELDS for envelope in envelopes)
    return zip(envelopes, _PIECES.decode(array) if with_fields else repeat(b""), strict=False)


def _check_count(count: int) -> None:
    if count >= MOST_RECORDS:
        raise TooLargeError(f"more than {MOST_RECORDS:,} events; send fewer at once")


def _one_by_one(body: bytes) -> Iterator[bytes]:
    """Yield the bytes of each object. Raises Refused."""
    window = Window(iter((body,)))
    number = 0
    while character := window.next_character():
        if character != "{":
            raise Refused(Fault.INVALID_DATA, number)
        parsed = window.parse()
        end = window.end_of_brackets() if parsed is None else parsed[1]
        if end is None:
            raise Refused(Fault.INVALID_DATA, number)
        yield window.take(end)
        number += 1


def _take(envelope: _Envelope, piece: bytes | msgspec.Raw, number: int, entries: Entries) -> None:
    """Add the record of an envelope; `piece`: its bytes, needed where it has fields."""
    raw = bytes(envelope.event)
    if raw in _NOTHING:
        raise Refused(Fault.EVENT_REQUIRED, number)
    if raw.startswith(b'"'):
        raw = _text_of(raw, number)
    fields = bytes(envelope.fields)
    if fields not in _NO_FIELDS:
        _check_fields(fields, number)
        if raw.startswith(b"{"):
            raw = bytes(piece)
    entries.add(raw, _time_of(envelope.time, number), host_name(envelope.host), _name(envelope.sourcetype))


def _take_leniently(piece: bytes, number: int, entries: Entries) -> None:
    """Add the record of an object that the fast parser refuses: what is no text stays in its envelope, for its own bytes are not known."""
    try:
        body = parse_json(piece)
    except Malformed:
        raise Refused(Fault.INVALID_DATA, number) from None
    event, time = body.get("event"), body.get("time")
    if event is None:
        raise Refused(Fault.EVENT_REQUIRED, number)
    if event == "":
        raise Refused(Fault.EVENT_BLANK, number)
    if isinstance(time, bool) or not isinstance(time, (int, float, str, type(None))):
        raise Refused(Fault.INVALID_DATA, number)
    if isinstance(time, int):
        time = str(time)
    if "fields" in body:
        _check_members(body["fields"], number)
    raw = text_bytes(event) if isinstance(event, str) else piece
    entries.add(raw, _time_of(time, number), host_name(body.get("host")), _name(body.get("sourcetype")))


def _text_of(raw: bytes, number: int) -> bytes:
    try:
        text = _TEXT.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        try:
            text = parse_json(raw)
        except Malformed:
            raise Refused(Fault.INVALID_DATA, number) from None
    if not text or text.isspace():
        raise Refused(Fault.EVENT_BLANK, number)
    return text_bytes(text)


def _time_of(value: float | str | None, number: int) -> float | None:
    if value is None:
        return None
    try:
        return read_time(value)
    except ValueError:
        raise Refused(Fault.INVALID_DATA, number) from None


def _check_fields(raw: bytes, number: int) -> None:
    try:
        fields = parse_json(raw)
    except Malformed:
        raise Refused(Fault.FIELDS, number) from None
    _check_members(fields, number)


def _check_members(fields: Any, number: int) -> None:
    """Raise Refused unless the fields are flat."""
    flat = isinstance(fields, dict) and all(
        isinstance(value, _FIELD_VALUES)
        and not (isinstance(value, list) and any(isinstance(item, (list, dict)) for item in value))
        for value in fields.values()
    )
    if fields is not None and not flat:
        raise Refused(Fault.FIELDS, number)


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
