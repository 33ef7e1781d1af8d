"""Spools on the disk: what a scan found, in files without names' meaning, gone when the scan ends."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from minixdr.ports.scan import NoRoom

_LENGTH_BYTES = 4
_BUFFER_BYTES = 256 * 1024


@contextmanager
def _room(folder: Path | str) -> Iterator[None]:
    """Raise NoRoom where the disk gives none: it is no trouble of the log that is being read."""
    try:
        yield
    except OSError as error:
        raise NoRoom(
            f"what is found cannot be kept in the temporary folder {folder}: {error.strerror or error}; "
            "set TMPDIR to a folder that can be written to and has room"
        ) from error


class SpoolFile:
    """One file of frames, each behind its length."""

    def __init__(self, path: Path) -> None:
        """Raises NoRoom."""
        self.name = path.name
        self._folder = path.parent
        with _room(self._folder):
            self._file = path.open("wb", buffering=_BUFFER_BYTES)
        self._position = 0

    def append(self, frame: bytes) -> int:
        """Return the position of the frame. Raises NoRoom."""
        position = self._position
        with _room(self._folder):
            self._file.write(len(frame).to_bytes(_LENGTH_BYTES, "big") + frame)
        self._position += _LENGTH_BYTES + len(frame)
        return position

    def flush(self) -> None:
        """Write out what is buffered. Raises NoRoom."""
        with _room(self._folder):
            self._file.flush()

    def close(self) -> None:
        """End; what was not flushed is not needed any more."""
        with suppress(OSError):
            self._file.close()


class SpoolFolder:
    """A private folder of spools; as a context it removes itself."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._owner = os.getpid()
        self._open: dict[str, BinaryIO] = {}
        self._made: list[SpoolFile] = []

    def __enter__(self) -> "SpoolFolder":
        with _room(os.environ.get("TMPDIR", "/tmp")):  # noqa: S108 - for the message; tempfile chooses
            self._folder = Path(tempfile.mkdtemp(prefix="minixdr-"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for spool in self._made:
            spool.close()
        for file in self._open.values():
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
