"""What a ship has to know of the cluster before it makes its manifests."""

import json

from minixdr_deploy.kube.kubectl import Kubectl, Objects
from minixdr_deploy.kube.labels import APP, NAME, SECRET_VERSION
from minixdr_deploy.manifests import REPLICAS, Live


def read_live(kube: Kubectl) -> Live:
    """Return it. Raises KubeError."""
    if kube.find("namespace", kube.namespace) is None:
        return Live()
    ours = kube.list("deployments,horizontalpodautoscalers", selector=f"{NAME}={APP}")
    return live_of(ours, secret_versions(kube))


def live_of(objects: Objects, versions: dict[str, str]) -> Live:
    """Return what Deployments and autoscalers say."""
    scaled = {}
    for item in objects:
        asked = (item["metadata"].get("annotations") or {}).get(REPLICAS)
        if asked is not None:
            scaled[f"{item['kind']}/{item['metadata']['name']}"] = int(asked)
    targets = [item["spec"]["scaleTargetRef"] for item in objects if item["kind"] == "HorizontalPodAutoscaler"]
    return Live(
        replicas={
            item["metadata"]["name"]: int(item["spec"].get("replicas", 1))
            for item in objects
            if item["kind"] == "Deployment"
        },
        autoscaled=frozenset(one["name"] for one in targets if one["kind"] == "Deployment"),
        scaled=scaled,
        secret_versions=versions,
    )


def secret_versions(kube: Kubectl) -> dict[str, str]:
    """Return, by name of the Secret, which version in AWS it was copied from. The values of Secrets are not asked for. Raises KubeError."""
    path = '{range .items[*]}{.metadata.name}{"\\t"}{.metadata.annotations}{"\\n"}{end}'
    text = kube.run(["get", "secrets", "-n", kube.namespace, "-o", f"jsonpath={path}"], "listing secrets")
    found = {}
    for line in text.splitlines():
        name, _, annotations = line.partition("\t")
        version = (json.loads(annotations) if annotations else {}).get(SECRET_VERSION)
        if version:
            found[name] = version
    return found
