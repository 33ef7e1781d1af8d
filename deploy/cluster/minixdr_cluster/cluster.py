"""The whole cluster for a test: control plane, two nodes, Service addresses, load balancer, fake AWS; started and ended together.

with Cluster(folder, images) as cluster:
    cluster.kubectl("apply", "-k", "k8s/overlays/local-test")
"""

import asyncio
import contextlib
import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from minixdr_cluster import binaries
from minixdr_cluster.aws import Aws
from minixdr_cluster.client import Client, Object
from minixdr_cluster.control_plane import ControlPlane
from minixdr_cluster.crds import TARGET_GROUP_BINDING
from minixdr_cluster.environment import Names
from minixdr_cluster.images import Image, ImageStore
from minixdr_cluster.kubelet import Kubelet
from minixdr_cluster.load_balancer import Endpoint, LoadBalancer
from minixdr_cluster.loop import Loop
from minixdr_cluster.pod import Host
from minixdr_cluster.processes import free_ports
from minixdr_cluster.service_proxy import ServiceProxy
from minixdr_cluster.storage import Volumes

NAMESPACE = "mini-xdr"
HOST = "xdr.example.test"
NODES = (("node-a", "us-east-1a"), ("node-b", "us-east-1b"), ("node-c", "us-east-1c"))
CONTROLLER_IMAGE = "public.ecr.aws/eks/aws-load-balancer-controller:v2.14.1"
_CONTROLLER = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "aws-load-balancer-controller", "namespace": "kube-system"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app.kubernetes.io/name": "aws-load-balancer-controller"}},
        "template": {
            "metadata": {"labels": {"app.kubernetes.io/name": "aws-load-balancer-controller"}},
            "spec": {"containers": [{"name": "aws-load-balancer-controller", "image": CONTROLLER_IMAGE}]},
        },
    },
}
"""Present so that who looks for the controller finds it; its pod does nothing, the work is done by `load_balancer`."""
_ALB_CLASS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "IngressClass",
    "metadata": {"name": "alb"},
    "spec": {"controller": "ingress.k8s.aws/alb"},
}


