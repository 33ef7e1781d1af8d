"""PyIceberg's files, durably: it writes table metadata and manifests without syncing them, and a catalog that names a file which a power cut took
away is a lost table. Here each file is synced, and its folder, before the catalog hears of it. S3 needs none of that.
"""

import os
from pathlib import Path
from typing import Any

from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO

from minixdr.adapters.lake.warehouse import make_folder, sync_folder


class DurableFileIO(PyArrowFileIO):
    """Named in the catalog's properties as `py-io-impl`."""

    def new_output(self, location: str) -> PyArrowFile:
        """Return a file to be written."""
        plain = super().new_output(location)
        return plain if "://" in location and not location.startswith("file://") else _DurableFile(plain)


class _DurableFile(PyArrowFile):
    def __init__(self, plain: PyArrowFile) -> None:
        super().__init__(
            location=plain.location, path=plain._path, fs=plain._filesystem, buffer_size=plain._buffer_size  # noqa: SLF001 - their only way to make one of another
        )  # fmt: skip

    def create(self, overwrite: bool = False) -> Any:  # noqa: FBT001, FBT002 - PyIceberg's signature
        """Open the file for writing; closing it syncs it. Raises FileExistsError."""
        path = Path(self._path)
        make_folder(path.parent)
        return _SyncedFile(path, "wb" if overwrite else "xb")


class _SyncedFile:
    """What PyIceberg calls an OutputStream."""

    def __init__(self, path: Path, mode: str) -> None:
        self._path = path
        self._file = path.open(mode)

    def write(self, content: bytes) -> int:
        """Write bytes."""
        return self._file.write(content)

    def tell(self) -> int:
        """Return how many were written."""
        return self._file.tell()

    @property
    def closed(self) -> bool:
        """True once it is on disk."""
        return self._file.closed

    def close(self) -> None:
        """Put it on disk."""
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            sync_folder(self._path.parent)

    def __enter__(self) -> "_SyncedFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
