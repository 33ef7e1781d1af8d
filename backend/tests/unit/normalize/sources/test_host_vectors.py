"""Results beside those of other normalizers for hosts: Sekoia's intakes (ECS), Tenzir's library (OCSF), Wazuh's rule tests.

Compared is what detection and incidents use: when, where, who, from where, which program with which command line, OCSF's class and activity. Where a
result differs on purpose the vector is in the table, with the reason; a reason that nothing needs any more fails the test.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from minixdr.ingest.formats.syslog import decode
from minixdr.ingest.timestamps import parse_time
from minixdr.normalize.catalog import all_sources
from minixdr.schema.event import Event
from minixdr.schema.record import Record

_SEKOIA = ("Windows/windows", "Beats/winlogbeat", "OpenSSH/openssh")
_PLACES = {
    "source.ip": ("src_endpoint.ip",),
    "source.port": ("src_endpoint.port",),
    "destination.ip": ("dst_endpoint.ip",),
    "destination.port": ("dst_endpoint.port",),
    "user.name": ("actor.user.name", "user.name", "process.user.name"),
    "process.executable": ("process.file.path", "actor.process.file.path", "actor.process.path"),
    "process.command_line": ("process.cmd_line", "actor.process.cmd_line"),
    "process.parent.executable": ("process.parent_process.file.path",),
    "dns.question.name": ("query.hostname",),
    "event.code": ("metadata.event_code",),
}
_SERVICE = "the account of the Sysmon service, not of the process: Sysmon wrote none"
_TEXT = "only in a text in the machine's language"
_MASKED = "the vector's expected value was masked by hand after its record was mapped"
_BARE = "its syslog header was cut off, and the line is not sshd's for sure"
_QUOTES = "the command line is kept as it was, with its quotes"
_ESCAPED = "the vector's record was escaped twice: its message has no lines"
_SEKOIA_REASONS = {
    "Windows/windows:2 process.command_line": _TEXT,
    "Windows/windows:3 source.ip": _TEXT,
    "Windows/windows:3 source.port": _TEXT,
    "Windows/windows:13 source.ip": _TEXT,
    "Windows/windows:14 destination.ip": _MASKED,
    "Windows/windows:19 user.name": _TEXT,
    "Windows/windows:47 process.command_line": _QUOTES,
    "Windows/windows:48 process.command_line": _QUOTES,
    "Windows/windows:63": "no JSON: the record was cut",
    **{f"Windows/windows:{n} user.name": _SERVICE for n in (49, 53, 54, 55, 57, 59, 60, 61)},
    "Beats/winlogbeat:1 time": "the vector takes when the event was written, not Sysmon's own UtcTime",
    "Beats/winlogbeat:26 time": "the vector takes when the event was written, not Sysmon's own UtcTime",
    "Beats/winlogbeat:5 process.command_line": _ESCAPED,
    "Beats/winlogbeat:7 process.command_line": _ESCAPED,
    "Beats/winlogbeat:14 user.name": "a machine's account is named with its $",
    "Beats/winlogbeat:23 user.name": "a machine's account is named with its $",
    "Beats/winlogbeat:29 user.name": "a machine's account is named with its $",
    "OpenSSH/openssh:2 user.name": "the name that was logged on with is kept whole",
    "OpenSSH/openssh:11 destination.ip": "the server's own address is in the line, the machine's name in the event",
    "OpenSSH/openssh:11 destination.port": "the server's own address is in the line, the machine's name in the event",
    **{f"OpenSSH/openssh:{n}": _BARE for n in (17, 22, 24, 25, 26, 27, 28, 29, 30, 31, 32, 39, 40)},
}
_STATE = "Device Config State Change: protection was changed, nothing was found"
_LOG = "Event Log Activity says it: the log's service started or stopped"
_TENZIR_REASONS = {
    "eid-0102 status_code": "0 is no error's code",
    "eid-1121 finding_info.title": "the rule that stopped it is what found it",
    **{f"eid-{n} {name}": _STATE for n in (5001, 5007) for name in ("finding_info.title", "finding_info.uid")},
    **{f"eid-{n} win_service.name": _LOG for n in (6005, 6006)},
    "eid-4106 activity_id": "4106 says that a script block ended: nothing was executed by it",
    "eid-4771 activity_id": "OCSF has Preauth (6) for it",
    "eid-5001 class_uid": _STATE,
    "eid-5007 class_uid": _STATE,
    "eid-6005 class_uid": _LOG,
    "eid-6005 activity_id": _LOG,
    "eid-6006 class_uid": _LOG,
    "eid-6006 activity_id": _LOG,
    "eid-4625 status_code": "the substatus says why, the status only that it failed",
    "eid-4728 user.name": "the name in the distinguished name, so that it joins other events of the user",
    "eid-4697 win_service.service_file.name": "what is run is a command line: where its path ends it does not say",
}
_TENZIR_COMPARED = (
    "class_uid", "activity_id", "status_id", "status_code", "device.hostname", "src_endpoint.ip", "src_endpoint.port", "actor.user.name",
    "actor.user.domain", "user.name", "user.domain", "user.uid", "process.pid", "process.name", "process.file.path", "process.cmd_line", "job.name",
    "win_service.name", "win_service.service_file.name", "logon_type_id", "auth_protocol_id", "disposition_id", "finding_info.title",
    "finding_info.uid", "group.name", "privileges", "script.type_id",
)  # fmt: skip


def _event(text: str, body: dict[str, Any], kind: str) -> Event | None:
    for source in all_sources():
        if kind in source.formats and any(shape.fits(body) for shape in source.shapes):
            return source.normalize(Record("vector", 1, text.encode("utf-8", "replace"), body, kind))
    return None


def _of_text(message: str) -> Event | None:
    text = message.strip()
    if text.startswith("{"):
        return _event(text, json.loads(text), "json")
    return _event(text, {"message": text}, "text")


def _flat(node: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in node.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _differences(event: Event | None, expected: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if event is None:
        yield "", "no source reads it"
        return
    for name, places in _PLACES.items():
        wanted = expected.get(name)
        found = [str(event.attributes[place]).lower() for place in places if place in event.attributes]
        if wanted is not None and str(wanted).lower().removeprefix("::ffff:") not in found:
            yield f" {name}", f"{wanted} expected, {found} found"
    time = parse_time(expected.get("@timestamp"))
    if time is not None and (event.time is None or abs((event.time - time).total_seconds()) > 0.001):
        yield " time", f"{time} expected, {event.time} found"


def test_sekoia(shared_data: Path) -> None:
    """Where Sekoia's intakes find an address, a user, a program, a time, so do we, but for the reasons given."""
    found: dict[str, str] = {}
    for intake in _SEKOIA:
        path = shared_data / f"normalisation/sekoia_ecs_nolicence/{intake}.jsonl"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            vector = json.loads(line)
            expected = dict(_flat(vector["expected_ecs"]))
            try:
                event = _of_text(vector["message"])
            except ValueError:
                event = None
            for name, difference in _differences(event, expected):
                found[f"{intake}:{number}{name}"] = difference
    assert {key: text for key, text in found.items() if key not in _SEKOIA_REASONS} == {}
    assert [key for key in _SEKOIA_REASONS if key not in found] == []


