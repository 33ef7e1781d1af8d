"""Zeek record -> OCSF event: what all logs share, and the table from a log to what reads it.

Source: docs.zeek.org log references, version 7. Logs without a reader become Network Activity (with a connection id) or Base Events, their fields in
`unmapped`. What crossed the wire (host names, user names, URIs, certificates) is an attacker's; addresses and ports are Zeek's.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.source import NotAnEvent
from minixdr.normalize.values import port, put_endpoint, text
from minixdr.normalize.zeek.readers import READERS
from minixdr.normalize.zeek.reading import Reading
from minixdr.normalize.zeek.shapes import plain
from minixdr.schema.event import Event
from minixdr.schema.record import Record

_NAME = "zeek"
_NETWORK, _BASE, _OTHER = 4001, 0, 99
_WITHOUT_CONNECTION = frozenset({0, 3002, 4009, 5001, 5020})
"""Classes that have no place for a connection's identity; `metadata.correlation_uid` has it all the same."""
_WITHOUT_ENDS = frozenset({5001, 5020})
_ENDS = ("src_endpoint.", "dst_endpoint.")


def normalize(record: Record) -> Event:
    """Return the event. Raises NotAnEvent for the list of scripts the sensor loaded."""
    draft = Draft(record, _NAME, plain(record.body))
    log = text(draft.take("_path"))
    if log == "loaded_scripts":
        raise NotAnEvent("Zeek's list of the scripts it loaded")
    time = parse_time(draft.take("ts"))
    if time is None and "ts" in draft.fields:
        draft.doubt("time", "ts says no time between 1990 and 2100")
    draft.put("metadata.product.name", "Zeek")
    draft.put("metadata.product.vendor_name", "Zeek")
    draft.put("metadata.log_name", log)
    _put_sensor(draft)
    connected = _put_connection(draft)
    reader = READERS.get(log or "")
    if reader is None:
        draft.put("activity_name", log)
        reading = Reading(_NETWORK if connected else _BASE, _OTHER)
    else:
        reading = reader(draft)
    if reading.class_uid == _BASE and any(name.startswith(_ENDS) for name in draft.attributes):
        reading = Reading(_NETWORK, _OTHER, reading.severity_id)
    if reading.class_uid in _WITHOUT_CONNECTION:
        for name in [name for name in draft.attributes if name.startswith("connection_info.")]:
            del draft.attributes[name]
    if reading.class_uid in _WITHOUT_ENDS:
        for name in [name for name in draft.attributes if name.startswith(_ENDS)]:
            draft.doubt(name, "an inventory of a host has no connection")
    return draft.event(reading.class_uid, reading.activity_id, time, severity_id=reading.severity_id)


def _put_sensor(draft: Draft) -> None:
    logged = parse_time(draft.take("_write_ts"))
    if logged is not None:
        draft.put("metadata.logged_time", round(logged.timestamp() * 1000))
    sensor = text(draft.take("_system_name")) or text(draft.take("@system")) or text(draft.take("peer"))
    if sensor is not None:
        draft.put("metadata.loggers.name", [sensor])
    draft.take("@stream")
    draft.take("@proc")


def _put_connection(draft: Draft) -> bool:
    """Set the connection's ends and identity; return whether there is one."""
    draft.put("metadata.correlation_uid", text(draft.take("uid")))
    origin, responder = draft.take("id.orig_h"), draft.take("id.resp_h")
    if origin is None and responder is None:
        return False
    protocol = text(draft.take("proto"))
    icmp = protocol is not None and protocol.startswith("icmp")  # its "ports" are type and code
    put_endpoint(draft, "src_endpoint", origin, None if icmp else _port(draft, "id.orig_p"))
    put_endpoint(draft, "dst_endpoint", responder, None if icmp else _port(draft, "id.resp_p"))
    draft.put("connection_info.uid", text(draft.fields.get("uid")))
    draft.put("connection_info.protocol_name", protocol)
    draft.put("connection_info.community_uid", text(draft.take("community_id")))
    return True


def _port(draft: Draft, name: str) -> Any:
    return port(draft.take(name))
