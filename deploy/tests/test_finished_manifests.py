"""What the overlay leaves open is filled from the release and from deploy.yaml."""

from pathlib import Path

import pytest
import yaml

from conftest import CONFIG, release
from minixdr_deploy.config import parse
from minixdr_deploy.manifests import CONFIG_VERSION, INBOUND_CIDRS, Live, Manifests, containers, finish, with_access
from minixdr_deploy.problem import UsageError
from minixdr_deploy.steps.cluster import live_of

OVERLAY = Path(__file__).parent / "overlay.yaml"
ONE = release(1)


def finished(*, live: Live | None = None, text: str | None = None, more: str = "") -> Manifests:
    config = parse(CONFIG + more, Path("deploy.yaml"))
    return finish(list(yaml.safe_load_all(text or OVERLAY.read_text("utf-8"))), ONE, config, live or Live())


def template(made: Manifests, name: str) -> dict:
    return made.deployment(name)["spec"]["template"]


def test_each_container_of_ours_runs_and_knows_its_digest() -> None:
    made = finished()
    for name, image in (
        ("backend", ONE.backend_image),
        ("worker", ONE.backend_image),
        ("frontend", ONE.frontend_image),
    ):
        for container in containers(template(made, name)):
            assert container["image"] == image
            assert container["env"] == [{"name": "MINIXDR_IMAGE_DIGEST", "value": image.partition("@")[2]}]
        assert template(made, name)["metadata"]["annotations"]["mini-xdr.io/release"] == ONE.id
        assert template(made, name)["metadata"]["labels"]["app.kubernetes.io/version"] == "0.1.0"
    nats = next(item for item in made.base if item["kind"] == "StatefulSet")
    assert nats["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/nats:2.12"


def test_the_address_list_is_that_of_deploy_yaml() -> None:
    ingress = next(item for item in finished(more="certificate_arn: arn:x").base if item["kind"] == "Ingress")
    assert ingress["metadata"]["annotations"][INBOUND_CIDRS] == "203.0.113.0/24"
    assert ingress["metadata"]["annotations"]["alb.ingress.kubernetes.io/certificate-arn"] == "arn:x"
    assert ingress["spec"]["rules"][0]["host"] == "xdr.example.com"
    later = parse(CONFIG.replace("203.0.113.0/24", "198.51.100.0/24"), Path("deploy.yaml"))
    assert with_access(ingress, later)["metadata"]["annotations"][INBOUND_CIDRS] == "198.51.100.0/24"


def test_changed_settings_and_secrets_change_the_pods_that_read_them() -> None:
    live = Live(secret_versions={"mini-xdr-secrets": "v1", "mini-xdr-migrate": "m1"})
    made = finished(live=live)
    assert template(made, "worker")["metadata"]["annotations"]["mini-xdr.io/secret-version"] == "v1"
    assert made.migrate["spec"]["template"]["metadata"]["annotations"]["mini-xdr.io/secret-version"] == "m1"
    assert "mini-xdr.io/secret-version" not in template(made, "frontend")["metadata"]["annotations"]
    changed = finished(text=OVERLAY.read_text("utf-8").replace('MINIXDR_PORT: "8000"', 'MINIXDR_PORT: "8080"'))
    versions = [template(one, "backend")["metadata"]["annotations"][CONFIG_VERSION] for one in (made, changed)]
    assert versions[0] != versions[1]
    assert CONFIG_VERSION not in template(made, "worker")["metadata"]["annotations"]


def test_a_ship_takes_no_pods_from_an_autoscaler_nor_from_who_scaled_by_hand() -> None:
    made = finished(live=Live(replicas={"worker": 7, "backend": 5}, autoscaled=frozenset({"worker"})))
    assert made.deployment("worker")["spec"]["replicas"] == 7
    assert made.deployment("backend")["spec"]["replicas"] == 2
    scaled = finished(live=Live(scaled={"Deployment/backend": 4, "HorizontalPodAutoscaler/worker": 9}))
    assert scaled.deployment("backend")["spec"]["replicas"] == 4
    autoscaler = next(item for item in scaled.base if item["kind"] == "HorizontalPodAutoscaler")
    assert (autoscaler["spec"]["minReplicas"], autoscaler["spec"]["maxReplicas"]) == (9, 9)
    assert live_of([autoscaler, scaled.deployment("backend")], {}).scaled == {
        "Deployment/backend": 4,
        "HorizontalPodAutoscaler/worker": 9,
    }


def test_what_pods_need_is_applied_before_what_needs_it() -> None:
    kinds = [item["kind"] for item in finished().base]
    assert kinds.index("Namespace") == 0
    assert kinds.index("ConfigMap") < kinds.index("StatefulSet") < kinds.index("Ingress")
    assert not {"Job", "Deployment"} & set(kinds)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: worker\n  namespace: mini-xdr", "name: worker\n  namespace: other", "namespace other"),
        ("kind: ConfigMap", "kind: Secret", "AWS Secrets Manager"),
        ("MINIXDR_PORT:", "MINIXDR_DATABASE_URL:", "with MINIXDR_DATABASE_URL: secrets come from AWS Secrets Manager"),
        ("kind: Job", "kind: CronTab", "app.kubernetes.io/component: migrate"),
        ("metadata:\n  name: frontend", "metadata:\n  name: web", "Deployment frontend"),
    ],
)
def test_an_overlay_that_lacks_something_is_refused(old: str, new: str, said: str) -> None:
    text = OVERLAY.read_text("utf-8")
    assert old in text
    with pytest.raises(UsageError, match=said):
        finished(text=text.replace(old, new))


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_a_workload_that_no_step_would_apply_is_refused_not_passed_over(kind: str) -> None:
    more = {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": "proxy"},
        "spec": {"template": {"spec": {"containers": []}}},
    }
    with pytest.raises(UsageError, match=f"{kind}/proxy.*not supported"):
        finished(text=f"{OVERLAY.read_text('utf-8')}\n---\n{yaml.safe_dump(more)}")
