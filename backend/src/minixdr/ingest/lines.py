"""Blocks -> whole lines, in bounded memory.

In: a content. Out: runs of whole lines (without the last line end) with the offset of the first, or the offset and length of a line that is
too long to be kept. Lines end with LF or CRLF; a lone CR is a character. The last line needs no end.
"""

from collections.abc import Iterator
from typing import NamedTuple

from minixdr.ingest.content import Content

LONGEST_RECORD_BYTES = 16 << 20
"""A record is longer than this in no log: CloudTrail's limit is 256 KB, Windows events 64 KB, Kubernetes audit 1.5 MB."""
TOO_LONG = f"longer than {LONGEST_RECORD_BYTES >> 20} MiB"


class Run(NamedTuple):
    """Consecutive lines."""

    offset_bytes: int
    text: bytes
    """The lines, joined by their line ends."""
    whole: bool = True
    """False: the text is the beginning of a line that is too long."""


class Line(NamedTuple):
    """A line."""

    offset_bytes: int
    text: bytes
    """Without its end."""
    whole: bool = True


def runs(content: Content) -> Iterator[Run]:
    """Yield the lines in runs of about a block."""
    pending, offset = b"", 0  # offset: of the first byte of pending
    skipping = False
    for block in content.blocks():
        end = block.rfind(b"\n")
        if end < 0:
            if skipping:
                offset += len(block)
            elif len(pending) + len(block) > LONGEST_RECORD_BYTES:
                yield Run(offset, pending[:256], whole=False)
                offset += len(pending) + len(block)
                pending, skipping = b"", True
            else:
                pending += block
            continue
        if skipping:
            start = block.index(b"\n") + 1
            offset += start
            skipping = False
        else:
            start = 0
        if start <= end:
            text = b"".join((pending, memoryview(block)[start:end]))  # one copy, not two
            yield Run(offset, text)
            offset += len(text) + 1
        pending = block[end + 1 :]
    if pending and not skipping:
        yield Run(offset, pending)


def lines(content: Content) -> Iterator[Line]:
    """Yield the lines that are not blank, without their ends; NUL padding is no text."""
    for run in runs(content):
        if not run.whole:
            yield Line(run.offset_bytes, run.text, whole=False)
            continue
        offset = run.offset_bytes
        for line in run.text.split(b"\n"):
            text = line.rstrip(b"\r\x00")
            if text and not text.isspace():
                yield Line(offset, text.lstrip(b"\x00"))
            offset += len(line) + 1
