"""A node object kept alive: registered with its address, Lease renewed, conditions as they are set."""

import asyncio
from datetime import UTC, datetime

import httpx

from minixdr_cluster.client import STRATEGIC, ApiError, Client, Object
from minixdr_cluster.images import ARCHITECTURE

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_RENEW_SECONDS = 10.0
"""As the kubelet does."""
_HEALTHY = {
    "MemoryPressure": ("False", "KubeletHasSufficientMemory"),
    "DiskPressure": ("False", "KubeletHasNoDiskPressure"),
    "PIDPressure": ("False", "KubeletHasSufficientPID"),
    "Ready": ("True", "KubeletReady"),
}


def now() -> str:
    """Return the time as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Node:
    """One node."""

    def __init__(self, client: Client, name: str, zone: str, log_port: int, version: str) -> None:
        self.name, self.zone, self._version = name, zone, version
        self._client, self._log_port = client, log_port
        self._pressure: dict[str, str] = {}
        self._since = now()

    async def register(self) -> None:
        """Make the node. Raises ApiError."""
        labels = {
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": ARCHITECTURE,
            "kubernetes.io/hostname": self.name,
            "topology.kubernetes.io/region": "us-east-1",
            "topology.kubernetes.io/zone": self.zone,
            "node.kubernetes.io/instance-type": "t3.large",
        }
        spec = {"providerID": f"aws:///{self.zone}/i-{abs(hash(self.name)) % 16**12:017x}"}
        value: Object = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.name, "labels": labels},
            "spec": spec,
        }
        await self._client.create("/api/v1/nodes", value)
        lease = {"holderIdentity": self.name, "leaseDurationSeconds": 40, "renewTime": _micro()}
        await self._client.create(LEASES, {"metadata": {"name": self.name}, "spec": lease})
        await self._tell()

    async def run(self) -> None:
        """Renew until cancelled."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            try:
                await self._client.patch(f"{LEASES}/{self.name}", {"spec": {"renewTime": _micro()}}, STRATEGIC)
                await self._tell()
            except (ApiError, httpx.HTTPError):
                continue  # tried again: the server decides when a node that is silent is lost

    async def pressure(self, kind: str, *, on: bool) -> None:
        """Set `MemoryPressure` or `DiskPressure`; the node lifecycle controller adds and removes the taint. Raises ApiError."""
        self._pressure[kind] = "True" if on else "False"
        self._since = now()
        await self._tell()

    async def _tell(self) -> None:
        conditions = []
        for kind, (status, reason) in _HEALTHY.items():
            state = self._pressure.get(kind, status)
            why = reason if state == status else f"KubeletHas{kind}"
            conditions.append(
                {
                    "type": kind,
                    "status": state,
                    "reason": why,
                    "message": why,
                    "lastHeartbeatTime": now(),
                    "lastTransitionTime": self._since,
                }
            )
        capacity = {"cpu": "16", "memory": "32Gi", "pods": "110", "ephemeral-storage": "100Gi"}
        status_value = {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}, {"type": "Hostname", "address": self.name}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self._log_port}},
            "capacity": capacity,
            "allocatable": capacity,
            "conditions": conditions,
            "nodeInfo": {
                "architecture": ARCHITECTURE,
                "operatingSystem": "linux",
                "kubeletVersion": self._version,
                "containerRuntimeVersion": "processes://0",
                "bootID": "",
                "kernelVersion": "",
                "kubeProxyVersion": "",
                "machineID": "",
                "osImage": "",
                "systemUUID": "",
            },
        }
        await self._client.patch(f"/api/v1/nodes/{self.name}/status", {"status": status_value}, STRATEGIC)


def _micro() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
