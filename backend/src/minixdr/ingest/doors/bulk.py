"""The body of Elasticsearch's `_bulk` -> records, and what each item is to be answered.

Source: Elasticsearch 9 API reference, "Bulk index or delete documents"; what Filebeat, Logstash, Vector, Fluent Bit, rsyslog and the Python
clients send. Lines in turn: an action, and for all but `delete` a document. A document that only carries a line of text (`message` and what the
shipper knows of its file and host) gives the text as record, the shipper's time and host beside it; every other document is the record itself.
Documents are added, never changed: `update` and `delete` are refused, item by item.

`_index` and `_id` are the sender's words: they are said back, and nothing else.
"""

from typing import Any

import msgspec
import orjson

from minixdr.ingest.doors.entries import LONGEST_RECORD_BYTES, MOST_RECORDS, Entries, host_name, seconds, text_bytes
from minixdr.ingest.doors.inflate import TooLargeError
from minixdr.ingest.repair import Malformed, parse_json
from minixdr.ingest.timestamps import parse_time

_CARRIER_NAMES = """
    @timestamp @version message host agent ecs input log tags fields cloud container kubernetes orchestrator stream type source source_type file
    offset beat prospector port fromhost facility priority timereported timegenerated
"""
_CARRIERS = frozenset(_CARRIER_NAMES.split())
"""What Filebeat, Logstash, Vector, Fluent Bit and rsyslog add to a line of text."""
_CARRIED_EVENT = frozenset({"original", "created", "ingested"})
_MOST_ACTION_BYTES = 64 << 10


class BadBulkError(Exception):
    """The body is no bulk request; the message says what is wrong in which line."""


class Item(msgspec.Struct):
    """One action, and what became of it."""

    operation: str
    """`index`, `create`, `update` or `delete`."""
    index: str
    document_id: str | None
    reason: str | None = None
    """Why it was not taken, None where it was."""


class _Target(msgspec.Struct):
    index: str | None = msgspec.field(default=None, name="_index")
    id: str | int | None = msgspec.field(default=None, name="_id")


class _Action(msgspec.Struct, forbid_unknown_fields=True):
    index: _Target | None = None
    create: _Target | None = None
    update: _Target | None = None
    delete: _Target | None = None


_ACTION = msgspec.json.Decoder(_Action)


def decode(body: bytes, default_index: str | None) -> tuple[Entries, list[Item]]:
    """Return the records and the items in the order of the request. Raises BadBulkError, TooLargeError."""
    if body.count(b"\n") > 2 * MOST_RECORDS:
        raise TooLargeError(f"more than {MOST_RECORDS:,} documents; send fewer at once")
    entries, items = Entries(), []
    lines = iter(enumerate(body.split(b"\n"), 1))
    for number, line in lines:
        if not line or line.isspace():
            continue
        item = _item(line, number, default_index)
        items.append(item)
        if item.operation == "delete":
            item.reason = "not supported: what was logged is not deleted"
            continue
        _, document = next(lines, (0, None))
        if document is None or document.isspace() or not document:
            raise BadBulkError(f"the {item.operation} action in line {number} has no document")
        if item.operation == "update":
            item.reason = "not supported: what was logged is not changed"
        else:
            item.reason = take(document.rstrip(b"\r"), entries)
    if not items:
        raise BadBulkError("request body is required")
    return entries, items


def take(document: bytes, entries: Entries) -> str | None:
    """Add the record of a document. Return why it is none, None where it is one."""
    if len(document) > LONGEST_RECORD_BYTES:
        return f"a document of {len(document):,} bytes; at most {LONGEST_RECORD_BYTES:,} are taken"
    try:
        body: Any = orjson.loads(document)
    except orjson.JSONDecodeError:
        try:
            body = parse_json(document)
        except Malformed as reason:
            return str(reason)
    if not isinstance(body, dict):
        return "not a JSON object"
    message = body.get("message")
    if isinstance(message, str) and _only_carries(body) and message and not message.isspace():
        entries.add(text_bytes(message), _time(body), _host(body))
    else:
        entries.add(document)
    return None


def _item(line: bytes, number: int, default_index: str | None) -> Item:
    if len(line) > _MOST_ACTION_BYTES:
        raise BadBulkError(f"line {number} is too long for an action")
    try:
        action = _ACTION.decode(line)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadBulkError(f"Malformed action/metadata line [{number}]: {error}") from None
    given = [(name, target) for name in _Action.__struct_fields__ if (target := getattr(action, name)) is not None]
    if len(given) != 1:
        raise BadBulkError(f"Malformed action/metadata line [{number}]: it takes one of index, create, update, delete")
    operation, target = given[0]
    index = target.index or default_index
    if not index:
        raise BadBulkError(f"line {number}: index is missing")
    return Item(operation, index, None if target.id is None else str(target.id))


def _only_carries(body: dict[str, Any]) -> bool:
    """Return whether the document is a text and what its shipper knows."""
    if body.keys() <= _CARRIERS:
        return True
    event = body.get("event")
    return isinstance(event, dict) and event.keys() <= _CARRIED_EVENT and body.keys() <= _CARRIERS | {"event"}


def _time(body: dict[str, Any]) -> float | None:
    found = parse_time(body.get("@timestamp") or body.get("timereported"))
    return None if found is None else seconds(found.timestamp())


def _host(body: dict[str, Any]) -> str | None:
    host = body.get("host", body.get("fromhost"))
    if isinstance(host, dict):
        host = host.get("name") or host.get("hostname")
    return host_name(host)
