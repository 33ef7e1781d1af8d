"""Windows events as winlogbeat 8 ships them (ECS, one JSON object a line): Security, System, Sysmon, PowerShell.

Sources: Microsoft "Security auditing" event pages, Sysmon event schema 4.90, winlogbeat reference. Out: the event's object. The rendered
message is left out, as winlogbeat's `include_xml`-less default with `drop_fields: [message]` does.
"""

from dataclasses import dataclass
from typing import Any

from minixdr.simulate.logs.clock import spaced_millis, zulu_millis
from minixdr.simulate.world import DOMAIN

SECURITY = "Security"
SYSTEM = "System"
SYSMON = "Microsoft-Windows-Sysmon/Operational"
POWERSHELL = "Microsoft-Windows-PowerShell/Operational"
_PROVIDERS = {
    SECURITY: ("Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-A5BA-3E3B0328C30D}"),
    SYSTEM: ("Service Control Manager", "{555908D1-A6D7-4695-8E1E-26931D2012F4}"),
    SYSMON: ("Microsoft-Windows-Sysmon", "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"),
    POWERSHELL: ("Microsoft-Windows-PowerShell", "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}"),
}
_LOG_CLEARED = 1102
_EVENTLOG = ("Microsoft-Windows-Eventlog", "{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: channel, id, data."""

    channel: str
    event_id: int
    data: dict[str, str]
    failed: bool = False


def record(time: float, host: str, number: int, entry: Entry) -> dict[str, Any]:
    """Return the event; `number` is its record id in the channel."""
    provider, guid = _EVENTLOG if entry.event_id == _LOG_CLEARED else _PROVIDERS[entry.channel]
    data = dict(entry.data)
    if entry.channel == SYSMON:
        data = {"RuleName": "-", "UtcTime": spaced_millis(time), **data}
    winlog: dict[str, Any] = {
        "channel": entry.channel,
        "provider_name": provider,
        "provider_guid": guid,
        "event_id": str(entry.event_id),
        "record_id": number,
        "computer_name": f"{host}.{DOMAIN}",
        "api": "wineventlog",
        "process": {"pid": 4, "thread": {"id": 188}},
    }
    if entry.channel == SECURITY:
        winlog["keywords"] = ["Audit Failure" if entry.failed else "Audit Success"]
    if entry.event_id == _LOG_CLEARED:
        winlog["user_data"] = data
    else:
        winlog["event_data"] = data
    return {
        "@timestamp": zulu_millis(time),
        "winlog": winlog,
        "event": {
            "kind": "event",
            "code": str(entry.event_id),
            "provider": provider,
            "outcome": "failure" if entry.failed else "success",
        },
        "host": {"name": f"{host}.{DOMAIN}", "hostname": host, "os": {"type": "windows"}},
        "agent": {"type": "winlogbeat", "version": "8.14.1"},
        "ecs": {"version": "8.0.0"},
    }
