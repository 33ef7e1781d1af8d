"""Google Cloud Audit Logs."""

import json
from pathlib import Path
from typing import Any

import pytest

from minixdr.normalize.sources.google_cloud_audit import SOURCE
from tests.contract.samples import SAMPLES
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


def _samples() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLES / SOURCE.name / "audit.jsonl").read_text().splitlines()]


def test_a_call_names_principal_address_and_resource() -> None:
    """Who called what on which resource, from where."""
    event = event_of(_samples()[0])
    assert (event.class_uid, event.attributes["activity_id"], event.attributes["status_id"]) == (6003, 4, 1)
    assert event.attributes["time"] == 1772439330125
    assert entities(event) == {
        ("user", "ada.kern@example.com", "actor"),
        ("email", "ada.kern@example.com", "actor"),
        ("address", "198.51.100.7", "actor"),
        ("resource", "projects/example-prod/global/firewalls/deny-all", "target"),
        ("account", "example-prod", "related"),
    }


def test_a_service_accounts_key_is_followed() -> None:
    """A stolen key is an entity of its own; what was denied is a failure."""
    event = event_of(_samples()[1])
    assert (event.attributes["status_id"], event.attributes["status_code"]) == (2, "7")
    assert event.attributes["actor.user.type_id"] == 4
    assert any(kind == "access_key" and value.endswith("0123456789abcdef") for kind, value, _ in entities(event))


@pytest.mark.parametrize("wrapped", [False, True])
def test_rules_find_their_names(*, wrapped: bool) -> None:
    """Elastic's method name and the path below `data`, whichever way the entry came."""
    body = {"data": _samples()[0]} if wrapped else _samples()[0]
    fields = fields_of(body)
    assert value_at(fields, "gcp.audit.method_name") == "v1.compute.firewalls.delete"
    assert value_at(fields, "data.protoPayload.authorizationInfo.permission") == ["compute.firewalls.delete"]
    assert value_at(fields, "data.protoPayload.resource.type") == "gce_firewall_rule"
    assert str(value_at(fields, "data.protoPayload.logName")).endswith("cloudaudit.googleapis.com%2Factivity")
    assert services_of(body) == [(None, "gcp", "gcp.audit")]
    assert event_of(body).attributes == event_of(_samples()[0]).attributes


def test_gke_is_kubernetes_too() -> None:
    """A request to a GKE cluster answers to Google Cloud's rules and to Kubernetes'."""
    body = _samples()[0]
    body["protoPayload"] |= {
        "serviceName": "k8s.io",
        "methodName": "io.k8s.core.v1.secrets.create",
        "resourceName": "core/v1/namespaces/shop/secrets/token",
    }
    assert services_of(body) == [(None, "gcp", "gcp.audit"), ("application", "kubernetes", "audit")]
    fields = fields_of(body)
    assert (
        value_at(fields, "verb"),
        value_at(fields, "objectRef.resource"),
        value_at(fields, "objectRef.namespace"),
    ) == (
        "create",
        "secrets",
        "shop",
    )
    assert value_at(fields, "gcp.audit.method_name") == "io.k8s.core.v1.secrets.create"
    assert event_of(body).attributes["activity_id"] == 1
    endure(SOURCE, body)


def test_hostile_values_stop_nothing() -> None:
    """Any field may hold anything."""
    lower = {name.lower(): value for name, value in _samples()[0].items()}
    assert event_of(lower).attributes == event_of(_samples()[0]).attributes
    for body in (*_samples(), {"data": _samples()[0]}, lower):
        endure(SOURCE, body)


def test_real_records_become_events(shared_data: Path) -> None:
    """Every audit log of the corpus that says a method, and is not of Google Workspace, becomes an event that OCSF allows."""
    audits = (
        (where, body)
        for where, body in telemetry(shared_data, "panther_unit_events/rules/GCP.AuditLog.jsonl")
        if "methodName" in (payload := body.get("protoPayload", body.get("protopayload", {})))
        and "event" not in (payload.get("metadata") or {})
        and "authenticationInfo" in payload
    )
    count, found = unread(SOURCE.name, audits)
    assert count > 60
    assert found == []
