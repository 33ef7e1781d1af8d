"""Zeek."""

from pathlib import Path
from typing import Any

import pytest
from tools.telemetry import claims, files_below, records

from minixdr.normalize.source import NotAnEvent
from minixdr.normalize.sources.zeek import SOURCE
from minixdr.schema.record import Issue
from tests.contract.ocsf_check import violations
from tests.unit.normalize.sources.saas_events import (
    endure,
    entities,
    event_of,
    fields_of,
    record_of,
    services_of,
    value_at,
)

_ENDS = {"id.orig_h": "192.0.2.10", "id.orig_p": 50123, "id.resp_h": "198.51.100.7", "id.resp_p": 80}


def _log(log: str, /, **fields: Any) -> dict[str, Any]:
    return {"_path": log, "ts": 1772439330.125, "uid": "CqX1", **_ENDS, **fields}


_CONN = {"proto": "tcp", "service": "http", "duration": 1.5, "orig_bytes": 100, "resp_bytes": 900, "conn_state": "SF",
         "orig_pkts": 3, "resp_pkts": 4, "history": "ShADadfF"}  # fmt: skip
_HTTP = {"trans_depth": 1, "method": "GET", "host": "files.example.com", "uri": "/a/b.exe?x=1", "user_agent": "WebDAV client",
         "status_code": 200, "request_body_len": 0, "response_body_len": 5, "referrer": "-",
         "client_header_names": ["HOST", "AUTHORIZATION"], "resp_mime_types": ["application/x-dosexec"]}  # fmt: skip
_DNS = {"proto": "udp", "trans_id": 7, "query": "Seed.nkn.example", "qtype_name": "TXT", "rcode": 0, "rcode_name": "NOERROR",
        "rejected": False, "Z": 0, "answers": ["198.51.100.9"]}  # fmt: skip
_SAMPLES: dict[str, dict[str, Any]] = {
    "conn": _CONN, "http": _HTTP, "dns": _DNS,
    "ssl": {"version": "TLSv13", "server_name": "files.example.com", "established": True, "ja3": "ab" * 16},
    "ssh": {"version": 2, "auth_success": True, "auth_attempts": 2, "direction": "INBOUND", "hassh": "ab" * 16},
    "files": {"fuid": "F1", "depth": 0, "source": "HTTP", "filename": "b.exe", "mime_type": "application/x-dosexec",
              "sha256": "AB" * 32, "total_bytes": 10, "is_orig": False},
    "kerberos": {"request_type": "TGS", "client": "ada.kern/EXAMPLE.COM", "service": "host/srv$", "cipher": "rc4-hmac", "success": True},
    "ntlm": {"username": "ada.kern", "hostname": "LT-17", "domainname": "EXAMPLE", "success": True},
    "smb_files": {"action": "SMB::FILE_OPEN", "path": "\\\\srv\\ADMIN$", "name": "PSEXESVC.exe", "size": 5},
    "smb_mapping": {"path": "\\\\srv\\IPC$", "share_type": "PIPE"},
    "rdp": {"cookie": "ada.kern", "result": "encrypted", "security_protocol": "HYBRID", "cert_count": 0},
    "dce_rpc": {"endpoint": "svcctl", "operation": "CreateServiceW", "rtt": 0.1},
    "smtp": {"trans_depth": 1, "helo": "mail.example", "mailfrom": "a@example.com", "rcptto": ["b@example.com"], "subject": "hi"},
    "ftp": {"user": "anonymous", "command": "STOR", "arg": "ftp://h/a.txt", "reply_code": 226},
    "dhcp": {"msg_types": ["DISCOVER", "OFFER"], "mac": "00:00:5e:00:53:01", "client_addr": "192.0.2.10", "host_name": "lt-17"},
    "notice": {"note": "SSH::Password_Guessing", "msg": "192.0.2.10 guesses", "src": "192.0.2.10", "actions": ["Notice::ACTION_LOG"]},
    "intel": {"seen.indicator": "bad.example.com", "seen.indicator_type": "Intel::DOMAIN", "sources": ["list"]},
    "weird": {"name": "truncated_header", "notice": False},
    "x509": {"certificate.serial": "8BB00EE", "certificate.subject": "CN=x", "certificate.version": 3, "san.dns": ["x.example.com"]},
    "tunnel": {"tunnel_type": "Tunnel::TEREDO", "action": "Tunnel::DISCOVER"},
    "ntp": {"version": 4, "mode": 3, "stratum": 2, "poll": 1.0},
    "software": {"host": "192.0.2.10", "software_type": "SSH::CLIENT", "name": "OpenSSH", "unparsed_version": "OpenSSH_9"},
    "known_hosts": {"host": "192.0.2.10"},
    "radius": {"username": "ada.kern", "result": "failed"},
}  # fmt: skip
_CLASSES = {
    "conn": 4001, "http": 4002, "dns": 4003, "ssl": 4001, "ssh": 4007, "files": 4010, "kerberos": 3002, "ntlm": 3002, "smb_files": 4006,
    "smb_mapping": 4006, "rdp": 4005, "dce_rpc": 4001, "smtp": 4009, "ftp": 4008, "dhcp": 4004, "notice": 2004, "intel": 2004,
    "weird": 4001, "x509": 4001, "tunnel": 4014, "ntp": 4013, "software": 5020, "known_hosts": 5001, "radius": 3002,
}  # fmt: skip


