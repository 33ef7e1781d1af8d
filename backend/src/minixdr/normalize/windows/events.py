"""Windows record -> OCSF event: what all events share, and the tables from (service, event id) to class, activity and mapper.

Every Windows record is an event; ids without a row are Base Events with the acting account and process where fields say them. Times: the event's
own (Sysmon's UtcTime, else TimeCreated); `EventTime`, which NXLog writes in local time without saying its offset, is taken last and doubted.
"""

from typing import Any

from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.draft import Draft
from minixdr.normalize.windows import channels
from minixdr.normalize.windows.accounts import ACCOUNTS
from minixdr.normalize.windows.attributes import small, text
from minixdr.normalize.windows.logons import LOGONS
from minixdr.normalize.windows.openssh import OPENSSH
from minixdr.normalize.windows.powershell import POWERSHELL, POWERSHELL_CLASSIC
from minixdr.normalize.windows.reading import Row, Table
from minixdr.normalize.windows.routing import SERVICES, event_number
from minixdr.normalize.windows.security import SECURITY, caller
from minixdr.normalize.windows.shapes import SHAPES
from minixdr.normalize.windows.sysmon import SYSMON, actor
from minixdr.schema.event import Event
from minixdr.schema.record import Record

_NAME = "microsoft_windows"
_BASE, _OTHER = 0, 99
_WINDOWS = 100  # OCSF os.type_id
_EMPTY: Table = {}
_TABLES: dict[str, Table] = {
    "sysmon": SYSMON,
    "security": {**SECURITY, **LOGONS, **ACCOUNTS},
    "system": channels.SYSTEM,
    "powershell": POWERSHELL,
    "powershell-classic": POWERSHELL_CLASSIC,
    "taskscheduler": channels.TASK_SCHEDULER,
    "windefend": channels.DEFENDER,
    "bits-client": channels.BITS,
    "terminalservices-localsessionmanager": channels.LOCAL_SESSIONS,
    "terminalservices-remoteconnectionmanager": channels.REMOTE_CONNECTIONS,
    "rdpcorets": channels.REMOTE_DESKTOP,
    "dns-client": channels.DNS_CLIENT,
    "dns-server-analytic": channels.DNS_SERVER_ANALYTIC,
    "applocker": channels.APPLOCKER,
    "codeintegrity-operational": channels.CODE_INTEGRITY,
    "vhdmp": channels.DISK_IMAGES,
    "ntlm": channels.NTLM,
    "openssh": OPENSSH,
}
_TIMES = ("TimeCreated", "SystemTime", "@timestamp", "TimeGenerated", "timestamp")
_AGENTS_OWN = (
    "Hostname",
    "host",
    "EventReceivedTime",
    "SourceModuleName",
    "SourceModuleType",
    "@version",
    "tags",
    "port",
)


def normalize(record: Record) -> Event:
    """Return the event."""
    draft = Draft(record, _NAME, _fields(record))
    channel = text(draft.take("Channel"))
    number = event_number(draft.take("EventID"))
    service = SERVICES.get((channel or "").lower(), "")
    host = _put_origin(draft, channel, number)
    row = _TABLES.get(service, _EMPTY).get(number or 0)
    if service == "application":
        row = _application_row(str(draft.attributes.get("metadata.log_provider")), number or 0)
    time = parse_time(draft.take("UtcTime")) if service == "sysmon" else None
    for name in _TIMES:
        time = time or parse_time(draft.take(name))
    if time is None:
        time = parse_time(draft.take("EventTime"))
        if time is not None:
            draft.doubt_kept("time", "EventTime is local time without its offset, taken as UTC")
    class_uid, activity_id, severity_id = _BASE, _OTHER, 1
    if row is None:
        (actor if service == "sysmon" else caller)(draft)
    else:
        class_uid, activity_id, mapper = row
        reading = mapper(draft)
        if reading is not None:
            class_uid, activity_id, severity_id = reading
    if service not in ("sysmon", "security") and "actor.user.name" not in draft.attributes:
        _put_writer(draft)
    record_id = small(draft.take("EventRecordID")) or small(draft.take("RecordNumber"))
    native = f"{host}|{channel}|{record_id}|{time}" if host and record_id and time else None
    return draft.event(class_uid, activity_id, time, native_id=native, severity_id=severity_id)


def _put_writer(draft: Draft) -> None:
    """Set the account in whose name the event was written, where it names no other: the header's SID, and the name NXLog resolves."""
    if "AccountType" in draft.fields:
        draft.put("actor.user.name", text(draft.take("AccountName")))
        draft.put("actor.user.domain", text(draft.take("Domain")))
    if "actor.user.uid" not in draft.attributes:
        draft.put("actor.user.uid", text(draft.take("Security_UserID")) or text(draft.take("UserID")))


def _application_row(provider: str, number: int) -> Row | None:
    """Return the row of an event of the Application log, whose ids are each provider's own."""
    if "SQL" in provider:
        return channels.SQL_SERVER.get(number)
    return channels.CRASHES.get(number) if provider in ("Application Error", "Application Hang") else None


def _fields(record: Record) -> dict[str, Any]:
    shape = next((shape for shape in SHAPES if shape.fits(record.body)), None)
    return record.body if shape is None or shape.fields is None else dict(shape.fields(record.body))


def _put_origin(draft: Draft, channel: str | None, number: int | None) -> str | None:
    host = text(draft.take("Computer")) or text(draft.take("Hostname"))
    for name in _AGENTS_OWN:
        draft.take(name)
    draft.put("device.hostname", host)
    draft.put("device.type_id", 0)
    draft.put("device.os.name", "Windows")
    draft.put("device.os.type_id", _WINDOWS)
    draft.put("metadata.product.name", "Windows")
    draft.put("metadata.product.vendor_name", "Microsoft")
    draft.put("metadata.log_name", channel)
    draft.put("metadata.log_provider", text(draft.take("Provider_Name")) or text(draft.take("SourceName")))
    draft.put("metadata.event_code", None if number is None else str(number))
    draft.put("message", text(draft.take("Message")))
    return host
