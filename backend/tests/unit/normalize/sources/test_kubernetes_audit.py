"""Kubernetes audit logs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from minixdr.normalize.source import NotAnEvent
from minixdr.normalize.sources.kubernetes_audit import SOURCE
from tests.unit.normalize.sources.saas_events import (
    endure,
    entities,
    event_of,
    fields_of,
    record_of,
    services_of,
    telemetry,
    unread,
    value_at,
)

_POD = {
    "kind": "Pod",
    "spec": {
        "containers": [{"name": "a", "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}, "privileged": True}}],
        "volumes": [{"name": "root", "hostPath": {"path": "/"}}, {"name": "none", "emptyDir": {}}],
    },
}


def _audit(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Request",
        "auditID": "14933b4e-7b09-4964-af09-b7987367e1ba",
        "stage": "ResponseComplete",
        "requestURI": "/api/v1/namespaces/shop/pods/web-1/exec?command=sh&container=web",
        "verb": "create",
        "user": {
            "username": "kubernetes-admin",
            "groups": ["system:masters", "system:authenticated"],
            "extra": {
                "accessKeyId": ["ASIAEXAMPLEDEPLOY001"],
                "arn": ["arn:aws:sts::111122223333:assumed-role/Deploy/ci-42"],
                "canonicalArn": ["arn:aws:iam::111122223333:role/Deploy"],
                "sessionName": ["ci-42"],
            },
        },
        "sourceIPs": ["198.51.100.7"],
        "userAgent": "kubectl/v1.31",
        "objectRef": {
            "resource": "pods",
            "namespace": "shop",
            "name": "web-1",
            "apiVersion": "v1",
            "subresource": "exec",
        },
        "responseStatus": {"code": 101},
        "requestReceivedTimestamp": "2026-03-02T08:15:30.000000Z",
        "stageTimestamp": "2026-03-02T08:15:30.125000Z",
        "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""},
        **changes,
    }


def test_a_call_on_eks_joins_the_trail_of_its_aws_session() -> None:
    """The AWS session behind the Kubernetes user is named as CloudTrail names it, beside the pod."""
    event = event_of(_audit())
    attributes = event.attributes
    assert (event.class_uid, attributes["activity_id"], attributes["status_id"], attributes["action_id"]) == (
        6003,
        1,
        1,
        1,
    )
    assert attributes["http_request.url.query_string"] == "command=sh&container=web"
    assert attributes["time"] == 1772439330125
    assert entities(event) == {
        ("access_key", "ASIAEXAMPLEDEPLOY001", "actor"),
        ("session", "arn:aws:sts::111122223333:assumed-role/Deploy/ci-42", "actor"),
        ("role", "arn:aws:iam::111122223333:role/Deploy", "actor"),
        ("user", "kubernetes-admin", "actor"),
        ("address", "198.51.100.7", "actor"),
        ("pod", "shop/web-1", "target"),
    }


def test_a_service_account_and_the_pod_it_runs_in_are_named() -> None:
    """A stolen token leads to the pod it was stolen from."""
    user = {
        "username": "system:serviceaccount:shop:web",
        "extra": {
            "authentication.kubernetes.io/pod-name": ["web-1"],
            "authentication.kubernetes.io/node-name": ["ip-10-0-1-5.ec2.internal"],
        },
    }
    event = event_of(
        _audit(user=user, objectRef={"resource": "secrets", "namespace": "shop", "name": "db"}, verb="get")
    )
    assert {
        ("service_account", "shop/web", "actor"),
        ("pod", "shop/web-1", "target"),
        ("host", "ip-10-0-1-5", "target"),
        ("resource", "secret/shop/db", "target"),
    } <= entities(event)


def test_only_the_last_source_address_is_believed() -> None:
    """All others are a header that the client may have written: none becomes an entity."""
    event = event_of(_audit(sourceIPs=["203.0.113.66", "10.9.9.9", "198.51.100.7"]))
    assert event.attributes["src_endpoint.ip"] == "198.51.100.7"
    assert event.attributes["http_request.x_forwarded_for"] == ["203.0.113.66", "10.9.9.9"]
    assert "http_request.x_forwarded_for" in {doubt.attribute for doubt in event.doubts}
    assert "203.0.113.66" not in {entity.value for entity in event.entities}


def test_a_created_object_gets_the_name_the_server_gave_it() -> None:
    """A create with `generateName` names what came out."""
    event = event_of(
        _audit(
            objectRef={"resource": "pods", "namespace": "shop"},
            requestObject={"metadata": {"generateName": "web-"}},
            responseObject={"metadata": {"name": "web-x7"}},
        )
    )
    assert ("pod", "shop/web-x7", "target") in entities(event)


@pytest.mark.parametrize(
    ("resource", "name", "expected"),
    [
        ({"resource": "nodes", "name": "ip-10-0-1-5.ec2.internal"}, "host", "ip-10-0-1-5"),
        ({"resource": "namespaces", "name": "shop", "namespace": "shop"}, "namespace", "shop"),
        ({"resource": "cronjobs", "name": "mine", "namespace": "shop"}, "workload", "shop/mine"),
        ({"resource": "serviceaccounts", "name": "web", "namespace": "shop"}, "service_account", "shop/web"),
        ({"resource": "networkpolicies", "name": "deny", "namespace": "shop"}, "resource", "networkpolicy/shop/deny"),
    ],
)
def test_objects_become_entities_of_their_kind(resource: dict[str, str], name: str, expected: str) -> None:
    """Nodes, workloads, service accounts and namespaces are told apart."""
    assert (name, expected, "target") in entities(event_of(_audit(objectRef=resource)))


def test_a_refused_call_is_a_failure() -> None:
    """403 and the authorizer's decision are said."""
    event = event_of(
        _audit(
            responseStatus={"code": 403, "reason": "Forbidden", "message": "no"},
            annotations={"authorization.k8s.io/decision": "forbid"},
        )
    )
    found = [event.attributes[name] for name in ("status_id", "action_id", "api.response.error")]
    assert found == [2, 2, "Forbidden"]


