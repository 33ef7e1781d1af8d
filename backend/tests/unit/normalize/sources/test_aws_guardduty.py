"""Amazon GuardDuty findings."""

from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize.sources.aws_guardduty import SOURCE
from tests.unit.normalize.sources.saas_events import (
    endure,
    entities,
    event_of,
    fields_of,
    services_of,
    shape_of,
    telemetry,
    unread,
)

_ACCOUNT = "111122223333"
_INSTANCE = {
    "instanceId": "i-0abc1234",
    "networkInterfaces": [
        {"privateIpAddress": "10.0.1.5", "privateDnsName": "ip-10-0-1-5.ec2.internal", "vpcId": "vpc-0abc"}
    ],
}
_REMOTE = {"ipAddressV4": "203.0.113.9", "country": {"countryName": "Nowhere"}}
_API_CALL = {
    "actionType": "AWS_API_CALL",
    "awsApiCallAction": {
        "api": "GetSecretValue",
        "serviceName": "secretsmanager.amazonaws.com",
        "callerType": "Remote IP",
        "remoteIpDetails": _REMOTE,
    },
}
_KEY = {
    "resourceType": "AccessKey",
    "accessKeyDetails": {
        "accessKeyId": "ASIAEXAMPLEWEB000001",
        "principalId": "AROAEXAMPLEWEB000001:i-0abc1234",
        "userType": "AssumedRole",
        "userName": "Web",
    },
}


def _finding(
    kind: str = "CredentialAccess:IAMUser/AnomalousBehavior",
    resource: dict[str, Any] = _KEY,
    action: dict[str, Any] = _API_CALL,
    **service: Any,
) -> dict[str, Any]:
    return {
        "schemaVersion": "2.0",
        "accountId": _ACCOUNT,
        "region": "eu-central-1",
        "partition": "aws",
        "id": "53a87f7e55ce432c833e952613829048",
        "arn": "arn:aws:guardduty:eu-central-1:111122223333:detector/4b85/finding/53a87f7e",
        "type": kind,
        "resource": resource,
        "service": {
            "serviceName": "guardduty",
            "detectorId": "4b85",
            "action": action,
            "eventFirstSeen": "2026-03-02T08:00:00.000Z",
            "eventLastSeen": "2026-03-02T08:15:30.000Z",
            "archived": False,
            "count": 1,
            **service,
        },
        "severity": 8,
        "createdAt": "2026-03-02T08:20:00.000Z",
        "updatedAt": "2026-03-02T08:20:00.000Z",
        "title": "Unusual calls",
        "description": "Somebody called what nobody calls.",
    }


def test_a_finding_about_a_role_joins_the_trail_of_its_session() -> None:
    """Session, role and key are written as CloudTrail writes them; the remote side is the actor's address."""
    event = event_of(_finding())
    assert entities(event) == {
        ("access_key", "ASIAEXAMPLEWEB000001", "target"),
        ("access_key", "ASIAEXAMPLEWEB000001", "actor"),
        ("session", f"arn:aws:sts::{_ACCOUNT}:assumed-role/Web/i-0abc1234", "actor"),
        ("role", f"arn:aws:iam::{_ACCOUNT}:role/Web", "actor"),
        ("address", "203.0.113.9", "actor"),
        ("account", _ACCOUNT, "related"),
    }
    assert event.attributes["finding_info.attacks.tactic.uid"] == ["TA0006"]


def test_its_time_is_that_of_the_activity() -> None:
    """A timeline shows when it happened, not when GuardDuty wrote it."""
    assert event_of(_finding()).attributes["time"] == 1772439330000


def test_an_outbound_connection_has_the_remote_side_as_its_target() -> None:
    """Who attacked whom is not turned around."""
    action = {
        "actionType": "NETWORK_CONNECTION",
        "networkConnectionAction": {
            "connectionDirection": "OUTBOUND",
            "protocol": "TCP",
            "remoteIpDetails": _REMOTE,
            "remotePortDetails": {"port": 4444},
            "localIpDetails": {"ipAddressV4": "10.0.1.5"},
            "localPortDetails": {"port": 50000},
        },
    }
    event = event_of(
        _finding("Backdoor:EC2/C&CActivity.B", {"resourceType": "Instance", "instanceDetails": _INSTANCE}, action)
    )
    assert event.attributes["evidences.dst_endpoint.ip"] == ["203.0.113.9"]
    assert {
        ("address", "203.0.113.9", "target"),
        ("address", "10.0.1.5", "actor"),
        ("resource", "i-0abc1234", "target"),
        ("host", "ip-10-0-1-5", "target"),
    } <= entities(event)


