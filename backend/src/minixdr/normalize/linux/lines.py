"""One log line of a Linux host, however it was shipped: syslog file, journald export, Azure's Syslog table, Filebeat's system module, text alone.

In: a decoded body. Out: `Line`. Sources: systemd.journal-fields(7); Azure Monitor `Syslog` table; Elastic `system` integration. The message is
what the program wrote, so it may hold a stranger's text; program and process id are the sender's word unless journald (fields with `_`) checked them.
"""

from datetime import datetime
from typing import Any, NamedTuple

from minixdr.ingest.formats.syslog import decode
from minixdr.ingest.timestamps import parse_syslog_time, parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.values import text, whole
from minixdr.schema.record import JsonObject

_SYSTEM_DATASETS = frozenset({"system.auth", "system.syslog"})
_SYSLOG_KEYS = frozenset(
    {
        "message",
        "hostname",
        "program",
        "pid",
        "timestamp",
        "priority",
        "facility",
        "severity",
        "msgid",
        "structured_data",
    }
)
_PROGRAM_NAMES = ("program", "appname", "ident", "app_name", "PROGRAM")
_SHIPPED_MARKS = ("facility", "facility_label", "syslog_facility", "procid", "pid", "pri", "priority", "logsource")
YEAR_OF_FILE = "the line's time has no year: it is the one that lies nearest before its file was last written"
NO_YEAR = "the line's time has no year, and nothing says which"


class Line(NamedTuple):
    """A line and where it came from; absent parts are ""."""

    message: str
    program: str
    pid: str
    hostname: str
    timestamp: object


def is_syslog(body: JsonObject) -> bool:
    """Return whether the body is a decoded syslog line: it has no keys but those that our reader of syslog gives."""
    return (
        "message" in body
        and (isinstance(body.get("timestamp"), str) or "priority" in body)
        and body.keys() <= _SYSLOG_KEYS
    )


def is_journal(body: JsonObject) -> bool:
    """Return whether the body is a journal entry."""
    return "MESSAGE" in body and ("SYSLOG_IDENTIFIER" in body or "__REALTIME_TIMESTAMP" in body or "_HOSTNAME" in body)


def is_azure(body: JsonObject) -> bool:
    """Return whether the body is a row of Azure's Syslog table."""
    return "SyslogMessage" in body


def is_filebeat(body: JsonObject) -> bool:
    """Return whether the body is a line that Filebeat's system module shipped."""
    event = body.get("event")
    return isinstance(event, dict) and event.get("dataset") in _SYSTEM_DATASETS and "message" in body


def is_shipped(body: JsonObject) -> bool:
    """Return whether the body is a syslog line that Logstash, Vector, Fluentd or syslog-ng parsed."""
    return (
        "message" in body
        and any(name in body for name in _PROGRAM_NAMES)
        and any(name in body for name in _SHIPPED_MARKS)
        and not body.keys() <= _SYSLOG_KEYS
        and "eventid" not in body
    )


def is_wazuh_line(body: JsonObject) -> bool:
    """Return whether the body is a Wazuh alert or archive entry on a line of syslog."""
    predecoder = body.get("predecoder")
    return isinstance(predecoder, dict) and "program_name" in predecoder and isinstance(body.get("full_log"), str)


def is_bare(body: JsonObject) -> bool:
    """Return whether the body is a text and nothing else."""
    return len(body) == 1 and "message" in body


