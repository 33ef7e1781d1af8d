"""Whom the engines run as. PostgreSQL refuses to run as root, and nothing of an engine needs root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from minixdr.local.error import LocalError


@dataclass(frozen=True, slots=True)
class Account:
    """An account without privileges."""

    name: str
    user_id: int
    group_id: int


def engine_account(wanted: str | None) -> Account | None:
    """Return the account for engines: `wanted` (`MINIXDR_RUN_AS`) or `nobody` where this process is root's, else None: as itself.

    Raises LocalError where the account is unknown, is root, or may not be taken.
    """
    if os.geteuid() != 0:
        if wanted and wanted != pwd.getpwuid(os.geteuid()).pw_name:
            raise LocalError(
                f"MINIXDR_RUN_AS is {wanted!r}, but only root can run the engines as someone else; unset it"
            )
        return None
    name = wanted or "nobody"
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise LocalError(
            f"there is no account {name!r} to run PostgreSQL and NATS as (PostgreSQL refuses root); "
            "set MINIXDR_RUN_AS to one without privileges, or run this as a normal user"
        ) from None
    if entry.pw_uid == 0:
        raise LocalError(f"MINIXDR_RUN_AS is {name!r}, which is root; PostgreSQL refuses to run as root")
    return Account(name, entry.pw_uid, entry.pw_gid)


def can_enter(account: Account | None, folder: Path) -> bool:
    """Return whether the account gets into this folder (asked of the kernel, by a process of that account)."""
    if account is None:
        return os.access(folder, os.X_OK)
    asked = subprocess.run(  # noqa: S603 - a fixed program, a path of ours
        ["/usr/bin/env", "test", "-x", str(folder)],
        cwd="/",
        user=account.user_id,
        group=account.group_id,
        extra_groups=[],
        check=False,
    )
    return asked.returncode == 0


def give(account: Account | None, path: Path) -> None:
    """Make the account the owner of a file or folder."""
    if account is not None:
        os.chown(path, account.user_id, account.group_id)


def own_folder(account: Account | None, folder: Path) -> None:
    """Make a folder that is the account's alone. Raises OSError."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    give(account, folder)
