"""A zip archive whose directory is missing (cut off, or still being written) -> the members at its beginning, and what ended them.

Source: PKWARE APPNOTE 6.3.10, 4.3.7 (local file headers) and 4.3.9 (data descriptors). Members are read one after the other from the start:
stored ones by the size in their header, deflated ones until their data ends. Other methods, and what follows them, are not covered.
"""

import struct
import zlib
from collections.abc import Iterator

from minixdr.ingest.containers.budget import Budget
from minixdr.ingest.content import BLOCK_BYTES, Damaged

_HEADER = struct.Struct("<4xHHHHHIIIHH")
_LOCAL = b"PK\x03\x04"
_DESCRIPTOR = b"PK\x07\x08"
_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 1
_CUT_OFF = "the zip archive is cut off"


class BrokenZip:
    """Reads members in their order."""

    def __init__(self, blocks: Iterator[bytes], budget: Budget) -> None:
        self._blocks = blocks
        self._budget = budget
        self._data = b""

    def members(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield (name, blocks). Raises Damaged, always: the directory is missing."""
        while self._need(30) and self._data.startswith(_LOCAL):
            _, flags, method, _, _, _, compressed, _, name_size, extra_size = _HEADER.unpack(self._data[:30])
            if not self._need(30 + name_size + extra_size):
                break
            name = self._data[30 : 30 + name_size].decode("utf-8", "replace")
            self._data = self._data[30 + name_size + extra_size :]
            if flags & _ENCRYPTED or method not in (_STORED, _DEFLATED) or (method == _STORED and flags & 8):
                raise Damaged(f"{_CUT_OFF}, and {name} cannot be read without its directory")
            if not name.endswith("/"):
                member = self._inflate() if method == _DEFLATED else self._stored(compressed)
                yield name, member
                for _ in member:  # what its reader left
                    pass
            if self._need(4) and self._data.startswith(_DESCRIPTOR):
                self._need(16)
                self._data = self._data[16:]
        raise Damaged(_CUT_OFF)

    def _need(self, count: int) -> bool:
        while len(self._data) < count:
            block = next(self._blocks, b"")
            if not block:
                return False
            self._data += block
        return True

    def _stored(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._need(1):
                raise Damaged(_CUT_OFF)
            taken, self._data = self._data[:size], self._data[size:]
            size -= len(taken)
            self._budget.grow(len(taken))
            yield taken

    def _inflate(self) -> Iterator[bytes]:
        decompressor = zlib.decompressobj(-15)
        while not decompressor.eof:
            if not self._need(1):
                raise Damaged(_CUT_OFF)
            try:
                output = decompressor.decompress(self._data, BLOCK_BYTES)
            except zlib.error as error:
                raise Damaged(f"damaged zip member: {error}") from None
            self._data = decompressor.unused_data if decompressor.eof else decompressor.unconsumed_tail
            self._budget.grow(len(output))
            if output:
                yield output
