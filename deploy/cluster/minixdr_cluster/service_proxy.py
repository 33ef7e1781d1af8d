"""The stand-in for kube-proxy and cluster DNS: each Service with a cluster address gets a TCP listener that forwards to its ready endpoints.

New connections go to ready endpoints only, half a second after an EndpointSlice changed; connections that are open stay, as with kube-proxy.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from minixdr_cluster.addresses import loopback
from minixdr_cluster.client import Client, Object, Watched
from minixdr_cluster.environment import Names
from minixdr_cluster.haproxy import SLOTS, Haproxy, TcpFrontend

LAG_SECONDS = 0.5
_SERVICE = "kubernetes.io/service-name"


@dataclass
class _Port:
    backend: str
    slots: dict[str, int] = field(default_factory=dict)
    """By `address:port`."""


class ServiceProxy:
    """Forwards connections to Services of one namespace."""

    def __init__(self, client: Client, namespace: str, names: Names, folder: Path) -> None:
        base = f"/namespaces/{namespace}"
        self._namespace, self._names = namespace, names
        self._services = Watched(client, f"/api/v1{base}/services", self._named)
        self.slices = Watched(client, f"/apis/discovery.k8s.io/v1{base}/endpointslices", self._changed)
        self._haproxy = Haproxy(folder, "service-proxy")
        self._frontends: list[TcpFrontend] = []
        self._ports: dict[tuple[str, str], _Port] = {}
        self._dirty = asyncio.Event()

    async def run(self) -> None:
        """Forward until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._services.run())
            tasks.create_task(self.slices.run())
            await self._services.ready()
            while True:
                await self._dirty.wait()
                self._dirty.clear()
                await asyncio.sleep(LAG_SECONDS)
                await self._listen()
                await self._point()

    def stop(self) -> None:
        """End the forwarder."""
        self._haproxy.stop()

    def _named(self, _: str, service: Object | None) -> None:
        """Let its names lead to it from now on, so that a pod that starts in this moment knows them."""
        address = service["spec"].get("clusterIP") if service else None
        if service and address == "None":
            self._names.headless.add(service["metadata"]["name"])
        elif service and address:
            name = service["metadata"]["name"]
            whole = f"{name}.{self._namespace}.svc.cluster.local"
            for each in (name, f"{name}.{self._namespace}", f"{name}.{self._namespace}.svc", whole):
                self._names.hosts[each] = loopback(address)
        self._dirty.set()

    def _changed(self, _: str, __: Object | None) -> None:
        self._dirty.set()

    async def _listen(self) -> None:
        wanted = []
        for service in self._services.objects.values():
            name, address = service["metadata"]["name"], service["spec"].get("clusterIP")
            if address in (None, "", "None"):
                continue
            for port in service["spec"]["ports"]:
                backend = f"{name}_{port['port']}"
                wanted.append(TcpFrontend(address, int(port["port"]), backend))
                self._ports.setdefault((name, port.get("name", "")), _Port(backend))
        if wanted and wanted != self._frontends:
            self._frontends = wanted
            self._haproxy.start(wanted)
            await self._haproxy.ready()
            for each in self._ports.values():
                each.slots.clear()

    async def _point(self) -> None:
        for (service, port_name), port in self._ports.items():
            ready = {
                f"{address}:{each['port']}"
                for piece in self.slices.objects.values()
                if piece["metadata"].get("labels", {}).get(_SERVICE) == service
                for endpoint in piece.get("endpoints") or []
                if endpoint.get("conditions", {}).get("ready")
                for address in endpoint["addresses"]
                for each in piece.get("ports") or []
                if (each.get("name") or "") == port_name
            }
            for gone in set(port.slots) - ready:
                await self._haproxy.state(port.backend, port.slots.pop(gone), "drain")
            for new in ready - set(port.slots):
                slot = next(number for number in range(1, SLOTS + 1) if number not in port.slots.values())
                port.slots[new] = slot
                address, _, number = new.rpartition(":")
                await self._haproxy.place(port.backend, slot, address, int(number))
                await self._haproxy.state(port.backend, slot, "ready")
