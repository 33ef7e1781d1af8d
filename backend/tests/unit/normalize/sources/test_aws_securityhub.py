"""AWS Security Hub findings."""

from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize.sources.aws_securityhub import SOURCE
from tests.unit.normalize.sources.saas_events import (
    endure,
    entities,
    event_of,
    services_of,
    shape_of,
    telemetry,
    unread,
)


def _finding(**changes: Any) -> dict[str, Any]:
    return {
        "SchemaVersion": "2018-10-08",
        "Id": "arn:aws:securityhub:eu-central-1:111122223333:finding/1",
        "ProductArn": "arn:aws:securityhub:eu-central-1::product/aws/inspector",
        "ProductName": "Inspector",
        "GeneratorId": "rule-1",
        "AwsAccountId": "111122223333",
        "Region": "eu-central-1",
        "Types": ["TTPs/Discovery"],
        "CreatedAt": "2026-03-02T08:15:30Z",
        "UpdatedAt": "2026-03-02T08:15:30Z",
        "Severity": {"Label": "HIGH", "Normalized": 70},
        "Title": "Unusual scan",
        "Description": "A table was read.",
        "Resources": [
            {
                "Id": "arn:aws:ec2:eu-central-1:111122223333:instance/i-0abc1234",
                "Type": "AwsEc2Instance",
                "Region": "eu-central-1",
            },
            {
                "Id": "AKIAEXAMPLEADA000001",
                "Type": "AwsIamAccessKey",
                "Details": {
                    "AwsIamAccessKey": {
                        "AccessKeyId": "AKIAEXAMPLEADA000001",
                        "PrincipalType": "IAMUser",
                        "PrincipalName": "ada",
                    }
                },
            },
        ],
        "Action": {
            "ActionType": "AWS_API_CALL",
            "AwsApiCallAction": {"Api": "Scan", "RemoteIpDetails": {"IpAddressV4": "198.51.100.7"}},
            "NetworkConnectionAction": {"LocalPortDetails": {}, "RemotePortDetails": {}},
            "PortProbeAction": {},
        },
        "Workflow": {"Status": "NEW"},
        "RecordState": "ACTIVE",
        **changes,
    }


def test_a_finding_names_resources_actor_and_address() -> None:
    """What incidents join on is there, though ASFF lists actions that did not happen."""
    event = event_of(_finding())
    assert (event.class_uid, event.attributes["severity_id"], event.attributes["is_alert"]) == (2004, 4, True)
    assert {
        ("resource", "i-0abc1234", "target"),
        ("access_key", "AKIAEXAMPLEADA000001", "actor"),
        ("user", "ada", "actor"),
        ("address", "198.51.100.7", "actor"),
    } <= entities(event)


def test_a_checked_control_is_a_compliance_finding() -> None:
    """A control that failed is no detection of an attack."""
    event = event_of(
        _finding(
            Compliance={"Status": "FAILED", "SecurityControlId": "Config.1", "RelatedRequirements": ["PCI 10.5.2"]}
        )
    )
    assert (event.class_uid, event.attributes["compliance.status_id"], event.attributes["compliance.control"]) == (
        2003,
        3,
        "Config.1",
    )
    assert "is_alert" not in event.attributes


def test_listed_vulnerabilities_make_a_vulnerability_finding() -> None:
    """The CVEs are kept."""
    event = event_of(_finding(Vulnerabilities=[{"Id": "CVE-2021-44228"}, {"Id": "CVE-2024-3094"}]))
    assert event.class_uid == 2002
    assert event.attributes["vulnerabilities.cve.uid"] == ["CVE-2021-44228", "CVE-2024-3094"]


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ({"Label": "CRITICAL"}, 5),
        ({"Label": "INFORMATIONAL"}, 1),
        ({"Normalized": 40}, 3),
        ({"Normalized": 0}, 1),
        ({}, 0),
    ],
)
def test_severity_is_the_label_s_else_the_number_s(severity: dict[str, Any], expected: int) -> None:
    """Older findings have a number alone."""
    assert event_of(_finding(Severity=severity)).attributes["severity_id"] == expected


