"""A cache on the disk: one file a key, written atomically, readable by its owner only."""

import contextlib
import os
import tempfile
from pathlib import Path

_MOST_FILES = 24
"""Old rule sets are thrown away beyond this many; each takes 10 to 20 MB."""


class DiskCache:
    """Keeps bytes below a folder. A folder that cannot be written to keeps nothing, and says nothing: everything works without it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, key: str) -> bytes | None:
        """Return what was stored under the key, None where nothing was."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return content

    def store(self, key: str, content: bytes) -> None:
        """Keep the content: a reader sees all of it or nothing."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-")
        except OSError:
            return
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(self._path(key))
            self._forget_oldest()
        except OSError:
            with contextlib.suppress(OSError):
                Path(name).unlink()

    def _path(self, key: str) -> Path:
        return self._folder / "".join(c for c in key if c.isalnum() or c in "-_.")

    def _forget_oldest(self) -> None:
        files = sorted((p for p in self._folder.iterdir() if p.is_file()), key=lambda p: p.stat().st_mtime)
        for path in files[:-_MOST_FILES]:
            path.unlink(missing_ok=True)
