"""Building the images of the checkout on this machine, and running them as Kubernetes does: tools as processes, failures with their logs."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("MINIXDR_IMAGES_CACHE") or Path.home() / ".cache" / "minixdr-images")
_TOOLS = ("buildah", "podman", "runc", "docker-registry", "debootstrap", "skopeo", "npm")
_AUTHORITY = "/etc/ssl/certs/ca-certificates.crt"


def missing() -> str | None:
    """Return why images cannot be built and run here, None where they can."""
    absent = [name for name in _TOOLS if shutil.which(name) is None]
    if absent:
        return f"not on this machine: {', '.join(absent)} (Debian: apt-get install buildah podman runc docker-registry debootstrap skopeo)"
    if os.geteuid() != 0:
        return "buildah's chroot isolation and debootstrap need root"
    return None


def run(*command: str, seconds: float = 120.0, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False, cwd=REPOSITORY)
    if check and done.returncode:
        pytest.fail(
            f"{' '.join(command)[:300]}\nended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}",
            pytrace=False,
        )
    return done


def facts(revision: str) -> dict[str, str]:
    """Return what deploy/images/facts.py says of the checkout."""
    return dict(json.loads(run(sys.executable, "deploy/images/facts.py", "--revision", revision).stdout))


def build_command(component: str, arguments: Mapping[str, str], *options: str) -> list[str]:
    """Return how `backend` or `frontend` is built on this machine."""
    base = {
        "backend": "PYTHON_BASE=localhost/minixdr-base/python",
        "frontend": "NODE_BASE=localhost/minixdr-base/node",
    }[component]
    # Registries of packages are reached here as this machine reaches them.
    pip, npmrc = CACHE / "pip.conf", CACHE / "npmrc"
    pip.write_text(f"[global]\ntimeout = 180\ncert = {_AUTHORITY}\n", "utf-8")
    npmrc.write_text(f"cafile={_AUTHORITY}\n", "utf-8")
    return [
        *("buildah", "build", "--layers", "--isolation", "chroot", "--network", "host", "--format", "oci"),
        *("--secret", f"id=pip,src={pip}", "--secret", f"id=npmrc,src={npmrc}", "--build-arg", base),
        *(part for name, value in arguments.items() if name != "TAG" for part in ("--build-arg", f"{name}={value}")),
        *options,
        *("-f", f"{component}/Dockerfile", "."),
    ]


@dataclass(frozen=True)
class Image:
    """An image in the registry."""

    reference: str
    """By digest, as a cluster pulls it."""
    digest: str
    compressed_bytes: int
    unpacked_bytes: int
    config: Mapping[str, Any]
    """The image's own, as the registry has it."""
    facts: Mapping[str, str]


@dataclass
class Container:
    """A container that runs, on the host's network."""

    name: str
    started_at: float
    """Before podman was asked, by the monotonic clock."""

    def logs(self) -> str:
        """Return what it wrote."""
        done = run("podman", "logs", self.name, check=False)
        return done.stdout + done.stderr

    def cpu_seconds(self) -> float:
        """Return what its first process has used of processors, in user and in system mode."""
        process = run("podman", "inspect", "--format", "{{.State.Pid}}", self.name).stdout.strip()
        fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self, seconds: int = 30) -> int:
        """Send SIGTERM, wait, and return the exit status."""
        run("podman", "stop", "--time", str(seconds), self.name, seconds=seconds + 30)
        return int(run("podman", "inspect", "--format", "{{.State.ExitCode}}", self.name).stdout)

    def until(self, url: str, seconds: float) -> float:
        """Wait until the address answers 200 and return the seconds since the start. Fails with the log."""
        while True:
            try:
                if httpx.get(url, timeout=2).status_code == 200:
                    return time.monotonic() - self.started_at
            except httpx.HTTPError:
                pass
            if time.monotonic() - self.started_at > seconds:
                pytest.fail(f"{url} did not answer 200 within {seconds} s:\n{self.logs()[-3000:]}", pytrace=False)
            time.sleep(0.05)


@dataclass
class Runtime:
    """Starts containers as Kubernetes starts them under Pod Security `restricted`, with a root that is read only."""

    names: list[str] = field(default_factory=list)

    def command(
        self, image: Image, *arguments: str, environment: Mapping[str, str] | None = None, options: tuple[str, ...] = ()
    ) -> list[str]:
        """Return how podman is called."""
        return [
            *("podman", "--runtime", "runc", "run", "--read-only", "--read-only-tmpfs=false", "--cap-drop", "all"),
            *("--security-opt", "no-new-privileges", "--user", "10001:10001", "--network", "host", "--pull", "never"),
            *(
                "--tmpfs",
                "/tmp:rw,nosuid,nodev,size=512m,mode=1777",
                "--ulimit",
                "nofile=4096:4096",
                "--ulimit",
                "nproc=4096:4096",
            ),
            *(part for name, value in (environment or {}).items() for part in ("--env", f"{name}={value}")),
            *options,
            image.reference,
            *arguments,
        ]

    def once(
        self,
        image: Image,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        return run(*self.command(image, *arguments, environment=environment, options=("--rm", *options)), check=check)

    def start(
        self, image: Image, *arguments: str, environment: Mapping[str, str] | None = None, options: tuple[str, ...] = ()
    ) -> Container:
        """Run in the background."""
        name = f"minixdr-test-{os.getpid()}-{len(self.names)}"
        self.names.append(name)
        started_at = time.monotonic()
        run(
            *self.command(
                image,
                *arguments,
                environment=environment,
                options=("--detach", "--name", name, "--hostname", name, *options),
            )
        )
        return Container(name, started_at)

    def end(self) -> None:
        """Remove what this session started."""
        for name in self.names:
            run("podman", "rm", "--force", "--ignore", "--time", "1", name, check=False)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
