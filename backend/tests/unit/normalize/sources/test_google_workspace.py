"""Google Workspace."""

from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize.sources.google_workspace import SOURCE
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


def _activity(application: str = "admin", name: str = "GRANT_ADMIN_PRIVILEGE", **changes: Any) -> dict[str, Any]:
    return {
        "kind": "admin#reports#activity",
        "id": {
            "time": "2026-03-02T08:15:30.125Z",
            "uniqueQualifier": "-4711",
            "applicationName": application,
            "customerId": "C0example",
        },
        "etag": '"x"',
        "actor": {"callerType": "USER", "email": "ada.kern@example.com", "profileId": "1111"},
        "ipAddress": "198.51.100.7",
        "events": [
            {
                "type": "USER_SETTINGS",
                "name": name,
                "parameters": [
                    {"name": "USER_EMAIL", "value": "bob@example.com"},
                    {"name": "SETTING_NAME", "value": "ContextAwareAccess x"},
                    {"name": "NEW_VALUE", "boolValue": False},
                ],
            }
        ],
        **changes,
    }


def _entry(service: str, name: str) -> dict[str, Any]:
    return {
        "insertId": "abc",
        "timestamp": "2026-03-02T08:15:30.125Z",
        "logName": "organizations/1/logs/cloudaudit.googleapis.com%2Fdata_access",
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "serviceName": service,
            "methodName": "google.login.LoginService.x",
            "authenticationInfo": {"principalEmail": "ada.kern@example.com"},
            "requestMetadata": {"callerIp": "198.51.100.7", "requestAttributes": {}},
            "metadata": {
                "event": [
                    {
                        "eventType": "x",
                        "eventName": name,
                        "parameter": [{"name": "affected_email_address", "value": "bob@example.com"}],
                    }
                ]
            },
        },
    }


def test_an_administrators_act_names_both_sides() -> None:
    """Who granted, to whom, from where."""
    event = event_of(_activity())
    assert (event.class_uid, event.attributes["activity_id"]) == (3005, 1)
    assert event.attributes["time"] == 1772439330125
    assert entities(event) >= {
        ("user", "ada.kern@example.com", "actor"),
        ("user", "bob@example.com", "target"),
        ("address", "198.51.100.7", "actor"),
    }


@pytest.mark.parametrize(
    ("application", "name", "expected"),
    [
        ("login", "login_success", (3002, 1)),
        ("login", "login_failure", (3002, 1)),
        ("login", "logout", (3002, 2)),
        ("login", "gov_attack_warning", (2004, 1)),
        ("login", "2sv_disable", (3001, 11)),
        ("admin", "SUSPEND_USER", (3001, 5)),
        ("admin", "ADD_GROUP_MEMBER", (3006, 3)),
        ("admin", "CHANGE_APPLICATION_SETTING", (6003, 3)),
        ("drive", "download", (6003, 2)),
        ("token", "authorize", (6003, 1)),
        ("newapp", "happened", (6003, 99)),
    ],
)
def test_events_have_their_class(application: str, name: str, expected: tuple[int, int]) -> None:
    """Application and name together tell the class."""
    event = event_of(_activity(application, name))
    assert (event.class_uid, event.attributes["activity_id"]) == expected


def test_a_failed_sign_in_has_no_actor() -> None:
    """The name in a failed sign-in is what somebody typed."""
    event = event_of(_activity("login", "login_failure"))
    assert ("user", "ada.kern@example.com", "actor") not in entities(event)
    assert event.attributes["status_id"] == 2


def test_rules_names_are_there_in_every_shape() -> None:
    """Rule authors write the Reports API's and Cloud Logging's names: each shape answers to both."""
    flat = {
        "kind": "admin#reports#activity",
        "id": {"applicationName": "admin", "time": "2026-03-02 08:15:30.125000000"},
        "name": "GRANT_ADMIN_PRIVILEGE",
        "type": "USER_SETTINGS",
        "actor": {"email": "ada.kern@example.com"},
        "parameters": {"SETTING_NAME": "ContextAwareAccess x", "NEW_VALUE": "false"},
    }
    for body in (_activity(), flat):
        fields = fields_of(body)
        assert fields["eventService"] == "admin.googleapis.com"
        assert fields["eventName"] == "GRANT_ADMIN_PRIVILEGE"
        assert str(fields["setting_name"]).startswith("ContextAwareAccess")
        assert str(fields["new_value"]).lower() == "false"
        assert services_of(body)[0] == (None, "gcp", "google_workspace.admin")
    entry = _entry("login.googleapis.com", "gov_attack_warning")
    fields = fields_of(entry)
    assert value_at(fields, "protoPayload.metadata.event.eventName") == "gov_attack_warning"
    assert value_at(fields, "protoPayload.serviceName") == "login.googleapis.com"
    assert services_of(entry)[0] == (None, "gcp", "google_workspace.login")
    assert (event_of(entry).class_uid, event_of(entry).attributes["severity_id"]) == (2004, 4)


def test_several_events_are_one_record() -> None:
    """A rule meets any of the names; the gravest event decides what the record is."""
    two = _activity("login", "login_success")
    two["events"].append({"type": "x", "name": "gov_attack_warning", "parameters": []})
    assert fields_of(two)["eventName"] == ["login_success", "gov_attack_warning"]
    assert event_of(two).class_uid == 2004


def test_hostile_values_stop_nothing() -> None:
    """Any field may hold anything."""
    for application, name in (
        ("admin", "GRANT_ADMIN_PRIVILEGE"),
        ("login", "login_success"),
        ("login", "gov_attack_warning"),
    ):
        endure(SOURCE, _activity(application, name))
    endure(SOURCE, _entry("login.googleapis.com", "login_success"))


def test_real_records_become_events(shared_data: Path) -> None:
    """Every Google Workspace record of the corpus becomes an event that OCSF allows."""
    count, found = unread(
        SOURCE.name,
        telemetry(
            shared_data,
            "panther_unit_events/rules/GSuite.ActivityEvent.jsonl",
            "normalisation/sekoia_ecs_nolicence/Google_Cloud/google_report.jsonl",
        ),
    )
    assert count == 91
    assert found == []