@dataclass
class Cluster:
    """A running cluster."""

    folder: Path
    """Its parent holds all that a test's pods are told by path: releases, lake."""
    images: ImageStore = field(default_factory=ImageStore)
    environment: dict[str, str] = field(default_factory=dict)
    """What every container gets beside what its pod says: the machine's own."""
    names: Names = field(default_factory=Names)

    def start(self) -> "Cluster":
        """Start it. Raises NotBuiltError, ControlPlaneError, HaproxyError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as ending:
            self.plane = ControlPlane(self.folder / "control-plane", binaries.find()).start()
            ending.callback(self.plane.stop)
            self.aws = Aws().start()
            ending.callback(self.aws.stop)
            ending.callback(self.names.addresses.release)
            self.loop = Loop()
            ending.callback(self.loop.close)
            plain, tls = free_ports(2)
            self.url, self.plain_url = f"https://localhost:{tls}", f"http://127.0.0.1:{plain}"
            self.aws.make_cluster(
                self.plane.context, self.plane.url, ".".join(self.plane.binaries.version[1:].split(".")[:2])
            )
            self.loop.run(self._start(plain, tls))
            ending.callback(lambda: self.loop.run(self._stop()))
            self._ending = ending.pop_all()
        return self

    def stop(self) -> None:
        """End everything, processes by their ids."""
        self._ending.close()

    def __enter__(self) -> "Cluster":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def _start(self, plain: int, tls: int) -> None:
        authority = self.plane.authority
        self._client = Client(self.plane.url, authority.path, self.plane.admin)
        await self._client.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        await self._client.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", TARGET_GROUP_BINDING)
        await self._client.create("/apis/networking.k8s.io/v1/ingressclasses", _ALB_CLASS)
        path = "/apis/elbv2.k8s.aws/v1beta1/targetgroupbindings"
        while await self._client.find(path) is None:
            await asyncio.sleep(0.1)
        machine = {
            name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ
        }
        host = Host(self._client, self.images, self.names, self.folder, self.folder.parent, machine | self.environment)
        sleeping = Image("", "", self.folder, ("sleep", "infinity"))
        self.images.alias(CONTROLLER_IMAGE, sleeping)
        self.kubelet = Kubelet(host)
        await self.kubelet.start(authority, NODES, f"{self.plane.binaries.version}+stand-in")
        self.proxy = ServiceProxy(self._client, NAMESPACE, self.names, self.folder)
        certificate = authority.issue(HOST, hosts=(HOST, "localhost", "127.0.0.1"), days=60)
        endpoint = Endpoint(plain, tls, certificate)
        self.load_balancer = LoadBalancer(self._client, authority, self.aws, endpoint, NAMESPACE, self.folder)
        self._volumes = Volumes(self._client)
        self._running = [
            asyncio.create_task(self._volumes.run()),
            asyncio.create_task(self.proxy.run()),
            asyncio.create_task(self.load_balancer.run()),
        ]
        await self._client.create("/apis/apps/v1/namespaces/kube-system/deployments", _CONTROLLER)

    async def _stop(self) -> None:
        for task in self._running:
            task.cancel()
        self.load_balancer.stop()
        self.proxy.stop()
        await self.kubelet.stop()
        await self._client.close()

    def state(self) -> str:
        """Return what a person would look at first: pods, warnings, and the end of each log of a container that does not run."""
        lines = [self.kubectl("get", "pods", "-o", "wide", check=False)]
        lines.append(self.kubectl("get", "events", "--field-selector", "type=Warning", check=False)[-3000:])
        for pod in list(self.kubelet.pods.values()):
            for container in [*pod.init, *pod.containers]:
                if not container.ready and container.attempts and container.attempts[-1].exists():
                    end = container.attempts[-1].read_text("utf-8", "replace")[-1500:]
                    lines.append(
                        f"--- {pod.value['metadata']['name']} {container.name} ({container.why_not_ready})\n{end}"
                    )
        return "\n".join([*lines, *self.failures()])

    def failures(self) -> list[str]:
        """Return what made a stand-in end: nothing, while all work."""
        ended = [repr(task.exception()) for task in self._running if task.done() and not task.cancelled()]
        return ended + self.kubelet.problems

    def kubectl(self, *arguments: str, stdin: str | None = None, check: bool = True, seconds: float = 120) -> str:
        """Return what kubectl prints. Raises AssertionError with its errors."""
        command = [self.plane.binaries.path("kubectl"), "--kubeconfig", str(self.plane.kubeconfig), "-n", NAMESPACE]
        done = subprocess.run(
            [*command, *arguments], input=stdin, capture_output=True, text=True, timeout=seconds, check=False
        )
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def apply(self, value: Object | list[Object]) -> None:
        """Apply objects."""
        items = value if isinstance(value, list) else [value]
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)

    def patch(self, name: str, value: Object, kind: str = "strategic") -> None:
        """Patch `kind/name`."""
        self.kubectl("patch", name, "--type", kind, "-p", json.dumps(value))

    def objects(self, kind: str, *arguments: str) -> list[Object]:
        """Return objects of a kind."""
        found: list[Any] = json.loads(self.kubectl("get", kind, "-o", "json", *arguments))["items"]
        return found

    def secret(self, name: str, values: dict[str, str]) -> None:
        """Make or change a Secret."""
        self.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": NAMESPACE},
                "stringData": values,
            }
        )

    def wait(self, what: str, true: Any, seconds: float = 120.0) -> float:
        """Wait until it is true. Return the seconds that it took. Raises TimeoutError; says what a stand-in ended by."""
        started = time.monotonic()
        while not true():
            if self.failures():
                raise TimeoutError(f"{what}: a stand-in ended: {self.failures()}")
            if time.monotonic() - started > seconds:
                raise TimeoutError(
                    f"{what}: not after {seconds:.0f} s\n{self.kubectl('get', 'pods', '-o', 'wide', check=False)}"
                )
            time.sleep(0.25)
        return time.monotonic() - started
