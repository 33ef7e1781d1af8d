"""Zip (PKWARE APPNOTE 6.3.10) and tar (POSIX.1-2001 pax, ustar, GNU) archives -> their members, one after the other.

Names of members are names and nothing else: no file is written, so `../../etc/passwd` is only odd. Links, folders and devices hold no records.
Not covered: encrypted members, split archives.
"""

import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO

from minixdr.ingest.containers.broken_zip import BrokenZip
from minixdr.ingest.containers.budget import Budget
from minixdr.ingest.content import BLOCK_BYTES, Damaged
from minixdr.schema.record import Issue

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_MOST_MEMBERS = 100_000
_ENCRYPTED = 1
_TAR_MAGIC_AT = 257

Member = tuple[str, Iterator[bytes] | Issue]


def is_zip(magic: bytes) -> bool:
    """Return whether a file that begins so is a zip archive."""
    return magic.startswith(_ZIP)


def is_tar(magic: bytes) -> bool:
    """Return whether a file that begins so is a tar archive."""
    return magic[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar"


def zip_members(stream: BinaryIO, file: str, budget: Budget) -> Iterator[Member]:
    """Yield (name, blocks) of every file in a zip archive, or (name, issue) of one that cannot be read."""
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        yield from _broken_zip_members(stream, file, budget)
        return
    with archive:
        infos = archive.infolist()
        if any(info.filename == "[Content_Types].xml" for info in infos[:50]):
            yield "", Issue(file, None, 0, "file", "not a log format: an Office document")
            return
        if len(infos) > _MOST_MEMBERS:
            yield "", Issue(file, None, None, "file", f"only the first {_MOST_MEMBERS:,} members are read")
        end = -1
        for info in sorted(infos[:_MOST_MEMBERS], key=lambda info: info.header_offset):
            if not info.is_dir():
                yield info.filename, _zip_member(archive, info, file, budget, overlaps=info.header_offset < end)
            end = max(end, info.header_offset + info.compress_size)


def _zip_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: str, budget: Budget, *, overlaps: bool
) -> Iterator[bytes] | Issue:
    name = f"{file}!{info.filename}"
    if overlaps:
        return Issue(name, None, None, "file", "damaged zip archive: members overlap (a bomb?)")
    if info.flag_bits & _ENCRYPTED:
        return Issue(name, None, None, "file", "encrypted")
    return _zip_blocks(archive, info, budget)


def _broken_zip_members(stream: BinaryIO, file: str, budget: Budget) -> Iterator[Member]:
    stream.seek(0)
    try:
        yield from BrokenZip(iter(lambda: stream.read(BLOCK_BYTES), b""), budget).members()
    except Damaged as reason:
        yield "", Issue(file, None, None, "file", str(reason))


def _zip_blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> Iterator[bytes]:
    budget.read(info.compress_size)
    try:
        with archive.open(info) as member:
            while block := member.read(BLOCK_BYTES):
                budget.grow(len(block))
                yield block
    except (
        zipfile.BadZipFile,
        EOFError,
        zlib.error,
        lzma.LZMAError,
        NotImplementedError,
        ValueError,
        RuntimeError,
    ) as error:
        raise Damaged(f"damaged or unsupported zip member: {error or type(error).__name__}") from None


def tar_members(blocks: Iterator[bytes], file: str, budget: Budget) -> Iterator[Member]:
    """Yield (name, blocks) of every file in a tar archive, and an issue where it is damaged."""
    try:
        with tarfile.open(fileobj=_Reader(blocks), mode="r|", errorlevel=0) as archive:
            for info in archive:
                if info.isreg() and (member := archive.extractfile(info)) is not None:
                    yield info.name, _tar_blocks(member, budget)
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        yield "", Issue(file, None, None, "file", f"damaged tar archive: {error}")


def _tar_blocks(member: IO[bytes], budget: Budget) -> Iterator[bytes]:
    try:
        while block := member.read(BLOCK_BYTES):
            budget.grow(len(block))  # a sparse member is as large as its header says
            yield block
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise Damaged(f"damaged tar member: {error}") from None


class _Reader(io.RawIOBase):
    """Blocks as the file that `tarfile` wants."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__()
        self._blocks = blocks
        self._pending = b""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, fewer only at the end."""
        size = BLOCK_BYTES if size < 0 else size
        while len(self._pending) < size and (block := next(self._blocks, None)) is not None:
            self._pending += block
        taken, self._pending = self._pending[:size], self._pending[size:]
        return taken
