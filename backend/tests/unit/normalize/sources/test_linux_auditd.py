"""Audit events of every shape give rules the fields of all their records, and events with process, file, peer or account."""

from typing import Any

import pytest

from minixdr.normalize.source import NotAnEvent, Shape
from minixdr.normalize.sources.linux_auditd import SOURCE
from minixdr.schema.event import Event, LogSource
from minixdr.schema.record import Record
from tests.contract.ocsf_check import violations

CALL = {
    "type": "SYSCALL",
    "arch": "c000003e",
    "syscall": "59",
    "success": "yes",
    "exit": "0",
    "a0": "558e251634a0",
    "a1": "558e25162a50",
    "ppid": "29002",
    "pid": "1631",
    "auid": "1000",
    "uid": "0",
    "ses": "104",
    "tty": "pts0",
    "comm": "curl",
    "exe": "/usr/bin/curl",
    "key": "net",
    "AUID": "alice",
    "UID": "root",
}
EXECUTED = [
    CALL,
    {"type": "EXECVE", "argc": "3", "a0": "curl", "a1": "-o", "a2": "/tmp/a b", "argv": ["curl", "-o", "/tmp/a b"]},
    {"type": "CWD", "cwd": "/home/alice"},
    {"type": "PATH", "item": "0", "name": "/usr/bin/curl", "nametype": "NORMAL"},
    {"type": "PATH", "item": "1", "name": "/lib64/ld-linux-x86-64.so.2", "nametype": "NORMAL"},
    {"type": "PROCTITLE", "proctitle": "curl -o /tmp/a b"},
]


def audit(*records: dict[str, Any]) -> dict[str, Any]:
    """Return a decoded audit event."""
    return {"serial": "92733", "timestamp": "1772600767.155", "node": "web01", "records": list(records)}


