"""Azure activity and resource logs."""

import json
from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize.sources.azure_activity import SOURCE
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

_SUBSCRIPTION = "00000000-0000-0000-0000-00000000000b"
_RESOURCE = f"/subscriptions/{_SUBSCRIPTION}/resourceGroups/rg1/providers/Microsoft.Network/networkSecurityGroups/nsg1"
_UPN = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"


def _diagnostic(**changes: Any) -> dict[str, Any]:
    return {
        "time": "2026-03-02T08:15:30.125Z",
        "resourceId": _RESOURCE.upper().replace("/SUBSCRIPTIONS", "/subscriptions"),
        "operationName": "MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WRITE",
        "category": "Administrative",
        "resultType": "Success",
        "resultSignature": "Accepted.",
        "callerIpAddress": "198.51.100.7",
        "correlationId": "c1",
        "level": "Information",
        "location": "global",
        "identity": {
            "authorization": {"scope": _RESOURCE},
            "claims": {_UPN: "ada.kern@example.com", "appid": "app-1", "uti": "token-1"},
        },
        "properties": {"eventCategory": "Administrative"},
        **changes,
    }


def _rest(**changes: Any) -> dict[str, Any]:
    return {
        "eventTimestamp": "2026-03-02T08:15:30.125Z",
        "eventDataId": "e1",
        "resourceId": _RESOURCE,
        "caller": "ada.kern@example.com",
        "claims": {"appid": "app-1"},
        "category": {"value": "Administrative", "localizedValue": "Administrative"},
        "operationName": {"value": "Microsoft.Network/networkSecurityGroups/write", "localizedValue": "Create NSG"},
        "resourceProviderName": {"value": "Microsoft.Network", "localizedValue": "Microsoft.Network"},
        "status": {"value": "Failed", "localizedValue": "Failed"},
        "httpRequest": {"clientIpAddress": "198.51.100.7", "method": "PUT"},
        "level": "Error",
        **changes,
    }


_TABLE = {
    "TimeGenerated": "2026-03-02T08:15:30.125Z", "OperationNameValue": "MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WRITE",
    "CategoryValue": "Administrative", "ResourceProviderValue": "MICROSOFT.NETWORK", "ActivityStatusValue": "Success",
    "Caller": "ada.kern@example.com", "CallerIpAddress": "198.51.100.7", "_ResourceId": _RESOURCE, "Type": "AzureActivity",
    "OperationName": "Create or Update Network Security Group",
}  # fmt: skip


@pytest.mark.parametrize("body", [_diagnostic(), _rest(), _TABLE])
def test_every_shape_names_caller_address_and_resource(body: dict[str, Any]) -> None:
    """Who called what on which resource, from where."""
    event = event_of(body)
    assert (event.class_uid, event.attributes["activity_id"]) == (6003, 3)
    assert event.attributes["time"] == 1772439330125
    assert entities(event) >= {
        ("user", "ada.kern@example.com", "actor"),
        ("address", "198.51.100.7", "actor"),
        ("resource", _RESOURCE.lower(), "target"),
        ("account", _SUBSCRIPTION, "related"),
    }


@pytest.mark.parametrize("body", [_diagnostic(), _rest(), _TABLE])
def test_rules_find_the_schema_and_the_table_names(body: dict[str, Any]) -> None:
    """Rule authors write `operationName` or the table's columns: every shape has both."""
    fields = fields_of(body)
    assert services_of(body) == [(None, "azure", "activitylogs")]
    for name in ("operationName", "OperationNameValue"):
        assert str(value_at(fields, name)).lower() == "microsoft.network/networksecuritygroups/write"
    assert value_at(fields, "CategoryValue") == "Administrative"
    assert str(value_at(fields, "ResourceProviderValue")).lower() == "microsoft.network"
    assert "networksecuritygroups/nsg1" in str(value_at(fields, "ResourceId")).lower()


def test_a_failed_call_is_a_failure() -> None:
    """The outcome is the record's."""
    assert event_of(_rest()).attributes["status_id"] == 2
    assert event_of(_diagnostic()).attributes["status_id"] == 1


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("Microsoft.Storage/storageAccounts/listKeys/action", 2),
        ("Microsoft.Compute/virtualMachines/delete", 4),
        ("Microsoft.Compute/virtualMachines/runCommand/action", 99),
        ("SecretGet", 2),
        ("CertificateCreate", 1),
    ],
)
def test_operations_say_what_was_done(operation: str, expected: int) -> None:
    """Azure's operations end in their verb, or in an action's name."""
    assert event_of(_diagnostic(operationName=operation)).attributes["activity_id"] == expected


def test_a_security_alert_is_a_finding() -> None:
    """Alerts of Defender for Cloud come in the activity log."""
    body = _rest(
        category={"value": "Security"}, eventName={"value": "Suspicious process"}, properties={"severity": "High"}
    )
    event = event_of(body)
    assert (event.class_uid, event.attributes["severity_id"]) == (2004, 4)
    assert event.attributes["finding_info.title"] == "Suspicious process"


def test_a_resources_own_log_is_not_the_activity_log() -> None:
    """Rules for the activity log do not meet Key Vault's requests."""
    body = _diagnostic(category="AuditEvent", operationName="SecretGet", identity={"claim": {"upn": "bob@example.com"}})
    assert services_of(body) == [(None, "azure", "resourcelogs")]
    assert ("user", "bob@example.com", "actor") in entities(event_of(body))


def test_a_clusters_audit_log_is_left_to_kubernetes() -> None:
    """AKS puts Kubernetes' audit events into the common schema: one source reads them."""
    event = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "verb": "get",
        "auditID": "a1",
        "stage": "ResponseComplete",
    }
    body = _diagnostic(category="kube-audit", properties={"log": json.dumps(event), "pod": "kube-apiserver-1"})
    assert services_of(body) == [("application", "kubernetes", "audit")]


def test_hostile_values_stop_nothing() -> None:
    """Any field may hold anything."""
    for body in (_diagnostic(), _rest(), _rest(category={"value": "Security"}), _TABLE):
        endure(SOURCE, body)


def test_real_records_become_events(shared_data: Path) -> None:
    """Every Azure record of the corpus becomes an event that OCSF allows."""
    folder = "normalisation/sekoia_ecs_nolicence/Azure/azure_"
    names = ("activity_logs", "key_vault", "files", "front_door", "mysql", "application_gateway")
    count, found = unread(
        SOURCE.name,
        telemetry(
            shared_data,
            "panther_unit_events/rules/Azure.MonitorActivity.jsonl",
            *(f"{folder}{name}.jsonl" for name in names),
        ),
    )
    assert count == 116
    assert found == []
