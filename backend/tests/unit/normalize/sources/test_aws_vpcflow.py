"""Amazon VPC flow logs."""

from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize.source import NotAnEvent
from minixdr.normalize.sources.aws_vpcflow import SOURCE
from tests.unit.normalize.sources.saas_events import (
    endure,
    entities,
    event_of,
    record_of,
    services_of,
    shape_of,
    telemetry,
    unread,
)


def _flow(**changes: Any) -> dict[str, Any]:
    return {
        "version": "5",
        "account-id": "111122223333",
        "interface-id": "eni-0123456789abcdef0",
        "srcaddr": "10.0.1.5",
        "dstaddr": "203.0.113.9",
        "srcport": "49152",
        "dstport": "443",
        "protocol": "6",
        "packets": "25",
        "bytes": "20000",
        "start": "1772439330",
        "end": "1772439390",
        "action": "ACCEPT",
        "log-status": "OK",
        "tcp-flags": "3",
        "type": "IPv4",
        "vpc-id": "vpc-0abc",
        "subnet-id": "subnet-0abc",
        "instance-id": "i-0abc1234",
        "pkt-srcaddr": "10.0.2.9",
        "pkt-dstaddr": "203.0.113.9",
        "region": "eu-central-1",
        "az-id": "euc1-az1",
        "flow-direction": "egress",
        "traffic-path": "8",
        **changes,
    }


def test_a_flow_says_who_spoke_to_whom_and_how_much() -> None:
    """The packet's addresses, the instance and the volume are there; the interface's address is kept as a station on the way."""
    event = event_of(_flow(), "vpcflow")
    attributes = event.attributes
    assert (event.class_uid, attributes["activity_id"], attributes["disposition_id"]) == (4001, 6, 1)
    assert (attributes["src_endpoint.ip"], attributes["src_endpoint.intermediate_ips"]) == ("10.0.2.9", ["10.0.1.5"])
    assert (attributes["dst_endpoint.ip"], attributes["dst_endpoint.port"]) == ("203.0.113.9", 443)
    assert (attributes["traffic.bytes"], attributes["duration"], attributes["time"]) == (20000, 60000, 1772439330000)
    assert (attributes["connection_info.direction_id"], attributes["connection_info.boundary_id"]) == (2, 11)
    assert ("resource", "i-0abc1234", "actor") in entities(event)
    assert not event.doubts


def test_an_ingress_flow_s_instance_is_the_target() -> None:
    """The interface is the receiver's where the flow comes in."""
    event = event_of(_flow(**{"flow-direction": "ingress"}))
    assert ("resource", "i-0abc1234", "target") in entities(event)


def test_without_a_direction_nothing_says_whose_the_interface_is() -> None:
    """Nobody is guessed."""
    event = event_of(_flow(**{"flow-direction": "-"}))
    assert not [entity for entity in event.entities if entity.type == "resource"]
    assert event.unmapped["instance-id"] == "i-0abc1234"


@pytest.mark.parametrize("changes", [{"action": "REJECT"}, {"tcp-flags": "2"}])
def test_a_flow_without_a_connection_does_not_prove_its_source(changes: dict[str, str]) -> None:
    """A source address can be forged where no connection was made."""
    event = event_of(_flow(**changes))
    assert "src_endpoint.ip" in {doubt.attribute for doubt in event.doubts}


@pytest.mark.parametrize("status", ["NODATA", "SKIPDATA"])
def test_an_interval_without_traffic_is_no_event(status: str) -> None:
    """The reason is said."""
    with pytest.raises(NotAnEvent, match=status):
        SOURCE.normalize(record_of(_flow(**{"log-status": status}), "vpcflow"))


def _shapes() -> dict[str, dict[str, Any]]:
    flow = _flow()
    line = (
        "2 111122223333 eni-0123456789abcdef0 10.0.1.5 203.0.113.9 49152 443 6 25 20000 1772439330 1772439390 ACCEPT OK"
    )
    return {
        "line": flow,
        "columns": {name.replace("-", "_"): value for name, value in flow.items()},
        "camel": {
            "srcAddr": "10.0.2.9",
            "dstAddr": "203.0.113.9",
            "dstPort": 443,
            "start": 1772439330,
            "interfaceId": "eni-0",
        },
        "cloudwatch": {"id": "1", "timestamp": 1772439330000, "message": line},
    }


@pytest.mark.parametrize("shape", _shapes())
def test_every_way_it_is_written_is_read(shape: str) -> None:
    """Files, tables, pipelines and CloudWatch Logs give the same flow and the same rules."""
    body = _shapes()[shape]
    assert shape_of(body)[1].name == shape
    event = event_of(body)
    assert (event.attributes["dst_endpoint.ip"], event.attributes["dst_endpoint.port"]) == ("203.0.113.9", 443)
    assert event.attributes["time"] == 1772439330000
    assert services_of(body) == [("firewall", "aws", "vpcflow")]


@pytest.mark.parametrize("body", [_flow(), _shapes()["columns"], _shapes()["cloudwatch"]])
def test_no_value_breaks_it(body: dict[str, Any]) -> None:
    """Any field may hold anything."""
    endure(SOURCE, body)


_NOT_FLOWS = 4
"""Vectors in OCSF, not as AWS writes flows."""


def test_real_records_become_events(shared_data: Path) -> None:
    """Every flow of the collected samples is an event that OCSF allows."""
    count, problems = unread(
        "aws_vpcflow",
        telemetry(
            shared_data,
            "panther_unit_events/rules/AWS.VPCFlow.jsonl",
            "normalisation/sekoia_ecs_nolicence/AWS/aws_flow_logs.jsonl",
        ),
    )
    assert count == 16
    assert len([problem for problem in problems if "[]" in problem]) == len(problems) == _NOT_FLOWS