def call(name: str, *more: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the event of another system call."""
    return audit({**CALL, "SYSCALL": name, **changes}, *more)


def shape_of(body: dict[str, Any]) -> Shape:
    """Return the one shape that fits."""
    fitting = [shape for shape in SOURCE.shapes if shape.fits(body)]
    assert len(fitting) == 1
    return fitting[0]


def fields_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return what rules see."""
    shape = shape_of(body)
    assert shape.fields is not None
    return dict(shape.fields(body))


def event_of(body: dict[str, Any]) -> Event:
    """Return the event, which OCSF has to allow."""
    event = SOURCE.normalize(Record("audit.log", 1, b"x", body, "auditd"))
    assert violations(event) == []
    return event


def test_execution_as_rules_see_it() -> None:
    """Arguments are a0, a1 ...; other fields hold the values of all records; Sysmon's names are derived."""
    fields = fields_of(audit(*EXECUTED))
    assert (fields["a0"], fields["a1"], fields["a2"]) == ("curl", "-o", "/tmp/a b")
    assert fields["type"] == ["SYSCALL", "EXECVE", "CWD", "PATH", "PROCTITLE"]
    assert fields["name"] == ["/usr/bin/curl", "/lib64/ld-linux-x86-64.so.2"]
    assert (fields["SYSCALL"], fields["key"]) == ("execve", "net")
    expected = {"Image": "/usr/bin/curl", "CommandLine": "curl -o /tmp/a b", "User": "root", "ProcessId": "1631"}
    assert {name: fields[name] for name in expected} == expected


def test_routing() -> None:
    """An execution meets process_creation and auditd; an event of no category only auditd."""
    keys = tuple(fields_of(audit(*EXECUTED)).get(key) for key in SOURCE.routing.keys)
    found = SOURCE.routing.log_sources(keys)
    assert [(s.category, s.product, s.service) for s in found] == [
        ("process_creation", "linux", "auditd"),
        (None, "linux", "auditd"),
    ]
    assert SOURCE.routing.log_sources((["x"],)) == (LogSource(None, "linux", "auditd"),)


def test_execution_as_event() -> None:
    """Who logged in acts, the process runs as root."""
    event = event_of(audit(*EXECUTED))
    expected = {
        "class_uid": 1007,
        "activity_id": 1,
        "process.cmd_line": "curl -o /tmp/a b",
        "process.file.path": "/usr/bin/curl",
        "process.pid": 1631,
        "process.parent_process.pid": 29002,
        "process.user.name": "root",
        "actor.user.name": "alice",
        "actor.session.uid": "web01:104",
        "device.hostname": "web01",
        "time": 1772600767155,
    }
    assert {name: event.attributes.get(name) for name in expected} == expected


def test_failed_execution_is_no_process() -> None:
    """A shell that tries the folders of PATH in turn starts nothing until it finds the program."""
    body = audit({**CALL, "success": "no", "exit": "-2"})
    assert fields_of(body)["event_category"] == "other"
    assert event_of(body).class_uid == 0


def test_numbers_become_names() -> None:
    """Rules name system calls; a log that is not enriched has their numbers."""
    assert fields_of(audit({**CALL, "syscall": "103"}))["SYSCALL"] == "syslog"
    assert fields_of(audit({**CALL, "arch": "c00000b7", "syscall": "117"}))["SYSCALL"] == "ptrace"
    assert "SYSCALL" not in fields_of(audit({**CALL, "arch": "40000003"}))


PATHS = ({"type": "CWD", "cwd": "/tmp"}, {"type": "PATH", "name": "x.sh", "nametype": "CREATE"})
PEER = {"type": "SOCKADDR", "saddr": "02000050C00002070000000000000000"}
LOGIN = {"type": "USER_LOGIN", "acct": "bob", "exe": "/usr/sbin/sshd", "addr": "192.0.2.7", "res": "failed"}
COMMAND = {"type": "USER_CMD", "cmd": "cat /etc/shadow", "exe": "/usr/bin/sudo", "auid": "1000"}
GONE = {"type": "PATH", "name": "/var/log/auth.log", "nametype": "DELETE"}


@pytest.mark.parametrize(
    ("body", "category", "class_uid", "activity_id", "attribute", "value"),
    [
        (call("openat", *PATHS), "file_event", 1001, 1, "file.path", "/tmp/x.sh"),
        (call("unlinkat", GONE), "file_delete", 1001, 4, "file.path", "/var/log/auth.log"),
        (call("fchmodat", {"type": "PATH", "name": "/etc/shadow", "nametype": "NORMAL"}), "other", 1001, 7, "file.name", "shadow"),
        (call("connect", PEER), "network_connection", 4001, 1, "dst_endpoint.ip", "192.0.2.7"),
        (call("connect", {"type": "SOCKADDR", "laddr": "2001:db8::1", "lport": "443"}), "network_connection", 4001, 1, "dst_endpoint.port", 443),
        (call("connect", {"type": "SOCKADDR", "saddr": "01002F746D70"}), "other", 0, 99, "activity_name", "connect"),
        (call("finit_module", {"type": "KERN_MODULE", "name": "rootkit"}), "other", 1002, 1, "driver.file.name", "rootkit"),
        (call("ptrace", {"type": "OBJ_PID", "opid": "77", "ocomm": "sshd"}), "other", 1007, 3, "process.pid", 77),
        (audit(LOGIN), "other", 3002, 1, "src_endpoint.ip", "192.0.2.7"),
        (audit(COMMAND), "process_creation", 1007, 1, "process.cmd_line", "cat /etc/shadow"),
        (audit({"type": "ADD_USER", "acct": "mallory", "exe": "/usr/sbin/useradd", "res": "success"}), "other", 3001, 1, "user.name", "mallory"),
        (audit({"type": "ADD_GROUP", "acct": "docker", "res": "success"}), "other", 3006, 6, "group.name", "docker"),
        (audit({"type": "SERVICE_STOP", "unit": "auditd", "res": "success"}), "other", 6002, 4, "app.name", "auditd"),
        (audit({"type": "DAEMON_END", "op": "terminate"}), "other", 1008, 7, "log_name", "audit"),
        (audit({"type": "ANOM_PROMISCUOUS", "dev": "eth0"}), "other", 0, 99, "activity_name", "ANOM_PROMISCUOUS"),
    ],
)  # fmt: skip
def test_events(
    body: dict[str, Any], category: str, class_uid: int, activity_id: int, attribute: str, value: object
) -> None:
    """Each kind of event has its category for rules and its class with what detection uses."""
    assert fields_of(body)["event_category"] == category
    event = event_of(body)
    assert (event.class_uid, event.attributes["activity_id"]) == (class_uid, activity_id)
    assert event.attributes[attribute] == value


def test_failed_logon_names_are_claims() -> None:
    """The account of a failed logon is doubted; unset ids are nobody."""
    body = audit(
        {"type": "USER_AUTH", "acct": "bob", "auid": "4294967295", "uid": "0", "ses": "4294967295", "res": "failed"}
    )
    event = event_of(body)
    assert event.attributes["status_id"] == 2
    assert [doubt.attribute for doubt in event.doubts] == ["user.name"]
    assert "actor.session.uid_alt" not in event.attributes


LAUREL = {
    "ID": "1772600767.155:92733",
    "NODE": "web01",
    "SYSCALL": {**{k: v for k, v in CALL.items() if k != "type"}, "SYSCALL": "execve"},
    "EXECVE": {"argc": 3, "ARGV": ["curl", "-o", "/tmp/a b"]},
    "CWD": {"cwd": "/home/alice"},
    "PATH": [{"item": 0, "name": "/usr/bin/curl", "nametype": "NORMAL"}],
    "PARENT_INFO": {"exe": "/usr/bin/bash"},
}
AUDITBEAT = {
    "@timestamp": "2026-03-04T05:06:07.155Z",
    "host": {"hostname": "web01"},
    "auditd": {
        "message_type": "syscall",
        "result": "success",
        "session": "104",
        "data": {"syscall": "execve", "tty": "pts0"},
    },
    "process": {
        "executable": "/usr/bin/curl",
        "args": ["curl", "-o", "/tmp/a b"],
        "pid": 1631,
        "working_directory": "/home/alice",
    },
    "user": {"id": "0", "name": "root", "audit": {"id": "1000", "name": "alice"}},
}
AUOMS = {
    "Computer": "web01",
    "ProcessName": "auoms",
    "SyslogMessage": 'type=AUOMS_EXECVE audit(1772600767.155:92733): SchemaVersion="1" node=web01 arch=x86_64 syscall=execve success=yes exit=0'
    ' pid=1631 ppid=29002 audit_user=alice auid=1000 user=root uid=0 ses="104" comm="curl" exe="/usr/bin/curl" cwd="/home/alice"'
    ' name="/usr/bin/curl" nametype=NORMAL cmdline="curl -o /tmp/a b" containerid=',
}
WAZUH = {
    "timestamp": "2026-03-04T05:06:07.155+0000",
    "agent": {"name": "web01"},
    "data": {
        "audit": {
            "type": "SYSCALL", "syscall": "59", "arch": "c000003e", "success": "yes", "pid": "1631", "auid": "1000", "uid": "0",
            "exe": "/usr/bin/curl",
            "command": "curl", "execve": {"a0": "curl", "a1": "-o", "a2": "/tmp/a b"}, "cwd": "/home/alice",
        }
    },
}  # fmt: skip


@pytest.mark.parametrize("body", [LAUREL, AUDITBEAT, AUOMS, WAZUH], ids=["laurel", "auditbeat", "auoms", "wazuh"])
def test_other_shapes(body: dict[str, Any]) -> None:
    """The same execution, shipped by four other programs, is the same to rules and events."""
    fields = fields_of(body)
    assert (fields["Image"], fields["CommandLine"]) == ("/usr/bin/curl", "curl -o /tmp/a b")
    assert fields["event_category"] == "process_creation"
    event = event_of(body)
    expected = {
        "class_uid": 1007,
        "process.pid": 1631,
        "device.hostname": "web01",
        "time": 1772600767155,
        "actor.user.uid": "1000",
    }
    assert {name: event.attributes.get(name) for name in expected} == expected


def test_laurel_knows_the_parent() -> None:
    """Laurel adds the parent's image; process_creation rules get it."""
    assert fields_of(LAUREL)["ParentImage"] == "/usr/bin/bash"


def test_nothing_is_not_an_event() -> None:
    """An event whose records were all lost says so."""
    with pytest.raises(NotAnEvent):
        SOURCE.normalize(Record("audit.log", 1, b"", audit(), "auditd"))


@pytest.mark.parametrize(
    "junk", [None, 5, -1, 10**40, 1.5, True, [], ["x", None], {"a": {}}, "x" * 100_000, "\x00\ud800", "02000"]
)
def test_hostile_values(junk: Any) -> None:
    """Any field of any record and shape may be of any type."""
    types = [
        "SYSCALL",
        "EXECVE",
        "CWD",
        "PATH",
        "PROCTITLE",
        "SOCKADDR",
        "USER_LOGIN",
        "USER_CMD",
        "ADD_USER",
        "ADD_GROUP",
        "SERVICE_START",
        "DAEMON_START",
        "OBJ_PID",
    ]
    names = {
        "saddr",
        "laddr",
        "lport",
        "acct",
        "addr",
        "hostname",
        "res",
        "unit",
        "cmd",
        "op",
        "id",
        "ID",
        "nametype",
        "name",
        "cwd",
    }
    names |= {"argv", "proctitle", "opid", "ocomm", *CALL} - {"type"}
    for kind in types:
        for syscall in ("execve", "connect", "openat", "ptrace", "finit_module"):
            second = {"type": kind, **dict.fromkeys(names, junk)}
            for records in ([{**CALL, "SYSCALL": syscall}, second], [second]):
                body = audit(*records)
                fields_of(body)
                event_of(body)
    for sample in (audit(*EXECUTED), LAUREL, AUDITBEAT, AUOMS, WAZUH):
        for name in sample:
            body = {**sample, name: junk}
            for shape in SOURCE.shapes:
                if shape.fits(body) and shape.fields is not None:
                    shape.fields(body)


SYSTEM = {
    "@timestamp": "2026-03-04T05:06:07.155Z",
    "host": {"name": "web01"},
    "event": {"module": "system", "dataset": "process", "action": "process_started"},
    "process": AUDITBEAT["process"],
    "user": {"id": "0", "name": "root"},
}


def system(dataset: str, action: str, **more: Any) -> dict[str, Any]:
    """Return a document of Auditbeat's system module."""
    return {**SYSTEM, "event": {"module": "system", "dataset": dataset, "action": action}, **more}


def test_auditbeats_system_module() -> None:
    """What Auditbeat sees without the kernel's audit are executions, connections and logons all the same."""
    fields = fields_of(SYSTEM)
    assert (fields["CommandLine"], fields["event_category"]) == ("curl -o /tmp/a b", "process_creation")
    assert event_of(SYSTEM).class_uid == 1007
    flow = system("socket", "network_flow", destination={"ip": "192.0.2.1", "port": 53})
    assert (fields_of(flow)["DestinationIp"], event_of(flow).attributes["dst_endpoint.port"]) == ("192.0.2.1", 53)
    login = system("login", "user_login", user={"name": "bob"}, source={"ip": "192.0.2.7"})
    login["event"]["outcome"] = "failure"
    event = event_of(login)
    assert (event.class_uid, event.attributes["status_id"]) == (3002, 2)
    assert event.attributes["src_endpoint.ip"] == "192.0.2.7"
    assert fields_of(system("process", "existing_process"))["event_category"] == "other"


@pytest.mark.parametrize("junk", [None, 5, [], {}, "x", [None, {}], {"ip": []}])
def test_hostile_system_module(junk: Any) -> None:
    """Any part of it may be of any type."""
    for name in ("process", "user", "source", "destination", "host", "@timestamp"):
        for action in ("process_started", "network_flow", "user_login", "x", junk):
            body = system("process", action, **{name: junk})
            fields_of(body)
            event_of(body)


RECORD = 'type=EXECVE msg=audit(1772600767.155:92733): argc=2 a0="cat" a1=2F746D702F612062'
LINES: dict[str, dict[str, Any]] = {
    "syslog": {"message": RECORD, "program": "audispd", "hostname": "web01", "timestamp": "Mar  4 05:06:07"},
    "node": {
        "message": f"node=web01 {RECORD}",
        "program": "audisp-syslog",
        "hostname": "web01",
        "timestamp": "Mar  4 05:06:07",
    },
    "journald": {
        "MESSAGE": 'EXECVE argc=2 a0="cat" a1=2F746D702F612062',
        "_AUDIT_TYPE_NAME": "EXECVE",
        "_TRANSPORT": "audit",
        "_HOSTNAME": "web01",
        "__REALTIME_TIMESTAMP": "1772600767155000",
    },
}


@pytest.mark.parametrize("name", LINES)
def test_records_in_other_logs(name: str) -> None:
    """A record that came alone in syslog or in the journal meets rules by its own fields, decoded."""
    fields = fields_of(LINES[name])
    assert (fields["type"], fields["a0"], fields["a1"]) == ("EXECVE", "cat", "/tmp/a b")
    assert (fields["CommandLine"], fields["event_category"]) == ("cat /tmp/a b", "process_creation")
    event = event_of(LINES[name])
    assert (event.attributes["device.hostname"], event.attributes["time"]) == ("web01", 1772600767155)
    assert (event.class_uid, event.attributes["process.cmd_line"]) == (1007, "cat /tmp/a b")


def test_user_record_in_syslog() -> None:
    """The fields that a daemon put in quotes are the record's."""
    text = """type=USER_AUTH msg=audit(1772600767.155:9): pid=5 uid=0 auid=4294967295 msg='op=PAM:authentication acct="bob" exe="/usr/sbin/sshd"""
    body = {**LINES["syslog"], "message": text + """" hostname=192.0.2.7 addr=192.0.2.7 terminal=ssh res=failed'"""}
    event = event_of(body)
    assert (event.class_uid, event.attributes["user.name"], event.attributes["src_endpoint.ip"]) == (
        3002,
        "bob",
        "192.0.2.7",
    )
    assert event.attributes["status_id"] == 2


def test_a_log_without_its_host_still_joins_processes_and_sessions() -> None:
    """audit.log seldom names its host: parent, child and session are told apart by the log they are in."""
    body = audit(*EXECUTED)
    del body["node"]
    child = event_of(body)
    parent = event_of({**body, "records": [{**CALL, "pid": "29002", "ppid": "1"}]})
    assert child.attributes["process.parent_process.uid"] == parent.attributes["process.uid"] == "audit.log:29002"
    assert child.attributes["actor.session.uid"] == "audit.log:104"
    assert {"process", "session"} <= {entity.type for entity in child.entities}
