"""Spools on the disk: what a scan found, in files without names' meaning, gone when the scan ends."""

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

_LENGTH_BYTES = 4
_BUFFER_BYTES = 256 * 1024


class SpoolFile:
    """One file of frames, each behind its length."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._file = path.open("wb", buffering=_BUFFER_BYTES)
        self._position = 0

    def append(self, frame: bytes) -> int:
        """Return the position of the frame. Raises OSError where the disk is full."""
        position = self._position
        self._file.write(len(frame).to_bytes(_LENGTH_BYTES, "big"))
        self._file.write(frame)
        self._position += _LENGTH_BYTES + len(frame)
        return position

    def flush(self) -> None:
        """Write out what is buffered."""
        self._file.flush()

    def close(self) -> None:
        """Write out what is buffered, and end."""
        self._file.close()


class SpoolFolder:
    """A private folder of spools; as a context it removes itself."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._owner = os.getpid()
        self._open: dict[str, BinaryIO] = {}
        self._made: list[SpoolFile] = []

    def __enter__(self) -> "SpoolFolder":
        self._folder = Path(tempfile.mkdtemp(prefix="minixdr-"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in (*self._open.values(), *self._made):
            file.close()
        if self._folder is not None and os.getpid() == self._owner:
            shutil.rmtree(self._folder, ignore_errors=True)

    def create(self) -> SpoolFile:
        """Return a new spool of this process."""
        spool = SpoolFile(self._below() / f"{os.getpid()}-{len(self._made)}")
        self._made.append(spool)
        return spool

    def read(self, name: str, position: int) -> bytes:
        """Return the frame at the position."""
        file = self._open.get(name)
        if file is None:
            file = self._open[name] = (self._below() / Path(name).name).open("rb")
        file.seek(position)
        return file.read(int.from_bytes(file.read(_LENGTH_BYTES), "big"))

    def _below(self) -> Path:
        if self._folder is None:
            raise ValueError("the spools are used outside of their context")
        return self._folder
