"""Windows events: every shape gives rule authors' names, each event meets the right rules, hostile fields stay harmless."""

from typing import Any

import pytest

from minixdr.normalize.source import Shape
from minixdr.normalize.sources.microsoft_windows import SOURCE
from minixdr.schema.event import LogSource

SYSMON = "Microsoft-Windows-Sysmon/Operational"
DATA = {"Image": "C:\\Windows\\System32\\whoami.exe", "CommandLine": "whoami /all", "ProcessId": "4242"}
XML = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon' Guid='{0}'/>"
    "<EventID>1</EventID><TimeCreated SystemTime='2026-03-04T05:06:07.1234567Z'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel>"
    "<Computer>ws01.example.org</Computer><Security UserID='S-1-5-18'/></System><EventData>"
    "<Data Name='Image'>C:\\Windows\\System32\\whoami.exe</Data><Data Name='CommandLine'>whoami /all</Data><Data Name='ProcessId'>4242</Data>"
    "</EventData></Event>"
)
SYSTEM = {
    "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
    "EventID": 1,
    "TimeCreated": {"#attributes": {"SystemTime": "2026-03-04T05:06:07.123456Z"}},
    "EventRecordID": 7,
    "Channel": SYSMON,
    "Computer": "ws01.example.org",
    "Security": {"#attributes": {"UserID": "S-1-5-18"}},
}
WINLOG = {
    "channel": SYSMON,
    "event_id": "1",
    "provider_name": "Microsoft-Windows-Sysmon",
    "computer_name": "ws01.example.org",
    "record_id": 7,
}
MESSAGE = "Process Create:\r\nRuleName: -\r\nProcessId: 4242\r\nImage: C:\\Windows\\System32\\whoami.exe\r\nCommandLine: whoami /all"
BODIES: dict[str, dict[str, Any]] = {
    "nxlog": {
        "EventID": 1,
        "SourceName": "Microsoft-Windows-Sysmon",
        "Channel": SYSMON,
        "Hostname": "ws01.example.org",
        "EventTime": "2026-03-04 05:06:07",
        **DATA,
    },
    "flat": {
        "EventID": "1",
        "ProviderName": "Microsoft-Windows-Sysmon",
        "Channel": SYSMON,
        "Computer": "ws01.example.org",
        **DATA,
    },
    "evtx": {"Event": {"System": SYSTEM, "EventData": DATA}},
    "system": {
        "System": {**SYSTEM, "EventID": {"Value": 1}, "Provider": {"Name": "Microsoft-Windows-Sysmon"}},
        "EventData": {"Data": [{"@Name": name, "#text": value} for name, value in DATA.items()]},
    },
    "winlogbeat": {"@timestamp": "2026-03-04T05:06:07.123Z", "winlog": {**WINLOG, "event_data": DATA}},
    "winlogbeat_dotted": {
        **{f"winlog.{name}": value for name, value in WINLOG.items()},
        **{f"winlog.event_data.{name}": value for name, value in DATA.items()},
    },
    "winlogbeat_6": {
        "log_name": SYSMON,
        "event_id": 1,
        "source_name": "Microsoft-Windows-Sysmon",
        "computer_name": "ws01.example.org",
        "event_data": DATA,
    },
    "elasticsearch_hit": {"_index": "winlogbeat-8", "_source": {"winlog": {**WINLOG, "event_data": DATA}}},
    "wazuh": {
        "data": {
            "win": {
                "system": {
                    "eventID": "1",
                    "channel": SYSMON,
                    "providerName": "Microsoft-Windows-Sysmon",
                    "computer": "ws01.example.org",
                },
                "eventdata": {name[:1].lower() + name[1:]: value for name, value in DATA.items()},
            }
        }
    },
    "evtxecmd": {
        "EventId": 1,
        "EventRecordId": "7",
        "Provider": "Microsoft-Windows-Sysmon",
        "Channel": SYSMON,
        "Computer": "ws01.example.org",
        "Payload": '{"EventData":{"Data":[{"@Name":"Image","#text":"C:\\\\Windows\\\\System32\\\\whoami.exe"},'
        '{"@Name":"CommandLine","#text":"whoami /all"},{"@Name":"ProcessId","#text":"4242"}]}}',
    },
    "get_winevent": {
        "Id": 1,
        "ProviderName": "Microsoft-Windows-Sysmon",
        "LogName": SYSMON,
        "MachineName": "ws01.example.org",
        "Message": MESSAGE,
        "Properties": [{"Value": "-"}],
    },
    "fluent_bit": {
        "EventID": 1,
        "ProviderName": "Microsoft-Windows-Sysmon",
        "Channel": SYSMON,
        "Computer": "ws01.example.org",
        "Message": MESSAGE,
        "StringInserts": ["-"],
    },
    "splunk": {
        "preview": False,
        "result": {"EventCode": "1", "source": f"XmlWinEventLog:{SYSMON}", "host": "x", "_raw": XML},
    },
    "xml": {"message": XML},
}