def line_of(body: JsonObject) -> Line:
    """Return the line; an empty one for what is none."""
    if "MESSAGE" in body:
        program = body.get("SYSLOG_IDENTIFIER") or body.get("_COMM")
        return _line(
            _journal_text(body["MESSAGE"]),
            program,
            body.get("_PID") or body.get("SYSLOG_PID"),
            body.get("_HOSTNAME"),
            body.get("__REALTIME_TIMESTAMP") or body.get("_SOURCE_REALTIME_TIMESTAMP"),
        )
    if "SyslogMessage" in body:
        host = body.get("HostName") or body.get("Computer")
        time = body.get("EventTime") or body.get("TimeGenerated")
        return _line(body["SyslogMessage"], body.get("ProcessName"), body.get("ProcessID"), host, time)
    if "full_log" in body:
        return _wazuh_line(body)
    if "process" in body or "event" in body:
        process, host = _object(body.get("process")), _object(body.get("host"))
        hostname = host.get("hostname") or host.get("name")
        return _line(body.get("message"), process.get("name"), process.get("pid"), hostname, body.get("@timestamp"))
    program = next((body[name] for name in _PROGRAM_NAMES if name in body), None)
    host = body.get("hostname", body.get("logsource", body.get("host")))
    time = body.get("timestamp", body.get("@timestamp", body.get("time")))
    return _line(body.get("message"), program, body.get("pid", body.get("procid")), host, time)


def _wazuh_line(body: JsonObject) -> Line:
    """Return the line that Wazuh kept whole; the time is when the agent read it, which has a year."""
    inner = decode(body["full_log"]) if isinstance(body["full_log"], str) else {}
    host = (
        inner.get("hostname")
        or _object(body.get("predecoder")).get("hostname")
        or _object(body.get("agent")).get("name")
    )
    return _line(inner.get("message"), inner.get("program"), inner.get("pid"), host, body.get("timestamp"))


def _line(message: Any, program: Any, pid: Any, hostname: Any, timestamp: Any) -> Line:
    name = program if isinstance(program, str) else ""
    return Line(
        message if isinstance(message, str) else "",
        name.rpartition("/")[2] if name.startswith("/") else name,
        str(pid) if isinstance(pid, (str, int)) and not isinstance(pid, bool) else "",
        hostname if isinstance(hostname, str) else "",
        timestamp,
    )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _journal_text(value: Any) -> Any:
    """Return a message; journald writes one that is not UTF-8 as a list of bytes."""
    if isinstance(value, list) and value and all(isinstance(item, int) and 0 <= item < 256 for item in value):  # noqa: PLR2004 - a byte
        return bytes(value).decode("utf-8", "replace")
    return value


def time_of(value: object, reference: datetime | None) -> datetime | None:
    """Return the line's time. Syslog's own stamp has no year: the reference says it."""
    found = parse_time(value)
    if found is None and isinstance(value, str):
        found = parse_syslog_time(value, reference)
    return found


def put_line(draft: Draft, line: Line) -> datetime | None:
    """Set what every line says (host, program, message), and return its time."""
    draft.put("device.hostname", text(line.hostname))
    draft.put("device.type_id", 0)
    draft.put("device.os.name", "Linux")
    draft.put("device.os.type_id", _LINUX)
    draft.put("metadata.product.name", "Linux")
    draft.put("metadata.log_provider", text(line.program))
    draft.put("message", line.message)
    time = time_of(line.timestamp, draft.record.reference_at)
    if time is None and line.timestamp not in (None, ""):
        draft.doubt("time", NO_YEAR)
    elif time is not None and parse_time(line.timestamp) is None:
        draft.doubt_kept("time", YEAR_OF_FILE)
    return time


_LINUX = 200  # OCSF os.type_id


def put_program(draft: Draft, prefix: str, line: Line) -> None:
    """Set the process that wrote the line."""
    draft.put(f"{prefix}.name", text(line.program))
    pid = whole(line.pid)
    draft.put(f"{prefix}.pid", pid if pid is not None and 0 <= pid < 2**31 else None)


def leftovers(body: JsonObject) -> dict[str, Any]:
    """Return what no line takes: the further keys of the body."""
    return {name: value for name, value in body.items() if name not in _TAKEN}


_TAKEN = frozenset(
    {"message", "program", "pid", "hostname", "timestamp"}
    | {"MESSAGE", "SYSLOG_IDENTIFIER", "_COMM", "_PID", "_HOSTNAME", "__REALTIME_TIMESTAMP"}
    | {"appname", "ident", "app_name", "PROGRAM", "procid", "logsource", "host", "full_log"}
    | {"SyslogMessage", "ProcessName", "HostName", "Computer", "EventTime", "TimeGenerated", "@timestamp"}
)
