"""Files that a command writes: whole or not at all."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_NEW_FILE_MODE = 0o600
"""What was found in logs is for its owner; whoever shares it says so."""


class OutputFiles:
    """Opens files for writing; `-` is standard output."""

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """Yield a file that takes the path's place when the context ends without an error. Raises OSError."""
        if path == "-":
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        target = Path(path)
        if target.exists() and not target.is_file():  # /dev/null, a named pipe
            with target.open("wb") as file:
                yield file
            return
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
            Path(name).chmod(target.stat().st_mode & 0o777 if target.exists() else _NEW_FILE_MODE)
            Path(name).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
