"""A `minixdr up` for tests, and a person who uses it."""

import http.client
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psutil

from minixdr.local.children import own_command
from minixdr.local.ports import free_port

_START_SECONDS = 120.0
END_SECONDS = 60.0
_numbers = count(1)


class Up:
    """A running `minixdr up`."""

    def __init__(
        self, folder: Path, *options: str, prefix: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        self.folder, self.port = folder, free_port()
        self.output = folder.with_suffix(f".{next(_numbers)}.out")
        plain = {name: value for name, value in os.environ.items() if not name.startswith("MINIXDR_")}
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [*prefix, *own_command("up", *self._where(), *options)],
                env=plain | {"MINIXDR_CACHE_DIR": str(folder.with_suffix(".cache"))} | dict(environment or {}),
                stdout=output,
                stderr=output,
            )

    def _where(self) -> list[str]:
        return ["--data-dir", str(self.folder), "--port", str(self.port), "--web-port", "0"]

    @property
    def said(self) -> str:
        """What it wrote."""
        return self.output.read_text()

    def until_said(self, text: str) -> None:
        """Wait until it says something."""
        until = time.monotonic() + _START_SECONDS
        while text not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < until, self.said
            time.sleep(0.05)

    def family(self) -> list[psutil.Process]:
        """Return it and all below it."""
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send it a signal; return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(END_SECONDS)

    def part(self, name: str) -> int:
        """Return the process id of a part."""
        return next(
            part["pid"]
            for part in json.loads((self.folder / "status.json").read_text())["parts"]
            if part["name"] == name
        )

    @property
    def password(self) -> str:
        """The first owner's, where this start made it."""
        found = re.search(r"password (\S+)", self.said)
        assert found, self.said
        return found[1]

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        """Ask the api. Return status, decoded body, headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{self.port}", **(headers or {})}
        try:
            content = body if body is None or isinstance(body, bytes) else json.dumps(body)
            connection.request(method, path, content, sent)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null"), answer.headers
        finally:
            connection.close()

    def ready(self) -> bool:
        """Return whether it serves."""
        try:
            return self.ask("GET", "/readyz")[0] == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def sign_in(self, password: str) -> tuple[int, dict[str, str]]:
        """Sign in as the first owner. Return the status, and the headers to ask with."""
        status, _, headers = self.ask("POST", "/api/v1/session", {"email": "owner@localhost", "password": password})
        return status, {"Cookie": (headers.get("Set-Cookie") or "").partition(";")[0]}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with variables beside those of this process."""
    return subprocess.run(
        own_command(*arguments), env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )


def until_gone(processes: Sequence[psutil.Process], seconds: float) -> None:
    """Wait until none of the processes runs."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@contextmanager
def up(
    folder: Path,
    *options: str,
    prefix: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    wait: bool = True,
) -> Iterator[Up]:
    """Run one as long as the block lasts."""
    started = Up(folder, *options, prefix=prefix, environment=environment)
    try:
        if wait:
            started.until_said("ready: ")
        yield started
    finally:
        with suppress(ProcessLookupError):
            started.process.kill()
        started.process.wait()
