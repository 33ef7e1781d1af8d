"""GKE's audit entries: Google Cloud's audit log, read as Kubernetes' too."""

from pathlib import Path
from typing import Any

from minixdr.normalize.sources.google_cloud_audit import SOURCE
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


def _gke(
    method: str = "io.k8s.core.v1.pods.exec.create", name: str = "core/v1/namespaces/shop/pods/web-1/exec"
) -> dict[str, Any]:
    return {
        "insertId": "abc",
        "timestamp": "2026-03-02T08:15:30.125Z",
        "resource": {"type": "k8s_cluster", "labels": {"project_id": "example"}},
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "serviceName": "k8s.io",
            "methodName": method,
            "resourceName": name,
            "authenticationInfo": {"principalEmail": "ada@example.com"},
            "authorizationInfo": [{"granted": True, "permission": method}],
            "requestMetadata": {"callerIp": "198.51.100.7", "callerSuppliedUserAgent": "kubectl/v1.31"},
            "status": {"code": 7, "message": "no"},
        },
    }


def test_rules_for_both_logs_meet_it() -> None:
    """Google's method names and Kubernetes' fields are both there."""
    fields = fields_of(_gke())
    names = ("resource", "subresource", "namespace", "name")
    assert [value_at(fields, f"objectRef.{name}") for name in names] == ["pods", "exec", "shop", "web-1"]
    assert (fields["verb"], value_at(fields, "user.username")) == ("create", "ada@example.com")
    assert fields["gcp.audit.method_name"] == "io.k8s.core.v1.pods.exec.create"
    assert services_of(_gke()) == [(None, "gcp", "gcp.audit"), ("application", "kubernetes", "audit")]
    assert services_of({**_gke(), "protoPayload": {**_gke()["protoPayload"], "serviceName": "iam.googleapis.com"}}) == [
        (None, "gcp", "gcp.audit")
    ]


def test_its_object_is_the_one_that_kubernetes_names() -> None:
    """The pod joins what Falco and other logs say of it."""
    event = event_of(_gke())
    assert {("pod", "shop/web-1", "target"), ("address", "198.51.100.7", "actor")} <= entities(event)


def test_other_groups_are_read() -> None:
    """Groups with dots, and objects of the whole cluster."""
    method = "io.k8s.authorization.rbac.v1.clusterrolebindings.create"
    fields = fields_of(_gke(method, "rbac.authorization.k8s.io/v1/clusterrolebindings/evil"))
    assert [value_at(fields, f"objectRef.{name}") for name in ("resource", "name")] == ["clusterrolebindings", "evil"]


def test_no_value_breaks_it() -> None:
    """Any field may hold anything."""
    endure(SOURCE, _gke())


def test_real_records_become_events(shared_data: Path) -> None:
    """Every GKE entry of the collected samples is an event that OCSF allows."""
    found = telemetry(shared_data, "panther_unit_events/rules/Amazon.EKS.Audit.jsonl")
    count, problems = unread("google_cloud_audit", ((where, body) for where, body in found if "protoPayload" in body))
    assert (count, problems) == (15, [])
