"""Processes that a test starts and ends by their id, and that do not outlive it."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def bound_to_parent() -> Callable[[], None]:
    """Return what a child does before it becomes its program: it asks the kernel to be killed when the thread that started it ends."""
    parent = os.getpid()

    def bind() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(125)

    return bind


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that are free now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports


@dataclass
class Program:
    """A running program whose output goes to a file."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    @classmethod
    def start(
        cls, name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> "Program":
        """Start it."""
        log = folder / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=dict(os.environ if environment is None else environment),
                process_group=0,
                preexec_fn=bound_to_parent(),  # noqa: PLW1509 - it calls the kernel alone
            )
        return cls(name, process, log)

    def stop(self, seconds: float = 10.0) -> None:
        """End it: gently, then by force."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def tail(self, lines: int = 15) -> str:
        """Return the end of its output."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])


def wait_until(what: str, true: Callable[[], bool], seconds: float, every: float = 0.1) -> float:
    """Wait until it is true. Return the seconds that it took. Raises TimeoutError that says what was waited for."""
    started = time.monotonic()
    while not true():
        if time.monotonic() - started > seconds:
            raise TimeoutError(f"{what}: not after {seconds:.0f} s")
        time.sleep(every)
    return time.monotonic() - started
