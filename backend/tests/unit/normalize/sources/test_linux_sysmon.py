"""Sysmon for Linux in all shapes: rules of product linux meet it, events are as those of Sysmon on Windows."""

from typing import Any

import pytest

from minixdr.normalize.sources.linux_sysmon import SOURCE
from minixdr.schema.event import Event
from minixdr.schema.record import Record
from tests.contract.ocsf_check import violations

CHANNEL = "Linux-Sysmon/Operational"
DATA = {
    "UtcTime": "2026-03-04 05:06:07.890",
    "ProcessGuid": "{94325212-f5aa-627b-082b-60e4b9550000}",
    "ProcessId": "1774",
    "Image": "/usr/bin/bash",
    "CommandLine": "bash -c 'id & true'",
    "User": "tomcat",
    "LogonId": "1001",
    "ParentImage": "/usr/bin/java",
}
ESCAPED = {name: value.replace("&", "&amp;").replace("'", "&apos;") for name, value in DATA.items()}
XML = (
    '<Event><System><Provider Name="Linux-Sysmon" Guid="{ff032593-a8d3-4f13-b0d6-01fc615a0f97}"/><EventID>1</EventID>'
    '<TimeCreated SystemTime="2026-03-04T05:06:07.899931000Z"/><EventRecordID>7</EventRecordID><Channel>Linux-Sysmon/Operational</Channel>'
    '<Computer>web01</Computer><Security UserId="0"/></System><EventData>'
    + "".join(f'<Data Name="{name}">{value}</Data>' for name, value in ESCAPED.items())
    + "</EventData></Event>"
)
SYSTEM = {
    "EventID": 1,
    "Channel": CHANNEL,
    "Computer": "web01",
    "Provider": {"@Name": "Linux-Sysmon"},
    "EventRecordID": 7,
}
BODIES: dict[str, dict[str, Any]] = {
    "syslog": {"message": XML, "program": "sysmon", "hostname": "web01", "timestamp": "Mar  4 05:06:07"},
    "journald": {"MESSAGE": XML, "SYSLOG_IDENTIFIER": "sysmon", "_HOSTNAME": "web01"},
    "azure_syslog": {"SyslogMessage": XML, "ProcessName": "sysmon", "Computer": "web01"},
    "filebeat": {"message": XML, "event": {"dataset": "system.syslog"}, "host": {"name": "web01"}},
    "text": {"message": XML},
    "raw": {"_raw": XML, "source": "x"},
    "event": {"Event": {"System": SYSTEM, "EventData": DATA}},
    "system": {"System": SYSTEM, "EventData": DATA},
    "flat": {"EventID": "1", "Channel": CHANNEL, "Computer": "web01", **DATA},
    "winlog": {"winlog": {"channel": CHANNEL, "event_id": "1", "computer_name": "web01", "event_data": DATA}},
}


def event_of(body: dict[str, Any]) -> Event:
    """Return the event, which OCSF has to allow."""
    event = SOURCE.normalize(Record("syslog", 1, b"x", body, "syslog"))
    assert violations(event) == []
    return event


@pytest.mark.parametrize("name", BODIES)
def test_every_shape(name: str) -> None:
    """One process creation, shipped in ten ways, is the same to rules and events."""
    body = BODIES[name]
    fitting = [shape for shape in SOURCE.shapes if shape.fits(body)]
    assert [shape.name for shape in fitting] == [name]
    assert fitting[0].fields is not None
    fields = fitting[0].fields(body)
    assert {key: fields[key] for key in DATA} == DATA
    keys = tuple(fields.get(key) for key in SOURCE.routing.keys)
    assert [(s.category, s.product) for s in SOURCE.routing.log_sources(keys)] == [
        ("process_creation", "linux"),
        (None, "linux"),
    ]
    event = event_of(body)
    expected = {
        "class_uid": 1007,
        "process.cmd_line": DATA["CommandLine"],
        "process.name": "bash",
        "process.parent_process.name": "java",
        "process.uid": "94325212-F5AA-627B-082B-60E4B9550000",
        "device.hostname": "web01",
        "actor.user.name": "tomcat",
        "time": 1772600767890,
    }
    assert {key: event.attributes.get(key) for key in expected} == expected


def test_each_shape_has_a_sample() -> None:
    """No shape is untested."""
    assert [shape.name for shape in SOURCE.shapes] == list(BODIES)


def test_logon_ids_are_no_sessions() -> None:
    """On Linux the LogonId is the user's id: it joins nothing."""
    assert "actor.session.uid" not in event_of(BODIES["syslog"]).attributes


@pytest.mark.parametrize(
    ("number", "category", "class_uid"),
    [
        (3, "network_connection", 4001),
        (5, "process_termination", 1007),
        (9, "raw_access_thread", 1001),
        (11, "file_event", 1001),
        (23, "file_delete", 1001),
    ],
)
def test_kinds(number: int, category: str, class_uid: int) -> None:
    """Each kind of event meets its category and lands in its class."""
    assert SOURCE.routing.log_sources((number,))[0].category == category
    body = {
        "Event": {
            "System": {**SYSTEM, "EventID": number},
            "EventData": {**DATA, "DestinationIp": "192.0.2.1", "TargetFilename": "/x"},
        }
    }
    assert event_of(body).class_uid == class_uid


@pytest.mark.parametrize(
    "junk",
    [None, 5, True, "", [], {}, "x" * 100_000, "<Event>" * 3_000, XML[:300], XML.replace("</", "<"), "\x00\ud800"],
)
def test_hostile_parts(junk: Any) -> None:
    """Any part may be of any type; XML that breaks off gives what came before."""
    for body in BODIES.values():
        for name in body:
            changed = {**body, name: junk}
            for shape in SOURCE.shapes:
                if shape.fits(changed) and shape.fields is not None:
                    shape.fields(changed)
                    event_of(changed)


def test_entities_of_xml_do_not_grow() -> None:
    """No document type is read, so no entity of its is."""
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + XML
    assert not any(shape.fits({"message": bomb}) for shape in SOURCE.shapes)
