"""The webhook of the AWS Load Balancer Controller that adds readiness gates to pods, as kube-apiserver calls it.

By the controller's documentation ("Pod readiness gate"): only in namespaces with the label, only where a TargetGroupBinding's Service selects
the pod, only at creation.
"""

import asyncio
import base64
import json
import ssl
from collections.abc import Callable

from minixdr_cluster.certificates import Authority
from minixdr_cluster.client import Client, Object

CONFIGURATION = "aws-load-balancer-webhook"
LABEL = "elbv2.k8s.aws/pod-readiness-gate-inject"
GATE_PREFIX = "target-health.elbv2.k8s.aws/"
_PATH = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"

GatesOf = Callable[[str, dict[str, str]], list[str]]
"""The gates of a pod by its namespace and labels."""


class Webhook:
    """Serves admission reviews on loopback."""

    def __init__(self, gates: GatesOf) -> None:
        self._gates = gates
        self._server: asyncio.Server | None = None

    async def start(self, client: Client, authority: Authority) -> None:
        """Listen, and have kube-apiserver ask. Raises ApiError."""
        issued = authority.issue("aws-load-balancer-webhook", hosts=("127.0.0.1",))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(issued.certificate, issued.key)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        port = self._server.sockets[0].getsockname()[1]
        webhook = {
            "name": "mpod.elbv2.k8s.aws",
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "failurePolicy": "Fail",
            "timeoutSeconds": 10,
            "clientConfig": {
                "url": f"https://127.0.0.1:{port}/mutate-v1-pod",
                "caBundle": base64.b64encode(authority.path.read_bytes()).decode(),
            },
            "namespaceSelector": {"matchExpressions": [{"key": LABEL, "operator": "In", "values": ["enabled"]}]},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
        }
        value = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": CONFIGURATION, "labels": {"app.kubernetes.io/name": "aws-load-balancer-controller"}},
            "webhooks": [webhook],
        }
        await client.create(_PATH, value)

    def close(self) -> None:
        """Stop listening."""
        if self._server:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = next(int(line.split(":")[1]) for line in head.splitlines() if line.startswith("content-length:"))
            request = json.loads(await reader.readexactly(length))["request"]
            body = json.dumps(self._review(request)).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n")
            writer.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    def _review(self, request: Object) -> Object:
        pod = request["object"]
        labels = pod["metadata"].get("labels") or {}
        present = pod["spec"].get("readinessGates") or []
        known = {each["conditionType"] for each in present}
        added = [{"conditionType": gate} for gate in self._gates(request["namespace"], labels) if gate not in known]
        response: Object = {"uid": request["uid"], "allowed": True}
        if added:
            patch = [{"op": "add", "path": "/spec/readinessGates", "value": present + added}]
            response |= {"patchType": "JSONPatch", "patch": base64.b64encode(json.dumps(patch).encode()).decode()}
        return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
