"""What each rendered overlay must have, whatever is changed in it. Needs kubectl (it carries kustomize)."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ALB = "alb.ingress.kubernetes.io/"
OVERLAYS = ("aws", "local-test")

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")


@pytest.fixture(scope="module", params=OVERLAYS)
def objects(request) -> list[dict]:
    folder = ROOT / "deploy" / "overlays" / request.param
    text = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=True).stdout
    jobs = [
        (ROOT / "k8s" / name).read_text("utf-8")
        for name in ("migrate-job.yaml", "canary-job.yaml", "database-roles.yaml")
    ]
    return [one for each in (text, *jobs) for one in yaml.safe_load_all(each) if one]


def of(objects, kind, name=None):
    return [one for one in objects if one["kind"] == kind and name in (None, one["metadata"]["name"])]


def templates(objects):
    return {
        f"{one['kind']}/{one['metadata']['name']}": one["spec"]["template"]
        for one in objects
        if one["kind"] in {"Deployment", "StatefulSet", "Job"}
    }


def containers(template):
    return [*(template["spec"].get("initContainers") or ()), *template["spec"]["containers"]]


def test_pods_are_restricted(objects):
    """Pod Security `restricted`, a root that cannot be written to, no token of the Kubernetes API."""
    for name, template in templates(objects).items():
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in containers(template):
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] is True, name
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["limits"]["memory"], name
            assert container["resources"]["requests"]["cpu"], name


def test_a_rollout_takes_nothing_away(objects):
    for deployment in of(objects, "Deployment"):
        spec = deployment["spec"]
        assert spec["replicas"] >= 2
        assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
        assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 75
    for name in ("backend", "frontend"):
        (deployment,) = of(objects, "Deployment", name)
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert container["lifecycle"]["preStop"] == {"sleep": {"seconds": 30}}
    budgets = {one["metadata"]["name"] for one in of(objects, "PodDisruptionBudget")}
    assert budgets == {"backend", "worker", "frontend", "nats"}


def test_what_ends_a_pod_fits_in_its_grace(objects):
    """30 s before the signal, the drain, 10 s for what is being answered: less than the grace."""
    (settings,) = of(objects, "ConfigMap", "mini-xdr-config")
    assert 30 + int(settings["data"]["MINIXDR_DRAIN_SECONDS"]) + 10 < 75


def test_probes_ask_what_they_should(objects):
    paths = {
        "backend": ("/startupz", "/readyz", "/livez"),
        "worker": ("/startupz", "/readyz", "/livez"),
        "frontend": ("/healthz",) * 3,
    }
    for name, wanted in paths.items():
        (deployment,) = of(objects, "Deployment", name)
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert (
            tuple(container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "readiness", "liveness"))
            == wanted
        )


def test_gates_are_injected_and_each_service_has_its_own_health_check(objects):
    (namespace,) = of(objects, "Namespace")
    assert namespace["metadata"]["labels"]["elbv2.k8s.aws/pod-readiness-gate-inject"] == "enabled"
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    checks = {
        name: of(objects, "Service", name)[0]["metadata"]["annotations"][f"{ALB}healthcheck-path"]
        for name in ("backend", "frontend")
    }
    assert checks == {"backend": "/readyz", "frontend": "/healthz"}


def test_who_may_come_in_is_said_in_one_way_and_never_by_default(objects):
    (ingress,) = of(objects, "Ingress")
    annotations = ingress["metadata"]["annotations"]
    assert f"{ALB}security-groups" not in annotations
    assert annotations[f"{ALB}inbound-cidrs"] == "set-by-minixdr-deploy"
    assert annotations[f"{ALB}target-type"] == "ip"
    assert annotations[f"{ALB}ssl-redirect"] == "443"
    assert "deregistration_delay.timeout_seconds=30" in annotations[f"{ALB}target-group-attributes"]


def test_the_load_balancer_gives_an_idle_connection_up_before_we_do(objects):
    """Else it sends on one that was just closed, and answers 502. The api keeps one 75 s."""
    (ingress,) = of(objects, "Ingress")
    attributes = dict(
        one.split("=") for one in ingress["metadata"]["annotations"][f"{ALB}load-balancer-attributes"].split(",")
    )
    idle = int(attributes["idle_timeout.timeout_seconds"])
    (frontend,) = of(objects, "Deployment", "frontend")
    env = {one["name"]: one.get("value") for one in frontend["spec"]["template"]["spec"]["containers"][0]["env"]}
    serve = (ROOT / "backend/src/minixdr/api/serve.py").read_text("utf-8")
    assert idle * 1000 < int(env["KEEP_ALIVE_TIMEOUT"])
    assert "_KEEP_ALIVE_SECONDS = 75\n" in serve
    assert 15 < idle < 75


def test_images_are_named_by_digest_or_not_at_all(objects):
    """Ours have no tag: the tool sets digests. Others have a whole version."""
    for name, template in templates(objects).items():
        for container in containers(template):
            image = container["image"]
            if image.startswith("mini-xdr-"):
                assert ":" not in image, name
                assert "MINIXDR_IMAGE_DIGEST" in {one["name"] for one in container["env"]}, name
            else:
                assert image.partition(":")[2][:1].isdigit(), name


def test_everything_is_denied_first_and_every_workload_has_its_policy(objects):
    (deny,) = of(objects, "NetworkPolicy", "default-deny")
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}

    def selects(policy, labels):
        selector = policy["spec"]["podSelector"]
        wanted = selector.get("matchLabels") or {}
        listed = selector.get("matchExpressions") or ()
        return all(labels.get(key) == value for key, value in wanted.items()) and all(
            labels.get(one["key"]) in one["values"] for one in listed
        )

    policies = [one for one in of(objects, "NetworkPolicy") if one["spec"]["podSelector"]]
    for name, template in templates(objects).items():
        assert any(selects(one, template["metadata"]["labels"]) for one in policies), name
    for policy in policies:
        for rule in policy["spec"].get("ingress") or ():
            assert all(one.get("ipBlock", {}).get("cidr") != "0.0.0.0/0" for one in rule["from"]), policy["metadata"][
                "name"
            ]


def test_selectors_find_their_pods(objects):
    labels = [one["metadata"]["labels"] for one in templates(objects).values()]
    for kind in ("Service", "PodDisruptionBudget"):
        for one in of(objects, kind):
            selector = one["spec"]["selector"]
            wanted = selector.get("matchLabels", selector)
            assert any(wanted.items() <= each.items() for each in labels), one["metadata"]["name"]


def test_the_log_syncs_each_write_and_keeps_a_quorum(objects):
    (config,) = of(objects, "ConfigMap", "nats")
    assert "sync_interval: always" in config["data"]["nats.conf"]
    (nats,) = of(objects, "StatefulSet", "nats")
    assert nats["spec"]["replicas"] == 3
    rule = nats["spec"]["template"]["spec"]["affinity"]["podAntiAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ][0]
    assert rule["topologyKey"] == "kubernetes.io/hostname"


def test_the_log_s_bound_fits_its_disk(objects):
    (settings,) = of(objects, "ConfigMap", "mini-xdr-config")
    assert int(settings["data"]["MINIXDR_LOG_MOST_BYTES"]) < 45 * 10**9 < 50 * 2**30


def test_no_secret_is_in_a_manifest(objects):
    assert not of(objects, "Secret")
    (settings,) = of(objects, "ConfigMap", "mini-xdr-config")
    assert not {"MINIXDR_DATABASE_URL", "MINIXDR_NATS_URL", "MINIXDR_SECRET_KEY"} & set(settings["data"])
