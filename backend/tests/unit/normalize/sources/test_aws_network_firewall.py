"""AWS Network Firewall: Suricata's records in a wrapper."""

from typing import Any

from minixdr.normalize.sources.suricata_eve import SOURCE
from tests.unit.normalize.sources.saas_events import endure, entities, event_of, fields_of, services_of, shape_of


def _log(**changes: Any) -> dict[str, Any]:
    return {
        "firewall_name": "edge",
        "availability_zone": "eu-central-1a",
        "event_timestamp": "1772439330",
        "event": {
            "timestamp": "2026-03-02T08:15:30.125000+0000",
            "flow_id": 1770453319291727,
            "event_type": "alert",
            "src_ip": "198.51.100.7",
            "src_port": 47047,
            "dest_ip": "10.0.1.5",
            "dest_port": 445,
            "proto": "TCP",
            "alert": {
                "action": "blocked",
                "signature_id": 2,
                "signature": "ET SCAN",
                "category": "scan",
                "severity": 1,
            },
            **changes,
        },
    }


def test_the_wrapped_alert_is_suricata_s_alert() -> None:
    """The wrapper adds the firewall and takes nothing away."""
    event = event_of(_log())
    plain = event_of(_log()["event"])
    assert shape_of(_log())[1].name == "aws_network_firewall"
    assert (event.class_uid, event.time, entities(event)) == (plain.class_uid, plain.time, entities(plain))
    assert event.attributes["metadata.product.feature.uid"] == "edge"
    assert ("address", "198.51.100.7", "actor") in entities(event)


def test_rules_meet_it_as_suricata_s() -> None:
    """One rule for Suricata wherever it runs."""
    assert services_of(_log()) == services_of(_log()["event"])
    assert fields_of(_log())["src_ip"] == "198.51.100.7"


def test_no_value_breaks_it() -> None:
    """Any field may hold anything."""
    endure(SOURCE, _log())
    endure(
        SOURCE, _log(event_type="netflow", netflow={"pkts": 1, "bytes": 60, "start": "2026-03-02T08:15:30.125000+0000"})
    )
