"""A model store in a folder: a volume, or what `minixdr models fetch` fills. Two who add models at the same moment are not kept apart here."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from minixdr.ports.models import MOST_INDEX_BYTES, ChangedError, NoSuchFileError, StoreError

INDEX = "index.json"
_FORMS = ("model.onnx", "golden.json", ".new-*")
"""What is ours in the folder, two folders down; whatever else lies there is never touched."""


class FolderStore:
    """Implements ports.models.ModelFolder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._folder)

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """Open a file."""
        try:
            with (self._folder / path).open("rb") as file:
                yield file
        except FileNotFoundError as error:
            raise NoSuchFileError(f"{self._folder / path}: there is no such file") from error
        except OSError as error:
            raise self._failed(path, error) from error

    def put(self, path: str, content: bytes) -> None:
        """Keep a file."""
        self.receive(path, iter((content,)))

    def receive(self, path: str, pieces: Iterator[bytes]) -> None:
        """Keep a file of these pieces."""
        target = self._folder / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
        except OSError as error:
            raise self._failed(path, error) from error
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(target)
        except OSError as error:
            raise self._failed(path, error) from error
        finally:
            Path(name).unlink(missing_ok=True)

    def index(self) -> tuple[bytes, str] | None:
        """Return the index and a tag of it."""
        try:
            with (self._folder / INDEX).open("rb") as file:
                content = file.read(MOST_INDEX_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failed(INDEX, error) from error
        return content, sha256(content).hexdigest()

    def replace_index(self, content: bytes, tag: str | None) -> None:
        """Replace the index."""
        known = self.index()
        if (None if known is None else known[1]) != tag:
            raise ChangedError(self.place)
        self.put(INDEX, content)

    def files(self) -> set[str]:
        """Return the paths of all files but the index."""
        try:
            return {
                path.relative_to(self._folder).as_posix()
                for form in _FORMS
                for path in self._folder.glob(f"*/*/{form}")
            }
        except OSError as error:
            raise self._failed("", error) from error

    def remove(self, path: str) -> None:
        """Remove a file."""
        try:
            (self._folder / path).unlink(missing_ok=True)
        except OSError as error:
            raise self._failed(path, error) from error

    def _failed(self, path: str, error: OSError) -> StoreError:
        return StoreError(f"{self._folder / path}: {error.strerror or error}")
