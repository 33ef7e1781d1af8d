"""What a scenario writes on: a point in time that moves on, and one call for each thing that happens."""

from random import Random

import orjson

from minixdr.simulate.logs import cloudtrail, kubernetes_audit, linux_audit, linux_syslog, vpc_flow, windows
from minixdr.simulate.records import Item, Log, Step, serial
from minixdr.simulate.world import CLUSTER, REGION, World


class Stage:
    """Collects a story's records. `step` names what follows, `wait` moves time on."""

    def __init__(self, world: World, rng: Random, start: float) -> None:
        self.world = world
        self.rng = rng
        self.time = start
        self.items: list[Item] = []
        self._step: Step | None = None
        self._steps = 0
        self._written = 0

    def step(self, title: str, tactic: str, technique: str) -> None:
        """Begin a step: every record from here on belongs to it."""
        self._steps += 1
        self._step = Step(self._steps, title, tactic, technique)

    def wait(self, low_seconds: float, high_seconds: float) -> None:
        """Let time pass."""
        self.time += self.rng.uniform(low_seconds, high_seconds)

    def aws(self, caller: cloudtrail.Caller, call: cloudtrail.Call) -> None:
        """Record an API call, then let a second or so pass."""
        body = cloudtrail.record(self.rng, self.time, caller, call)
        self._write("cloudtrail", body["awsRegion"], orjson.dumps(body))
        self.wait(0.4, 3.0)

    def kubernetes(self, client: kubernetes_audit.Client, request: kubernetes_audit.Request) -> None:
        """Record a request to the cluster's API server."""
        body = kubernetes_audit.record(self.rng, self.time, client, request)
        self._write("kubernetes", CLUSTER, orjson.dumps(body) + b"\n")
        self.wait(0.3, 2.0)

    def auth(self, host: str, program: str, pid: int, message: str) -> None:
        """Record a line of a Linux host's auth.log."""
        self._write("auth", host, linux_syslog.line(self.time, host, program, pid, message))

    def execute(self, host: str, event: linux_audit.Execution) -> None:
        """Record a program that a Linux host's auditd saw start."""
        self._write("audit", host, linux_audit.execution(self.time, host, self._serial(), event))
        self.wait(0.05, 0.6)

    def open_file(self, host: str, event: linux_audit.FileOpen) -> None:
        """Record a watched file that was opened on a Linux host."""
        self._write("audit", host, linux_audit.file_open(self.time, host, self._serial(), event))

    def windows(self, host: str, *entries: windows.Entry) -> None:
        """Record events of a Windows host, a few milliseconds apart."""
        for entry in entries:
            body = windows.record(self.time, host, self._serial(), entry)
            self._write("windows", host, orjson.dumps(body) + b"\n")
            self.wait(0.002, 0.03)

    def flow(self, *flows: vpc_flow.Flow) -> None:
        """Record connections in the VPC."""
        for flow in flows:
            self._write("vpcflow", f"{REGION}/{self.world.flow_log_id}", vpc_flow.line(self.time, flow))

    def _write(self, kind: str, name: str, content: bytes) -> None:
        self.items.append(Item(self.time, Log(kind, name), content, self._step))

    def _serial(self) -> int:
        self._written += 1
        return serial(self.time, 500 + self._written % 500)  # ordinary records count from 0
