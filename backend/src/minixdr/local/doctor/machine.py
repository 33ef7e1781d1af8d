"""Looks at the machine: Python, the data directory, the disk, the port."""

import os
import platform
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from minixdr.local.accounts import can_enter, engine_account
from minixdr.local.doctor.check import Check, fail, ok, skip, warn
from minixdr.local.error import LocalError
from minixdr.local.folder import RESTORING, DataFolder
from minixdr.local.listeners import holder_of
from minixdr.local.ports import is_free

_LITTLE_BYTES, _SCARCE_BYTES = 10 << 30, 1 << 30
"""A day of 1,000 events/s is 20 GB in the lake; below the second PostgreSQL may stop within minutes."""


def machine(folder: DataFolder, run_as: str | None) -> Iterator[Check]:
    """Look at the machine and the data directory."""
    yield _python()
    if not folder.path.exists():
        yield skip("data directory", f"{folder.path} does not exist; `minixdr up` makes it")
        yield _disk(_nearest(folder.path))
        return
    yield from _rights(folder, run_as)
    yield _disk(folder.path)
    if (folder.path / RESTORING).exists():
        yield fail("restore", "a restore was begun and not finished", "run `minixdr restore FILE` again")


def port(host: str, number: int) -> Check:
    """Look whether the api could listen."""
    if is_free(host, number):
        return ok("port", f"{number} of {host} is free")
    return fail(
        "port", f"{number} of {host} is taken by {holder_of(number)}", "end that, or choose another: minixdr up --port"
    )


def _python() -> Check:
    found = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.platform != "linux":
        return warn("python", found, "only Linux is tested; elsewhere engines may outlive a killed `minixdr up`")
    return ok("python", found)


def _rights(folder: DataFolder, run_as: str | None) -> Iterator[Check]:
    try:
        account = engine_account(run_as)
    except LocalError as error:
        yield fail("account", str(error), "set MINIXDR_RUN_AS to an account without privileges")
        return
    if account is not None:
        yield ok("account", f"root: PostgreSQL and NATS run as {account.name}; a normal user of its own is safer still")
    if not os.access(folder.path, os.W_OK | os.X_OK):
        owner = folder.path.stat().st_uid
        yield fail("data directory", f"{folder.path} is closed to this account", f"run this as its owner (uid {owner})")
        return
    if not can_enter(account, folder.path):
        yield fail(
            "data directory",
            f"{account.name if account else 'this account'} cannot enter {folder.path}",
            "open the folders above it (chmod o+x), or move it",
        )
    else:
        yield ok("data directory", str(folder.path))
    yield _secrets(folder.path / "secrets.json")


def _secrets(path: Path) -> Check:
    if not path.exists():
        return skip("secrets", "none yet; `minixdr up` makes them")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return fail("secrets", f"{path} can be read by others (mode {mode:04o})", f"chmod 600 {path}")
    return ok("secrets", f"{path} is this account's alone")


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    said = f"{free / 1e9:,.1f} GB free below {folder}"
    advice = "free some, move the data directory, or keep events for fewer days"
    if free < _SCARCE_BYTES:
        return fail("disk", said, advice)
    if free < _LITTLE_BYTES:
        return warn("disk", said, advice)
    return ok("disk", said)


def _nearest(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.exists())
