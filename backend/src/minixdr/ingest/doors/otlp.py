"""OpenTelemetry log records (OTLP 1.x, protobuf and JSON) -> records.

Source: opentelemetry-proto, `ExportLogsServiceRequest`; OTLP specification, "JSON Protobuf Encoding" (lowerCamelCase, 64-bit integers as number
or text, unknown fields ignored). A record is the body: a text's characters, or a map as a JSON object; where there is no body, the attributes as
an object. The record's time and the resource's `host.name` go beside it. Not kept: attributes of a record that has a body, severity, trace and
span, scope, and the rest of the resource.
"""

import base64
import math
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import orjson
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it ships no type information
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from minixdr.ingest.doors.entries import LONGEST_RECORD_BYTES, MOST_RECORDS, Entries, host_name, seconds, text_bytes
from minixdr.ingest.doors.inflate import TooLargeError

_HOST = "host.name"
_NANOSECONDS = 1e9
_DEEPEST = 64
"""Levels of a body; protobuf itself refuses more than 100 levels of messages, two or three to a level here."""
_MOST_VALUES = 1_000_000
"""Of maps and lists in one request in protobuf: a second's work."""
_MOST_FIELDS = 2_000_000
"""Of the messages around log records: each may be empty, and then compresses to nothing."""
_MOST_OBJECTS = 2_000_000
"""Of a request in JSON: a record of 1 KB has about twenty."""
_RESOURCE_LOGS, _RESOURCE, _SCOPE_LOGS, _LOG_RECORDS = 1, 1, 2, 2
"""Field numbers, from the request down."""
_LENGTH_DELIMITED = 2
_FIXED_BYTES = {1: 8, 5: 4}
_MOST_VARINT_BITS = 70
_CONTINUED = 0x80
_LARGEST_INTEGER = 2**63


class BadLogsError(Exception):
    """The body is no OTLP request; the message says why."""


class Rejected(msgspec.Struct):
    """Records of a request that were not taken."""

    count: int = 0
    reason: str = ""

    def add(self, reason: str) -> None:
        """Count one."""
        self.count += 1
        self.reason = self.reason or reason


