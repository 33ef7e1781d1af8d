"""What shippers of Windows events moved, renamed or left as text is back under the names that rules use."""

from tests.unit.normalize.sources.test_microsoft_windows import (
    DATA,
    MESSAGE,
    SYSMON,
    SYSTEM,
    WINLOG,
    fields_of,
    log_sources_of,
)

ECS = {
    "@timestamp": "2026-03-04T05:06:07.123Z",
    "event": {"module": "sysmon", "code": "1"},
    "process": {
        "executable": DATA["Image"],
        "command_line": DATA["CommandLine"],
        "pid": 4242,
        "entity_id": "{0197231e-9be6-6934-5301-000000000b00}",
        "parent": {"executable": "C:\\Windows\\explorer.exe"},
        "hash": {"md5": "ab", "sha256": "cd"},
    },
    "user": {"name": "eve", "domain": "EXAMPLE"},
}


def test_data_that_beats_modules_moved_to_ecs() -> None:
    """Winlogbeat's sysmon module empties the event data: rules get it back under Sysmon's names."""
    fields = fields_of({**ECS, "winlog": {**WINLOG, "event_data": {"IntegrityLevel": "High"}}})
    expected = {
        "Image": DATA["Image"],
        "CommandLine": DATA["CommandLine"],
        "ProcessId": 4242,
        "ParentImage": "C:\\Windows\\explorer.exe",
        "User": "EXAMPLE\\eve",
        "Hashes": "MD5=ab,SHA256=cd",
        "IntegrityLevel": "High",
    }
    assert {name: fields.get(name) for name in expected} == expected
    dns = {
        "process": ECS["process"],
        "dns": {"question": {"name": "a.example.org"}},
        "winlog": {**WINLOG, "event_id": 22},
    }
    assert fields_of(dns)["QueryName"] == "a.example.org"
    assert "TargetFilename" not in fields_of({**ECS, "file": {"path": "x"}, "winlog": WINLOG})


def test_message_is_read_before_ecs() -> None:
    """Sysmon's message has the data under their own names."""
    fields = fields_of({"winlog": WINLOG, "event": {}, "message": MESSAGE.replace("\r", "")})
    assert {name: fields.get(name) for name in DATA} == DATA


def test_event_data_as_text() -> None:
    """Tables of Azure's hold the event data as JSON or as XML text."""
    head = {"EventID": 1, "Channel": SYSMON, "Provider": "Microsoft-Windows-Sysmon", "Computer": "ws01"}
    xml = "<EventData xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><Data Name='Image'>a&amp;b.exe</Data></EventData>"
    assert fields_of({**head, "EventData": '{"Image": "a&b.exe"}'})["Image"] == "a&b.exe"
    assert fields_of({**head, "EventData": xml})["Image"] == "a&b.exe"
    assert "Image" not in fields_of({**head, "EventData": "{"})


def test_defender_names_in_flat_records() -> None:
    """A flat record keeps Defender's names with blanks; rules without them meet it by the log source's names."""
    body = {
        "EventID": 1116,
        "SourceName": "x",
        "Channel": "Microsoft-Windows-Windows Defender/Operational",
        "Threat Name": "T",
    }
    names = {source.category: source.field_names for source in log_sources_of(body)}
    assert names["antivirus"]["Signature"] == names[None]["ThreatName"] == "Threat Name"


def test_application_error_without_names() -> None:
    """Older Windows numbers the data of a crash: rules get the names that newer ones write."""
    system = {**SYSTEM, "Channel": "Application", "EventID": 1000, "Provider": {"@Name": "Application Error"}}
    data = ["lsass.exe", "6.1", "t", "WLDAP32.dll", "6.1", "t", "c0000005", "1234"]
    fields = fields_of({"Event": {"System": system, "EventData": {"Data": {"#text": data}}}})
    assert (fields["AppName"], fields["ModuleName"], fields["ExceptionCode"]) == (
        "lsass.exe",
        "WLDAP32.dll",
        "c0000005",
    )


def test_attributes_beside_their_elements() -> None:
    """Decoders that write an element's attributes beside it lose no provider, time or user, and add no field of their own."""
    system = {
        "Provider_attributes": {"Name": "Microsoft-Windows-Eventlog"},
        "EventID_attributes": {"Qualifiers": 0},
        "EventID": 1102,
        "TimeCreated_attributes": {"SystemTime": "2026-03-04T05:06:07.123Z"},
        "Security_attributes": {"UserID": "S-1-5-18"},
        "Security": None,
        "Channel": "Security",
        "Computer": "ws01",
    }
    cleared = {"LogFileCleared_attributes": {"xmlns": "x"}, "LogFileCleared": {"SubjectUserName": "eve"}}
    fields = fields_of({"Event_attributes": {"xmlns": "x"}, "Event": {"System": system, "UserData": cleared}})
    expected = {
        "Provider_Name": "Microsoft-Windows-Eventlog",
        "EventID": 1102,
        "TimeCreated": "2026-03-04T05:06:07.123Z",
        "Security_UserID": "S-1-5-18",
        "SubjectUserName": "eve",
    }
    assert {name: fields.get(name) for name in expected} == expected
    assert "xmlns" not in fields


def test_log_that_was_cleared() -> None:
    """Rules about a cleared log get that log's name as Channel, while the record is routed by the log it stands in."""
    system = {
        "Provider": {"@Name": "Microsoft-Windows-Eventlog"},
        "EventID": 104,
        "Channel": "System",
        "Computer": "ws01",
    }
    body = {"Event": {"System": system, "UserData": {"LogFileCleared": {"Channel": "Application"}}}}
    fields = fields_of(body)
    assert (fields["Channel"], fields["ClearedChannel"]) == ("System", "Application")
    assert [(source.service, source.field_names) for source in log_sources_of(body)] == [
        ("system", {"Channel": "ClearedChannel"})
    ]
    without = {"Event": {"System": system, "EventData": {}}}
    assert fields_of(without)["ClearedChannel"] == "System"


def test_text_as_splunk_stores_it() -> None:
    """The header's lines and the English names of the message's data are read; the message stays whole."""
    raw = "03/04/2026 05:06:07 AM\nLogName=Security\nEventCode=4688\nComputerName=ws01\nMessage=A new process = created.\n\nx: y"
    body = {
        "EventCode": 4688,
        "LogName": "Security",
        "_raw": raw,
        "New_Process_Name": "C:\\a.exe",
        "Process_Command_Line": "a",
    }
    fields = fields_of(body)
    expected = {
        "EventID": 4688,
        "Channel": "Security",
        "Computer": "ws01",
        "NewProcessName": "C:\\a.exe",
        "CommandLine": "a",
    }
    assert {name: fields[name] for name in expected} == expected
    assert fields["Message"] == "A new process = created.\n\nx: y"
    assert "process_creation" in {source.category for source in log_sources_of(body)}
