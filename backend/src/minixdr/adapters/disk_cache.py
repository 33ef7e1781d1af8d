"""A cache on the disk: one file a key, written atomically, readable by its owner only.

What is kept there is run (compiled pattern databases are as good as machine code), so a file is believed only where nobody else can have
made or changed it: a regular file, no link, of this user, with no right for others. Files that are not the cache's own are never touched.
"""

import contextlib
import os
import stat
import tempfile
from hashlib import blake2b
from pathlib import Path

_MOST_FILES = 24
"""Old rule sets are thrown away beyond this many; each takes 10 to 20 MB."""
_SUFFIX = ".minixdr-cache"


class DiskCache:
    """Keeps bytes below a folder. A folder that cannot be written to keeps nothing, and says nothing: everything works without it."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` is None where there is no place to keep anything."""
        self._folder = folder

    def load(self, key: str) -> bytes | None:
        """Return what was stored under the key, None where nothing was, or somebody else put it there."""
        if self._folder is None:
            return None
        try:
            handle = os.open(self._folder / _name(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(handle, "rb") as file:  # noqa: PTH123 - of a descriptor
                if not _is_own(os.fstat(handle)):
                    return None
                content = file.read()
                os.utime(handle)
        except OSError:
            return None
        return content

    def store(self, key: str, content: bytes) -> None:
        """Keep the content: a reader sees all of it or nothing."""
        if self._folder is None:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-", suffix=_SUFFIX)
        except OSError:
            return
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(self._folder / _name(key))
            _forget_oldest(self._folder)
        except OSError:
            with contextlib.suppress(OSError):
                Path(name).unlink()


class ShippedCache:
    """What was compiled when the program was installed (`minixdr rules compile`), read only; what it lacks is looked for in another cache.

    Its files may be read by everybody, so that one installation serves any account; they are believed where root or this user alone can have
    written them, as the program itself is.
    """

    def __init__(self, folder: Path, other: DiskCache) -> None:
        self._folder = folder
        self._other = other

    def load(self, key: str) -> bytes | None:
        """Return what was stored under the key, here or in the other cache."""
        try:
            handle = os.open(self._folder / _name(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(handle, "rb") as file:  # noqa: PTH123 - of a descriptor
                if _is_installed(os.fstat(handle)):
                    return file.read()
        except OSError:
            pass
        return self._other.load(key)

    def store(self, key: str, content: bytes) -> None:
        """Keep the content in the other cache."""
        self._other.store(key, content)


class ShippingCache:
    """Writes what a `ShippedCache` reads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, key: str) -> bytes | None:
        """Return nothing: all is compiled anew."""

    def store(self, key: str, content: bytes) -> None:
        """Keep the content, for everybody to read. Raises OSError."""
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".new-", suffix=_SUFFIX)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(self._folder / _name(key))


def _name(key: str) -> str:
    return "".join(c for c in key if c.isalnum() or c in "-_.") + _SUFFIX


def _is_own(status: os.stat_result) -> bool:
    """Return whether this user alone can have written the file; a second link may be a file of another folder."""
    alone = status.st_uid == os.geteuid() and not status.st_mode & 0o077 and status.st_nlink == 1
    return stat.S_ISREG(status.st_mode) and alone


def _is_installed(status: os.stat_result) -> bool:
    """Return whether root or this user alone can have written the file."""
    return stat.S_ISREG(status.st_mode) and status.st_uid in (0, os.geteuid()) and not status.st_mode & 0o022


def _forget_oldest(folder: Path) -> None:
    files = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda path: path.lstat().st_mtime)
    for path in files[:-_MOST_FILES]:
        path.unlink(missing_ok=True)


def digest_of_code(folder: Path) -> str:
    """Return a digest of the modules below a folder; empty where they cannot be read (an archive of modules has a version of its own)."""
    digest = blake2b(digest_size=8)
    try:
        for path in sorted(folder.rglob("*.py")):
            content = path.read_bytes()
            digest.update(len(content).to_bytes(8, "big") + content)
    except OSError:
        return ""
    return digest.hexdigest()