class _Room:
    """How many values of a request may still be decoded, and how many fields of messages passed."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES
        self._fields_left = _MOST_FIELDS

    def take(self, count: int) -> None:
        """Take so many. Raises TooLargeError."""
        self._left -= count
        if self._left < 0:
            raise TooLargeError(f"more than {_MOST_VALUES:,} values; send fewer log records at once")

    def pass_field(self) -> None:
        """Pass one. Raises TooLargeError."""
        self._fields_left -= 1
        if self._fields_left < 0:
            raise TooLargeError(f"more than {_MOST_FIELDS:,} fields; send fewer log records at once")


class _Value(msgspec.Struct, rename="camel"):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    array_value: "_Array | None" = None
    kvlist_value: "_Map | None" = None
    bytes_value: str | None = None


class _Array(msgspec.Struct):
    values: list[_Value] | None = None


class _Pair(msgspec.Struct):
    key: str = ""
    value: _Value | None = None


class _Map(msgspec.Struct):
    values: list[_Pair] | None = None


class _Record(msgspec.Struct, rename="camel"):
    time_unix_nano: int | str | None = None
    observed_time_unix_nano: int | str | None = None
    body: _Value | None = None
    attributes: list[_Pair] | None = None


class _Scope(msgspec.Struct, rename="camel"):
    log_records: list[_Record] | None = None


class _Resource(msgspec.Struct):
    attributes: list[_Pair] | None = None


class _ResourceLogs(msgspec.Struct, rename="camel"):
    resource: _Resource | None = None
    scope_logs: list[_Scope] | None = None


class _Request(msgspec.Struct, rename="camel"):
    resource_logs: list[_ResourceLogs] | None = None


_JSON = msgspec.json.Decoder(_Request)


def decode_protobuf(body: bytes) -> tuple[Entries, Rejected]:
    """Return the records, and how many were not taken. Raises BadLogsError, TooLargeError.

    Records are parsed one by one: a request parsed whole takes up to seventy times its size.
    """
    entries, rejected, room = Entries(), Rejected(), _Room()
    try:
        for resource_logs in _messages(body, 0, len(body), _RESOURCE_LOGS, room):
            host = None
            for start, end in _messages(body, *resource_logs, _RESOURCE, room):
                attributes = Resource.FromString(_bounded(body, start, end)).attributes
                room.take(len(attributes))
                host = _host((pair.key, pair.value) for pair in attributes) or host
            for scope_logs in _messages(body, *resource_logs, _SCOPE_LOGS, room):
                for start, end in _messages(body, *scope_logs, _LOG_RECORDS, room):
                    if len(entries.raws) + rejected.count >= MOST_RECORDS:
                        raise TooLargeError(f"more than {MOST_RECORDS:,} log records; send fewer at once")
                    raw, nanoseconds = _record(body[start:end], room)
                    _add(raw, nanoseconds, host, entries, rejected)
    except (DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadLogsError(f"not an ExportLogsServiceRequest: {error}") from None
    return entries, rejected


def _record(content: bytes, room: _Room) -> tuple[bytes | None, int]:
    """Return what a LogRecord says, None where it says nothing, and its time in nanoseconds. Raises DecodeError, TooLargeError."""
    if len(content) > LONGEST_RECORD_BYTES:
        return content, 0  # too long whatever is in it: counted as rejected, not parsed
    record = LogRecord.FromString(content)
    nanoseconds: int = record.time_unix_nano or record.observed_time_unix_nano
    value = record.body
    if value.WhichOneof("value") == "string_value" and value.string_value and not value.string_value.isspace():
        return value.string_value.encode(), nanoseconds
    body = _from_protobuf(value, room)
    attributes = {} if isinstance(body, (dict, list)) and body else _map_from_protobuf(record.attributes, room)
    return _bytes_of(body, attributes), nanoseconds


def _bounded(body: bytes, start: int, end: int) -> bytes:
    if end - start > LONGEST_RECORD_BYTES:
        raise BadLogsError(f"a resource of {end - start:,} bytes; at most {LONGEST_RECORD_BYTES:,} are read")
    return body[start:end]


def _messages(body: bytes, start: int, end: int, wanted: int, room: _Room) -> Iterator[tuple[int, int]]:
    """Yield where the messages in this field of a message lie (Protocol Buffers, "Encoding"); others are passed.

    Raises BadLogsError, TooLargeError.
    """
    at = start
    while at < end:
        room.pass_field()
        tag, at = _varint(body, at, end)
        number, wire_type = tag >> 3, tag & 7
        if number == wanted and wire_type != _LENGTH_DELIMITED:
            raise BadLogsError("not an ExportLogsServiceRequest: a message is expected where none is")
        if wire_type == _LENGTH_DELIMITED:
            size, at = _varint(body, at, end)
            if size > end - at:
                raise BadLogsError("not an ExportLogsServiceRequest: it is cut off")
            if number == wanted:
                yield at, at + size
            at += size
        elif wire_type == 0:
            _, at = _varint(body, at, end)
        elif wire_type in _FIXED_BYTES and number:
            at += _FIXED_BYTES[wire_type]
        else:
            raise BadLogsError("not an ExportLogsServiceRequest: no such wire type")
        if at > end:
            raise BadLogsError("not an ExportLogsServiceRequest: it is cut off")


def _varint(body: bytes, at: int, end: int) -> tuple[int, int]:
    """Return the number at a position, and where it ends. Raises BadLogsError."""
    value = shift = 0
    while at < end and shift < _MOST_VARINT_BITS:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < _CONTINUED:
            return value, at
        shift += 7
    raise BadLogsError("not an ExportLogsServiceRequest: it is cut off")


def decode_json(body: bytes) -> tuple[Entries, Rejected]:
    """Return the records, and how many were not taken. Raises BadLogsError, TooLargeError."""
    if body.count(b"{") > _MOST_OBJECTS:
        raise TooLargeError(f"more than {_MOST_OBJECTS:,} JSON objects; send fewer log records at once")
    try:
        request = _JSON.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadLogsError(f"not an ExportLogsServiceRequest in JSON: {error}") from None
    entries, rejected = Entries(), Rejected()
    try:
        for resource_logs in request.resource_logs or ():
            host = _host_from_json(resource_logs.resource)
            for scope_logs in resource_logs.scope_logs or ():
                for record in scope_logs.log_records or ():
                    raw = _bytes_of(_from_json(record.body), _map_from_json(record.attributes))
                    nanoseconds = _whole(record.time_unix_nano) or _whole(record.observed_time_unix_nano)
                    _add(raw, nanoseconds, host, entries, rejected)
    except ValueError as error:
        raise BadLogsError(f"not an ExportLogsServiceRequest in JSON: {error}") from None
    return entries, rejected


def _add(raw: bytes | None, nanoseconds: int, host: str | None, entries: Entries, rejected: Rejected) -> None:
    if raw is None:
        rejected.add("a log record has neither a body nor attributes")
    elif len(raw) > LONGEST_RECORD_BYTES:
        rejected.add(f"a log record of {len(raw):,} bytes; at most {LONGEST_RECORD_BYTES:,} are taken")
    else:
        entries.add(raw, seconds(nanoseconds / _NANOSECONDS), host)


def _bytes_of(body: Any, attributes: Mapping[str, Any]) -> bytes | None:
    """Return the record of a body, else of the attributes; None where there is neither."""
    if isinstance(body, str) and body and not body.isspace():
        return text_bytes(body)
    if isinstance(body, (dict, list)) and body:
        return orjson.dumps(body)
    if attributes:
        return orjson.dumps(attributes)
    return orjson.dumps(body) if isinstance(body, (bool, int, float)) else None


def _host(attributes: Iterator[tuple[str, Any]]) -> str | None:
    return next((host_name(value.string_value) for key, value in attributes if key == _HOST), None)


def _from_protobuf(value: Any, room: _Room, levels: int = _DEEPEST) -> Any:
    kind = value.WhichOneof("value")
    if kind is None or not levels:
        return None
    found = getattr(value, kind)
    if kind == "kvlist_value":
        return _map_from_protobuf(found.values, room, levels - 1)
    if kind == "array_value":
        room.take(len(found.values))
        return [_from_protobuf(item, room, levels - 1) for item in found.values]
    if kind == "bytes_value":
        return base64.b64encode(found).decode()
    return _finite(found) if kind == "double_value" else found


def _map_from_protobuf(pairs: Any, room: _Room, levels: int = _DEEPEST) -> dict[str, Any]:
    room.take(len(pairs))
    return {pair.key: _from_protobuf(pair.value, room, levels) for pair in pairs}


def _from_json(value: _Value | None, levels: int = _DEEPEST) -> Any:
    if value is None or not levels:
        return None
    if value.string_value is not None:
        return value.string_value
    if value.bool_value is not None:
        return value.bool_value
    if value.int_value is not None:
        return _whole(value.int_value)
    if value.double_value is not None:
        return _finite(float(value.double_value))
    if value.array_value is not None:
        return [_from_json(item, levels - 1) for item in value.array_value.values or ()]
    if value.kvlist_value is not None:
        return _map_from_json(value.kvlist_value.values, levels - 1)
    return value.bytes_value


def _map_from_json(pairs: list[_Pair] | None, levels: int = _DEEPEST) -> dict[str, Any]:
    return {pair.key: _from_json(pair.value, levels) for pair in pairs or ()}


def _host_from_json(resource: _Resource | None) -> str | None:
    pairs = (resource.attributes or ()) if resource is not None else ()
    return next((host_name(_from_json(pair.value)) for pair in pairs if pair.key == _HOST), None)


def _whole(value: int | str | None) -> int:
    """Return a 64-bit integer. Raises ValueError."""
    text = "0" if value is None else str(value)
    number = int(text) if len(text) <= 20 else _LARGEST_INTEGER * 2  # noqa: PLR2004 - of digits and sign
    if not -_LARGEST_INTEGER <= number < 2 * _LARGEST_INTEGER:
        raise ValueError(f"{text[:24]} is no 64-bit integer")
    return number


def _finite(value: float) -> float | str:
    """Return the number; as text where JSON has none."""
    return value if math.isfinite(value) else str(value)
