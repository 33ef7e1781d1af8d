"""A file -> the contents in it: itself, or decompressed, or each member of an archive, and so on inside.

Recognised by the first bytes, at every level. Bounds: levels of nesting, growth (`budget`), memory for what must seek (a zip archive or an EVTX
file inside something compressed).
"""

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

from minixdr.ingest.containers.archives import is_tar, is_zip, tar_members, zip_members
from minixdr.ingest.containers.budget import Budget
from minixdr.ingest.containers.compression import Decompression, decompression
from minixdr.ingest.content import BLOCK_BYTES, Content
from minixdr.schema.record import Issue

_READ_BYTES = 1 << 18
_MOST_LEVELS = 5
"""tar.gz in a zip in a zip has four; a file that contains itself has no end."""
_MOST_HELD_BYTES = 128 << 20
"""Bytes held in memory of something compressed that must seek, where there is no `spill`. Event logs are 20 MiB by default."""
_EVTX = b"ElfFile\x00"

Spill = Callable[[], BinaryIO]


def contents(stream: BinaryIO, file: str, spill: Spill | None) -> Iterator[Content | Issue]:
    """Yield what is in the file."""
    budget = Budget()
    yield from _Walk(budget, spill).open(_read(stream, budget), file, stream, 0)


def _read(stream: BinaryIO, budget: Budget) -> Iterator[bytes]:
    size = _READ_BYTES
    while block := stream.read(size):
        budget.read(len(block))
        yield block
        size = BLOCK_BYTES


class _Walk:
    def __init__(self, budget: Budget, spill: Spill | None) -> None:
        self._budget = budget
        self._spill = spill

    def open(
        self, blocks: Iterator[bytes], file: str, seekable: BinaryIO | None, level: int
    ) -> Iterator[Content | Issue]:
        """Yield what is in these blocks."""
        content = Content(file, blocks, seekable)
        decompress = decompression(content.magic)
        archive = is_zip(content.magic) or is_tar(content.magic)
        if level >= _MOST_LEVELS and (archive or decompress):
            yield Issue(file, None, 0, "file", f"more than {_MOST_LEVELS} archives and compressions inside each other")
        elif decompress is not None:
            yield from self.open(self._inner(content, decompress), file, None, level + 1)
            yield from content.problems()
        elif is_zip(content.magic):
            yield from self._zip(content, level)
        elif is_tar(content.magic):
            for name, member in tar_members(content.originals(), file, self._budget):
                if isinstance(member, Issue):
                    yield member
                else:
                    yield from self.open(member, f"{file}!{name}", None, level + 1)
            yield from content.problems()
        elif content.magic.startswith(_EVTX) and content.seekable is None:
            yield from self._evtx(content)
        else:
            yield content

    def _inner(self, content: Content, decompress: Decompression) -> Iterator[bytes]:
        return decompress(content.originals(), self._budget)

    def _zip(self, content: Content, level: int) -> Iterator[Content | Issue]:
        if content.seekable is not None:
            yield from self._zip_members(content, content.seekable, level)
        else:
            held = self._hold(content)
            if isinstance(held, Issue):
                yield held
                return
            with held:
                yield from self._zip_members(content, held, level)
        yield from content.problems()

    def _zip_members(self, content: Content, seekable: BinaryIO, level: int) -> Iterator[Content | Issue]:
        for name, member in zip_members(seekable, content.file, self._budget):
            if isinstance(member, Issue):
                yield member
            else:
                yield from self.open(member, f"{content.file}!{name}", None, level + 1)

    def _evtx(self, content: Content) -> Iterator[Content | Issue]:
        held = self._hold(content)
        if isinstance(held, Issue):
            yield held
            return
        with held:
            yield Content(content.file, _again(held), held)
        yield from content.problems()

    def _hold(self, content: Content) -> BinaryIO | Issue:
        """Return the content as a file that can seek."""
        held: BinaryIO = io.BytesIO() if self._spill is None else self._spill()
        size = 0
        for block in content.originals():
            size += len(block)
            if self._spill is None and size > _MOST_HELD_BYTES:
                reason = f"compressed and larger than {_MOST_HELD_BYTES >> 20} MiB, but must be sought in: decompress it first"
                return Issue(content.file, None, None, "file", reason)
            held.write(block)
        held.seek(0)
        return held


def _again(held: BinaryIO) -> Iterator[bytes]:
    held.seek(0)
    while block := held.read(BLOCK_BYTES):
        yield block
