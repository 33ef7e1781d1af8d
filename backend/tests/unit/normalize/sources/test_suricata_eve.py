"""Suricata EVE."""

from pathlib import Path
from typing import Any

import pytest
from tools.telemetry import claims, records

from minixdr.normalize.sources.suricata_eve import SOURCE
from minixdr.schema.record import Issue
from tests.contract.ocsf_check import violations
from tests.unit.normalize.sources.saas_events import endure, entities, event_of, fields_of, services_of, value_at


def _eve(kind: str, **parts: Any) -> dict[str, Any]:
    return {
        "timestamp": "2026-03-02T08:15:30.125000+0000",
        "flow_id": 4711,
        "event_type": kind,
        "src_ip": "192.0.2.10",
        "src_port": 50123,
        "dest_ip": "198.51.100.7",
        "dest_port": 80,
        "proto": "TCP",
        **parts,
    }


_HTTP = {"hostname": "files.example.com", "url": "/a/b.exe?x=1", "http_method": "GET", "http_user_agent": "curl/8", "status": 200,
         "protocol": "HTTP/1.1", "length": 5}  # fmt: skip
_ALERT = {"action": "blocked", "gid": 1, "signature_id": 2019284, "rev": 3, "signature": "ET ATTACK_RESPONSE x", "category": "c",
          "severity": 1, "metadata": {"mitre_tactic_id": ["TA0011"], "mitre_technique_id": ["T1071"], "confidence": ["High"]}}  # fmt: skip
_SAMPLES: dict[str, dict[str, Any]] = {
    "alert": {"alert": _ALERT, "http": _HTTP, "app_proto": "http"},
    "http": {"http": _HTTP},
    "dns": {"dns": {"type": "query", "id": 7, "rrname": "seed.example.com", "rrtype": "TXT"}},
    "tls": {"tls": {"sni": "files.example.com", "version": "TLS 1.3", "serial": "AA:BB", "ja3": {"hash": "ab" * 16}}},
    "flow": {"flow": {"bytes_toserver": 100, "bytes_toclient": 900, "pkts_toserver": 3, "pkts_toclient": 4, "state": "closed",
                      "start": "2026-03-02T08:15:29.000000+0000"}},
    "fileinfo": {"fileinfo": {"filename": "/a/b.exe", "size": 5, "sha256": "ab" * 32}},
    "ssh": {"ssh": {"client": {"proto_version": "2.0", "hassh": {"hash": "ab" * 16}}, "server": {"proto_version": "2.0"}}},
    "smb": {"smb": {"command": "SMB2_COMMAND_CREATE", "filename": "svc\\x.exe", "share": "\\\\s\\ADMIN$", "status": "STATUS_SUCCESS"}},
    "krb5": {"krb5": {"msg_type": "KRB_TGS_REP", "cname": "ada.kern", "realm": "EXAMPLE.COM", "sname": "host/srv"}},
    "rdp": {"rdp": {"event_type": "initial_request", "cookie": "ada.kern"}},
    "ftp": {"ftp": {"command": "USER", "command_data": "anonymous", "completion_code": ["331"], "reply": ["ok"]}},
    "smtp": {"smtp": {"helo": "mail.example", "mail_from": "<a@example.com>", "rcpt_to": ["<b@example.com>"]}, "email": {"from": "a@example.com"}},
    "dhcp": {"dhcp": {"type": "request", "dhcp_type": "discover", "client_mac": "00:00:5e:00:53:01", "hostname": "lt-17"}},
    "anomaly": {"anomaly": {"type": "stream", "event": "stream.pkt_invalid_ack"}},
    "drop": {"drop": {"reason": "rules", "len": 40}},
    "quic": {"quic": {"version": "1", "sni": "x.example.com"}},
    "sip": {"sip": {"method": "REGISTER"}},
}  # fmt: skip
_CLASSES = {
    "alert": 2004, "http": 4002, "dns": 4003, "tls": 4001, "flow": 4001, "fileinfo": 4010, "ssh": 4007, "smb": 4006, "krb5": 3002,
    "rdp": 4005, "ftp": 4008, "smtp": 4009, "dhcp": 4004, "anomaly": 4001, "drop": 4001, "quic": 4001, "sip": 4001,
}  # fmt: skip


