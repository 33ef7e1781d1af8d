"""Log files on a disk. Links to folders are not followed, so no loop can be met; sockets, pipes, devices and the kernel's own files are no logs.

What a name means can change between finding and opening: a pipe that took a log's place is refused when it is opened, not waited for.
"""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from minixdr.ports.scan import InputFile, Unreadable

_KERNEL_FOLDERS = ("/proc", "/sys")
"""What is read there is made up by the kernel as it is read: much of it has no end, or waits."""


class DiskFiles:
    """Finds and opens files."""

    def __init__(self) -> None:
        self._kernel = {status.st_dev for name in _KERNEL_FOLDERS if (status := _status(name)) is not None}

    def find(self, paths: Sequence[str]) -> tuple[list[InputFile], list[Unreadable]]:
        """Return every file below the paths, each once, in the order of the paths and sorted below them, and what cannot be read."""
        found: dict[tuple[int, int], InputFile] = {}
        unreadable: list[Unreadable] = []
        for path in paths:
            for name, error in _below(path):
                problem = error or self._take(name, found)
                if problem is not None:
                    unreadable.append(Unreadable(name, problem, missing=not os.path.lexists(name)))
        return list(found.values()), unreadable

    def open(self, path: str) -> BinaryIO:
        """Return the file, unbuffered: whoever reads it asks for large pieces. Raises OSError."""
        file = open(path, "rb", buffering=0, opener=_at_once)  # noqa: SIM115 - Path.open takes no opener; the caller closes it
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return cast("BinaryIO", file)
        file.close()
        raise OSError(errno.EINVAL, "not a regular file any more", path)

    def spill(self) -> BinaryIO:
        """Return an empty file without a name. Raises OSError."""
        return cast("BinaryIO", tempfile.TemporaryFile(prefix="minixdr-"))

    def _take(self, name: str, found: dict[tuple[int, int], InputFile]) -> str | None:
        """Add the file; return why it cannot be read, None where it can. The same file by another name is taken once."""
        try:
            status = Path(name).stat()
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            return getattr(error, "strerror", None) or str(error)
        if not stat.S_ISREG(status.st_mode):
            return "not a regular file"
        if status.st_dev in self._kernel:
            return "no log: the kernel makes its content"
        if not os.access(name, os.R_OK):
            return "Permission denied"
        identity = (status.st_dev, status.st_ino)
        found.setdefault(identity, InputFile(name, status.st_size, _written_at(status), identity))
        return None


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for the other end, should it be a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


def _status(name: str) -> os.stat_result | None:
    try:
        return Path(name).stat()
    except OSError:
        return None


def _below(path: str) -> Iterator[tuple[str, str | None]]:
    if not Path(path).is_dir():
        yield path, None
        return
    errors: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=errors.append):
        folders.sort()
        for name in sorted(names):
            yield str(Path(folder) / name), None
        while errors:
            error = errors.pop()
            yield str(error.filename), error.strerror or str(error)


def _written_at(status: os.stat_result) -> datetime | None:
    try:
        return datetime.fromtimestamp(status.st_mtime, UTC)
    except (OverflowError, ValueError, OSError):
        return None  # a file system may hold any number
