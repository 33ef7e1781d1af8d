"""A small disk for one folder of a platform that is stopped: filled and freed at will. Needs root (a tmpfs is mounted)."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PIECE_BYTES = 1 << 16


class CannotMountError(Exception):
    """This account may not mount."""


class Disk:
    """A mounted folder."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave no room; again where some came up since."""
        with self._ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(_PIECE_BYTES))

    def free(self) -> None:
        """Make room."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Disk]:
    """Put a folder with what is in it on a disk of that size, until the end. Raises CannotMountError."""
    if os.geteuid() != 0:
        raise CannotMountError("only root can mount a small disk")
    kept = folder.with_name(f"{folder.name}.kept")
    folder.rename(kept)
    folder.mkdir()
    shutil.copystat(kept, folder)
    os.chown(folder, kept.stat().st_uid, kept.stat().st_gid)
    mount = ["/bin/mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        raise CannotMountError("no tmpfs can be mounted here")
    try:
        subprocess.run(["/bin/cp", "-a", f"{kept}/.", str(folder)], check=True)
        yield Disk(folder)
    finally:
        subprocess.run(["/bin/umount", "--lazy", str(folder)], check=True)
