"""What a format reads: the decompressed bytes of one file, or of one member of an archive, block by block.

In: an iterator of blocks, which may raise `Damaged`. Out: blocks of UTF-8 (or whatever ASCII superset was there), from the first byte to
the last good one; what ended them early is kept as an issue, so that a format first hands out what came before. A byte order mark is taken
off, UTF-16 is decoded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from minixdr.ingest.encodings import to_utf8
from minixdr.schema.record import Issue

BLOCK_BYTES = 1 << 20
"""Bytes that are handled at once: large enough that Python's cost per block vanishes, small enough for the processor's cache."""
HEAD_BYTES = 1 << 16
"""Bytes that a format is recognised by."""


class Damaged(Exception):  # noqa: N818 - it says what the bytes are
    """The bytes end here, before their end; the message says why."""


@dataclass
class Numbering:
    """The number of the next record, shared by everything that comes out of one file."""

    next: int = 1

    def take(self, count: int) -> int:
        """Return the first of the next `count` numbers."""
        first = self.next
        self.next += count
        return first


class Content:
    """The bytes of one file. Its blocks can be read once."""

    def __init__(
        self, file: str, blocks: Iterator[bytes], seekable: BinaryIO | None = None, numbering: Numbering | None = None
    ) -> None:
        self.file = file
        self.embedded = False
        """Whether these are lines that stood in records: each stands alone, there is no header."""
        self.seekable = seekable
        """The same bytes as a file that can seek, where they lie in one."""
        self.numbering = numbering or Numbering()
        self._problem: Issue | None = None
        self._taken = 0
        self._raw = self._guarded(blocks)
        self._first = _fill(self._raw)
        self._blocks = to_utf8(self._first, self._raw)

    @property
    def magic(self) -> bytes:
        """The first bytes as they are."""
        return self._first[:HEAD_BYTES]

    @property
    def head(self) -> bytes:
        """The first bytes as text; after this, only `blocks` gives all of them."""
        return self._text[:HEAD_BYTES]

    @cached_property
    def _text(self) -> bytes:
        return _fill(self._blocks)

    def blocks(self) -> Iterator[bytes]:
        """Yield all bytes, as UTF-8."""
        if self._text:
            yield self._text
        yield from self._blocks

    def originals(self) -> Iterator[bytes]:
        """Yield all bytes, as they are; instead of `blocks`."""
        if self._first:
            yield self._first
        yield from self._raw

    def problems(self) -> Iterator[Issue]:
        """Yield what ended the bytes early."""
        if self._problem is not None:
            yield self._problem

    def embed(self, text: bytes) -> "Content":
        """Return lines that stood in records of this file."""
        content = Content(self.file, iter([text]), None, self.numbering)
        content.embedded = True
        return content

    def _guarded(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        try:
            for block in blocks:
                self._taken += len(block)
                yield block
        except Damaged as reason:
            self._problem = Issue(self.file, None, self._taken, "file", str(reason))
        except OSError as error:
            reason_text = f"cannot be read on: {error.strerror or error}"
            self._problem = Issue(self.file, None, self._taken, "file", reason_text)


def _fill(blocks: Iterator[bytes]) -> bytes:
    """Return the first blocks, joined, until they are long enough to recognise a format."""
    parts: list[bytes] = []
    size = 0
    while size < HEAD_BYTES and (block := next(blocks, None)) is not None:
        parts.append(block)
        size += len(block)
    return b"".join(parts)