def shape_of(body: dict[str, Any]) -> Shape:
    """Return the one shape that fits."""
    fitting = [shape for shape in SOURCE.shapes if shape.fits(body)]
    assert len(fitting) == 1, [shape.name for shape in fitting]
    return fitting[0]


def fields_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a rule sees."""
    shape = shape_of(body)
    fields = dict(body if shape.fields is None else shape.fields(body))
    return {**fields, **{name: fields[own] for name, own in shape.field_names.items() if own in fields}}


def log_sources_of(body: dict[str, Any]) -> tuple[LogSource, ...]:
    """Return the log sources a record is routed to."""
    fields = fields_of(body)
    return SOURCE.routing.log_sources(tuple(fields.get(key) for key in SOURCE.routing.keys))


def security(number: int, **data: Any) -> dict[str, Any]:
    """Return a Security event as EVTX decoders give it."""
    provider = {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}}
    system = {**SYSTEM, "EventID": number, "Channel": "Security", "Provider": provider}
    return {"Event": {"System": system, "EventData": data}}


@pytest.mark.parametrize("name", BODIES)
def test_every_shape_gives_the_same_names(name: str) -> None:
    """One process creation, written in fourteen ways, is the same to a rule."""
    body = BODIES[name]
    assert shape_of(body).name == name
    fields = fields_of(body)
    assert {key: fields.get(key) for key in DATA} == DATA
    assert (fields["Channel"], fields["Provider_Name"], fields["Computer"]) == (
        SYSMON,
        "Microsoft-Windows-Sysmon",
        "ws01.example.org",
    )
    assert LogSource("process_creation", "windows", "sysmon") in log_sources_of(body)


def test_each_shape_of_the_samples_is_tried() -> None:
    """No shape is without a sample, but the one for audit events of flat records."""
    assert {shape.name for shape in SOURCE.shapes} == {*BODIES, "nxlog_audit"}


def test_security_process_creation_meets_the_rules_for_process_creation() -> None:
    """4688 satisfies category process_creation under Security's own field names."""
    sources = log_sources_of(security(4688, NewProcessName="C:\\a.exe"))
    names = next(source for source in sources if source.category == "process_creation").field_names
    assert (names["Image"], names["ParentImage"], names["ProcessId"]) == (
        "NewProcessName",
        "ParentProcessName",
        "NewProcessId",
    )
    assert LogSource(None, "windows", "security") in sources


@pytest.mark.parametrize("flat", [False, True])
def test_audited_registry_write_meets_the_rules_for_registry_set(flat: bool) -> None:
    """4657 is written as Sysmon writes a registry value, in every shape."""
    data = {
        "ObjectName": "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Control\\Lsa",
        "ObjectValueName": "RunAsPPL",
        "OperationType": "%%1905",
        "NewValueType": "%%1876",
        "NewValue": "0",
        "ProcessName": "C:\\Windows\\regedit.exe",
    }
    body = security(4657, **data)
    if flat:
        body = {
            "EventID": 4657,
            "Channel": "Security",
            "SourceName": "Microsoft-Windows-Security-Auditing",
            "Hostname": "ws01",
            **data,
        }
    fields = fields_of(body)
    assert fields["TargetObject"] == "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\RunAsPPL"
    assert (fields["Details"], fields["EventType"]) == ("DWORD (0x00000000)", "SetValue")
    assert fields["Image"] == "C:\\Windows\\regedit.exe"
    assert {source.category for source in log_sources_of(body)} == {"registry_event", "registry_set", None}


def test_allowed_connection_meets_the_rules_for_network_connections() -> None:
    """5156 says who began and which protocol as Sysmon does."""
    body = security(5156, Application="\\device\\a.exe", Direction="%%14593", Protocol=6, DestAddress="192.0.2.1")
    fields = fields_of(body)
    assert (fields["Initiated"], fields["Protocol"]) == ("true", "tcp")
    names = next(s for s in log_sources_of(body) if s.category == "network_connection").field_names
    assert names["DestinationIp"] == "DestAddress"