@pytest.mark.parametrize("kind", _SAMPLES)
def test_each_type_has_its_class(kind: str) -> None:
    """Every event type is read as what it tells of."""
    event = event_of(_eve(kind, **_SAMPLES[kind]))
    assert event.class_uid == _CLASSES[kind]
    assert event.attributes["time"] == 1772439330125


def test_an_alert_is_suricatas_finding_with_its_connection() -> None:
    """Signature, severity, ATT&CK ids, and the connection as evidence."""
    event = event_of(_eve("alert", **_SAMPLES["alert"]))
    attributes = event.attributes
    assert (attributes["finding_info.title"], attributes["severity_id"], attributes["disposition_id"]) == (
        "ET ATTACK_RESPONSE x",
        4,
        2,
    )
    assert attributes["finding_info.attacks.technique.uid"] == ["T1071"]
    assert entities(event) >= {
        ("address", "192.0.2.10", "actor"),
        ("address", "198.51.100.7", "target"),
        ("domain", "files.example.com", "related"),
    }


def test_requests_and_queries_answer_to_sigmas_names() -> None:
    """Rules of the categories proxy, webserver, dns and firewall meet EVE records."""
    body = _eve("http", **_SAMPLES["http"])
    assert services_of(body) == [("proxy", "suricata", "http"), ("webserver", "suricata", "http")]
    fields = fields_of(body)
    assert "http://files.example.com/a/b.exe?x=1" in value_at(fields, "c-uri")
    assert (fields["c-useragent"], fields["cs-method"], fields["sc-status"], fields["cs-host"]) == (
        "curl/8",
        "GET",
        200,
        "files.example.com",
    )
    query = _eve("dns", **_SAMPLES["dns"])
    assert services_of(query)[0][0] == "dns"
    assert (fields_of(query)["query"], fields_of(query)["record_type"]) == ("seed.example.com", "TXT")
    assert services_of(_eve("flow", **_SAMPLES["flow"]))[0][0] == "firewall"


def test_all_versions_of_dns_give_query_and_answer() -> None:
    """EVE's DNS changed twice: rules and events see the same."""
    third = {"version": 3, "type": "response", "queries": [{"rrname": "seed.example.com", "rrtype": "A"}], "rcode": "NOERROR",
             "answers": [{"rrname": "seed.example.com", "rrtype": "A", "rdata": "198.51.100.9"}]}  # fmt: skip
    second = {"version": 2, "type": "answer", "rrname": "seed.example.com", "rrtype": "A", "rcode": "NOERROR",
              "answers": [{"rdata": "198.51.100.9"}]}  # fmt: skip
    for dns in (second, third):
        event = event_of(_eve("dns", dns=dns))
        assert (event.attributes["query.hostname"], event.attributes["activity_id"]) == ("seed.example.com", 2)
        assert event.attributes["answers.rdata"] == ["198.51.100.9"]
        assert fields_of(_eve("dns", dns=dns))["answer"] == ["198.51.100.9"]


@pytest.mark.parametrize("kind", _SAMPLES)
def test_hostile_values_stop_nothing(kind: str) -> None:
    """Any field may hold anything."""
    endure(SOURCE, _eve(kind, **_SAMPLES[kind]))


def test_real_records_become_events(shared_data: Path) -> None:
    """Every EVE record of the corpus is recognised as Suricata's alone, and is an event that OCSF allows."""
    count = 0
    for name in (
        "network/stratosphere_labelled/test6-malicious.suricata.json",
        "linux_web_saas/crowdsec_hub/suricata-logs-evelog/suricata-logs-evelog.log",
    ):
        path = shared_data / name
        for record in records(path):
            assert not isinstance(record, Issue), record
            assert [source.name for source, _ in claims(record)] == ["suricata_eve"], record.raw[:200]
            assert violations(SOURCE.normalize(record)) == []
            count += 1
    assert count >= 3_000
