"""The stand-in kubelet of all nodes: starts the pods that the scheduler binds, as processes of this machine."""

import asyncio
import contextlib
from collections.abc import Iterable

from minixdr_cluster.certificates import Authority
from minixdr_cluster.client import Object, Watched
from minixdr_cluster.container import Container
from minixdr_cluster.log_server import LogServer
from minixdr_cluster.node import Node
from minixdr_cluster.pod import Host, Pod


class Kubelet:
    """Runs pods of its nodes."""

    def __init__(self, host: Host) -> None:
        self.pods: dict[str, Pod] = {}
        """By uid."""
        self.nodes: dict[str, Node] = {}
        self._host = host
        self.problems: list[str] = []
        """What the stand-in itself failed at."""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._renewing: list[asyncio.Task[None]] = []
        self._logs = LogServer(self.find)
        self.watched = Watched(host.client, "/api/v1/pods", self._changed)

    async def start(self, authority: Authority, nodes: Iterable[tuple[str, str]], version: str) -> None:
        """Register nodes (name, zone) and begin to run what is bound to them. Raises ApiError."""
        await self._logs.start(authority)
        for name, zone in nodes:
            node = Node(self._host.client, name, zone, self._logs.port, version)
            await node.register()
            self.nodes[name] = node
            self._renewing.append(asyncio.create_task(node.run()))
        self._renewing.append(asyncio.create_task(self.watched.run()))
        await self.watched.ready()

    async def stop(self) -> None:
        """End every process."""
        for task in [*self._renewing, *self._tasks.values()]:
            task.cancel()
        await asyncio.gather(*self._renewing, *self._tasks.values(), return_exceptions=True)
        for pod in self.pods.values():
            await pod.kill()
        self._logs.close()

    def find(self, namespace: str, pod: str, container: str) -> Container | None:
        """Return a container that was started here."""
        for each in self.pods.values():
            metadata = each.value["metadata"]
            if metadata["namespace"] == namespace and metadata["name"] == pod:
                return each.container(container)
        return None

    def _address(self, value: Object) -> str:
        addresses = self._host.names.addresses
        return addresses.stable(value["metadata"]["name"]) if value["spec"].get("subdomain") else addresses.next()

    def _changed(self, _: str, value: Object | None) -> None:
        if value is None or value["spec"].get("nodeName") not in self.nodes:
            return
        uid = value["metadata"]["uid"]
        pod = self.pods.get(uid)
        if pod is not None:
            pod.update(value)
        elif value.get("status", {}).get("phase") not in ("Succeeded", "Failed"):
            pod = self.pods[uid] = Pod(self._host, value, self._address(value))
            self._tasks[uid] = asyncio.create_task(self._run(pod))

    async def _run(self, pod: Pod) -> None:
        try:
            await pod.run()
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self.problems.append(f"{pod.value['metadata']['name']}: {error!r}")
            raise
        finally:
            with contextlib.suppress(ProcessLookupError):
                await pod.kill()
            if pod.value["metadata"].get("deletionTimestamp"):
                self.pods.pop(pod.uid, None)
                self._tasks.pop(pod.uid, None)
