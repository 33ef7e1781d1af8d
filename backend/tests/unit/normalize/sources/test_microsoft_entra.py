"""Microsoft Entra ID."""

from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize.sources.microsoft_entra import SOURCE
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

_TENANT = "00000000-0000-0000-0000-00000000000a"


def _sign_in(**changes: Any) -> dict[str, Any]:
    return {
        "id": "sign-in-1",
        "createdDateTime": "2026-03-02T08:15:30.125Z",
        "userDisplayName": "Ada Kern",
        "userPrincipalName": "ada.kern@example.com",
        "userId": "user-1",
        "appId": "app-1",
        "appDisplayName": "Azure Portal",
        "ipAddress": "198.51.100.7",
        "clientAppUsed": "Browser",
        "userAgent": "axios/1.7.9",
        "conditionalAccessStatus": "success",
        "authenticationRequirement": "singleFactorAuthentication",
        "authenticationProtocol": "deviceCode",
        "resourceDisplayName": "Device Registration Service",
        "riskState": "atRisk",
        "riskLevelDuringSignIn": "medium",
        "sessionId": "session-1",
        "networkLocationDetails": [],
        "status": {"errorCode": 0, "failureReason": "Other.", "additionalDetails": "MFA denied; user declined"},
        "deviceDetail": {"deviceId": "device-1", "displayName": "LT-17", "isCompliant": False, "trustType": ""},
        "location": {"city": "Bern", "countryOrRegion": "CH", "geoCoordinates": {"latitude": 46.9, "longitude": 7.4}},
        **changes,
    }


def _audit(activity: str = "Add member to role", **changes: Any) -> dict[str, Any]:
    return {
        "id": "Directory_1",
        "category": "RoleManagement",
        "activityDateTime": "2026-03-02T08:15:30.125Z",
        "activityDisplayName": activity,
        "loggedByService": "Core Directory",
        "operationType": "Assign",
        "result": "success",
        "resultReason": "",
        "initiatedBy": {
            "user": {"id": "user-1", "userPrincipalName": "ada.kern@example.com", "ipAddress": "198.51.100.7"}
        },
        "additionalDetails": [{"key": "User-Agent", "value": "python-requests/2.32"}],
        "targetResources": [
            {
                "id": "user-2",
                "type": "User",
                "userPrincipalName": "bob@example.com",
                "modifiedProperties": [
                    {"displayName": "UserType", "oldValue": '["Guest"]', "newValue": '["Member"]'},
                    {"displayName": "ConsentContext.IsAdminConsent", "oldValue": None, "newValue": '"False"'},
                ],
            },
            {"id": "role-1", "type": "Role", "displayName": "Global Administrator"},
        ],
        **changes,
    }


def _diagnostic(category: str, properties: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "time": "2026-03-02T08:15:31Z",
        "resourceId": f"/tenants/{_TENANT}/providers/Microsoft.aadiam",
        "operationName": properties.get("activityDisplayName", "Sign-in activity"),
        "category": category,
        "tenantId": _TENANT,
        "resultType": "0",
        "callerIpAddress": "198.51.100.7",
        "properties": properties,
        **changes,
    }


_TABLE = {
    "TimeGenerated": "2026-03-02T08:15:30.125Z", "Type": "SigninLogs", "OperationName": "Sign-in activity", "Category": "SignInLogs",
    "ResultType": "0", "UserPrincipalName": "ada.kern@example.com", "UserId": "user-1", "IPAddress": "198.51.100.7", "Location": "CH",
    "LocationDetails": '{"city":"Bern","countryOrRegion":"CH"}', "Status": '{"errorCode":0}', "AppId": "app-1",
    "AuthenticationRequirement": "singleFactorAuthentication", "ConditionalAccessStatus": "success", "UserAgent": "axios/1.7.9",
    "DeviceDetail": '{"deviceId":"","trustType":""}', "Id": "sign-in-1",
}  # fmt: skip


