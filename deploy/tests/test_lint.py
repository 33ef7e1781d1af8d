"""Annotations that would be passed over in silence are told; those of our own manifests have no mistake."""

from pathlib import Path

import pytest
import yaml

from minixdr_deploy import lint

P = lint.PREFIX
GOOD = {P + "target-type": "ip", P + "inbound-cidrs": "203.0.113.7/32", P + "listen-ports": '[{"HTTPS": 443}]'}


def told(**changed: str) -> list[str]:
    return [
        each.what
        for each in lint.of_ingress({**GOOD, **{P + key.replace("_", "-"): value for key, value in changed.items()}})
    ]


def test_good_annotations_have_no_mistake():
    assert told() == []
    assert list(lint.of_access(GOOD)) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"idle_timeout_seconds": "120"}, "load-balancer-attributes: idle_timeout.timeout_seconds"),
        ({"inbound_cidr": "203.0.113.7/32"}, "Meant is inbound-cidrs"),
        ({"target_type": "instance"}, "readiness gates need `ip`"),
        ({"healthcheck_path": "/"}, "holds for all Services"),
        ({"load_balancer_attributes": "idle_timeout.timeout_seconds=10"}, "is cut"),
        ({"load_balancer_attributes": "idle_timeout.timeout_seconds"}, "not of the form key=value"),
        ({"listen_ports": "443"}, "not of the form"),
        ({"listen_ports": '[{"HTTP": 80}]'}, "no HTTPS"),
        ({"healthy_threshold_count": "1"}, "no number from 2 to 10"),
        ({"healthcheck_interval_seconds": "5", "healthcheck_timeout_seconds": "5"}, "not shorter"),
    ],
)
def test_a_mistake_is_told(changed: dict[str, str], words: str):
    assert any(words in each for each in told(**changed)), told(**changed)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({lint.GROUPS: "sg-1"}, "ignores the first"),
        ({lint.INBOUND: None, lint.GROUPS: "sg-1"}, "has no effect"),
        ({lint.INBOUND: None}, "to everybody"),
        ({lint.INBOUND: "set-by-minixdr-deploy"}, "does not appear to be"),
    ],
)
def test_who_may_come_in_is_said_in_one_way(changed: dict[str, str | None], words: str):
    annotations = {key: value for key, value in {**GOOD, **changed}.items() if value is not None}
    assert [words in each.what for each in lint.of_access(annotations)] == [True]


def test_a_service_must_be_asked_at_its_own_path():
    assert [each.what for each in lint.of_service({}, "Service/backend", "/readyz")] == [
        "healthcheck-path is not set, so / is asked: it must be /readyz"
    ]


def test_our_own_manifests_have_no_mistake():
    folder = Path(__file__).parents[2] / "k8s"
    paths = {"backend": "/readyz", "frontend": "/healthz"}
    seen = set()
    for path in ("ingress.yaml", "backend-deployment.yaml", "frontend-deployment.yaml"):
        for item in yaml.safe_load_all((folder / path).read_text("utf-8")):
            annotations = item["metadata"].get("annotations") or {}
            if item["kind"] == "Ingress":
                assert list(lint.of_ingress(annotations)) == []
                seen.add("Ingress")
            elif item["kind"] == "Service" and item["metadata"]["name"] in paths:
                assert list(lint.of_service(annotations, "", paths[item["metadata"]["name"]])) == []
                seen.add(item["metadata"]["name"])
    assert seen == {"Ingress", "backend", "frontend"}
