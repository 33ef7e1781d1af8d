"""osquery's results (differential, snapshot, batch) and status logs.

Source: osquery 5 documentation, `Logging`; table schemas process_events, bpf_process_events, es_process_events,
socket_events, file_events, user_events, last. A result says what a query saw; which query that is, its name says.
Rules get the columns as fields. Results of other tables are Base Events. Command lines, paths and names are what
programs and users chose.
"""

from collections.abc import Mapping
from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.source import Routing, Shape, Source
from minixdr.normalize.values import mapping, objects, port, put_address, text, whole
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import JsonObject, Record

_NAME = "osquery"
_CATEGORY = "event_category"
"""The derived field that chooses the Sigma category."""
_PRODUCT = "event_product"
_BASE, _OTHER = 0, 99
_LARGEST_ID = 2**32
_MOST_ROWS = 1_000


def _is_result(body: JsonObject) -> bool:
    return "hostIdentifier" in body and "name" in body and (
        isinstance(body.get("columns"), dict) or isinstance(body.get("snapshot"), list) or isinstance(body.get("diffResults"), dict)
    )  # fmt: skip


def _is_short_result(body: JsonObject) -> bool:
    """A result that a forwarder stripped of its host."""
    return (
        "hostIdentifier" not in body and isinstance(body.get("columns"), dict) and "action" in body and "name" in body
    )


def _is_status(body: JsonObject) -> bool:
    return "hostIdentifier" in body and "severity" in body and "filename" in body and "line" in body


def _rows(body: JsonObject) -> list[dict[str, Any]]:
    if isinstance(body.get("columns"), dict):
        return [body["columns"]]
    rows = objects(body.get("snapshot"))
    differences = mapping(body.get("diffResults"))
    return (rows + objects(differences.get("added")) + objects(differences.get("removed")))[:_MOST_ROWS]


def _fields(body: JsonObject) -> dict[str, Any]:
    """Return the columns (of several rows: lists), the result's own names, and Sysmon's names where the row is a process, a connection, a file."""
    rows = _rows(body)
    fields: dict[str, Any] = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        values = [row[name] for row in rows if name in row]
        fields[name] = values[0] if len(values) == 1 else values
    if "name" in fields:
        fields["columns.name"] = fields["name"]
    for name in ("name", "action", "hostIdentifier", "columns", "decorations"):
        if name in body:
            fields[name] = body[name]
    category = _category(rows[0]) if rows and body.get("action") != "removed" else "other"
    fields[_CATEGORY] = category
    for own, theirs in _NAMES.get(category, {}).items():
        if theirs in fields:
            fields[own] = fields[theirs]
    fields[_PRODUCT] = _product(body, rows[0] if rows else {})
    return fields


_NAMES: dict[str, dict[str, str]] = {
    "process_creation": {
        "Image": "path", "CommandLine": "cmdline", "ProcessId": "pid", "ParentProcessId": "parent", "CurrentDirectory": "cwd", "User": "username",
    },
    "network_connection": {
        "Image": "path", "DestinationIp": "remote_address", "DestinationPort": "remote_port", "SourceIp": "local_address",
        "SourcePort": "local_port", "ProcessId": "pid",
    },
    "file_event": {"TargetFilename": "target_path"},
    "file_delete": {"TargetFilename": "target_path"},
}  # fmt: skip


def _category(row: Mapping[str, Any]) -> str:
    if "cmdline" in row and "path" in row:
        return "process_creation"
    if "remote_address" in row and "remote_port" in row:
        return "network_connection"
    if "target_path" in row:
        action = str(row.get("action", "")).upper()
        return {"CREATED": "file_event", "MOVED_TO": "file_event", "DELETED": "file_delete"}.get(action, "other")
    return "other"


def _product(body: JsonObject, row: Mapping[str, Any]) -> str:
    platform = str(mapping(body.get("decorations")).get("platform", "")).lower()
    path = row.get("path", row.get("target_path"))
    if platform == "windows" or (isinstance(path, str) and path[1:3] == ":\\"):
        return "windows"
    if (
        platform in ("darwin", "macos")
        or "signing_id" in row
        or "team_id" in row
        or (isinstance(path, str) and path.startswith(_MAC_FOLDERS))
    ):
        return "macos"
    return "linux"


_MAC_FOLDERS = ("/Applications/", "/System/Library/", "/Users/")


