"""A real HAProxy with a fixed number of slots a backend, whose servers are set through its runtime API.

It never sends a request twice and never tries another server, as an Application Load Balancer does not: each failure is seen by the client.
"""

import asyncio
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from minixdr_cluster.addresses import loopback
from minixdr_cluster.processes import Program

SLOTS = 16
_PROGRAM_FOLDERS = "/usr/sbin:/usr/local/sbin"


class HaproxyError(Exception):
    """HAProxy refused a configuration or a command."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Requests below a path go to a backend."""

    path: str
    backend: str


@dataclass(frozen=True, slots=True)
class HttpFrontend:
    """What the load balancer listens on."""

    port: int
    rules: tuple[Rule, ...]
    """In the order in which they are asked."""
    certificate: Path | None
    idle_seconds: int


@dataclass(frozen=True, slots=True)
class TcpFrontend:
    """What a Service of the cluster listens on."""

    address: str
    port: int
    backend: str


def program() -> str | None:
    """Return where HAProxy is; None where it is not installed."""
    return shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:{_PROGRAM_FOLDERS}")


class Haproxy:
    """One process."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._name = folder, name
        self._socket = folder / f"{name}.sock"
        self._running: Program | None = None
        self._ended: list[Program] = []

    def start(self, frontends: Sequence[HttpFrontend | TcpFrontend]) -> None:
        """Start with these frontends, or change to them without losing a connection. Raises HaproxyError."""
        path = self._folder / f"{self._name}.cfg"
        path.write_text(self._configuration(frontends), "utf-8")
        found = program()
        if found is None:
            raise HaproxyError("HAProxy is not installed: apt-get install haproxy")
        command = [found, "-db", "-f", str(path)]
        if self._running is not None:
            command += ["-x", str(self._socket), "-sf", str(self._running.process.pid)]
            self._ended.append(self._running)
        self._running = Program.start(self._name, command, self._folder)

    def stop(self) -> None:
        """End it."""
        for each in [*self._ended, *([self._running] if self._running else [])]:
            each.stop()

    async def ready(self, seconds: float = 15.0) -> None:
        """Wait until it takes commands. Raises HaproxyError."""
        until = asyncio.get_running_loop().time() + seconds
        while True:
            try:
                await self.command("show info")
            except OSError:
                if self._running is not None and self._running.process.poll() is not None:
                    raise HaproxyError(self._running.tail()) from None
                if asyncio.get_running_loop().time() > until:
                    raise HaproxyError(f"{self._name} does not answer") from None
                await asyncio.sleep(0.05)
            else:
                return

    async def command(self, text: str) -> str:
        """Return the answer of the runtime API. Raises OSError."""
        reader, writer = await asyncio.open_unix_connection(str(self._socket))
        try:
            writer.write(f"{text}\n".encode())
            await writer.drain()
            return (await reader.read()).decode()
        finally:
            writer.close()

    async def place(self, backend: str, slot: int, address: str, port: int) -> None:
        """Give a slot an address; it gets no requests yet."""
        server = f"{backend}/s{slot}"
        await self.command(f"set server {server} state maint")
        await self.command(f"set server {server} addr {loopback(address)} port {port}")

    async def state(self, backend: str, slot: int, state: str) -> None:
        """Set `ready`, `drain` (no new requests) or `maint` (connections are closed)."""
        server = f"{backend}/s{slot}"
        await self.command(f"set server {server} state {state}")
        if state == "maint":
            await self.command(f"shutdown sessions server {server}")

    def _configuration(self, frontends: Sequence[HttpFrontend | TcpFrontend]) -> str:
        lines = [
            "global",
            f"  stats socket {self._socket} level admin expose-fd listeners",
            "  maxconn 4000",
            "  hard-stop-after 30s",
            "defaults",
            "  timeout connect 10s",
            "  retries 0",
            "  balance roundrobin",
        ]
        backends: dict[str, str] = {}
        for frontend in frontends:
            lines += self._http(frontend, backends) if isinstance(frontend, HttpFrontend) else _tcp(frontend, backends)
        for name, mode in backends.items():
            forwarded = ["  option forwardfor"] if mode == "http" else []
            lines += [f"backend {name}", f"  mode {mode}", "  timeout server 120s", *forwarded]
            lines.append(f"  server-template s 1-{SLOTS} 127.0.0.1:9 disabled")
        return "\n".join(lines) + "\n"

    def _http(self, frontend: HttpFrontend, backends: dict[str, str]) -> list[str]:
        tls = f" ssl crt {frontend.certificate}" if frontend.certificate else ""
        lines = [
            f"frontend http_{frontend.port}",
            f"  bind 127.0.0.1:{frontend.port}{tls}",
            "  mode http",
            f"  timeout client {frontend.idle_seconds}s",
            f"  http-request set-header X-Forwarded-Proto {'https' if tls else 'http'}",
        ]
        for rule in frontend.rules:
            backends[rule.backend] = "http"
            if rule.path == "/":
                lines.append(f"  default_backend {rule.backend}")
            else:
                lines.append(f"  use_backend {rule.backend} if {{ path {rule.path} }} || {{ path_beg {rule.path}/ }}")
        return lines


def _tcp(frontend: TcpFrontend, backends: dict[str, str]) -> list[str]:
    backends[frontend.backend] = "tcp"
    return [
        f"frontend tcp_{frontend.backend}",
        f"  bind {loopback(frontend.address)}:{frontend.port}",
        "  mode tcp",
        "  timeout client 300s",
        f"  default_backend {frontend.backend}",
    ]
