"""The body of a request as its Content-Encoding says (RFC 9110, 8.4.1) -> what was meant, bounded.

gzip, zstd (RFC 8878) and deflate (RFC 1950; the bare RFC 1951 that some clients send, too). A body that is cut off or damaged is refused whole: who
sent it has it still.
"""

import zlib
from collections.abc import Callable, Iterator

from minixdr.ingest.containers.budget import Budget
from minixdr.ingest.containers.compression import decompression
from minixdr.ingest.content import Damaged

_STEP_BYTES = 1 << 16
"""Of the body at a time: so much is looked at again where it is damaged."""
_MAGIC = {"gzip": b"\x1f\x8b", "x-gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
_ZLIB, _BARE = 15, -15  # wbits
ENCODINGS = ("gzip", "zstd", "deflate")


class UnknownEncodingError(Exception):
    """The body is encoded as this server cannot read; the message names what it can."""


class TooLargeError(Exception):
    """The body is larger than what is taken at once; the message says how large that is."""


class BadBodyError(Exception):
    """The body is not what its Content-Encoding says; the message says why."""


def inflate(body: bytes, encoding: str, most_bytes: int, grow: Callable[[int], None] = lambda _: None) -> bytes:
    """Return the decompressed body. `grow` is told of each piece before it is kept; what it raises ends it. Raises UnknownEncodingError,
    TooLargeError, BadBodyError."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return body
    blocks = (body[at : at + _STEP_BYTES] for at in range(0, len(body), _STEP_BYTES))
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in _pieces(name, body, blocks):
            size += len(piece)
            if size > most_bytes:
                raise TooLargeError(f"more than {most_bytes:,} bytes after decompression; send less at once")
            grow(len(piece))
            pieces.append(piece)
    except Damaged as reason:
        raise BadBodyError(str(reason)) from None
    return b"".join(pieces)


def _pieces(name: str, body: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    if name == "deflate":
        return _undeflate(body)
    if name not in _MAGIC:
        raise UnknownEncodingError(
            f"Content-Encoding {name[:40]!r} is not supported; send {', '.join(ENCODINGS)} or none"
        )
    decompress = decompression(body[:16]) if body.startswith(_MAGIC[name]) else None
    if decompress is None:
        raise BadBodyError(f"Content-Encoding says {name}, but the body is not")
    return decompress(blocks, Budget())


def _undeflate(body: bytes) -> Iterator[bytes]:
    decompressor = zlib.decompressobj(_ZLIB if _has_zlib_header(body) else _BARE)
    data = body
    while not decompressor.eof:
        try:
            piece = decompressor.decompress(data, 1 << 20)
        except zlib.error as error:
            raise Damaged(f"damaged deflate data: {error}") from None
        data = decompressor.unconsumed_tail
        if piece:
            yield piece
        elif not data and not decompressor.eof:
            raise Damaged("the deflate data is cut off")
    if decompressor.unused_data:
        raise Damaged("something follows the end of the deflate data")


def _has_zlib_header(body: bytes) -> bool:
    """Return whether the first two bytes are RFC 1950's: method 8, and a multiple of 31."""
    return len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0  # noqa: PLR2004