def test_stages_of_one_request_are_events_of_their_own() -> None:
    """They share the audit id, not the event id."""
    first, second = event_of(_audit(stage="RequestReceived")), event_of(_audit())
    assert first.event_id != second.event_id
    assert first.attributes["metadata.uid"] == second.attributes["metadata.uid"]


def test_rules_see_what_a_pod_asks_for() -> None:
    """hostPath and capabilities are found in pods and in the templates of workloads."""
    cron = {"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": _POD["spec"]}}}}}
    for asked in (_POD, {"kind": "Deployment", "spec": {"template": {"spec": _POD["spec"]}}}, cron):
        fields = fields_of(_audit(requestObject=asked))
        assert (fields["hostPath"], fields["capabilities"]) == (["/"], ["SYS_ADMIN"])
    plain = fields_of(_audit(requestObject={"kind": "Pod", "spec": {"containers": []}}))
    assert (plain["hostPath"], plain["capabilities"]) == (None, None)


def test_rules_see_the_record_s_own_names() -> None:
    """SigmaHQ's fields are found."""
    body = _audit(objectRef={"resource": "selfsubjectrulesreviews", "apiGroup": "authorization.k8s.io"})
    fields = fields_of(body)
    assert fields["apiGroup"] == value_at(fields, "objectRef.apiGroup") == "authorization.k8s.io"
    assert "ALLOW" in value_at(fields, "responseStatus.code")
    assert 101 in value_at(fields, "responseStatus.code")
    assert services_of(body) == [("application", "kubernetes", "audit")]


def _aks(**changes: Any) -> dict[str, Any]:
    return {
        "category": "kube-audit",
        "operationName": "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read",
        "time": "2026-03-02T08:15:31Z",
        "properties": {"log": orjson.dumps(_audit(**changes)).decode(), "stream": "stdout", "pod": "kube-apiserver-1"},
    }


def test_azure_writes_the_same_event() -> None:
    """Azure's wrapper changes nothing for rules and incidents."""
    body = _aks()
    fields = fields_of(body)
    names = ("resource", "subresource", "namespace", "name")
    assert [value_at(fields, f"objectRef.{name}") for name in names] == ["pods", "exec", "shop", "web-1"]
    event = event_of(body)
    assert (event.attributes["api.operation"], event.attributes["time"]) == ("create", 1772439330125)
    assert {("pod", "shop/web-1", "target"), ("address", "198.51.100.7", "actor")} <= entities(event)
    assert services_of(body) == [("application", "kubernetes", "audit")]


def test_a_text_without_an_audit_event_is_none() -> None:
    """AKS texts that hold nothing say so."""
    with pytest.raises(NotAnEvent):
        SOURCE.normalize(record_of({"category": "kube-audit", "properties": {"log": "[1"}}))


@pytest.mark.parametrize(
    "body",
    [_aks(), _audit(requestObject=_POD), _audit(user={"username": "system:serviceaccount:a:b", "extra": {}})],
)
def test_no_value_breaks_it(body: dict[str, Any]) -> None:
    """Any field may hold anything."""
    endure(SOURCE, body)


_LOOK_UPS = {
    "p_log_type",
    "p_enrichment",
    "p_any_ip_addresses",
    "p_any_domain_names",
    "p_any_sha256_hashes",
    "p_any_emails",
}
"""Vectors that hold a threat list's answer and no audit event."""


def _real(shared_data: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((shared_data / "k8s_audit" / "falco").glob("*.json")):
        for line in path.read_bytes().splitlines():
            if line.strip():
                yield path.name, orjson.loads(line)
    for where, body in telemetry(shared_data, "panther_unit_events/rules/Amazon.EKS.Audit.jsonl"):
        if not (set(body) <= _LOOK_UPS or "protoPayload" in body):  # GKE's are Google's audit logs
            yield where, body


def test_real_records_become_events(shared_data: Path) -> None:
    """Every audit event of the collected samples is an event that OCSF allows; `{"kind": 0}` is none."""
    count, problems = unread("kubernetes_audit", _real(shared_data))
    assert count == 127
    assert problems == ["fal_01_003.json: []"]