def test_an_archived_finding_is_closed() -> None:
    """What the product withdrew is no alert."""
    event = event_of(_finding(RecordState="ARCHIVED"))
    assert (event.attributes["activity_id"], event.attributes["is_alert"]) == (3, False)


def _wrapped(*findings: dict[str, Any]) -> dict[str, Any]:
    return {
        "detail-type": "Security Hub Findings - Imported",
        "source": "aws.securityhub",
        "detail": {"findings": list(findings)},
    }


def test_eventbridge_s_finding_is_the_same_event() -> None:
    """The wrapper changes nothing; further findings in it are not passed over in silence."""
    body = _wrapped(_finding())
    assert shape_of(body)[1].name == "eventbridge"
    assert event_of(body).event_id == event_of(_finding()).event_id
    assert services_of(body) == [(None, "aws", "securityhub")]
    assert "finding_info.uid" in {doubt.attribute for doubt in event_of(_wrapped(_finding(), _finding(Id="2"))).doubts}


def _ocsf(**changes: Any) -> dict[str, Any]:
    return {
        "class_uid": 2004,
        "category_uid": 2,
        "activity_id": 1,
        "severity_id": 4,
        "time": 1772439330000,
        "metadata": {"version": "1.6.0", "product": {"name": "GuardDuty", "vendor_name": "AWS"}},
        "cloud": {"provider": "AWS", "region": "eu-central-1", "account": {"uid": "111122223333"}},
        "finding_info": {"uid": "f-1", "title": "Unusual calls", "attacks": [{"technique": {"uid": "T1078.004"}}]},
        "resources": [{"uid": "arn:aws:iam::111122223333:user/ada", "type": "AWS::IAM::User"}],
        "evidences": [{"src_endpoint": {"ip": "198.51.100.7"}, "api": {"operation": "ListBuckets"}}],
        "status_id": 1,
        **changes,
    }


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_finding_in_ocsf_is_read(wrapped: bool) -> None:
    """The second version of Security Hub gives the same entities."""
    body = {"detail-type": "Findings Imported V2", "detail": {"findings": [_ocsf()]}} if wrapped else _ocsf()
    event = event_of(body)
    assert (event.class_uid, event.attributes["severity_id"], event.attributes["time"]) == (2004, 4, 1772439330000)
    assert event.attributes["finding_info.attacks.technique.uid"] == ["T1078.004"]
    assert {("user", "ada", "target"), ("address", "198.51.100.7", "actor")} <= entities(event)
    assert services_of(body) == [(None, "aws", "securityhub")]


@pytest.mark.parametrize("class_uid", [2002, 2003, 2006, 2007])
def test_other_findings_in_ocsf_keep_their_class(class_uid: int) -> None:
    """What a class does not have is left out."""
    assert (
        event_of(_ocsf(class_uid=class_uid, vulnerabilities=[{"cve": {"uid": "CVE-2024-3094"}}])).class_uid == class_uid
    )


@pytest.mark.parametrize(
    "body",
    [
        _finding(),
        _wrapped(_finding()),
        _finding(Compliance={"Status": "FAILED"}),
        _finding(Vulnerabilities=[{"Id": "CVE-1"}]),
        _ocsf(),
        _ocsf(class_uid=2003, compliance={"status_id": 3}),
    ],
)
def test_no_value_breaks_it(body: dict[str, Any]) -> None:
    """Any field may hold anything."""
    endure(SOURCE, body)


def test_real_records_become_events(shared_data: Path) -> None:
    """Every finding of the collected samples is an event that OCSF allows."""
    count, problems = unread(
        "aws_securityhub", telemetry(shared_data, "panther_unit_events/rules/AWS.SecurityFindingFormat.jsonl")
    )
    assert count == 4
    assert problems == []
