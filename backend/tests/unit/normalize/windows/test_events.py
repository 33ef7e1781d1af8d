"""Windows events land in their OCSF class with the attributes that detection uses; what others chose is doubted; hostile values stay harmless."""

import re
from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize import windows
from minixdr.normalize.sources.microsoft_windows import SOURCE
from minixdr.schema.event import Event
from minixdr.schema.record import Record
from tests.contract.ocsf_check import violations
from tests.unit.normalize.sources.test_microsoft_windows import BODIES, DATA, SYSMON, SYSTEM, security

DEFENDER = "Microsoft-Windows-Windows Defender/Operational"
BITS = "Microsoft-Windows-Bits-Client/Operational"


def named_in_the_mappers() -> set[str]:
    """Return the field names that the mappers read."""
    found: set[str] = set()
    for module in Path(windows.__path__[0]).glob("*.py"):
        found.update(
            re.findall(r'"([A-Z][A-Za-z]+[A-Za-z0-9]*|param\d|url|jobOwner|processPath)"', module.read_text("utf-8"))
        )
    return found - {"Channel", "EventID", "Computer"}


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
        (of_channel(BITS, 59, url="https://a.example.org:8/x"), 4001, 1, "dst_endpoint.hostname", "a.example.org"),
        (
            of_channel("Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational", 1149, Param1="eve", Param3="192.0.2.4"),
            3002,
            1,
            "src_endpoint.ip",
            "192.0.2.4",
        ),
        (of_channel("Made/Up", 5, anything="x"), 0, 99, "metadata.log_name", "Made/Up"),
        (security(6273, SubjectUserName="eve", CallingStationID="192.0.2.5", NASIPv4Address="192.0.2.6"), 3002, 1, "src_endpoint.ip", "192.0.2.5"),
        (security(4886, Requester="EXAMPLE\\eve"), 0, 99, "actor.user.name", "eve"),
        (of_channel("System", 6006), 1008, 7, "log_name", "Windows Event Log"),
        (of_channel(DEFENDER, 1121, **{"Rule Name": "Block x", "Rule ID": "d4f940ab"}), 2004, 1, "finding_info.uid", "d4f940ab"),
        (of_channel(DEFENDER, 1117, **{"Threat Name": "T", "Action Name": "Quarantine"}), 2004, 1, "disposition_id", 3),
        (of_channel(DEFENDER, 5001), 5019, 1, "severity_id", 3),
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
    names = named_in_the_mappers()
    assert len(names) > 150
    for channel, numbers in CHANNELS.items():
        for number in numbers:
            event_of(of_channel(channel, number, **dict.fromkeys(names, junk)))


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
    "OpenSSH/Operational": (4,),
}  # fmt: skip


def test_crashed_program() -> None:
    """Application Error names the program that ended; another provider's event of the same id does not."""
    system = {
        **SYSTEM,
        "Channel": "Application",
        "EventID": 1000,
        "Provider": {"#attributes": {"Name": "Application Error"}},
    }
    data = {"Data": {"#text": ["lsass.exe", "6.1.0.0", "4a5b", "C:\\Windows\\system32\\lsass.exe"]}}
    has(
        event_of({"Event": {"System": system, "EventData": data}}),
        class_uid=1007,
        activity_id=2,
        process__name="lsass.exe",
    )
    other = {**system, "Provider": {"#attributes": {"Name": "Made Up"}}}
    has(event_of({"Event": {"System": other, "EventData": data}}), class_uid=0)


def test_writer_of_the_event() -> None:
    """Where an event names no account, the one in whose name it was written acts; Sysmon's own does not."""
    has(event_of(of_channel(BITS, 59, url="https://a.example.org/")), actor__user__uid="S-1-5-18")
    has(event_of(of_channel(SYSMON, 11, TargetFilename="C:\\x")), actor__user__uid=None)


def test_mapped_addresses_are_unfolded() -> None:
    """Kerberos writes IPv4 as IPv6: it is the same address as elsewhere."""
    has(event_of(security(4768, TargetUserName="eve", IpAddress="::ffff:192.0.2.9")), src_endpoint__ip="192.0.2.9")


def test_openssh_on_windows() -> None:
    """A failed logon by SSH names its peer; a forged one names nobody."""
    line = "Failed password for bob from 192.0.2.7 port 5 ssh2"
    event = event_of(of_channel("OpenSSH/Operational", 4, process="sshd", payload=line))
    has(event, class_uid=3002, status_id=2, src_endpoint__ip="192.0.2.7", user__name="bob")
    forged = event_of(of_channel("OpenSSH/Operational", 4, payload=line + " from 198.51.100.1 port 6 ssh2"))
    assert not {"src_endpoint.ip", "user.name"} & forged.attributes.keys()
