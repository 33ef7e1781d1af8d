"""The console as a part of `minixdr up`: Next.js's standalone build, run by Node.js.

The build lies where MINIXDR_WEB says, else in the checkout beside these sources. It talks to the api alone: its environment has no secret.
"""

import http.client
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from minixdr.local.children import plain_environment, run, start
from minixdr.local.error import LocalError
from minixdr.local.supervisor import Part

WEB = "web"
"""The part's name."""
_LEAST_NODE = (20, 9)
"""Next.js 16 asks for it."""
_NODE_SECONDS = 20.0
_FORWARDED = "forwarded.cjs"
"""Appends the address of who connects to X-Forwarded-For, which Next.js does not tell its handlers."""
_STOP_SECONDS = 5.0
"""Streams to browsers would hold it longer."""


class NoConsoleError(Exception):
    """The console cannot be run; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Console:
    """A console that can be started."""

    node: str
    folder: Path
    """Holds `server.js`."""
    host: str
    port: int

    def part(self, address: str, api: str) -> Part:
        """Return it as a part. `address`: where it is reached from this machine; `api`: where it reaches the api."""
        forwarded = ("--require", f"./{_FORWARDED}") if (self.folder / _FORWARDED).is_file() else ()

        def launch(output: int) -> "subprocess.Popen[bytes]":
            return start(
                [self.node, *forwarded, "server.js"],
                environment=self.environment(api),
                output=output,
                at_parents_end=signal.SIGKILL,
                folder=self.folder,
            )

        return Part(WEB, "the console", launch, lambda: answers(address, "/healthz"), stop_seconds=_STOP_SECONDS)

    def environment(self, api: str) -> dict[str, str]:
        """Return all that it is told."""
        return plain_environment() | {
            "NODE_ENV": "production",
            "NEXT_TELEMETRY_DISABLED": "1",
            "HOSTNAME": self.host,
            "PORT": str(self.port),
            "API_BASE": api,
        }


def find_console(environment: Mapping[str, str], host: str, port: int) -> Console:
    """Return the console of this machine. Raises NoConsoleError."""
    given = environment.get("MINIXDR_WEB")
    folder = Path(given).absolute() if given else _of_checkout()
    if not (folder / "server.js").is_file():
        if given:
            raise NoConsoleError(
                f"MINIXDR_WEB is {given}, where no server.js lies: name the folder of Next.js's standalone build"
            )
        raise NoConsoleError(
            "it is not built: run `make web` in the checkout, or name the folder of a build in MINIXDR_WEB"
        )
    return Console(_node(environment), folder, host, port)


def _of_checkout() -> Path:
    return Path(__file__).resolve().parents[4] / "frontend" / ".next" / "standalone"


def _node(environment: Mapping[str, str]) -> str:
    least = ".".join(map(str, _LEAST_NODE))
    node = shutil.which("node", path=environment.get("PATH"))
    if node is None:
        raise NoConsoleError(f"Node.js is not installed: install {least} or newer, then start this again")
    try:
        said = run([node, "--version"], environment=plain_environment(), timeout_seconds=_NODE_SECONDS).stdout.strip()
    except (OSError, LocalError) as error:
        raise NoConsoleError(f"{node} cannot be run: {error}") from error
    version = re.fullmatch(r"v(\d+)\.(\d+)\.\d+\S*", said)
    if version is None or (int(version[1]), int(version[2])) < _LEAST_NODE:
        raise NoConsoleError(f"{node} is {said[:40] or 'no Node.js'}: install Node.js {least} or newer")
    return node


def answers(address: str, path: str) -> bool:
    """Return whether a GET of the path is answered with 200."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
