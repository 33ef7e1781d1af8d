"""Microsoft 365 audit log."""

import json
from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize.sources.microsoft_365 import SOURCE
from tests.unit.normalize.sources.saas_events import (
    endure,
    entities,
    event_of,
    fields_of,
    services_of,
    telemetry,
    unread,
    value_at,
)


def _record(operation: str = "New-InboxRule", **changes: Any) -> dict[str, Any]:
    return {
        "CreationTime": "2026-03-02T08:15:30",
        "Id": "r1",
        "Operation": operation,
        "OrganizationId": "t1",
        "RecordType": 1,
        "ResultStatus": "True",
        "UserKey": "10037",
        "UserType": 2,
        "Version": 1,
        "Workload": "Exchange",
        "ClientIP": "198.51.100.7:50123",
        "ObjectId": "rule1",
        "UserId": "Ada.Kern@example.com",
        "SessionId": "s1",
        "Parameters": [
            {"Name": "ForwardTo", "Value": "smtp:x@example.net"},
            {"Name": "DeleteMessage", "Value": "True"},
        ],
        **changes,
    }


def _login(**changes: Any) -> dict[str, Any]:
    return _record(
        "UserLoggedIn",
        Workload="AzureActiveDirectory",
        RecordType=15,
        UserType=0,
        ResultStatus="Success",
        ApplicationId="9ba1a5c7-f17a-4de9-a1f1-6178c8d51223",
        ExtendedProperties=[
            {"Name": "UserAgent", "Value": "Mozilla/5.0"},
            {"Name": "RequestType", "Value": "Cmsi:Cmsi"},
        ],
        **changes,
    )


def test_a_mailbox_rule_names_person_session_and_address() -> None:
    """Who made the rule, in which session, from where; the port is no part of the address."""
    event = event_of(_record())
    assert (event.class_uid, event.attributes["activity_id"], event.attributes["status_id"]) == (6003, 1, 1)
    assert event.attributes["time"] == 1772439330000
    assert event.attributes["src_endpoint.port"] == 50123
    assert entities(event) >= {
        ("user", "ada.kern@example.com", "actor"),
        ("session", "s1", "actor"),
        ("address", "198.51.100.7", "actor"),
    }


def test_rules_find_parameters_and_properties() -> None:
    """Lists of names and values are searched as they are; extended properties have their own names."""
    assert "DeleteMessage" in json.dumps(value_at(fields_of(_record()), "Parameters"))
    fields = fields_of(_login())
    assert fields["RequestType"] == "Cmsi:Cmsi"
    assert (fields["eventSource"], fields["eventName"], fields["status"]) == (
        "AzureActiveDirectory",
        "UserLoggedIn",
        ["success"],
    )


def test_alerts_answer_to_the_names_of_threat_management_rules() -> None:
    """Rules name the alert's title as `eventName`, and its workload as `eventSource`."""
    body = _record("AlertTriggered", Workload="SecurityComplianceCenter", RecordType=40, ResultStatus="Succeeded", UserType=4,
                   UserId="SecurityComplianceAlerts", Name="Impossible travel activity", Severity="High", AlertId="a1",
                   AlertEntityId="bob@example.com", Status="Active", Category="ThreatManagement")  # fmt: skip
    fields = fields_of(body)
    assert fields["eventSource"] == "SecurityComplianceCenter"
    assert "Impossible travel activity" in value_at(fields, "eventName")
    assert "success" in value_at(fields, "status")
    assert (None, "m365", "threat_management") in services_of(body)
    assert (None, "m365", "audit") in services_of(body)
    event = event_of(body)
    assert (event.class_uid, event.attributes["severity_id"]) == (2004, 4)
    assert ("user", "bob@example.com", "target") in entities(event)
    assert not any(kind == "user" and role == "actor" for kind, _, role in entities(event))


def test_a_compliance_search_has_a_payload() -> None:
    """Rules search operation and parameters in one text."""
    body = _record(
        "New-ComplianceSearchAction", Workload="SecurityComplianceCenter", Parameters='-Export -Format "Pst"'
    )
    payload = str(fields_of(body)["Payload"]).lower()
    assert all(word in payload for word in ("new-compliancesearchaction", "export", "pst"))


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("Add member to role.", (3005, 3)),
        ("Add user.", (3001, 1)),
        ("Add member to group.", (3006, 3)),
        ("Add-MailboxPermission", (3005, 1)),
        ("FileDownloaded", (6003, 2)),
        ("FileDeleted", (6003, 4)),
        ("MailItemsAccessed", (6003, 2)),
        ("Set-Mailbox", (6003, 3)),
        ("FileMalwareDetected", (2004, 1)),
    ],
)
def test_operations_have_their_class(operation: str, expected: tuple[int, int]) -> None:
    """An operation is told by its name, else by its verb."""
    event = event_of(_record(operation, Target=[{"ID": "bob@example.com", "Type": 5}]))
    assert (event.class_uid, event.attributes["activity_id"]) == expected


def test_a_failed_sign_in_has_no_actor() -> None:
    """`ResultStatus` says Success even of failed sign-ins: the error decides."""
    event = event_of({**_login(), "Operation": "UserLoginFailed", "LogonError": "InvalidUserNameOrPassword"})
    assert event.attributes["status_id"] == 2
    assert ("user", "ada.kern@example.com", "actor") not in entities(event)


def test_an_export_is_the_record_in_it() -> None:
    """A row of an audit search is the record its text holds."""
    row = {
        "CreationDate": "2026-03-02",
        "UserIds": "x",
        "Operations": "UserLoggedIn",
        "AuditData": json.dumps(_login()),
    }
    assert event_of(row).event_id == event_of(_login()).event_id
    assert fields_of(row)["RequestType"] == "Cmsi:Cmsi"


def test_hostile_values_stop_nothing() -> None:
    """Any field may hold anything."""
    endure(SOURCE, _record())
    endure(SOURCE, _login())
    for operation in ("AlertTriggered", "FileMalwareDetected", "Add member to group.", "Add-MailboxPermission"):
        endure(SOURCE, _record(operation, Target=[{"ID": "bob@example.com", "Type": 5}], SHA256Hash="ab" * 32, Url="u",
                               Recipients=["bob@example.com"], ModifiedProperties=[{"Name": "Group.DisplayName", "NewValue": "g"}]))  # fmt: skip
    endure(SOURCE, {"AuditData": json.dumps(_login())})


def test_real_records_become_events(shared_data: Path) -> None:
    """Every Microsoft 365 record of the corpus becomes an event that OCSF allows."""
    count, found = unread(
        SOURCE.name,
        telemetry(
            shared_data,
            "panther_unit_events/rules/Microsoft365.Audit.AzureActiveDirectory.jsonl",
            "panther_unit_events/rules/Microsoft365.Audit.SharePoint.jsonl",
            "normalisation/sekoia_ecs_nolicence/Office_365/o365.jsonl",
        ),
    )
    assert count == 39
    assert found == []