def test_a_sign_in_names_user_session_device_and_address() -> None:
    """What incidents join on is there: who, in which session, from where, on which device."""
    event = event_of(_sign_in())
    assert (event.class_uid, event.attributes["activity_id"], event.attributes["status_id"]) == (3002, 1, 1)
    assert event.attributes["time"] == 1772439330125
    assert event.attributes["severity_id"] == 3
    assert event.attributes["device.uid"] == "device-1"
    assert entities(event) >= {
        ("user", "ada.kern@example.com", "actor"),
        ("session", "session-1", "actor"),
        ("address", "198.51.100.7", "actor"),
    }


def test_a_failed_sign_in_has_no_actor() -> None:
    """The name in a failed sign-in is what somebody typed."""
    event = event_of(_sign_in(status={"errorCode": 50126, "failureReason": "Invalid username or password"}))
    assert (event.attributes["status_id"], event.attributes["status_code"]) == (2, "50126")
    assert ("user", "ada.kern@example.com", "target") in entities(event)
    assert ("user", "ada.kern@example.com", "actor") not in entities(event)


def test_a_workload_signs_in_as_itself() -> None:
    """A service principal is the actor of its own sign-in, with the key it used."""
    event = event_of(_diagnostic("ServicePrincipalSignInLogs", {
        "id": "s2", "createdDateTime": "2026-03-02T08:15:30Z", "userId": None, "appId": "app-2", "ipAddress": "203.0.113.9",
        "status": {"errorCode": 0}, "servicePrincipalName": "deployer", "servicePrincipalId": "sp-1",
        "servicePrincipalCredentialKeyId": "key-1",
    }))  # fmt: skip
    assert {("user", "deployer", "actor"), ("access_key", "key-1", "actor")} <= entities(event)
    assert event.attributes["actor.user.type_id"] == 4


@pytest.mark.parametrize(
    ("activity", "expected"),
    [
        ("Add member to role", (3005, 3)),
        ("Remove member from role", (3005, 4)),
        ("Consent to application", (3005, 1)),
        ("Add user", (3001, 1)),
        ("Reset user password", (3001, 4)),
        ("User registered security info", (3001, 10)),
        ("Add member to group", (3006, 3)),
        ("Add service principal", (3004, 1)),
        ("Update conditional access policy", (3004, 3)),
        ("Delete application", (3004, 4)),
        ("Set federation settings on domain", (3004, 3)),
    ],
)
def test_activities_have_their_class(activity: str, expected: tuple[int, int]) -> None:
    """An activity is told by its name, else by its verb."""
    event = event_of(_audit(activity))
    assert (event.class_uid, event.attributes["activity_id"]) == expected


def test_an_assignment_names_both_sides() -> None:
    """Who gave a role, and who got it."""
    event = event_of(_audit())
    assert entities(event) >= {
        ("user", "ada.kern@example.com", "actor"),
        ("user", "bob@example.com", "target"),
        ("address", "198.51.100.7", "actor"),
        ("resource", "role-1", "target"),
    }
    assert event.attributes["resources.name"] == ["Global Administrator"]


def test_a_risk_detection_is_a_finding() -> None:
    """What Entra ID Protection found is its finding, with user and address as evidence."""
    body = {
        "id": "risk-1", "riskEventType": "unlikelyTravel", "riskLevel": "high", "riskState": "atRisk",
        "detectedDateTime": "2026-03-02T08:15:30Z", "ipAddress": "203.0.113.9", "userId": "user-1",
        "userPrincipalName": "ada.kern@example.com", "location": {"countryOrRegion": "CH"},
    }  # fmt: skip
    for shape in (body, _diagnostic("UserRiskEvents", body)):
        event = event_of(shape)
        assert (event.class_uid, event.attributes["severity_id"]) == (2004, 4)
        assert {("address", "203.0.113.9", "actor"), ("user", "ada.kern@example.com", "target")} <= entities(event)
        assert fields_of(shape)["riskEventType"] == "unlikelyTravel"
        assert services_of(shape) == [(None, "azure", "riskdetection"), (None, "azure", "pim")]