def test_every_prober_is_kept() -> None:
    """A probed port names all who probed it."""
    details = [
        {"remoteIpDetails": {"ipAddressV4": f"203.0.113.{n}"}, "localPortDetails": {"port": 22}} for n in (1, 2, 3)
    ]
    action = {"actionType": "PORT_PROBE", "portProbeAction": {"portProbeDetails": details}}
    event = event_of(_finding("Recon:EC2/PortProbeUnprotectedPort", {"instanceDetails": _INSTANCE}, action))
    assert event.attributes["evidences.src_endpoint.ip"] == ["203.0.113.1", "203.0.113.2", "203.0.113.3"]


def test_a_domain_and_a_pod_are_named() -> None:
    """DNS requests give the domain; findings in EKS give the workload as the audit log writes it."""
    dns = {"actionType": "DNS_REQUEST", "dnsRequestAction": {"domain": "c2.example.net.", "protocol": "UDP"}}
    pod = {"kubernetesDetails": {"kubernetesWorkloadDetails": {"name": "web-1", "type": "pods", "namespace": "shop"}}}
    event = event_of(_finding("CryptoCurrency:Runtime/BitcoinTool.B!DNS", {"resourceType": "EKSCluster", **pod}, dns))
    assert {("domain", "c2.example.net", "related"), ("pod", "shop/web-1", "target")} <= entities(event)


@pytest.mark.parametrize(("severity", "expected"), [(9.5, 5), (8, 4), (5.0, 3), (2, 2), (None, 0)])
def test_severity_keeps_guardduty_s_bands(severity: float | None, expected: int) -> None:
    """Critical, high, medium, low; unknown where there is none."""
    assert event_of({**_finding(), "severity": severity}).attributes["severity_id"] == expected


def test_samples_and_archived_findings_raise_no_alarm() -> None:
    """They are kept, and are no alerts."""
    assert event_of(_finding()).attributes["is_alert"] is True
    assert event_of(_finding(additionalInfo={"sample": True})).attributes["is_alert"] is False
    archived = event_of(_finding(archived=True))
    assert (archived.attributes["is_alert"], archived.attributes["activity_id"]) == (False, 3)


def test_each_writing_of_a_finding_is_an_event() -> None:
    """A finding that is updated is not taken for a repeat of itself."""
    first, again = _finding(), {**_finding(count=2), "updatedAt": "2026-03-02T09:20:00.000Z"}
    assert event_of(first).event_id != event_of(again).event_id
    assert event_of(again).attributes["activity_id"] == 2


def _upper(node: Any) -> Any:
    if isinstance(node, dict):
        return {key[:1].upper() + key[1:]: _upper(value) for key, value in node.items()}
    return [_upper(item) for item in node] if isinstance(node, list) else node


def _shapes() -> dict[str, dict[str, Any]]:
    finding = _finding()
    return {
        "finding": finding,
        "eventbridge": {
            "version": "0",
            "detail-type": "GuardDuty Finding",
            "source": "aws.guardduty",
            "detail": finding,
        },
        "upper_camel": _upper(finding),
    }


@pytest.mark.parametrize("shape", _shapes())
def test_every_way_it_is_written_is_one_event(shape: str) -> None:
    """Export, EventBridge and CLI give one event with one id, and rules find its type."""
    body = _shapes()[shape]
    assert shape_of(body)[1].name == shape
    event = event_of(body)
    assert event.event_id == event_of(_finding()).event_id
    assert entities(event) == entities(event_of(_finding()))
    assert fields_of(body)["type"] == "CredentialAccess:IAMUser/AnomalousBehavior"
    assert services_of(body) == [(None, "aws", "guardduty")]


@pytest.mark.parametrize("shape", _shapes())
def test_no_value_breaks_it(shape: str) -> None:
    """Any field may hold anything."""
    endure(SOURCE, _shapes()[shape])


def test_real_records_become_events(shared_data: Path) -> None:
    """Every finding of the collected samples is an event that OCSF allows."""
    count, problems = unread(
        "aws_guardduty",
        telemetry(
            shared_data,
            "panther_unit_events/rules/AWS.GuardDuty.jsonl",
            "normalisation/sekoia_ecs_nolicence/AWS/aws_guardduty.jsonl",
        ),
    )
    assert count == 7
    assert problems == []
