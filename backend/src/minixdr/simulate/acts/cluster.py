"""What attackers do in a Kubernetes cluster, as its audit log has it.

Source: MITRE ATT&CK for Containers; Kubernetes API conventions.
"""

from typing import Any

from minixdr.simulate.identifiers import pod_suffix
from minixdr.simulate.logs.cloudtrail import Call, Caller
from minixdr.simulate.logs.kubernetes_audit import Client, Request, iam_user, service_account
from minixdr.simulate.stage import Stage
from minixdr.simulate.world import CLUSTER


def grant_access(stage: Stage, caller: Caller) -> Client:
    """Let an IAM user into the cluster as its administrator; return it as a client."""
    stage.step("An access entry makes the new user the cluster's administrator", "TA0003", "T1098.006")
    arn = caller.identity["arn"]
    entry = {"name": CLUSTER, "principalArn": arn}
    stage.aws(
        caller,
        Call("eks", "CreateAccessEntry", False, entry, {"accessEntry": {"clusterName": CLUSTER, "principalArn": arn}}),
    )
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    stage.aws(
        caller,
        Call("eks", "AssociateAccessPolicy", False, {**entry, "policyArn": policy, "accessScope": {"type": "cluster"}}),
    )
    user = iam_user(arn, arn, caller.identity["principalId"], caller.identity["accessKeyId"])
    return Client(user, caller.address)


def enumerate_secrets(stage: Stage, client: Client) -> None:
    """List what one may do, and every secret of every namespace."""
    stage.step("Permissions and secrets of all namespaces are listed", "TA0006", "T1552.007")
    review = {
        "kind": "SelfSubjectRulesReview",
        "apiVersion": "authorization.k8s.io/v1",
        "spec": {"namespace": "default"},
    }
    stage.kubernetes(client, Request("create", "selfsubjectrulesreviews", body=review, code=201))
    stage.kubernetes(client, Request("list", "namespaces", query="limit=500"))
    stage.kubernetes(client, Request("list", "secrets", query="limit=500"))
    for namespace in ("shop", "finance", "kube-system"):
        stage.kubernetes(client, Request("list", "secrets", namespace, query="limit=500"))
    for namespace, name in (
        ("shop", "payments-database"),
        ("finance", "ledger-database"),
        ("kube-system", "bootstrap-token-abcdef"),
    ):
        stage.kubernetes(client, Request("get", "secrets", namespace, name))


def enter_pod(stage: Stage, client: Client) -> None:
    """Run a shell in a running pod."""
    namespace, pod, _ = stage.world.pods[0]
    stage.step(f"A shell is run in {pod}", "TA0002", "T1609")
    query = "command=%2Fbin%2Fsh&command=-c&command=env%3B+cat+%2Fvar%2Frun%2Fsecrets%2Feks.amazonaws.com%2Fserviceaccount%2Ftoken&stdout=true"
    stage.kubernetes(client, Request("create", "pods", namespace, pod, "exec", query, code=101))


def bind_administrator(stage: Stage, client: Client) -> None:
    """Make a service account the cluster's administrator."""
    stage.step("A service account is bound to cluster-admin", "TA0003", "T1098.006")
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "metrics-proxy", "namespace": "kube-system"},
    }
    stage.kubernetes(
        client, Request("create", "serviceaccounts", "kube-system", "metrics-proxy", body=account, code=201)
    )
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "metrics-proxy"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "metrics-proxy", "namespace": "kube-system"}],
    }
    stage.kubernetes(client, Request("create", "clusterrolebindings", name="metrics-proxy", body=binding, code=201))


def escape_to_node(stage: Stage, client: Client) -> None:
    """Start a privileged pod with the node's disk and enter it."""
    stage.step("A privileged pod mounts its node's disk", "TA0004", "T1611")
    name = f"node-debug-{pod_suffix(stage.rng)}"
    stage.kubernetes(
        client,
        Request("create", "pods", "kube-system", name, body=_privileged_pod(name, stage.world.nodes[0]), code=201),
    )
    stage.wait(5, 20)
    query = "command=chroot&command=%2Fhost&command=%2Fbin%2Fbash&container=shell&stdin=true&stdout=true&tty=true"
    stage.kubernetes(client, Request("create", "pods", "kube-system", name, "exec", query, code=101))


def use_pod_token(stage: Stage) -> Client:
    """Ask with a pod's token from inside it; return it as a client. Most of it is refused."""
    namespace, pod, account = stage.world.pods[2]
    stage.step(f"The token of {pod} asks what it may", "TA0007", "T1613")
    client = Client(service_account(namespace, account), "10.20.11.77", "curl/8.5.0")
    for request in (
        Request("list", "secrets", namespace, code=403), Request("list", "pods", code=403),
        Request("list", "nodes", code=403), Request("create", "selfsubjectrulesreviews", code=201), Request("list", "pods", namespace),
        Request("get", "configmaps", namespace, "app-config"),
    ):  # fmt: skip
        stage.kubernetes(client, request)
    return client


def _privileged_pod(name: str, node: str) -> dict[str, Any]:
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": {
            "nodeName": node,
            "hostPID": True,
            "hostNetwork": True,
            "volumes": [{"name": "host", "hostPath": {"path": "/", "type": ""}}],
            "containers": [
                {
                    "name": "shell",
                    "image": "docker.io/library/alpine:3.20",
                    "command": ["sleep", "86400"],
                    "securityContext": {"privileged": True},
                    "volumeMounts": [{"name": "host", "mountPath": "/host"}],
                }
            ],
        },
    }
