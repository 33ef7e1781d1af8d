"""Falco's alerts."""

from typing import Any

import pytest

from minixdr.normalize.sources.falco import SOURCE
from tests.unit.normalize.sources.saas_events import endure, entities, event_of, fields_of, services_of, shape_of


def _alert(**changes: Any) -> dict[str, Any]:
    return {
        "hostname": "ip-10-0-1-5.ec2.internal",
        "output": "08:15:30.125: Notice A shell was spawned in a container (user=root)",
        "output_fields": {
            "container.id": "3f5a1e2b4c6d",
            "container.image.repository": "docker.io/library/nginx",
            "container.name": "web",
            "evt.time": 1772439330125000000,
            "k8s.ns.name": "shop",
            "k8s.pod.name": "web-1",
            "proc.cmdline": "sh -i",
            "proc.name": "sh",
            "proc.pname": "runc",
            "proc.pid": 4711,
            "user.name": "root",
            "fd.name": "203.0.113.9:443",
            "fd.cip": "10.0.1.5",
            "fd.sip": "203.0.113.9",
            "fd.sport": 443,
        },
        "priority": "Notice",
        "rule": "Terminal shell in container",
        "source": "syscall",
        "tags": ["container", "mitre_execution", "T1059"],
        "time": "2026-03-02T08:15:30.125000000Z",
        **changes,
    }


def test_an_alert_names_container_pod_node_and_connection() -> None:
    """What incidents join on is there."""
    event = event_of(_alert())
    attributes = event.attributes
    assert (event.class_uid, attributes["severity_id"], attributes["time"]) == (2004, 2, 1772439330125)
    assert attributes["finding_info.attacks.technique.uid"] == ["T1059"]
    assert attributes["finding_info.attacks.tactic.uid"] == ["TA0002"]
    assert attributes["evidences.process.cmd_line"] == ["sh -i"]
    assert {
        ("container", "3f5a1e2b4c6d", "related"),
        ("pod", "shop/web-1", "target"),
        ("host", "ip-10-0-1-5", "target"),
        ("address", "203.0.113.9", "target"),
    } <= entities(event)


def test_rules_read_falco_s_own_fields() -> None:
    """`proc.cmdline` is one key, as Falco writes it."""
    fields = fields_of(_alert())
    assert (fields["proc.cmdline"], fields["k8s.pod.name"]) == ("sh -i", "web-1")
    assert services_of(_alert()) == [("application", "falco", "syscall")]


def test_a_host_is_no_container() -> None:
    """Falco writes `host` where there is no container."""
    event = event_of(_alert(output_fields={"container.id": "host", "proc.name": "sh", "k8s.pod.name": "<NA>"}))
    assert not [entity for entity in event.entities if entity.type in ("container", "pod")]


@pytest.mark.parametrize(
    ("priority", "severity"), [("Emergency", 6), ("Critical", 5), ("ERROR", 4), ("Warning", 3), ("Debug", 1), ("?", 0)]
)
def test_priority_becomes_severity(priority: str, severity: int) -> None:
    """Syslog's words in any case."""
    assert event_of(_alert(priority=priority)).attributes["severity_id"] == severity


def test_alerts_of_plug_ins_are_read() -> None:
    """Alerts on the Kubernetes audit log and on CloudTrail name user and object."""
    audit = _alert(
        source="k8s_audit",
        output_fields={"ka.user.name": "ada", "ka.verb": "create", "ka.target.resource": "pods", "ka.target.namespace": "shop",
                       "ka.target.name": "web-1"},
    )  # fmt: skip
    assert {("user", "ada", "actor"), ("pod", "shop/web-1", "target")} <= entities(event_of(audit))
    trail = _alert(
        source="aws_cloudtrail", output_fields={"ct.user": "bob", "ct.name": "DeleteTrail", "ct.srcip": "198.51.100.7"}
    )
    assert {("user", "bob", "actor"), ("address", "198.51.100.7", "actor")} <= entities(event_of(trail))


def test_a_cloudevent_holds_the_same_alert() -> None:
    """falcosidekick's wrapper changes nothing."""
    body = {"specversion": "1.0", "type": "falco.rule.output.v1", "source": "falco.org", "data": _alert()}
    assert shape_of(body)[1].name == "cloudevent"
    assert entities(event_of(body)) == entities(event_of(_alert()))
    assert fields_of(body)["proc.name"] == "sh"


@pytest.mark.parametrize("body", [_alert(), {"specversion": "1.0", "data": _alert()}])
def test_no_value_breaks_it(body: dict[str, Any]) -> None:
    """Any field may hold anything."""
    endure(SOURCE, body)
