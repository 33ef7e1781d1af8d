"""The data directory of one machine: what lies where, who holds it, its secrets, its ports.

lock            held (flock) by the `minixdr up` that runs, or by a backup; its pid
secrets.json    0600: passwords of the engines, the platform's key
ports.json      ports chosen at the first start
status.json     what runs, as the supervisor last saw it
postgres/ nats/ lake/ logs/
"""

import base64
import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from minixdr.local.accounts import Account, can_enter
from minixdr.local.error import LocalError
from minixdr.local.ports import free_port, is_free

_FOR_ROOT = Path("/var/lib/minixdr")
"""Root's home is closed to the account that PostgreSQL runs as."""


RESTORING = "restoring"
"""A file that exists from a restore's first change to its end: what lies there meanwhile is not to be started."""


_FIRST = ("lake", "logs", "lost+found")
"""What a start that was killed early leaves, and what a new disk has."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Random values of one installation, each of 256 bits."""

    superuser: str
    owner: str
    service: str
    nats: str
    secret_key: str
    """Base64, as `MINIXDR_SECRET_KEY` takes it."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The directory."""

    path: Path

    @property
    def postgres(self) -> Path:
        """PostgreSQL's."""
        return self.path / "postgres"

    @property
    def nats(self) -> Path:
        """NATS's."""
        return self.path / "nats"

    @property
    def lake(self) -> Path:
        """The warehouse."""
        return self.path / "lake"

    @property
    def logs(self) -> Path:
        """What the parts wrote."""
        return self.path / "logs"

    def make(self, account: Account | None) -> None:
        """Make what is missing. Raises LocalError where it cannot be, or where the engines' account could not enter."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._refuse_strangers()
            self.path.chmod(0o700 if account is None else 0o711)
            for folder in (self.lake, self.logs):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise LocalError(
                f"the data directory {self.path} cannot be made or used: {error.strerror}; choose another: --data-dir"
            ) from error
        if not can_enter(account, self.path):
            name = account.name if account else "this account"
            raise LocalError(
                f"the account {name}, which PostgreSQL and NATS run as, cannot enter {self.path}: a folder above is closed to it; "
                f"choose another (--data-dir {_FOR_ROOT}), or run this as a normal user"
            )

    def _refuse_strangers(self) -> None:
        """Raise LocalError where somebody keeps other things here: they would be closed to whoever reads them now."""
        if any((self.path / name).exists() for name in ("lock", "secrets.json")):
            return
        others = sorted(entry.name for entry in self.path.iterdir() if entry.name not in {*_FIRST, RESTORING})
        if others:
            raise LocalError(
                f"{self.path} holds other things ({others[0]} ...); choose a new or empty directory: --data-dir"
            )

    @contextmanager
    def held(self, purpose: str) -> Iterator[None]:
        """Hold the directory as long as the block lasts. Raises LocalError where another process holds it."""
        with (self.path / "lock").open("a+", encoding="utf-8") as file:
            if not _locked(file.fileno()):
                file.seek(0)
                holder = file.read().strip() or "another process"
                raise LocalError(
                    f"{self.path} is in use by {holder}; `minixdr down` stops it, --data-dir takes another"
                )
            file.truncate(0)
            file.write(f"`{purpose}` (pid {os.getpid()})\n")
            file.flush()
            try:
                yield
            finally:
                file.truncate(0)

    def holder(self) -> int | None:
        """Return the pid of the process that holds the directory."""
        try:
            with (self.path / "lock").open(encoding="utf-8") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    text = file.read().rpartition("pid ")[2].strip(")\n ")
                    return int(text) if text.isdecimal() else None
        except FileNotFoundError:
            pass
        return None

    def refuse_half_restored(self) -> None:
        """Raise LocalError where a restore was begun and not finished."""
        if (self.path / RESTORING).exists():
            raise LocalError(f"a restore into {self.path} was not finished; run `minixdr restore FILE` again")

    def secrets(self) -> Secrets:
        """Return the secrets; made the first time. Raises LocalError where the file is damaged."""
        path = self.path / "secrets.json"
        if not path.exists():
            made = {name: secrets.token_urlsafe(32) for name in ("superuser", "owner", "service", "nats")}
            made["secret_key"] = base64.b64encode(secrets.token_bytes(32)).decode()
            write_privately(path, made)
        try:
            return Secrets(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise LocalError(
                f"{path} cannot be read ({error}); put back a copy of it, from a backup for example"
            ) from error

    def port(self, name: str) -> int:
        """Return the port that a part had the last time where it is free, else another, which is remembered."""
        ports = self.ports()
        port = ports.get(name)
        if port is None or not is_free("127.0.0.1", port):
            ports[name] = port = free_port(ports.values())
            write_privately(self.path / "ports.json", ports)
        return port

    def ports(self) -> dict[str, int]:
        """Return the ports that the parts had the last time."""
        try:
            ports: dict[str, int] = json.loads((self.path / "ports.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return ports


def _locked(descriptor: int) -> bool:
    """Lock a file. Return False where another process has it, for longer than it takes to look whether it is locked."""
    for _ in range(5):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


def default_folder(environment: Mapping[str, str]) -> Path:
    """Return where the data lies unless told otherwise. Raises LocalError where there is no home."""
    if environment.get("MINIXDR_DATA_DIR"):
        return Path(environment["MINIXDR_DATA_DIR"]).absolute()
    if environment.get("XDG_DATA_HOME"):
        return Path(environment["XDG_DATA_HOME"]).absolute() / "minixdr"
    if os.geteuid() == 0:
        return _FOR_ROOT
    try:
        return Path.home() / ".local" / "share" / "minixdr"
    except RuntimeError:
        raise LocalError("this account has no home directory; say where the data is to lie: --data-dir") from None


def write_privately(path: Path, value: object) -> None:
    """Write JSON to a file of mode 0600, whole or not at all."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
