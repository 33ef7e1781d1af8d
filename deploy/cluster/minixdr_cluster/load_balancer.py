"""The stand-in for the AWS Load Balancer Controller and its load balancer: from the real Ingress, Services and EndpointSlices to a real HAProxy.

It does what the controller does, with the controller's delays: makes TargetGroupBindings, lets its webhook add readiness gates, registers pods that
are ready but for their gate, sets the gate's condition 1 to 5 s after the target is healthy, deregisters a pod 1 to 5 s after it began to end. That
last delay is what loses requests where a pod ends at once. The same is made in the fake AWS, for who looks there.

Not done: listeners' details, WAF, several Ingresses of one group, resynchronizing by the hour.
"""

import asyncio
import contextlib
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from minixdr_cluster import ingress as reading
from minixdr_cluster.aws import Aws
from minixdr_cluster.certificates import Authority, Issued
from minixdr_cluster.client import MERGE, STRATEGIC, ApiError, Client, Object, Watched, key_of, pod_path
from minixdr_cluster.haproxy import Haproxy, HttpFrontend, Rule
from minixdr_cluster.node import now
from minixdr_cluster.targets import TargetGroup
from minixdr_cluster.webhook import GATE_PREFIX, Webhook

LAG_SECONDS = (1.0, 5.0)
_ROUND_SECONDS = 0.25
_TAGS = {"elbv2.k8s.aws/cluster": "mini-xdr-cluster"}
_SERVICE = "kubernetes.io/service-name"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the load balancer listens on this machine."""

    plain_port: int
    tls_port: int
    certificate: Issued


@dataclass
class LoadBalancer:
    """One Ingress and what stands for it."""

    client: Client
    authority: Authority
    aws: Aws
    endpoint: Endpoint
    namespace: str
    folder: Path
    seed: int = 1
    groups: dict[str, TargetGroup] = field(default_factory=dict)
    """By the name of the TargetGroupBinding."""

    def __post_init__(self) -> None:
        base = f"/namespaces/{self.namespace}"
        self.ingresses = Watched(self.client, f"/apis/networking.k8s.io/v1{base}/ingresses", self._ingress_changed)
        self.services = Watched(self.client, f"/api/v1{base}/services")
        self.slices = Watched(self.client, f"/apis/discovery.k8s.io/v1{base}/endpointslices")
        self.pods = Watched(self.client, f"/api/v1{base}/pods")
        self.bindings = Watched(self.client, f"/apis/elbv2.k8s.aws/v1beta1{base}/targetgroupbindings")
        self.webhook = Webhook(self.gates)
        self.registering = True
        """False: pods are not seen any more, as when the controller is down."""
        self.register_seconds = LAG_SECONDS
        """From a pod that runs to its registration: longer where AWS throttles the controller."""
        self._haproxy = Haproxy(self.folder, "load-balancer")
        self._random = random.Random(self.seed)  # noqa: S311 - delays
        self._routes: list[reading.Route] = []
        self._waiting: set[tuple[str, str]] = set()
        self._gating: set[tuple[str, str]] = set()
        self._told: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ingress_dirty = True

    def gates(self, namespace: str, labels: dict[str, str]) -> list[str]:
        """Return the gates of a new pod: of each binding whose Service selects it."""
        found = []
        for binding in self.bindings.objects.values():
            service = self.services.objects.get(f"{namespace}/{binding['spec']['serviceRef']['name']}")
            selector = (service or {}).get("spec", {}).get("selector") or {}
            if selector and selector.items() <= labels.items():
                found.append(GATE_PREFIX + binding["metadata"]["name"])
        return sorted(found)

    async def run(self) -> None:
        """Work until cancelled."""
        await self.webhook.start(self.client, self.authority)
        async with asyncio.TaskGroup() as tasks:
            for watched in (self.ingresses, self.services, self.slices, self.pods, self.bindings):
                tasks.create_task(watched.run())
            for watched in (self.ingresses, self.services, self.slices, self.pods, self.bindings):
                await watched.ready()
            while True:
                with contextlib.suppress(
                    ApiError, httpx.HTTPError
                ):  # something changed meanwhile: the next round sees it
                    await self._round()
                await asyncio.sleep(_ROUND_SECONDS)

    def stop(self) -> None:
        """End what it started."""
        for task in self._tasks:
            task.cancel()
        for group in self.groups.values():
            group.stop()
        self.webhook.close()
        self._haproxy.stop()

    def _ingress_changed(self, _: str, __: Object | None) -> None:
        self._ingress_dirty = True

    async def _round(self) -> None:
        ingress = next(iter(self.ingresses.objects.values()), None)
        if ingress is None:
            return
        if self._ingress_dirty:
            await self._reconcile(ingress)
        for group in list(self.groups.values()):
            if self.registering:
                self._membership(group)
            self._open_gates(group)
            await self._tell_aws(group)

    async def _reconcile(self, ingress: Object) -> None:
        """Bring listeners, target groups, the security group and the Ingress's status to what the Ingress says."""
        routes = reading.routes(ingress)
        services = {route.service: self.services.objects.get(f"{self.namespace}/{route.service}") for route in routes}
        if any(service is None for service in services.values()):
            return  # the controller waits for the Services too
        self._ingress_dirty = False
        stack = _TAGS | {"ingress.k8s.aws/stack": f"{self.namespace}/{ingress['metadata']['name']}"}
        if not self.aws.load_balancer:
            name = reading.annotation(ingress, None, "load-balancer-name") or f"k8s-{ingress['metadata']['name']}"
            tags = stack | {"ingress.k8s.aws/resource": "LoadBalancer"}
            attributes = reading.attributes(ingress, None, "load-balancer-attributes")
            await asyncio.to_thread(self.aws.make_load_balancer, name, tags, attributes)
        if routes != self._routes:
            await self._listen(ingress, routes, stack)
        await asyncio.to_thread(self.aws.tell_networks, reading.allowed(ingress), [80, 443])
        path = f"/apis/networking.k8s.io/v1/namespaces/{self.namespace}/ingresses/{ingress['metadata']['name']}/status"
        status = {"status": {"loadBalancer": {"ingress": [{"hostname": self.aws.host}]}}}
        if ingress.get("status", {}) != status["status"]:
            await self.client.patch(path, status, MERGE)

    async def _listen(self, ingress: Object, routes: list[reading.Route], stack: dict[str, str]) -> None:
        rules = []
        for route in routes:
            service = self.services.objects[f"{self.namespace}/{route.service}"]
            name = reading.binding_name(self.namespace, route.service, route.port)
            if name not in self.groups:
                await self._bind(ingress, service, route, name, stack)
            rules.append(Rule(route.path, self.groups[name].backend))
        idle = int(
            reading.attributes(ingress, None, "load-balancer-attributes").get("idle_timeout.timeout_seconds", 60)
        )
        plain = HttpFrontend(self.endpoint.plain_port, tuple(rules), None, idle)
        tls = HttpFrontend(self.endpoint.tls_port, tuple(rules), self.endpoint.certificate.bundle(), idle)
        self._haproxy.start([plain, tls])
        await self._haproxy.ready()
        for group in self.groups.values():
            await group.again()
        self._routes = routes

    async def _bind(
        self, ingress: Object, service: Object, route: reading.Route, name: str, stack: dict[str, str]
    ) -> None:
        """Make a target group and its TargetGroupBinding."""
        check = reading.check(ingress, service)
        port = next(each for each in service["spec"]["ports"] if route.port in (each.get("name"), each["port"]))
        tags = stack | {"ingress.k8s.aws/resource": f"{key_of(ingress)}-{route.service}:{route.port}"}
        delay = reading.attributes(ingress, service, "target-group-attributes")
        arn = await asyncio.to_thread(self.aws.make_target_group, name, int(port["port"]), check.path, tags, delay)
        self.groups[name] = TargetGroup(
            name=name,
            backend=f"tg_{route.service}_{port['port']}",
            arn=arn,
            service=route.service,
            service_port=port.get("name") or "",
            check=check,
            deregistration_seconds=float(delay.get("deregistration_delay.timeout_seconds", 300)),
            haproxy=self._haproxy,
        )
        spec = {
            "serviceRef": {"name": route.service, "port": route.port},
            "targetGroupARN": arn,
            "targetType": "ip",
            "ipAddressType": "ipv4",
            "vpcID": self.aws.vpc,
        }
        labels = {
            "ingress.k8s.aws/stack-name": ingress["metadata"]["name"],
            "ingress.k8s.aws/stack-namespace": self.namespace,
        }
        value = {
            "apiVersion": "elbv2.k8s.aws/v1beta1",
            "kind": "TargetGroupBinding",
            "metadata": {"name": name, "namespace": self.namespace, "labels": labels},
            "spec": spec,
        }
        path = f"/apis/elbv2.k8s.aws/v1beta1/namespaces/{self.namespace}/targetgroupbindings"
        await self.client.create(path, value)

    def _membership(self, group: TargetGroup) -> None:
        """Register who should be a target, deregister who should not, each after its delay."""
        wanted = self._wanted(group)
        for key in wanted - set(group.targets):
            self._later(group, key, register=True)
        for key, target in list(group.targets.items()):
            if key not in wanted and target.state != "draining":
                self._later(group, key, register=False)

    def _wanted(self, group: TargetGroup) -> set[str]:
        """Return `address:port` of endpoints that are ready, or would be but for a gate, and do not end."""
        found = set()
        for piece in self.slices.objects.values():
            if piece["metadata"].get("labels", {}).get(_SERVICE) != group.service:
                continue
            ports = [
                each["port"] for each in piece.get("ports") or [] if (each.get("name") or "") == group.service_port
            ]
            for endpoint in piece.get("endpoints") or []:
                conditions = endpoint.get("conditions", {})
                reference = endpoint.get("targetRef") or {}
                pod = self.pods.objects.get(f"{self.namespace}/{reference.get('name')}")
                if conditions.get("terminating") or pod is None or pod["metadata"].get("deletionTimestamp"):
                    continue
                if conditions.get("ready") or (
                    pod["spec"].get("readinessGates") and _condition(pod, "ContainersReady")
                ):
                    found |= {f"{address}:{port}" for address in endpoint["addresses"] for port in ports}
        return found

    def _later(self, group: TargetGroup, key: str, *, register: bool) -> None:
        if (group.name, key) in self._waiting:
            return
        self._waiting.add((group.name, key))

        async def work() -> None:
            try:
                await asyncio.sleep(self._random.uniform(*(self.register_seconds if register else LAG_SECONDS)))
                if register and key in self._wanted(group) and key not in group.targets:
                    address, _, port = key.rpartition(":")
                    await group.register(address, int(port))
                elif not register and key in group.targets:
                    draining = asyncio.create_task(group.deregister(key))
                    self._keep(draining)
            finally:
                self._waiting.discard((group.name, key))

        self._keep(asyncio.create_task(work()))

    def _open_gates(self, group: TargetGroup) -> None:
        """Say true for a pod whose target is healthy, after the delay."""
        gate = GATE_PREFIX + group.name
        for pod in self.pods.objects.values():
            gates = [each["conditionType"] for each in pod["spec"].get("readinessGates") or []]
            address = pod.get("status", {}).get("podIP")
            if gate not in gates or not address or (group.name, pod["metadata"]["uid"]) in self._gating:
                continue
            healthy = any(each.address == address and each.state == "healthy" for each in group.targets.values())
            if healthy != bool(_condition(pod, gate)) and not pod["metadata"].get("deletionTimestamp"):
                self._gating.add((group.name, pod["metadata"]["uid"]))
                self._keep(asyncio.create_task(self._set_gate(group, pod, gate, healthy=healthy)))

    async def _set_gate(self, group: TargetGroup, pod: Object, gate: str, *, healthy: bool) -> None:
        try:
            await asyncio.sleep(self._random.uniform(*LAG_SECONDS))
            status = "True" if healthy else "False"
            condition = {
                "type": gate,
                "status": status,
                "lastTransitionTime": now(),
                "reason": "" if healthy else "Unhealthy",
            }
            await self.client.patch(f"{pod_path(pod)}/status", {"status": {"conditions": [condition]}}, STRATEGIC)
        except (ApiError, httpx.HTTPError):
            return  # the pod is gone, or the next round tries again
        finally:
            await asyncio.sleep(_ROUND_SECONDS)
            self._gating.discard((group.name, pod["metadata"]["uid"]))

    async def _tell_aws(self, group: TargetGroup) -> None:
        wanted = {(each.address, each.port): (each.state, each.reason) for each in group.targets.values()}
        if self._told.get(group.name) != wanted:
            await asyncio.to_thread(self.aws.tell_targets, group.arn, dict(wanted))
            self._told[group.name] = wanted

    def _keep(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _condition(pod: Object, kind: str) -> bool:
    conditions = pod.get("status", {}).get("conditions") or []
    return any(each["type"] == kind and each["status"] == "True" for each in conditions)
