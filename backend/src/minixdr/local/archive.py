"""A backup file: a tar archive, compressed with Zstandard, whose last member lists all others with size and SHA-256.

What is read from one is not trusted: a member is a plain file with a relative name that stays inside, or the archive is refused; so is one whose
list is missing (it was cut off) or does not match.
"""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from minixdr.local.error import LocalError

FORMAT = 1
_LIST = "manifest.json"
_CHUNK_BYTES = 1 << 20


class _Hashing(io.RawIOBase):
    """Reads a file and hashes what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self.hash.update(chunk)
        return chunk


class ArchiveWriter:
    """Takes files."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.files: dict[str, dict[str, Any]] = {}

    def add(self, name: str, path: Path) -> None:
        """Add a file that nobody writes to now. Raises OSError."""
        with path.open("rb") as file:
            about = self._tar.gettarinfo(arcname=name, fileobj=file)
            about.mode, about.uid, about.gid, about.uname, about.gname = 0o600, 0, 0, "", ""
            hashing = _Hashing(file)
            self._tar.addfile(about, cast("IO[bytes]", hashing))
        self.files[name] = {"size": about.size, "sha256": hashing.hash.hexdigest()}

    def add_folder(self, name: str, folder: Path) -> None:
        """Add all files below a folder. Raises OSError."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                self.add(f"{name}/{path.relative_to(folder).as_posix()}", path)

    def finish(self, about: Mapping[str, Any]) -> None:
        """Add the list."""
        content = json.dumps({"format": FORMAT, **about, "files": self.files}, indent=1).encode()
        member = tarfile.TarInfo(_LIST)
        member.size, member.mode = len(content), 0o600
        self._tar.addfile(member, io.BytesIO(content))


@contextmanager
def new_archive(path: Path) -> Iterator[ArchiveWriter]:
    """Write an archive: it is at `path`, whole and on disk, when the block ended, or not at all. Raises OSError."""
    import zstandard  # noqa: PLC0415 - the supervisor needs none

    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with (
                zstandard.ZstdCompressor(level=3, write_checksum=True).stream_writer(file, closefd=False) as compressed,
                tarfile.open(mode="w|", fileobj=compressed, bufsize=_CHUNK_BYTES, format=tarfile.PAX_FORMAT) as tar,
            ):
                yield ArchiveWriter(tar)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def extract(path: Path, folder: Path) -> dict[str, Any]:
    """Put an archive's files into a new folder and return its list, once all of it is seen to be right. Raises LocalError, OSError."""
    import zstandard  # noqa: PLC0415

    found: dict[str, dict[str, Any]] = {}
    listed: dict[str, Any] | None = None
    try:
        with (
            path.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as plain,
            tarfile.open(mode="r|", fileobj=plain, bufsize=_CHUNK_BYTES) as tar,
        ):
            for member in tar:
                content = tar.extractfile(member) if member.isfile() else None
                if content is None or listed is not None:
                    raise _refused(path, f"{member.name!r} does not belong there")
                if member.name == _LIST:
                    listed = json.loads(content.read())
                else:
                    found[member.name] = _put(content, _inside(folder, member.name, path))
    except (tarfile.TarError, zstandard.ZstdError, EOFError, ValueError) as error:
        raise _refused(path, str(error)) from error
    if listed is None:
        raise _refused(path, "its end is missing")
    if listed.get("format") != FORMAT:
        raise LocalError(f"{path} has format {listed.get('format')!r}; this version reads {FORMAT}")
    if listed.get("files") != found:
        raise _refused(path, "its content is not what its list says")
    return listed


def _inside(folder: Path, name: str, archive: Path) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts:
        raise _refused(archive, f"{name!r} leads out of it")
    return folder.joinpath(*parts)


def _put(content: IO[bytes], path: Path) -> dict[str, Any]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    hashing = _Hashing(content)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(hashing, file, _CHUNK_BYTES)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    return {"size": size, "sha256": hashing.hash.hexdigest()}


def _refused(path: Path, reason: str) -> LocalError:
    return LocalError(f"{path} is damaged, or no backup of this program: {reason}")