def test_tenzir(shared_data: Path) -> None:
    """Windows events land where Tenzir's mapping puts them, but for the reasons given."""
    found: dict[str, str] = {}
    for line in (shared_data / "normalisation/tenzir_ocsf_nolicence/vectors.jsonl").read_text("utf-8").splitlines():
        vector = json.loads(line)
        if not vector["test"].startswith("microsoft/tests/ocsf/eid"):
            continue
        name = vector["test"].rpartition("/")[2].removesuffix(".tql")
        event = _of_text(vector["raw"])
        assert event is not None, name
        expected = dict(_flat(vector["expected"][0]))
        for attribute in _TENZIR_COMPARED:
            wanted, ours = expected.get(attribute), event.attributes.get(attribute)
            if wanted not in (None, "S-1-0-0") and str(wanted).lower() != str(ours).lower():
                found[f"{name} {attribute}"] = f"{wanted} expected, {ours} found"
        if event.time != parse_time(expected["time"]):
            found[f"{name} time"] = f"{expected['time']} expected, {event.time} found"
    assert {key: text for key, text in found.items() if key not in _TENZIR_REASONS} == {}
    assert [key for key in _TENZIR_REASONS if key not in found] == []


@pytest.mark.parametrize(
    ("decoder", "source"),
    [("sshd", "openssh_sshd"), ("sudo", "linux_syslog"), ("su", "linux_syslog"), ("doas", "linux_syslog")],
)
def test_wazuh(shared_data: Path, decoder: str, source: str) -> None:
    """Lines that Wazuh's decoders take are read by the source of that program."""
    seen = 0
    for line in (shared_data / "normalisation/wazuh_ruleset/vectors.jsonl").read_text("utf-8").splitlines():
        vector = json.loads(line)
        if vector["decoder"] == decoder and vector["file"] == f"{decoder}.ini":
            event = _event(vector["log"], decode(vector["log"]), "syslog")
            assert event is not None
            assert event.source == source
            seen += 1
    assert seen > 0
