"""Bounds against decompression bombs.

A file may grow without limit as long as it grows like a log: real logs reach 20:1 to 100:1, repetitive ones a few hundred. A bomb reaches
1,000:1 (the limit of gzip) to 10,000:1 and more; it is stopped once it is large, too. Memory is never at risk, since everything is read in
blocks: the bound saves time.
"""

from minixdr.ingest.content import Damaged

MOST_RATIO = 400
"""Decompressed bytes for each byte of the file, beyond which nothing is a log."""
HARMLESS_BYTES = 256 << 20
"""Below this much output the ratio does not matter: it is read in seconds."""


class Budget:
    """Counts what was read of one file and what it grew to."""

    def __init__(self) -> None:
        self._read = 0
        self._grown = 0

    def read(self, count: int) -> None:
        """Count bytes of the file itself."""
        self._read += count

    def grow(self, count: int) -> None:
        """Count decompressed bytes. Raises Damaged where they are a bomb's."""
        self._grown += count
        if self._grown > HARMLESS_BYTES and self._grown > MOST_RATIO * max(self._read, 1):
            raise Damaged(f"decompression stopped: more than {MOST_RATIO} bytes for each compressed byte (a bomb?)")