def _normalize(record: Record) -> Event:
    body = record.body
    fields = dict(body) if _is_status(body) else _fields(body)
    draft = Draft(record, _NAME, fields)
    host = text(draft.take("hostIdentifier")) or text(mapping(body.get("decorations")).get("hostname"))
    draft.put("device.hostname", host)
    draft.put("device.type_id", 0)
    draft.put("metadata.product.name", "osquery")
    draft.put("metadata.log_name", text(draft.take("name")))
    for name in ("columns", "decorations", _CATEGORY, _PRODUCT):
        draft.take(name)
    class_uid, activity_id = _BASE, _OTHER
    if _is_status(body):
        draft.put("message", text(draft.take("message")))
    else:
        draft.put("activity_name", text(body.get("action")))
        mapper = _MAPPERS.get(str(fields.get(_CATEGORY)))
        if mapper is not None and len(_rows(body)) == 1:
            class_uid, activity_id = mapper(draft)
            draft.attributes.pop("activity_name", None)
    time = parse_time(body.get("unixTime")) or parse_time(body.get("calendarTime"))
    return draft.event(class_uid, activity_id, time)


def _number(value: Any) -> int | None:
    found = whole(value)
    return found if found is not None and 0 <= found < _LARGEST_ID else None


def _put_process(draft: Draft, prefix: str) -> None:
    path = text(draft.take("path"))
    if path is not None:
        name = path.replace("\\", "/").rstrip("/").rpartition("/")[2] or path
        draft.put(f"{prefix}.file.path", path)
        draft.put(f"{prefix}.file.name", name)
        draft.put(f"{prefix}.file.type_id", 1)
        draft.put(f"{prefix}.name", name)
    draft.put(f"{prefix}.pid", _number(draft.take("pid")))
    draft.put(f"{prefix}.user.uid", text(draft.take("uid")))
    draft.put(f"{prefix}.user.name", text(draft.take("username")))


def _process(draft: Draft) -> tuple[int, int]:
    _put_process(draft, "process")
    draft.put("process.cmd_line", text(draft.take("cmdline")))
    draft.put("process.working_directory", text(draft.take("cwd")))
    parent = _number(draft.take("parent"))
    draft.put("process.parent_process.pid", parent)
    draft.put("actor.process.pid", parent)
    draft.put("actor.user.uid", text(draft.take("auid")) or draft.attributes.get("process.user.uid"))
    draft.put("actor.user.name", draft.attributes.get("process.user.name"))
    return 1007, 1


def _connection(draft: Draft) -> tuple[int, int]:
    _put_process(draft, "actor.process")
    for prefix, side in (("src_endpoint", "local"), ("dst_endpoint", "remote")):
        put_address(draft, prefix, text(draft.take(f"{side}_address")))
        draft.put(f"{prefix}.port", port(draft.take(f"{side}_port")))
    return 4001, 7 if draft.fields.get("action") == "bind" else 1


def _file(draft: Draft) -> tuple[int, int]:
    path = text(draft.take("target_path"))
    if path is not None:
        draft.put("file.path", path)
        draft.put("file.name", path.replace("\\", "/").rstrip("/").rpartition("/")[2] or path)
        draft.put("file.type_id", 1)
    digest = text(draft.take("sha256"))
    if digest is not None:
        draft.put("file.hashes.algorithm_id", [3])
        draft.put("file.hashes.value", [digest])
    return 1001, 4 if draft.fields.get(_CATEGORY) == "file_delete" else 1


_MAPPERS = {
    "process_creation": _process,
    "network_connection": _connection,
    "file_event": _file,
    "file_delete": _file,
}


def _log_sources(key: tuple[object, ...]) -> tuple[LogSource, ...]:
    category, product = key
    own = LogSource(None, "osquery", None)
    if isinstance(category, str) and category in _MAPPERS and isinstance(product, str):
        return (LogSource(category, product, "osquery"), own)
    return (own,)


SOURCE = Source(
    name=_NAME,
    title="osquery",
    formats=frozenset({"json"}),
    shapes=(
        Shape("result", _is_result, _fields),
        Shape("short_result", _is_short_result, _fields),
        Shape("status", _is_status),
    ),
    routing=Routing((_CATEGORY, _PRODUCT), _log_sources),
    normalize=_normalize,
)
