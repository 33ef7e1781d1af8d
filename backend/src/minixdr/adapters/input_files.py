"""Log files on a disk. Links to folders are not followed, so no loop can be met; sockets, pipes and devices are no logs."""

import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from minixdr.ports.scan import InputFile, Unreadable


class DiskFiles:
    """Finds and opens files."""

    def find(self, paths: Sequence[str]) -> tuple[list[InputFile], list[Unreadable]]:
        """Return every file below the paths, each once, in the order of the paths and sorted below them, and what cannot be read."""
        found: dict[tuple[int, int], InputFile] = {}
        unreadable: list[Unreadable] = []
        for path in paths:
            for name, error in _below(path):
                problem = error or _take(name, found)
                if problem is not None:
                    unreadable.append(Unreadable(name, problem))
        return list(found.values()), unreadable

    def open(self, path: str) -> BinaryIO:
        """Return the file, unbuffered: whoever reads it asks for large pieces. Raises OSError."""
        return Path(path).open("rb", buffering=0)

    def spill(self) -> BinaryIO:
        """Return an empty file without a name. Raises OSError."""
        return cast("BinaryIO", tempfile.TemporaryFile(prefix="minixdr-"))


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


def _take(name: str, found: dict[tuple[int, int], InputFile]) -> str | None:
    """Add the file; return why it cannot be read, None where it can. The same file by another name is taken once."""
    try:
        status = Path(name).stat()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        return getattr(error, "strerror", None) or str(error)
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if not os.access(name, os.R_OK):
        return "Permission denied"
    found.setdefault((status.st_dev, status.st_ino), InputFile(name, status.st_size, _written_at(status)))
    return None
