"""Compressed blocks -> decompressed blocks: gzip (RFC 1952, several members), Zstandard (RFC 8878, several frames), bzip2, xz.

Recognised by their first bytes. Raises `Damaged` after everything that could be decompressed was yielded: cut off, damaged, or with something else
behind the end. Output is bounded per step, so a bomb does not fill the memory.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator

from minixdr.ingest.containers.budget import Budget
from minixdr.ingest.containers.zstandard_frames import unzstd
from minixdr.ingest.content import BLOCK_BYTES, Damaged

_GZIP = b"\x1f\x8b"
_BZIP2 = b"BZh"
_XZ = b"\xfd7zXZ\x00"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_MOST_MEMORY_BYTES = 128 << 20
"""For the dictionary of xz; `xz -9` needs 65 MiB."""


Decompression = Callable[[Iterator[bytes], Budget], Iterator[bytes]]


def decompression(magic: bytes) -> Decompression | None:
    """Return what decompresses a file that begins so, None where it is not compressed."""
    if magic.startswith(_GZIP) and magic[2:3] == b"\x08":
        return _ungzip
    if magic.startswith(_BZIP2) and magic[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return _unbzip2
    if magic.startswith(_XZ):
        return _unxz
    if magic.startswith(_ZSTANDARD) or (magic[1:4] == b"\x2a\x4d\x18" and magic[:1] in b"PQRSTUVWXYZ[\\]^_"):
        return unzstd
    return None


def _ungzip(blocks: Iterator[bytes], budget: Budget) -> Iterator[bytes]:
    """Yield the members of gzip data."""
    pending = b""
    members = 0
    while data := pending or next(blocks, b""):
        pending = b""
        if members:
            data = data.lstrip(b"\x00")  # padding of tapes and block devices
            if len(data) < len(_GZIP):
                more = next(blocks, b"")
                if not data and more:
                    pending = more
                    continue
                data += more
            if not data:
                return
            if not data.startswith(_GZIP):
                raise Damaged("something that is not gzip follows the end of the gzip data")
        decompressor = zlib.decompressobj(31)
        members += 1
        while True:
            before = decompressor.copy()
            try:
                output = decompressor.decompress(data, BLOCK_BYTES)
            except zlib.error as error:
                yield from _up_to_damage(before, data, budget)
                raise Damaged(f"damaged gzip data: {error}") from None
            if output:
                budget.grow(len(output))
                yield output
            if decompressor.eof:
                pending = decompressor.unused_data
                break
            data = decompressor.unconsumed_tail or (b"" if len(output) == BLOCK_BYTES else next(blocks, b""))
            if not data and not output:
                raise Damaged("the gzip data is cut off")


def _up_to_damage(decompressor: "zlib._Decompress", data: bytes, budget: Budget) -> Iterator[bytes]:
    """Yield what comes before the damage: a decompressor that fails keeps the output of its last step to itself."""
    gathered = bytearray()
    for position in range(len(data)):
        try:
            gathered += decompressor.decompress(data[position : position + 1])
        except zlib.error:
            break
        if len(gathered) >= BLOCK_BYTES:
            budget.grow(len(gathered))
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        budget.grow(len(gathered))
        yield bytes(gathered)


def _unbzip2(blocks: Iterator[bytes], budget: Budget) -> Iterator[bytes]:
    return _streams(blocks, budget, "bzip2", bz2.BZ2Decompressor)


def _unxz(blocks: Iterator[bytes], budget: Budget) -> Iterator[bytes]:
    return _streams(blocks, budget, "xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY_BYTES))


def _streams(
    blocks: Iterator[bytes],
    budget: Budget,
    name: str,
    create: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor],
) -> Iterator[bytes]:
    """Yield the streams of bzip2 or xz data."""
    data = next(blocks, b"")
    while data:
        decompressor = create()
        while not decompressor.eof:
            try:
                output = decompressor.decompress(data, BLOCK_BYTES)
            except (OSError, lzma.LZMAError, EOFError, ValueError) as error:
                raise Damaged(f"damaged {name} data: {error}") from None
            if output:
                budget.grow(len(output))
                yield output
            data = b""
            if not decompressor.eof and decompressor.needs_input:
                data = next(blocks, b"")
                if not data:
                    raise Damaged(f"the {name} data is cut off")
        data = decompressor.unused_data.lstrip(b"\x00") or next(blocks, b"").lstrip(b"\x00")
