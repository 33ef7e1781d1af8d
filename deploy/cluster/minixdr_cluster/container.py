"""One container: a process of this machine, started again with a growing pause as the kubelet does, its probes, its log, its end.

Not done: limits of memory and CPU, users, capabilities, file systems.
"""

import asyncio
import os
import shlex
import signal
import time
from asyncio.subprocess import Process
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from minixdr_cluster.images import ARCHITECTURE, Image
from minixdr_cluster.node import now
from minixdr_cluster.probes import Prober
from minixdr_cluster.processes import bound_to_parent

_FIRST_BACKOFF_SECONDS, _MOST_BACKOFF_SECONDS = 10.0, 300.0
_RESET_BACKOFF_SECONDS = 600.0
_EXEC_FORMAT_ERROR = 255
_TERMINATION_MESSAGE_BYTES = 4096


@dataclass
class Launch:
    """What is started."""

    image: Image
    command: list[str]
    environment: dict[str, str]
    folder: Path
    """Of logs."""
    termination_message: Path
    fit: Callable[[str], str] = str
    """What paths and addresses of the container are on this machine."""


@dataclass
class Container:
    """A container of a pod, and what is told about it."""

    spec: dict[str, Any]
    changed: Callable[[], None]
    image: Image | None = None
    state: dict[str, Any] = field(default_factory=lambda: {"waiting": {"reason": "ContainerCreating"}})
    last_state: dict[str, Any] = field(default_factory=dict)
    restarts: int = 0
    started: bool = False
    ready: bool = False
    why_not_ready: str = ""
    attempts: list[Path] = field(default_factory=list)
    """Log files, the newest last."""
    _launched: Launch | None = None
    _process: Process | None = None
    _stopping: bool = False

    @property
    def name(self) -> str:
        """Return its name in the pod."""
        return str(self.spec["name"])

    def status(self) -> dict[str, Any]:
        """Return the entry of `containerStatuses`."""
        reference = self.image.reference if self.image else self.spec["image"]
        return {
            "name": self.name,
            "image": self.spec["image"],
            "imageID": reference if self.image else "",
            "containerID": f"processes://{self.name}-{self.restarts}" if self.attempts else "",
            "state": self.state,
            "lastState": self.last_state,
            "restartCount": self.restarts,
            "ready": self.ready,
            "started": self.started,
        }

    async def run_once(self, launch: Launch, prober: Prober | None, *, init: bool = False) -> int:
        """Start it and wait for its end. Return the exit status. Cancelling does not end the process: `stop` does."""
        self._launched = launch
        log = launch.folder / f"{self.name}.{len(self.attempts)}.log"
        self.attempts.append(log)
        launch.termination_message.unlink(missing_ok=True)
        began = now()
        status = await self._start(launch, log)
        if status is None and self._process is not None:
            self.state = {"running": {"startedAt": began}}
            self.started = not self.spec.get("startupProbe")
            self.ready = init or (self.started and not self.spec.get("readinessProbe"))
            self.changed()
            watching = asyncio.create_task(self._probe(prober)) if prober else None
            try:
                status = await self._process.wait()
            finally:
                if watching:
                    watching.cancel()
        status = status or 0
        code = 128 - status if status < 0 else status
        self._ended(launch, code, began)
        return code

    async def run(self, launch: Callable[[], Any], prober: Prober, policy: str) -> None:
        """Run and restart it by the pod's policy until it is stopped or done. `launch` is awaited for each start."""
        backoff = 0.0
        while True:
            prepared: Launch = await launch()
            if self._stopping:
                return
            began = time.monotonic()
            code = await self.run_once(prepared, prober)
            if self._stopping or policy == "Never" or (policy == "OnFailure" and code == 0):
                return
            if time.monotonic() - began > _RESET_BACKOFF_SECONDS:
                backoff = 0.0
            self.last_state = self.state
            if backoff:
                message = f"back-off {backoff:.0f}s restarting failed container={self.name}"
                self.state = {"waiting": {"reason": "CrashLoopBackOff", "message": message}}
                self.changed()
                await asyncio.sleep(backoff)
            backoff = min(backoff * 2, _MOST_BACKOFF_SECONDS) or _FIRST_BACKOFF_SECONDS
            self.restarts += 1

    async def stop(self, grace_seconds: float) -> None:
        """End it as a pod's deletion does: preStop, SIGTERM, and SIGKILL when the grace period, preStop included, is over."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        until = time.monotonic() + grace_seconds
        hook = self.spec.get("lifecycle", {}).get("preStop", {})
        if "sleep" in hook:
            await self._wait(process, min(float(hook["sleep"]["seconds"]), grace_seconds))
        elif "exec" in hook:
            await self._hook(hook["exec"]["command"], grace_seconds)
        if process.returncode is None:
            _signal(process, signal.SIGTERM)
            await self._wait(process, max(until - time.monotonic(), 2.0))
        if process.returncode is None:
            _signal(process, signal.SIGKILL)
            await process.wait()

    async def _hook(self, command: list[str], seconds: float) -> None:
        """Run a preStop command beside the container's process. Its failure changes nothing, as with the kubelet."""
        assert self._launched is not None
        launch = self._launched
        running = await asyncio.create_subprocess_exec(
            *launch.image.command([launch.fit(part) for part in command], []),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=launch.image.folder,
            env=launch.environment,
            preexec_fn=bound_to_parent(),
        )
        await self._wait(running, seconds)

    async def kill(self) -> None:
        """End it at once, as when a test is over."""
        self._stopping = True
        if self._process is not None and self._process.returncode is None:
            _signal(self._process, signal.SIGKILL)
            await self._process.wait()

    def pretend_nothing_started(self, reason: str, message: str) -> None:
        """Tell that it waits, and why."""
        self.state = {"waiting": {"reason": reason, "message": message}}
        self.changed()

    async def _start(self, launch: Launch, log: Path) -> int | None:
        """Return None where it runs, else the status that a runtime gives when the program cannot be executed."""
        if launch.image.architecture != ARCHITECTURE:
            log.write_text(f"exec {launch.command[0]}: exec format error\n", "utf-8")
            return _EXEC_FORMAT_ERROR
        with log.open("wb") as output:
            output.write(
                f"# {shlex.join(launch.command)}\n".encode() if os.environ.get("MINIXDR_CLUSTER_TRACE") else b""
            )
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *launch.command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd=launch.image.folder,
                    env=launch.environment,
                    process_group=0,
                    preexec_fn=bound_to_parent(),
                )
            except OSError as error:
                output.write(f"exec {launch.command[0]}: {error.strerror}\n".encode())
                return 127
        return None

    async def _probe(self, prober: Prober) -> None:
        """Start-up first; then readiness, which may come and go, and liveness, which ends the process."""
        if probe := self.spec.get("startupProbe"):
            await asyncio.sleep(float(probe.get("initialDelaySeconds", 0)))
            failures = 0
            while (problem := await prober.ask(probe)) is not None:
                failures += 1
                self.why_not_ready = f"Startup probe failed: {problem}"
                if failures >= int(probe.get("failureThreshold", 3)):
                    self._end_for(f"startup probe failed: {problem}")
                    return
                await asyncio.sleep(float(probe.get("periodSeconds", 10)))
            self.started = True
        await asyncio.gather(self._readiness(prober), self._liveness(prober))

    async def _readiness(self, prober: Prober) -> None:
        probe = self.spec.get("readinessProbe")
        if not probe:
            self.ready = True
            self.changed()
            return
        await asyncio.sleep(float(probe.get("initialDelaySeconds", 0)))
        good = bad = 0
        while True:
            problem = await prober.ask(probe)
            good, bad = (good + 1, 0) if problem is None else (0, bad + 1)
            ready = self.ready
            if good >= int(probe.get("successThreshold", 1)):
                ready = True
            elif bad >= int(probe.get("failureThreshold", 3)):
                ready = False
            self.why_not_ready = f"Readiness probe failed: {problem}" if problem else ""
            if ready != self.ready:
                self.ready = ready
                self.changed()
            await asyncio.sleep(float(probe.get("periodSeconds", 10)))

    async def _liveness(self, prober: Prober) -> None:
        probe = self.spec.get("livenessProbe")
        if not probe:
            return
        await asyncio.sleep(float(probe.get("initialDelaySeconds", 0)))
        bad = 0
        while not self._stopping:
            bad = 0 if (problem := await prober.ask(probe)) is None else bad + 1
            if bad >= int(probe.get("failureThreshold", 3)):
                self._end_for(f"liveness probe failed: {problem}")
                return
            await asyncio.sleep(float(probe.get("periodSeconds", 10)))

    def _end_for(self, why: str) -> None:
        """End the process so that it is started again."""
        self.why_not_ready = why
        if self._process is not None and self._process.returncode is None:
            _signal(self._process, signal.SIGTERM)
            asyncio.get_running_loop().call_later(30.0, _signal, self._process, signal.SIGKILL)

    def _ended(self, launch: Launch, code: int, began: str) -> None:
        message = ""
        if launch.termination_message.is_file():
            message = launch.termination_message.read_text("utf-8", "replace")[:_TERMINATION_MESSAGE_BYTES]
        if not message and code and self.spec.get("terminationMessagePolicy") == "FallbackToLogsOnError":
            message = self.attempts[-1].read_text("utf-8", "replace")[-2048:]
        reason = "Completed" if code == 0 else "Error"
        ended = {"exitCode": code, "reason": reason, "startedAt": began, "finishedAt": now()}
        self.state = {"terminated": ended | ({"message": message} if message else {})}
        self.ready = self.started = False
        self.changed()

    @staticmethod
    async def _wait(process: Process, seconds: float) -> None:
        try:
            await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            return


def _signal(process: Process, number: signal.Signals) -> None:
    if process.returncode is None:
        try:
            os.killpg(process.pid, number) if number == signal.SIGKILL else process.send_signal(number)
        except ProcessLookupError:
            return