@pytest.mark.parametrize("log", _SAMPLES)
def test_each_log_has_its_class(log: str) -> None:
    """Every log that Zeek names is read as what it tells of."""
    event = event_of(_log(log, **_SAMPLES[log]))
    assert event.class_uid == _CLASSES[log]
    assert event.attributes["time"] == 1772439330125
    assert event.attributes["metadata.log_name"] == log


@pytest.mark.parametrize(
    "log", ["conn", "http", "dns", "ssl", "ssh", "kerberos", "smb_files", "rdp", "dce_rpc", "notice"]
)
def test_logs_that_do_not_say_their_name_are_told_by_their_fields(log: str) -> None:
    """Default JSON logs, nested or underscored connection ids: the same event's class and ends."""
    tagged = _log(log, **_SAMPLES[log])
    plain = {name: value for name, value in tagged.items() if name != "_path"}
    nested = {name: value for name, value in plain.items() if not name.startswith("id.")}
    nested["id"] = {name.partition(".")[2]: value for name, value in _ENDS.items()}
    underscored = {name.replace("id.", "id_") if name in _ENDS else name: value for name, value in plain.items()}
    for body in (plain, nested, underscored):
        event = event_of(body)
        assert event.class_uid == _CLASSES[log]
        assert ("address", "192.0.2.10", "actor") in entities(event)
        assert services_of(body)[0][1:] == ("zeek", log)


def test_a_connection_says_who_spoke_to_whom_and_how_much() -> None:
    """Ends, bytes, state."""
    event = event_of(_log("conn", **_CONN))
    attributes = event.attributes
    assert (attributes["src_endpoint.ip"], attributes["dst_endpoint.ip"], attributes["dst_endpoint.port"]) == (
        "192.0.2.10",
        "198.51.100.7",
        80,
    )
    assert (attributes["traffic.bytes_out"], attributes["traffic.bytes_in"], attributes["activity_id"]) == (100, 900, 2)
    assert attributes["duration"] == 1500
    refused = event_of(_log("conn", **{**_CONN, "conn_state": "REJ"}))
    assert refused.attributes["activity_id"] == 5


def test_requests_answer_to_zeeks_and_to_sigmas_names() -> None:
    """Rules of the categories proxy and webserver, and rules for Zeek, meet the same request."""
    body = _log("http", **_HTTP)
    fields = fields_of(body)
    assert "/a/b.exe?x=1" in value_at(fields, "c-uri")
    assert value_at(fields, "cs-uri-stem") == "/a/b.exe"
    assert value_at(fields, "c-uri-extension") == "exe"
    assert services_of(body) == [("proxy", "zeek", "http"), ("webserver", "zeek", "http")]
    names = SOURCE.routing.log_sources(("http",))[0].field_names
    assert value_at(fields, names["c-useragent"]) == "WebDAV client"
    event = event_of(body)
    assert event.attributes["http_request.url.url_string"] == "http://files.example.com/a/b.exe?x=1"
    assert ("domain", "files.example.com", "related") in entities(event)


def test_a_query_names_domain_and_answer() -> None:
    """What was asked, and what came back."""
    event = event_of(_log("dns", **_DNS))
    assert event.attributes["query.hostname"].lower() == "seed.nkn.example"  # type: ignore[union-attr]
    assert event.attributes["answers.rdata"] == ["198.51.100.9"]
    assert ("domain", "seed.nkn.example", "related") in entities(event)


def test_a_file_has_its_hash() -> None:
    """Hashes join with what hosts report."""
    event = event_of(_log("files", **_SAMPLES["files"]))
    assert ("file_hash", "ab" * 32, "related") in entities(event)


def test_a_notice_is_zeeks_finding() -> None:
    """Guessed passwords are grave; what no table names is low."""
    event = event_of(_log("notice", **_SAMPLES["notice"]))
    assert (event.attributes["severity_id"], event.attributes["is_alert"]) == (4, True)
    assert ("address", "192.0.2.10", "actor") in entities(event)


def test_a_list_of_scripts_is_no_event() -> None:
    """What the sensor loaded did not happen on the network."""
    with pytest.raises(NotAnEvent, match="scripts"):
        SOURCE.normalize(record_of({"name": "/opt/zeek/share/zeek/base/init-bare.zeek"}))


def test_a_log_of_the_sites_own_is_a_connection() -> None:
    """A script's own log with a connection id is Zeek's, its fields visible."""
    event = event_of(_log("ja4_site", ja4="t13d"))
    assert event.class_uid == 4001
    assert event.unmapped["ja4"] == "t13d"


@pytest.mark.parametrize("log", _SAMPLES)
def test_hostile_values_stop_nothing(log: str) -> None:
    """Any field may hold anything."""
    endure(SOURCE, _log(log, **_SAMPLES[log]))


def test_real_logs_become_events(shared_data: Path) -> None:
    """Every record of every Zeek log of the corpus is recognised as Zeek's alone, and is an event that OCSF allows or a list of scripts."""
    folders = ("apt29_zeek", "ocsf_raw_zeek", "wrccdc_zeek_json", "stratosphere_labelled")
    events = scripts = 0
    for path in (path for folder in folders for path in files_below(shared_data / "network" / folder)):
        if not path.name.endswith((".log", ".jsonl.gz", ".labeled")):
            continue
        for record in records(path, 300):
            assert not isinstance(record, Issue), record
            assert [source.name for source, _ in claims(record)] == ["zeek"], (path, record.raw[:200])
            try:
                event = SOURCE.normalize(record)
            except NotAnEvent:
                scripts += 1
                continue
            events += 1
            assert violations(event) == []
    assert events > 10_000
    assert scripts > 0
