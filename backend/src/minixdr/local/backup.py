"""`minixdr backup` and `minixdr restore`: everything of one data directory in one file, and back.

A backup holds what was acknowledged: the database (`pg_dump`, so that another release of PostgreSQL takes it), the lake's files, the log's
files with batches that no worker has taken yet, and the secrets, without which second factors and signatures cannot be read. It is made
while the platform is stopped: the three then belong together by construction. It is as secret as the directory itself.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from minixdr.local.accounts import engine_account, give
from minixdr.local.archive import extract, new_archive
from minixdr.local.children import plain_environment, run
from minixdr.local.databases import OWNER, SERVICE, prepare
from minixdr.local.engines import running
from minixdr.local.error import LocalError
from minixdr.local.folder import RESTORING, DataFolder
from minixdr.local.installation import DATABASE, Installation, open_installation
from minixdr.local.postgres import MAJOR, SUPERUSER, Postgres
from minixdr.local.supervisor import Say

MoveLake = Callable[[Mapping[str, str], str], None]
"""Makes the lake of an environment, written where its folder was once, name its files where they are. Raises LocalError."""

_LEFT_OUT = ("--exclude-table-data=public.outbox",)
"""Rows in the order of this cluster's transactions, which begin anew in another; they tell listeners what changed, who read anew."""
_PROGRAM_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Made:
    """A backup."""

    files: int
    size_bytes: int


def backup(
    folder: DataFolder, target: Path, environment: Mapping[str, str], version: str, now: datetime, say: Say
) -> Made:
    """Write a backup of a stopped installation. Raises LocalError where it runs, or keeps its data elsewhere."""
    _only_own(environment)
    folder.refuse_half_restored()
    if not (folder.path / "secrets.json").exists():
        raise LocalError(f"there is no installation in {folder.path}; --data-dir says where it is")
    if target.exists():
        raise LocalError(f"{target} exists; choose another name")
    with folder.held("minixdr backup"), _disk_errors(target):
        installation = open_installation(folder, environment, host="127.0.0.1", port=0)
        dump = folder.path / "database.dump"
        try:
            say("dumping the database")
            with _database(installation) as postgres:
                _program(
                    postgres,
                    "pg_dump",
                    "--format=custom",
                    "--compress=none",
                    *_LEFT_OUT,
                    "--exclude-table-data=outbox",  # ordered by this cluster's transactions; all it tells of is in other tables
                    f"--file={dump}",
                    f"--dbname={DATABASE}",
                )
            say("copying the lake and the log")
            with new_archive(target) as archive:
                archive.add("secrets.json", folder.path / "secrets.json")
                archive.add("database.dump", dump)
                archive.add_folder("lake", folder.lake)
                archive.add_folder("jetstream", folder.nats / "jetstream")
                archive.finish(
                    {
                        "version": version,
                        "made_at": now.isoformat(timespec="seconds"),
                        "postgresql": MAJOR,
                        "lake": str(folder.lake.resolve()),
                    }
                )
        finally:
            dump.unlink(missing_ok=True)
        return Made(len(archive.files), target.stat().st_size)


def restore(
    folder: DataFolder, source: Path, environment: Mapping[str, str], move_lake: MoveLake, say: Say
) -> dict[str, Any]:
    """Put a backup into a data directory that is empty or holds an unfinished restore. Return what the backup says of itself. Raises LocalError."""
    _only_own(environment)
    if not source.is_file():
        raise LocalError(f"there is no file {source}")
    account = engine_account(environment.get("MINIXDR_RUN_AS"))
    folder.make(account)
    with folder.held("minixdr restore"), _disk_errors(folder.path):
        marker, unpacked = folder.path / RESTORING, folder.path / "restore.new"
        if not marker.exists() and (folder.path / "secrets.json").exists():
            raise LocalError(
                f"{folder.path} holds an installation; a backup is restored into an empty directory: --data-dir"
            )
        say("reading and checking the backup")
        listed = _unpacked(source, unpacked)
        marker.touch(mode=0o600)
        _empty(folder)
        (unpacked / "secrets.json").rename(folder.path / "secrets.json")
        installation = open_installation(folder, environment, host="127.0.0.1", port=0)
        say("putting back the lake and the log")
        _put_back(unpacked / "lake", folder.lake)
        _put_back(unpacked / "jetstream", folder.nats / "jetstream")
        say("restoring the database")
        lay_at, lies_at = str(listed["lake"]), str(folder.lake.resolve())
        with _database(installation) as postgres:
            _restore_database(installation, postgres, unpacked / "database.dump")
            if lay_at != lies_at:
                say(f"moving the lake from {lay_at} to {lies_at}")
                move_lake(installation.environment, lay_at)
        for path in (folder.nats, *folder.nats.rglob("*")):
            give(account, path)
        shutil.rmtree(unpacked)
        os.sync()
        marker.unlink()
        return listed


def _unpacked(source: Path, folder: Path) -> dict[str, Any]:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        return extract(source, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _restore_database(installation: Installation, postgres: Postgres, dump: Path) -> None:
    import psycopg  # noqa: PLC0415 - see up.py

    passwords = {OWNER: installation.secrets.owner, SERVICE: installation.secrets.service}
    try:
        prepare(installation.superuser_url, passwords, DATABASE)
        _program(postgres, "pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={DATABASE}", str(dump))
        with psycopg.connect(postgres.url(SUPERUSER, postgres.password, DATABASE), autocommit=True) as connection:
            connection.execute("ANALYZE")
    except psycopg.Error as error:
        raise LocalError(f"the database cannot be restored: {error}") from error
    (installation.folder.path / "postgres.prepared").touch(mode=0o600)


@contextmanager
def _database(installation: Installation) -> Iterator[Postgres]:
    postgres = installation.postgres
    if postgres is None:
        raise LocalError("the database is not run by this program")
    postgres.create()
    with running(postgres, installation.folder.logs / "postgres.log"):
        yield postgres


def _program(postgres: Postgres, name: str, *arguments: str) -> None:
    environment = plain_environment() | {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(postgres.port),
        "PGUSER": SUPERUSER,
        "PGPASSWORD": postgres.password,
    }
    result = run([str(postgres.program(name)), *arguments], environment=environment, timeout_seconds=_PROGRAM_SECONDS)
    if result.returncode != 0:
        raise LocalError(f"{name} failed (status {result.returncode}): {result.stdout.strip()}")


def _put_back(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(mode=0o700, exist_ok=True)
    if source.exists():
        source.rename(target)
    else:
        target.mkdir(mode=0o700)


def _empty(folder: DataFolder) -> None:
    for name in ("postgres", "nats", "lake"):
        shutil.rmtree(folder.path / name, ignore_errors=True)
    for name in ("secrets.json", "ports.json", "postgres.prepared"):
        (folder.path / name).unlink(missing_ok=True)


def _only_own(environment: Mapping[str, str]) -> None:
    for name in ("MINIXDR_DATABASE_URL", "MINIXDR_NATS_URL", "MINIXDR_WAREHOUSE"):
        if environment.get(name):
            raise LocalError(
                f"{name} is set: part of the data is not in the data directory, and this command would miss it. "
                "docs/how-to/backup-and-restore.md says how it is done with servers of your own"
            )


@contextmanager
def _disk_errors(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LocalError(f"{error.filename or place}: {error.strerror or error}") from error
