"""Files that a command writes: whole or not at all. A link is followed: what it points to is replaced, not the link."""

import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

_STANDARD_OUTPUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
_NEW_FILE_MODE = 0o600
"""What was found in logs is for its owner; whoever shares it says so."""


class _StandardOutput:
    """Standard output; where nobody reads on (`| head`), the rest is dropped: that is the reader's wish, no failure."""

    def __init__(self) -> None:
        """Raises OSError where there is none."""
        if sys.stdout is None:
            raise OSError(errno.EBADF, "standard output is closed", "-")
        self._open = True

    def write(self, content: bytes) -> int:
        """Write at once: what a buffer held back would fail when the program ends, where nobody can say so. Raises OSError."""
        if self._open:
            try:
                sys.stdout.buffer.write(content)
                sys.stdout.buffer.flush()
            except BrokenPipeError:
                self._open = False
                _discard()
            except OSError:
                _discard()
                raise
        return len(content)


def _discard() -> None:
    """Let what standard output still holds go nowhere."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, sys.stdout.fileno())
    os.close(sink)


class OutputFiles:
    """Opens files for writing; `-` is standard output."""

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """Yield a file that takes the path's place when the context ends without an error. Raises OSError."""
        if path in _STANDARD_OUTPUT:
            yield cast("BinaryIO", _StandardOutput())
            return
        if Path(path).exists() and not Path(path).is_file():  # /dev/null, a named pipe, `>(...)` of a shell
            with Path(path).open("wb") as file:
                yield file
            return
        target = Path(os.path.realpath(path))
        try:
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".minixdr-")
        except OSError as error:  # the name that was tried is of no use to anybody
            raise OSError(error.errno, error.strerror, path) from error
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
            Path(name).chmod(target.stat().st_mode & 0o777 if target.exists() else _NEW_FILE_MODE)
            Path(name).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