def test_alerts_of_privileged_identity_management_have_a_kind() -> None:
    """Rules of service pim name the kind of the alert's incident."""
    body = {"@odata.type": "#microsoft.graph.staleSignInAlertIncident", "id": "i1", "assigneeUserPrincipalName": "x"}
    assert fields_of(body)["riskEventType"] == "staleSignInAlertIncident"
    assert event_of(body).class_uid == 2004


@pytest.mark.parametrize("body", [_sign_in(), _diagnostic("SignInLogs", _sign_in()), _TABLE])
def test_sign_in_rules_find_their_names_in_every_shape(body: dict[str, Any]) -> None:
    """A rule for the table, for event hubs and for the portal meets the same record."""
    fields = fields_of(body)
    assert services_of(body) == [(None, "azure", "signinlogs")]
    assert str(value_at(fields, "ResultType")) == str(value_at(fields, "resultType")) == "0"
    assert "Success" in value_at(fields, "Status")
    assert value_at(fields, "AuthenticationRequirement") == "singleFactorAuthentication"
    assert value_at(fields, "properties.authenticationRequirement") == "singleFactorAuthentication"
    assert "CH" in value_at(fields, "location")
    assert value_at(fields, "DeviceDetail.trusttype") == ""
    assert value_at(fields, "userAgent") == "axios/1.7.9"
    assert value_at(fields, "conditionalAccessStatus") == "success"


def test_the_portals_names_of_protocols_are_there() -> None:
    """Rules ask the sign-in's message for `Device Code` and `ROPC`."""
    assert "Device Code" in fields_of(_sign_in())["properties.message"]
    assert "ROPC" in fields_of(_sign_in(authenticationProtocol="ropc"))["properties.message"]


@pytest.mark.parametrize("body", [_audit(), _diagnostic("AuditLogs", _audit())])
def test_audit_rules_find_their_names(body: dict[str, Any]) -> None:
    """Rules name the activity, its outcome and each changed property in many ways."""
    fields = fields_of(body)
    assert services_of(body) == [(None, "azure", "auditlogs")]
    for name in ("operationName", "OperationName", "ActivityDisplayName", "ActivityType"):
        assert value_at(fields, name) == "Add member to role"
    assert value_at(fields, "Category") == value_at(fields, "category") == "RoleManagement"
    assert "success" in value_at(fields, "Status")
    message = value_at(fields, "properties.message")
    assert message[0] == "Add member to role"
    assert message[1] == '"displayName":"UserType","oldValue":"[\\"Guest\\"]","newValue":"[\\"Member\\"]"'
    assert value_at(fields, "ConsentContext.IsAdminConsent") == "False"
    assert "UserType" in value_at(fields, "TargetResources.ModifiedProperties.DisplayName")
    assert value_at(fields, "properties.result") == "success"
    assert value_at(fields, "additionalDetails.user-Agent") == "python-requests/2.32"


def test_hostile_values_stop_nothing() -> None:
    """Any field may hold anything."""
    for activity in ("Add member to role", "Add user", "Add member to group", "Update policy"):
        endure(SOURCE, _audit(activity))
    endure(SOURCE, _sign_in())
    endure(SOURCE, _diagnostic("SignInLogs", _sign_in()))
    endure(SOURCE, _TABLE)
    endure(
        SOURCE, _diagnostic("MicrosoftGraphActivityLogs", {"requestMethod": "GET", "requestUri": "https://x.example/"})
    )


def test_real_records_become_events(shared_data: Path) -> None:
    """Every Entra ID record of the corpus becomes an event that OCSF allows."""
    count, found = unread(
        SOURCE.name,
        telemetry(
            shared_data,
            "panther_unit_events/rules/Azure.Audit.jsonl",
            "normalisation/sekoia_ecs_nolicence/Azure/azure_ad.jsonl",
            "normalisation/sekoia_ecs_nolicence/Microsoft/microsoft_entraid_graphapi.jsonl",
        ),
    )
    assert count == 77
    assert found == []
