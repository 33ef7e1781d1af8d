"""Linux audit: executions, files, sockets, logons, accounts, services, the audit system itself.

Sources: the Linux Audit documentation; shapes of `normalize/linux/audit_records.py`. One event is all records of one serial number. Attributes: OCSF
Process, File System, Network, Authentication, Account Change; the rest Base Events. Names, paths and arguments are what programs chose.
"""

from collections.abc import Callable
from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.linux import audit_records as shapes
from minixdr.normalize.linux.audit_events import put_event
from minixdr.normalize.linux.audit_fields import CATEGORY, audit_fields
from minixdr.normalize.linux.audit_lines import audit_line, audit_line_time, is_audit_line
from minixdr.normalize.linux.lines import line_of
from minixdr.normalize.source import NotAnEvent, Routing, Shape, Source
from minixdr.normalize.values import text
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "linux_auditd"
_LINUX = 200  # OCSF os.type_id
_SHAPES: tuple[tuple[str, Callable[[JsonObject], bool], Callable[[JsonObject], shapes.Records]], ...] = (
    ("audit_log", shapes.is_native, shapes.native),
    ("laurel", shapes.is_laurel, shapes.laurel),
    ("auditbeat", shapes.is_auditbeat, shapes.auditbeat),
    ("auditbeat_system", shapes.is_auditbeat_system, shapes.auditbeat_system),
    ("auoms", shapes.is_auoms, shapes.auoms),
    ("line", is_audit_line, audit_line),
    ("wazuh", shapes.is_wazuh, shapes.wazuh),
)


def _fields(records: Callable[[JsonObject], shapes.Records]) -> Callable[[JsonObject], dict[str, Any]]:
    return lambda body: audit_fields(records(body), _stamp(body), _node(body))


def _stamp(body: JsonObject) -> Any:
    identifier = body.get("ID")
    if isinstance(identifier, str):
        return identifier.partition(":")[0]
    if "records" in body:
        return body.get("timestamp")
    inner = shapes.auoms_time(body) or audit_line_time(body)
    return inner or body.get("timestamp") or body.get("@timestamp") or line_of(body).timestamp


def _node(body: JsonObject) -> str | None:
    host = body.get("host") or body.get("agent")
    if isinstance(host, dict):
        return text(host.get("hostname")) or text(host.get("name"))
    return text(body.get("node")) or text(body.get("NODE")) or text(line_of(body).hostname)


def _normalize(record: Record) -> Event:
    body = record.body
    records = next((read(body) for _, fits, read in _SHAPES if fits(body)), [])
    if not records:
        raise NotAnEvent("an audit event without records")
    fields = audit_fields(records, _stamp(body), _node(body))
    draft = Draft(record, _NAME, {name: value for name, value in fields.items() if name not in _SHOWN_ELSEWHERE})
    node = _node(body)
    draft.put("device.hostname", node)
    draft.put("device.type_id", 0)
    draft.put("device.os.name", "Linux")
    draft.put("device.os.type_id", _LINUX)
    draft.put("metadata.product.name", "Linux Audit")
    draft.put("metadata.log_name", "audit")
    serial = text(body.get("serial")) or text(body.get("ID"))
    draft.put("metadata.original_event_uid", serial)
    time = parse_time(_stamp(body))
    class_uid, activity_id = put_event(draft, records)
    native = f"{node}|{_stamp(body)}|{serial}" if node and serial and time else None
    return draft.event(class_uid, activity_id, time, native_id=native)


_SHOWN_ELSEWHERE = frozenset(
    {"timestamp", "node", CATEGORY, "Image", "CommandLine", "User", "ProcessId", "ParentProcessId", "CurrentDirectory"}
    | {"TargetFilename", "DestinationIp", "DestinationPort", "Initiated", "ParentImage", "exe", "pid", "ppid", "cwd"}
)
_NAMES = {"process_creation", "file_event", "file_delete", "network_connection"}


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    audit = LogSource(None, "linux", "auditd")
    if isinstance(key[0], str) and key[0] in _NAMES:
        return (LogSource(key[0], "linux", "auditd"), audit)
    return (audit,)


SOURCE = Source(
    name=_NAME,
    title="Linux audit",
    formats=frozenset({"auditd", "json", "syslog"}),
    shapes=tuple(Shape(name, fits, _fields(read)) for name, fits, read in _SHAPES),
    routing=Routing((CATEGORY,), _log_sources),
    normalize=_normalize,
)
