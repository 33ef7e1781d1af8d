"""A `minixdr up` of one's own: started, watched, hurt, stopped."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from minixdr.local.ports import free_port


class Machine:
    """One platform in one data directory."""

    def __init__(self, folder: Path, workers: int = 1, environment: dict[str, str] | None = None) -> None:
        self.folder, self.workers = folder, workers
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})}
        self.password = ""
        self._process: subprocess.Popen[str] | None = None
        self._output = folder.parent / f"{folder.name}.out"

    def start(self, seconds: float = 120) -> float:
        """Start it, and return how many seconds it took until it was ready."""
        started = time.monotonic()
        with self._output.open("w") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "minixdr.wiring", "up", "--data-dir", str(self.folder), "--port", str(self.port),
                 "--web-port", "0",
                 "--workers", str(self.workers)],
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                env=self.environment,
            )  # fmt: skip
        self.until(lambda: "ready: " in self.output, seconds, "ready")
        found = re.search(r"password (\S+)", self.output)
        self.password = found[1] if found else self.password
        return time.monotonic() - started

    @property
    def output(self) -> str:
        """What it printed."""
        return self._output.read_text()

    @property
    def process(self) -> subprocess.Popen[str]:
        """The supervisor."""
        assert self._process is not None
        return self._process

    def until(self, holds: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait until something holds."""
        end = time.monotonic() + seconds
        while not holds():
            if self.process.poll() is not None:
                raise AssertionError(f"minixdr up ended with {self.process.returncode}:\n{self.output}")
            if time.monotonic() > end:
                raise AssertionError(f"not {what} within {seconds} s:\n{self.output}")
            time.sleep(0.1)

    def pids(self) -> dict[str, int]:
        """Return the processes of the parts that run."""
        status = json.loads((self.folder / "status.json").read_text())
        return {part["name"]: part["pid"] for part in status["parts"] if part["pid"]}

    def kill(self, part: str) -> bool:
        """End a part as a crash would; False where it does not run now."""
        pid = self.pids().get(part)
        if pid is None:
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def family(self, part: str) -> list[psutil.Process]:
        """Return a part's process and those it started; none where it does not run."""
        try:
            process = psutil.Process(self.pids()[part])
            return [process, *process.children(recursive=True)]
        except (KeyError, psutil.NoSuchProcess):
            return []

    @contextmanager
    def paused(self, part: str) -> Iterator[None]:
        """Stop a part's processes where they are, as a machine does that is put to sleep; wake them at the end."""
        family = self.family(part)
        assert family, f"{part} does not run"
        for process in family:
            process.suspend()
        try:
            yield
        finally:
            for process in family:
                if process.is_running():
                    process.resume()

    def restarts(self) -> dict[str, int]:
        """Return how often each part was started again."""
        status = json.loads((self.folder / "status.json").read_text())
        return {part["name"]: part["restarts"] for part in status["parts"]}

    def rss_bytes(self, part: str) -> int:
        """Return how much memory a part uses; 0 where it does not run."""
        return sum(process.memory_info().rss for process in self.family(part)[:1])

    def stop(self, seconds: float = 60) -> None:
        """Stop it as Ctrl-C would."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(seconds)

    def sign_in(self) -> httpx.Client:
        """Return a client with the owner's session."""
        client = httpx.Client(base_url=self.url, headers={"origin": self.url}, timeout=30, trust_env=False)
        answer = client.post("/api/v1/session", json={"email": "owner@localhost", "password": self.password})
        answer.raise_for_status()
        return client

    def token(self, client: httpx.Client, **more: Any) -> str:
        """Return a new ingest token."""
        answer = client.post("/api/v1/tokens", json={"name": "soak", "kind": "ingest", **more})
        answer.raise_for_status()
        return str(answer.json()["token"])
