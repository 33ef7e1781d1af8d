"""Zstandard data -> decompressed blocks: RFC 8878, section 3.

The library decompresses; the frames and their blocks are walked here, because only so is it known that a file was cut off (the library's
stream reader ends silently) and only so is the output bounded per step: a block of a few bytes grows to at most 128 KiB.
"""

from collections.abc import Iterator

import zstandard

from minixdr.ingest.containers.budget import Budget
from minixdr.ingest.content import BLOCK_BYTES, Damaged

_FRAME = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"
_MOST_WINDOW_BYTES = 128 << 20
"""What `zstd --long` (27) makes; more is refused, since a decoder must hold it in memory."""
_DICTIONARY_SIZES = (0, 1, 2, 4)
_RLE = 1


class _Bytes:
    """Takes exact counts of bytes out of blocks."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._data = b""
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return the next bytes. Raises Damaged where there are fewer."""
        while len(self._data) - self._at < count:
            block = next(self._blocks, None)
            if block is None:
                raise Damaged("the Zstandard data is cut off")
            self._data = self._data[self._at :] + block
            self._at = 0
        self._at += count
        return self._data[self._at - count : self._at]

    def at_end(self) -> bool:
        """Return whether nothing is left."""
        while self._at >= len(self._data):
            block = next(self._blocks, None)
            if block is None:
                return True
            self._data, self._at = block, 0
        return False


def unzstd(blocks: Iterator[bytes], budget: Budget) -> Iterator[bytes]:
    """Yield the decompressed frames."""
    source = _Bytes(blocks)
    while not source.at_end():
        magic = source.take(4)
        if magic[1:] == _SKIPPABLE and 0x50 <= magic[0] <= 0x5F:  # noqa: PLR2004 - RFC 8878, 3.1.2
            _skip(source, int.from_bytes(source.take(4), "little"))
        elif magic == _FRAME:
            yield from _frame(source, budget)
        else:
            raise Damaged("something that is not Zstandard follows the end of the Zstandard data")


def _skip(source: _Bytes, count: int) -> None:
    while count:
        step = min(count, BLOCK_BYTES)
        source.take(step)
        count -= step


def _frame(source: _Bytes, budget: Budget) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MOST_WINDOW_BYTES).decompressobj()
    gathered: list[bytes] = []
    size = 0
    try:
        for piece in _pieces(source):
            output = decompressor.decompress(piece)
            gathered.append(output)
            size += len(output)
            if size >= BLOCK_BYTES:
                budget.grow(size)
                yield b"".join(gathered)
                gathered, size = [], 0
    except zstandard.ZstdError as error:
        yield from _last(gathered, size, budget)
        raise Damaged(f"damaged Zstandard data: {error}") from None
    except Damaged:
        yield from _last(gathered, size, budget)
        raise
    yield from _last(gathered, size, budget)


def _last(gathered: list[bytes], size: int, budget: Budget) -> Iterator[bytes]:
    if size:
        budget.grow(size)
        yield b"".join(gathered)


def _pieces(source: _Bytes) -> Iterator[bytes]:
    """Yield a frame's header, blocks and checksum, one by one."""
    descriptor = source.take(1)
    flags = descriptor[0]
    single_segment, has_checksum = flags >> 5 & 1, flags >> 2 & 1
    content_size = (single_segment, 2, 4, 8)[flags >> 6]
    header = source.take((0 if single_segment else 1) + _DICTIONARY_SIZES[flags & 3] + content_size)
    yield _FRAME + descriptor + header
    last = 0
    while not last:
        head = source.take(3)
        number = int.from_bytes(head, "little")
        last, kind, size = number & 1, number >> 1 & 3, number >> 3
        yield head + source.take(1 if kind == _RLE else size)
    if has_checksum:
        yield source.take(4)
