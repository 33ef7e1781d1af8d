"""One pod on a node: volumes, image, init containers, containers, its status, its end.

Ready is true when all containers are and every readiness gate's condition is true: the gates' conditions are somebody else's to set.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from minixdr_cluster import environment, volumes
from minixdr_cluster.client import STRATEGIC, ApiError, Client, Object, pod_path
from minixdr_cluster.container import Container, Launch
from minixdr_cluster.environment import Fitting, Names
from minixdr_cluster.images import ImageStore
from minixdr_cluster.node import now
from minixdr_cluster.probes import Prober
from minixdr_cluster.volumes import MissingError

_AGAIN_SECONDS = 2.0
_FIRST_PULL_BACKOFF_SECONDS, _MOST_PULL_BACKOFF_SECONDS = 10.0, 300.0
_TERMINATION_MESSAGE = "/dev/termination-log"
_DONE = {"Succeeded", "Failed"}


@dataclass(frozen=True, slots=True)
class Host:
    """What all pods of the stand-in share."""

    client: Client
    images: ImageStore
    names: Names
    folder: Path
    kept: Path
    """Holds the releases, lakes and so on that pods are told by their paths on this machine."""
    environment: dict[str, str]
    """Of this machine, that every process gets: PATH and the like."""


class Pod:
    """Runs one pod."""

    def __init__(self, host: Host, value: Object, address: str) -> None:
        self.value, self.address = value, address
        self.uid: str = value["metadata"]["uid"]
        self._host, self._path = host, pod_path(value)
        self._folder = host.folder / "pods" / f"{value['metadata']['name']}-{self.uid[:8]}"
        spec = value["spec"]
        self.init = [Container(each, self.changed) for each in spec.get("initContainers") or []]
        self.containers = [Container(each, self.changed) for each in spec["containers"]]
        self._phase = "Pending"
        self._started_at = now()
        self._since: dict[str, tuple[str, str]] = {}
        self._dirty = asyncio.Event()
        self._terminating = False
        self._mounts: dict[str, Path] = {}

    def container(self, name: str) -> Container | None:
        """Return a container by name."""
        return next((each for each in [*self.init, *self.containers] if each.name == name), None)

    def changed(self) -> None:
        """Have the status told."""
        self._dirty.set()

    def update(self, value: Object) -> None:
        """Take what the server says now: gates' conditions, a deletion."""
        self.value = value
        self.changed()

    async def run(self) -> None:
        """Run until the pod is done or its deletion is finished."""
        telling = asyncio.create_task(self._tell_always())
        working = asyncio.create_task(self._work())
        try:
            while not self.value["metadata"].get("deletionTimestamp"):
                if working.done():
                    working.result()
                await asyncio.sleep(0.1)
            self._terminating = True
            grace = self.value["metadata"].get("deletionGracePeriodSeconds")
            working.cancel() if not any(each.attempts for each in self.containers) else None
            await asyncio.gather(*(each.stop(float(grace or 0)) for each in [*self.init, *self.containers]))
        finally:
            telling.cancel()
            working.cancel()
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": self.uid}}
        try:
            await self._tell()
            await self._host.client.delete(self._path, options)
        except ApiError as error:
            if error.status not in (httpx.codes.NOT_FOUND, httpx.codes.CONFLICT):
                raise

    async def kill(self) -> None:
        """End its processes at once."""
        for each in [*self.init, *self.containers]:
            await each.kill()

    async def _work(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.changed()
        policy = self.value["spec"].get("restartPolicy", "Always")
        claims = self._host.folder / "claims"
        while True:
            try:
                self._mounts = await volumes.make(self._host.client, self.value, self._folder / "volumes", claims)
                break
            except MissingError as error:  # the kubelet says FailedMount in an event, and the containers wait
                await self._event("FailedMount", f"MountVolume.SetUp failed: {error}")
                await asyncio.sleep(_AGAIN_SECONDS)
        for each in self.init:
            if not await self._initialize(each, policy):
                self._phase = "Failed"
                self.changed()
                return
        prober = {each.name: Prober(self.address, _ports(each.spec)) for each in self.containers}
        await asyncio.gather(
            *(each.run(lambda each=each: self._launch(each), prober[each.name], policy) for each in self.containers)  # type: ignore[misc]
        )
        codes = [each.state.get("terminated", {}).get("exitCode", 1) for each in self.containers]
        self._phase = "Succeeded" if not any(codes) else "Failed"
        self.changed()

    async def _initialize(self, container: Container, policy: str) -> bool:
        """Run an init container until it succeeded. Return False where it failed for good."""
        backoff = 0.0
        while True:
            code = await container.run_once(await self._launch(container), None, init=True)
            if code == 0:
                container.ready = True
                return True
            if policy == "Never":
                return False
            container.last_state = container.state
            if backoff:
                container.pretend_nothing_started(
                    "CrashLoopBackOff", f"back-off {backoff:.0f}s restarting failed container"
                )
                await asyncio.sleep(backoff)
            backoff = min(backoff * 2, 300.0) or 10.0
            container.restarts += 1

    async def _launch(self, container: Container) -> Launch:
        """Wait until the image is there and all that the environment names; return what to start."""
        backoff = _FIRST_PULL_BACKOFF_SECONDS
        reference = str(container.spec["image"])
        while (image := self._host.images.find(reference)) is None:
            text = f'failed to pull and unpack image "{reference}": {reference}: not found'
            container.pretend_nothing_started("ErrImagePull", text)
            await self._event("Failed", f'Failed to pull image "{reference}": {text}')
            await asyncio.sleep(1.0)
            container.pretend_nothing_started("ImagePullBackOff", f'Back-off pulling image "{reference}": {text}')
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, _MOST_PULL_BACKOFF_SECONDS)
        container.image = image
        seen = _with_address(self.value, self.address)
        while True:
            try:
                variables = await environment.build(self._host.client, seen, container.spec, image.environment)
                break
            except MissingError as error:
                container.pretend_nothing_started("CreateContainerConfigError", str(error))
                await self._event("Failed", f"Error: {error}")
                await asyncio.sleep(_AGAIN_SECONDS)
        return self._fitted(container, variables)

    def _fitted(self, container: Container, variables: dict[str, str]) -> Launch:
        message = self._folder / f"{container.name}.termination-log"
        path = container.spec.get("terminationMessagePath") or _TERMINATION_MESSAGE
        mounts = {path: message}
        for each in container.spec.get("volumeMounts") or []:
            mounts[each["mountPath"].rstrip("/")] = self._mounts[each["name"]] / each.get("subPath", "")
        fitting = Fitting(self.address, mounts, self._host.names, self._host.kept)
        self._fit_files(fitting)
        assert container.image is not None
        command = container.image.command(
            environment.expand(container.spec.get("command") or [], variables),
            environment.expand(container.spec.get("args") or [], variables),
        )
        temporary = {"TMPDIR": str(mounts["/tmp"])} if "/tmp" in mounts else {}  # noqa: S108 - a path in the container
        fitted = {name: fitting.fit(value) for name, value in variables.items()}
        return Launch(
            container.image,
            [fitting.fit(part) for part in command],
            self._host.environment | temporary | fitted,
            self._folder,
            message,
            fitting.fit,
        )

    def _fit_files(self, fitting: Fitting) -> None:
        """Fit configuration files to this machine: those of ConfigMaps."""
        for volume in self.value["spec"].get("volumes") or []:
            if "configMap" in volume:
                for path in self._mounts[volume["name"]].rglob("*"):
                    text = path.read_text("utf-8") if path.is_file() else ""
                    if text and (fitted := fitting.fit_file(text)) != text:
                        path.write_text(fitted, "utf-8")

    async def _tell_always(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            try:
                await self._tell()
            except (ApiError, httpx.HTTPError):
                await asyncio.sleep(0.5)
                if not self._terminating:
                    self._dirty.set()
            await asyncio.sleep(0.05)

    async def _tell(self) -> None:
        if self._phase == "Pending" and any("running" in each.state for each in self.containers):
            self._phase = "Running"
        done = self._phase in _DONE
        initialized = all(each.state.get("terminated", {}).get("exitCode") == 0 for each in self.init)
        containers_ready = not done and all(each.ready for each in self.containers)
        given = {each["type"]: each["status"] for each in self.value.get("status", {}).get("conditions") or []}
        gates = [each["conditionType"] for each in self.value["spec"].get("readinessGates") or []]
        closed = [gate for gate in gates if given.get(gate) != "True"]
        unready = [each.name for each in self.containers if not each.ready]
        why: tuple[str, str] | None = None
        if done:
            why = ("PodCompleted" if self._phase == "Succeeded" else "PodFailed", "")
        elif unready:
            why = ("ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]")
        elif closed:
            why = ("ReadinessGatesNotReady", f'the status of pod readiness gate "{closed[0]}" is not "True"')
        conditions = [
            self._condition("PodReadyToStartContainers", yes=bool(self._mounts or self._folder.exists())),
            self._condition("Initialized", yes=initialized),
            self._condition("ContainersReady", yes=containers_ready, why=why if unready or done else None),
            self._condition("Ready", yes=containers_ready and not closed, why=why),
        ]
        status = {
            "phase": self._phase,
            "conditions": conditions,
            "hostIP": "127.0.0.1",
            "podIP": self.address,
            "podIPs": [{"ip": self.address}],
            "startTime": self._started_at,
            "containerStatuses": [each.status() for each in self.containers],
            "initContainerStatuses": [each.status() for each in self.init],
        }
        await self._host.client.patch(
            f"{self._path}/status", {"metadata": {"uid": self.uid}, "status": status}, STRATEGIC
        )

    def _condition(self, kind: str, *, yes: bool, why: tuple[str, str] | None = None) -> dict[str, Any]:
        status = "True" if yes else "False"
        if self._since.get(kind, ("", ""))[0] != status:
            self._since[kind] = (status, now())
        reason, message = why or ("", "")
        told = {"reason": reason or None, "message": message or None}
        return {"type": kind, "status": status, "lastTransitionTime": self._since[kind][1]} | told

    async def _event(self, reason: str, message: str) -> None:
        metadata = self.value["metadata"]
        about = {
            "apiVersion": "v1",
            "kind": "Pod",
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": self.uid,
        }
        event = {
            "metadata": {"generateName": f"{metadata['name']}.", "namespace": metadata["namespace"]},
            "involvedObject": about,
            "reason": reason,
            "message": message[:1024],
            "type": "Warning",
            "source": {"component": "kubelet", "host": self.value["spec"]["nodeName"]},
            "firstTimestamp": now(),
            "lastTimestamp": now(),
            "count": 1,
        }
        await self._host.client.create(f"/api/v1/namespaces/{metadata['namespace']}/events", event)


def _ports(spec: dict[str, Any]) -> dict[str, int]:
    return {each["name"]: int(each["containerPort"]) for each in spec.get("ports") or [] if "name" in each}


def _with_address(value: Object, address: str) -> Object:
    status = value.get("status", {}) | {"podIP": address, "hostIP": "127.0.0.1", "podIPs": [{"ip": address}]}
    return value | {"status": status}
