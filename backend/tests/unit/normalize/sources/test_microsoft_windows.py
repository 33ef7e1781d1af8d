"""Windows events: every shape gives rule authors' names, each event meets the right rules, hostile fields stay harmless."""

from typing import Any

import pytest

from minixdr.normalize.source import Shape
from minixdr.normalize.sources.microsoft_windows import SOURCE
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import Record
from tests.contract.ocsf_check import violations

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
    """One process creation, written in thirteen ways, is the same to a rule."""
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


def event_of(body: dict[str, Any]) -> Event:
    """Return the event, which OCSF has to allow."""
    event = SOURCE.normalize(Record("made.jsonl", 1, b"{}", body, "json"))
    assert violations(event) == []
    return event


def of_channel(channel: str, number: int, **data: Any) -> dict[str, Any]:
    """Return an event of a channel as EVTX decoders give it."""
    return {"Event": {"System": {**SYSTEM, "EventID": number, "Channel": channel}, "EventData": data}}


def has(event: Event, **expected: Any) -> None:
    """Assert attributes; `__` stands for the dot."""
    for name, value in expected.items():
        assert event.attributes.get(name.replace("__", ".")) == value, name


def test_sysmon_process() -> None:
    """A process creation says who started what from what, with its GUID in one writing and its hashes."""
    event = event_of(
        of_channel(
            SYSMON,
            1,
            **DATA,
            UtcTime="2026-03-04 05:06:07.890",
            ProcessGuid="{0197231e-9be6-6934-5301-000000000b00}",
            ParentImage="C:\\Windows\\System32\\cmd.exe",
            ParentProcessGuid="0197231E-9BE6-6934-5301-000000000A00",
            User="EXAMPLE\\eve",
            LogonId="0x1eba8",
            IntegrityLevel="High",
            Hashes="MD5=352B525E9C26CB92693899528FE007C2,IMPHASH=00000000000000000000000000000000",
        )
    )
    has(
        event,
        class_uid=1007,
        activity_id=1,
        process__uid="0197231E-9BE6-6934-5301-000000000B00",
        process__name="whoami.exe",
        process__pid=4242,
        process__cmd_line="whoami /all",
        process__integrity_id=4,
        process__parent_process__name="cmd.exe",
        actor__user__name="eve",
        actor__user__domain="EXAMPLE",
        actor__session__uid="ws01.example.org:0x1eba8",
        process__file__hashes__value=["352B525E9C26CB92693899528FE007C2"],
        time=1772600767890,
    )
    assert {("host", "ws01"), ("user", "eve"), ("process", "0197231E-9BE6-6934-5301-000000000A00")} <= {
        (entity.type, entity.value) for entity in event.entities
    }


def test_failed_logon_is_doubted_where_the_other_side_chose_the_text() -> None:
    """The address is the server's word; the account and the workstation are the client's, and said to be."""
    event = event_of(
        security(
            4625,
            TargetUserName="admin",
            TargetDomainName="EXAMPLE",
            IpAddress="192.0.2.7",
            IpPort="50123",
            WorkstationName="KALI",
            LogonType="3",
            Status="0xc000006d",
            SubStatus="0xc000006a",
            AuthenticationPackageName="NTLM",
        )
    )
    has(event, class_uid=3002, status_id=2, status_code="0xc000006a", src_endpoint__ip="192.0.2.7", logon_type_id=3)
    assert {doubt.attribute for doubt in event.doubts} == {"user.name", "src_endpoint.hostname"}


def test_logon_sessions_are_one_entity_across_events() -> None:
    """The session a logon opens is the session a process creation names, however the number is written."""
    logon = event_of(security(4624, TargetUserName="eve", TargetLogonId="0x8D7099", LogonType=2, IpAddress="-"))
    process = event_of(security(4688, SubjectUserName="eve", SubjectLogonId="0x8d7099", NewProcessName="C:\\a.exe"))
    assert logon.attributes["session.uid"] == process.attributes["actor.session.uid"] == "ws01.example.org:0x8d7099"
    assert {"session"} <= {entity.type for entity in logon.entities} & {entity.type for entity in process.entities}


def test_what_is_no_address_is_refused() -> None:
    """A text in the address field becomes a doubt, not an address."""
    event = event_of(security(4624, TargetUserName="eve", IpAddress="evil.example.org"))
    assert "src_endpoint.ip" not in event.attributes
    assert any(doubt.attribute == "src_endpoint.ip" for doubt in event.doubts)


