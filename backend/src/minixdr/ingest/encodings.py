"""Bytes in another encoding -> UTF-8, block by block.

Recognised: byte order marks of UTF-8, UTF-16 and UTF-32 (The Unicode Standard, 23.8), and UTF-16 without one where every other byte of the
first text is NUL (what PowerShell's and Event Viewer's exports are). Everything else stays as it is: ASCII supersets are read alike, and
guessing among them would change bytes. A code unit that is no character becomes U+FFFD.
"""

import codecs
from collections.abc import Iterator

_MARKS = (
    (codecs.BOM_UTF8, None),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: it begins with that mark
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 512
_LEAST_BYTES = 8
_WIDE_SHARE = 0.9
"""Share of high bytes that are NUL, and of low bytes that are not, in UTF-16 of mostly Latin text."""


def to_utf8(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the bytes as UTF-8, without a byte order mark."""
    encoding, start = _encoding(first)
    first = first[start:]
    if encoding is None:
        if first:
            yield first
        yield from rest
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield from _nonempty(decoder.decode(first))
    for block in rest:
        yield from _nonempty(decoder.decode(block))
    yield from _nonempty(decoder.decode(b"", final=True))


def _nonempty(text: str) -> Iterator[bytes]:
    if text:
        yield text.encode("utf-8", "replace")


def _encoding(first: bytes) -> tuple[str | None, int]:
    """Return the encoding (None: leave the bytes) and the length of the byte order mark."""
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return encoding, len(mark)
    sample = first[:_SAMPLE_BYTES]
    if len(sample) < _LEAST_BYTES:
        return None, 0
    even, odd = sample[::2], sample[1::2]
    even_nul, odd_nul = even.count(0) / len(even), odd.count(0) / len(odd)
    if odd_nul >= _WIDE_SHARE and even_nul <= 1 - _WIDE_SHARE:
        return "utf-16-le", 0
    if even_nul >= _WIDE_SHARE and odd_nul <= 1 - _WIDE_SHARE:
        return "utf-16-be", 0
    return None, 0