@pytest.mark.parametrize(
    ("channel", "number", "kind", "category"),
    [
        (SYSMON, 12, "CreateKey", "registry_add"),
        (SYSMON, 12, "DeleteValue", "registry_delete"),
        (SYSMON, "13", "SetValue", "registry_set"),
        (SYSMON, 14, "RenameKey", "registry_rename"),
        (SYSMON, 22, None, "dns_query"),
        (SYSMON, 255, None, "sysmon_error"),
        ("Microsoft-Windows-PowerShell/Operational", 4104, None, "ps_script"),
        ("PowerShellCore/Operational", 4103, None, "ps_module"),
        ("Windows PowerShell", 800, "INFO", "ps_classic_script"),
        ("security", {"#text": "4688"}, None, "process_creation"),
        ("SECURITY", "0x1250", None, "process_creation"),
        ("Microsoft-Windows-Windows Defender/Operational", 1116, None, "antivirus"),
    ],
)
def test_category(channel: str, number: object, kind: object, category: str) -> None:
    """Channel, id (in any writing) and event type choose the category."""
    found = SOURCE.routing.log_sources((channel, number, kind))
    assert category in {source.category for source in found}


@pytest.mark.parametrize(
    "key",
    [
        (None, None, None),
        (SYSMON, True, []),
        (SYSMON, {"#text": {}}, {}),
        (7, "0x", "x"),
        ("Security", -1, None),
        ("Security", 1e300, None),
        ("Security", float("nan"), None),
    ],
)
def test_hostile_routing_keys(key: tuple[object, ...]) -> None:
    """Keys of any type are routed to Windows without a category."""
    assert [source.category for source in SOURCE.routing.log_sources(key)] == [None]


def test_classic_powershell_data_is_what_rules_call_data() -> None:
    """The unnamed texts of the classic log are `Data`, in EVTX, in Beats' numbering and in flat records' message."""
    provider = {"#attributes": {"Name": "PowerShell"}}
    system = {**SYSTEM, "Channel": "Windows PowerShell", "EventID": {"#text": 400}, "Provider": provider}
    evtx = {"Event": {"System": system, "EventData": {"Data": {"#text": ["Available", "HostApplication=x"]}}}}
    assert fields_of(evtx)["Data"] == ["Available", "HostApplication=x"]
    winlog = {**WINLOG, "event_data": {"param1": "Available", "param3": "HostApplication=x"}}
    assert fields_of({"winlog": winlog})["Data"] == ["Available", "HostApplication=x"]
    flat = {"EventID": 400, "SourceName": "PowerShell", "Channel": "Windows PowerShell", "Message": "HostApplication=x"}
    assert fields_of(flat)["Data"] == "HostApplication=x"


def test_defender_names_lose_their_spaces() -> None:
    """`Threat Name` is what rules call ThreatName."""
    fields = fields_of(security(1116, **{"Threat Name": "HackTool:Win32/Made", "Path": "file:_C:\\x"}))
    assert fields["ThreatName"] == "HackTool:Win32/Made"


def test_user_data_is_event_data() -> None:
    """Events that carry UserData instead of EventData give its names."""
    user_data = {"LogFileCleared": {"#attributes": {"xmlns": "x"}, "SubjectUserName": "eve"}}
    body = {"Event": {"System": {**SYSTEM, "Channel": "Security", "EventID": 1102}, "UserData": user_data}}
    assert fields_of(body)["SubjectUserName"] == "eve"


def test_inserts_get_the_names_of_the_manifest() -> None:
    """A process creation that Fluent Bit read keeps its data though only their order says what they are."""
    inserts = ["S-1-5-18", "eve", "EXAMPLE", "0x3e7", "0x10", "C:\\a.exe", "%%1936", "0x4", "a.exe -x"]
    body = {"EventID": 4688, "Channel": "Security", "ProviderName": "P", "StringInserts": inserts}
    fields = fields_of(body)
    assert (fields["NewProcessName"], fields["CommandLine"]) == ("C:\\a.exe", "a.exe -x")


@pytest.mark.parametrize(
    "junk", [None, 5, "x", [], {}, [[]], [{"Name": 5}], {"Data": [None, 7]}, {"Data": {"#text": {}}}, True]
)
def test_hostile_parts(junk: Any) -> None:
    """Any part of any shape may be of any type: fields are computed or absent, nothing raises."""
    for body in BODIES.values():
        for key in body:
            changed = {**body, key: junk}
            for shape in SOURCE.shapes:
                if shape.fits(changed) and shape.fields is not None:
                    shape.fields(changed)
    for section in SYSTEM:
        fields_of({"Event": {"System": {**SYSTEM, section: junk}, "EventData": junk, "UserData": junk}})


def test_sysmon_for_linux_is_not_windows() -> None:
    """Sysmon for Linux writes the same objects; they are another source's."""
    body = {"Event": {"System": {**SYSTEM, "Channel": "Linux-Sysmon/Operational"}, "EventData": DATA}}
    assert not any(shape.fits(body) for shape in SOURCE.shapes)
    assert not any(
        shape.fits({"message": XML.replace("Microsoft-Windows-Sysmon", "Linux-Sysmon")}) for shape in SOURCE.shapes
    )
