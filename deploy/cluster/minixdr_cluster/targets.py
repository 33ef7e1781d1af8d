"""A target group as an Application Load Balancer keeps it: health checks over HTTP, states, draining.

By the ELB documentation ("Health checks for your target groups", "Deregistration delay"): a new target is `initial` and healthy after its first
success; later changes need the thresholds; a deregistered one is `draining`, gets no new requests, and its connections are closed when the delay is
over; where no target is healthy, all get requests.
"""

import asyncio
import time
from dataclasses import dataclass, field

import httpx

from minixdr_cluster.addresses import loopback
from minixdr_cluster.haproxy import SLOTS, Haproxy


@dataclass(frozen=True, slots=True)
class Check:
    """How health is asked for."""

    path: str
    interval_seconds: float
    timeout_seconds: float
    healthy_threshold: int
    unhealthy_threshold: int
    codes: frozenset[int]


@dataclass
class Target:
    """One registered address."""

    address: str
    port: int
    slot: int
    state: str = "initial"
    reason: str = "Elb.RegistrationInProgress"
    healthy_since: float | None = None
    asked: "asyncio.Task[None] | None" = None


@dataclass
class TargetGroup:
    """Targets of one Service port, and the backend of HAProxy that they are."""

    name: str
    backend: str
    arn: str
    service: str
    service_port: str | int
    check: Check
    deregistration_seconds: float
    haproxy: Haproxy
    targets: dict[str, Target] = field(default_factory=dict)
    """By `address:port`."""
    transitions: list[tuple[float, str, str]] = field(default_factory=list)
    """Monotonic time, target, state: what a test may look back at."""

    async def register(self, address: str, port: int) -> None:
        """Begin to check a target."""
        used = {each.slot for each in self.targets.values()}
        slot = next(number for number in range(1, SLOTS + 1) if number not in used)
        target = self.targets[f"{address}:{port}"] = Target(address, port, slot)
        await self.haproxy.place(self.backend, slot, address, port)
        self._note(target)
        target.asked = asyncio.create_task(self._ask(target))

    async def deregister(self, key: str) -> None:
        """Send a target no new requests; forget it when the delay is over."""
        target = self.targets[key]
        if target.asked:
            target.asked.cancel()
        target.state, target.reason, target.healthy_since = "draining", "Target.DeregistrationInProgress", None
        self._note(target)
        await self.apply()
        await asyncio.sleep(self.deregistration_seconds)
        await self.haproxy.state(self.backend, target.slot, "maint")
        self.targets.pop(key, None)
        self.transitions.append((time.monotonic(), key, "unused"))

    async def apply(self) -> None:
        """Tell HAProxy which targets get requests."""
        registered = [each for each in self.targets.values() if each.state != "draining"]
        healthy = [each for each in registered if each.state == "healthy"]
        served = healthy or [each for each in registered if each.state == "unhealthy"]  # fails open
        for each in self.targets.values():
            await self.haproxy.state(self.backend, each.slot, "ready" if each in served else "drain")

    async def again(self) -> None:
        """Set all slots anew, after HAProxy was started anew."""
        for each in self.targets.values():
            await self.haproxy.place(self.backend, each.slot, each.address, each.port)
        await self.apply()

    def stop(self) -> None:
        """Ask no more."""
        for each in self.targets.values():
            if each.asked:
                each.asked.cancel()

    async def _ask(self, target: Target) -> None:
        good = bad = 0
        url = f"http://{loopback(target.address)}:{target.port}{self.check.path}"
        async with httpx.AsyncClient(timeout=self.check.timeout_seconds, trust_env=False) as client:
            while True:
                try:
                    answer = await client.get(
                        url, headers={"User-Agent": "ELB-HealthChecker/2.0", "Connection": "close"}
                    )
                    problem = "" if answer.status_code in self.check.codes else "Target.ResponseCodeMismatch"
                except httpx.TimeoutException:
                    problem = "Target.Timeout"
                except httpx.HTTPError:
                    problem = "Target.FailedHealthChecks"
                good, bad = (good + 1, 0) if not problem else (0, bad + 1)
                await self._judge(target, good, bad, problem)
                await asyncio.sleep(self.check.interval_seconds)

    async def _judge(self, target: Target, good: int, bad: int, problem: str) -> None:
        enough = 1 if target.state == "initial" else self.check.healthy_threshold
        if target.state != "healthy" and good >= enough:
            target.state, target.reason, target.healthy_since = "healthy", "", time.monotonic()
        elif target.state != "unhealthy" and bad >= self.check.unhealthy_threshold:
            target.state, target.reason, target.healthy_since = "unhealthy", problem, None
        else:
            return
        self._note(target)
        await self.apply()

    def _note(self, target: Target) -> None:
        self.transitions.append((time.monotonic(), f"{target.address}:{target.port}", target.state))