@pytest.mark.parametrize(
    ("body", "class_uid", "activity_id", "attribute", "value"),
    [
        (of_channel(SYSMON, 3, DestinationIp="192.0.2.1", DestinationPort=443), 4001, 1, "dst_endpoint.ip", "192.0.2.1"),
        (of_channel(SYSMON, 8, SourceImage="C:\\a.exe", TargetImage="C:\\b.exe"), 1007, 4, "process.name", "b.exe"),
        (of_channel(SYSMON, 10, GrantedAccess="0x1fffff"), 1007, 3, "actual_permissions", 0x1FFFFF),
        (of_channel(SYSMON, 11, TargetFilename="C:\\x\\y.dll"), 1001, 1, "file.name", "y.dll"),
        (of_channel(SYSMON, 12, EventType="CreateKey", TargetObject="HKLM\\a"), 201001, 1, "reg_key.path", "HKLM\\a"),
        (of_channel(SYSMON, 12, EventType="DeleteValue", TargetObject="HKLM\\a\\b"), 201002, 4, "reg_value.name", "b"),
        (of_channel(SYSMON, 13, TargetObject="HKLM\\a\\b", Details="x"), 201002, 2, "reg_value.data", "x"),
        (
            of_channel(SYSMON, 22, QueryName="a.example.org", QueryResults="type: 5 b.example.org;::ffff:192.0.2.3;"),
            4003,
            2,
            "answers.rdata",
            ["b.example.org", "192.0.2.3"],
        ),
        (security(1102, SubjectUserName="eve"), 1008, 1, "log_name", "Security"),
        (security(4663, ObjectType="File", ObjectName="C:\\x", AccessMask="0x10000"), 1001, 4, "file.path", "C:\\x"),
        (security(4663, ObjectType="Key", ObjectName="\\REGISTRY\\x"), 201001, 2, "reg_key.path", "\\REGISTRY\\x"),
        (security(4662, ObjectType="%{19195a5b}", ObjectName="%{c6fa}"), 201003, 1, "win_resource.name", "%{c6fa}"),
        (security(4672, PrivilegeList="SeDebugPrivilege\r\n\t\t\tSeTcbPrivilege"), 3003, 1, "privileges", ["SeDebugPrivilege", "SeTcbPrivilege"]),
        (
            security(4698, TaskName="\\x", TaskContent="<Exec><Command>c.exe</Command><Arguments>/k y</Arguments></Exec>"),
            1006,
            1,
            "job.cmd_line",
            "c.exe /k y",
        ),
        (security(4720, TargetUserName="mallory"), 3001, 1, "user.name", "mallory"),
        (security(4732, MemberName="CN=eve,OU=x", TargetUserName="Administrators"), 3006, 3, "user.name", "eve"),
        (security(4768, TargetUserName="eve", Status="0x6", IpAddress="::ffff:192.0.2.9"), 3002, 3, "status_id", 2),
        (security(4771, TargetUserName="eve", Status="0x18"), 3002, 6, "status_code", "0x18"),
        (security(5136, ObjectDN="CN=x", ObjectClass="computer"), 3004, 3, "entity.type", "computer"),
        (security(5145, ShareName="\\\\*\\C$", RelativeTargetName="a\\b.exe"), 4006, 2, "file.name", "b.exe"),
        (security(5156, Application="\\device\\a.exe", DestAddress="192.0.2.1", Protocol=6), 4001, 1, "connection_info.protocol_name", "tcp"),
        (of_channel("System", 7045, ServiceName="x", ImagePath="cmd.exe /c x"), 201004, 1, "win_service.cmd_line", "cmd.exe /c x"),
        (of_channel("System", 7036, param1="x", param2="stopped"), 201004, 4, "win_service.name", "x"),
        (
            of_channel("Microsoft-Windows-PowerShell/Operational", 4104, ScriptBlockText="iex x"),
            1009,
            1,
            "script.script_content.value",
            "iex x",
        ),
        (
            of_channel("Windows PowerShell", 800, Data=["Get-Date", "\tUserId=EXAMPLE\\eve\n\tHostApplication=p.exe -enc x"]),
            1009,
            1,
            "actor.process.cmd_line",
            "p.exe -enc x",
        ),
        (
            of_channel("Microsoft-Windows-Windows Defender/Operational", 1116, **{"Threat Name": "T", "Severity ID": "5", "Path": "file:_C:\\x.exe"}),
            2004,
            1,
            "evidences.file.path",
            ["C:\\x.exe"],
        ),
        (of_channel("Microsoft-Windows-Bits-Client/Operational", 59, url="https://a.example.org:8/x"), 4001, 1, "dst_endpoint.hostname", "a.example.org"),
        (
            of_channel("Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational", 1149, Param1="eve", Param3="192.0.2.4"),
            3002,
            1,
            "src_endpoint.ip",
            "192.0.2.4",
        ),
        (of_channel("Made/Up", 5, anything="x"), 0, 99, "metadata.log_name", "Made/Up"),
    ],
)  # fmt: skip
def test_event(body: dict[str, Any], class_uid: int, activity_id: int, attribute: str, value: object) -> None:
    """Each kind of event lands in its class with the attribute that detection uses."""
    event = event_of(body)
    assert (event.class_uid, event.attributes["activity_id"]) == (class_uid, activity_id)
    assert event.attributes[attribute] == value


