"""Starting one engine, waiting until it serves, stopping it."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from minixdr.local.accounts import Account
from minixdr.local.children import plain_environment, start
from minixdr.local.error import LocalError

START_SECONDS = 60.0
"""After a crash PostgreSQL first replays its log: up to 1 GB of it."""
STOP_SECONDS = 30.0
"""For a last checkpoint on a slow disk."""


class Engine(Protocol):
    """PostgreSQL or NATS."""

    name: str
    stop_signals: tuple[signal.Signals, signal.Signals]
    at_parents_end: signal.Signals

    @property
    def account(self) -> Account | None:
        """Whom it runs as."""

    def command(self) -> list[str]:
        """Return the command that runs it."""

    def ready(self) -> bool:
        """Return whether it serves."""

    def ill(self, line: str) -> bool:
        """Return whether a line that it wrote says that it will not work again until it is started anew."""

    def curable(self) -> bool:
        """Return whether starting it anew would help now."""


def launch(engine: Engine, output: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """Start it. Raises OSError."""
    return start(
        engine.command(),
        environment=plain_environment(),
        output=output,
        account=engine.account,
        at_parents_end=engine.at_parents_end,
    )


@contextmanager
def running(engine: Engine, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run an engine that was created as long as the block lasts; it serves when the block begins. Raises LocalError."""
    with log.open("ab") as output:
        process = launch(engine, output)
    try:
        until = time.monotonic() + START_SECONDS
        while not engine.ready():
            if process.poll() is not None:
                raise LocalError(f"{engine.name} ended with status {process.returncode}: {_end_of(log)}")
            if time.monotonic() > until:
                raise LocalError(f"{engine.name} does not serve after {START_SECONDS:.0f} s: {_end_of(log)}")
            time.sleep(0.02)
        yield process
    finally:
        end(process, engine.stop_signals, STOP_SECONDS)


def end(process: subprocess.Popen[bytes], signals: tuple[signal.Signals, signal.Signals], seconds: float) -> bool:
    """Ask a process to end, and where it has not after so many seconds, make it. Return whether asking was enough."""
    gently, hard = signals
    if process.poll() is not None:
        return True
    process.send_signal(gently)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(hard)
        process.wait()
        return False
    return True


def _end_of(log: Path) -> str:
    return " | ".join(log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:])