def test_sql_server_logon_takes_the_address_from_its_own_text() -> None:
    """A user name that contains a client's address does not become one: only the last text is read for it."""
    provider = {"#attributes": {"Name": "MSSQLSERVER"}}
    system = {**SYSTEM, "Channel": "Application", "EventID": 18456, "Provider": provider}
    texts = ["sa [CLIENT: 198.51.100.1]", " Reason: x", " [CLIENT: 192.0.2.8]"]
    event = event_of({"Event": {"System": system, "EventData": {"Data": {"#text": texts}}}})
    has(event, class_uid=3002, status_id=2, src_endpoint__ip="192.0.2.8")


def test_local_time_without_offset_is_doubted() -> None:
    """NXLog's EventTime is used where there is nothing better, and said to be a guess."""
    event = event_of(BODIES["nxlog"])
    assert event.time is not None
    assert [doubt.attribute for doubt in event.doubts] == ["time"]


def test_leftovers_stay_visible() -> None:
    """What no attribute took is in `unmapped` under its own name."""
    assert event_of(of_channel(SYSMON, 10, CallTrace="a|b")).unmapped["CallTrace"] == "a|b"


@pytest.mark.parametrize("junk", [5, -1, 10**30, 1.5, True, [], ["x", None], {"a": {}}, "x" * 100_000, "\x00\ud800"])
def test_hostile_values(junk: Any) -> None:
    """Any field of any mapped event may be of any type: the event is made, and OCSF allows it."""
    names = {name for body in BODIES.values() for name in body} | set(FIELDS)
    for channel, numbers in CHANNELS.items():
        for number in numbers:
            event_of(of_channel(channel, number, **dict.fromkeys(names, junk)))


FIELDS = [
    "TargetUserName",
    "TargetDomainName",
    "TargetSid",
    "SubjectUserName",
    "SubjectLogonId",
    "TargetLogonId",
    "IpAddress",
    "IpPort",
    "WorkstationName",
    "LogonType",
    "Status",
    "SubStatus",
    "ObjectType",
    "ObjectName",
    "AccessMask",
    "NewProcessName",
    "ParentProcessName",
    "ProcessName",
    "TaskName",
    "TaskContent",
    "ServiceName",
    "ImagePath",
    "param1",
    "param2",
    "param3",
    "Application",
    "SourceAddress",
    "DestAddress",
    "DestPort",
    "Protocol",
    "Direction",
    "ShareName",
    "RelativeTargetName",
    "PrivilegeList",
    "EnabledPrivilegeList",
    "MemberName",
    "ObjectDN",
    "ObjectGUID",
    "Image",
    "ParentImage",
    "TargetFilename",
    "ImageLoaded",
    "Hashes",
    "TargetObject",
    "Details",
    "EventType",
    "SourceImage",
    "TargetImage",
    "GrantedAccess",
    "QueryName",
    "QueryResults",
    "PipeName",
    "SourceIp",
    "SourcePort",
    "DestinationIp",
    "DestinationPort",
    "Initiated",
    "User",
    "UtcTime",
    "ProcessGuid",
    "ScriptBlockText",
    "ScriptBlockId",
    "Path",
    "Payload",
    "ContextInfo",
    "Data",
    "ThreatName",
    "DetectionID",
    "SeverityID",
    "ActionID",
    "url",
    "jobOwner",
    "processPath",
    "Param1",
    "Param2",
    "Param3",
    "ClientIP",
    "FileName",
    "PolicyName",
    "FilePath",
    "FullFilePath",
    "UserName",
    "GroupMembership",
    "NewName",
    "ClientInfo",
    "StartAddress",
    "StartFunction",
    "StartModule",
    "Device",
    "IntegrityLevel",
    "OperationType",
    "OldValue",
    "NewValue",
    "ObjectValueName",
]
CHANNELS = {
    SYSMON: range(1, 30),
    "Security": (1102, 4624, 4625, 4627, 4634, 4648, 4656, 4657, 4662, 4663, 4672, 4673, 4688, 4689, 4697, 4698, 4703, 4717, 4720, 4728, 4732,
                 4740, 4768, 4769, 4771, 4776, 4778, 4781, 4794, 4799, 4800, 5136, 5140, 5145, 5152, 5156, 5379),
    "System": (104, 7000, 7036, 7040, 7045),
    "Application": (18456, 1000),
    "Microsoft-Windows-PowerShell/Operational": (4103, 4104, 4105),
    "Windows PowerShell": (400, 600, 800),
    "Microsoft-Windows-TaskScheduler/Operational": (106, 129, 200),
    "Microsoft-Windows-Windows Defender/Operational": (1116, 5001),
    "Microsoft-Windows-Bits-Client/Operational": (3, 59),
    "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational": (21,),
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational": (1149,),
    "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational": (131,),
    "Microsoft-Windows-DNS-Client/Operational": (3008,),
    "Microsoft-Windows-AppLocker/EXE and DLL": (8002, 8004),
    "Microsoft-Windows-CodeIntegrity/Operational": (3033,),
    "Microsoft-Windows-VHDMP-Operational": (1,),
    "Microsoft-Windows-NTLM/Operational": (8004,),
}  # fmt: skip
