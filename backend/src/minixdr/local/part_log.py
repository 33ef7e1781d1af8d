"""What a part writes, kept in files of bounded size."""

import logging
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

_MOST_BYTES = 8 << 20
_KEPT = 4
"""Older files beside the present one: 40 MB a part at most."""
_LONGEST_LINE = 64 << 10
"""Bytes; a longer line is cut into such."""


class _Handler(RotatingFileHandler):
    lost = 0

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - the library's method
        self.lost += 1


class PartLog:
    """A rotated log file that takes bytes as they come. What cannot be written, for the disk is full, is counted."""

    def __init__(self, path: Path, most_bytes: int = _MOST_BYTES) -> None:
        self.path = path
        self._handler = _Handler(
            path, maxBytes=most_bytes, backupCount=_KEPT, encoding="utf-8", errors="backslashreplace", delay=True
        )
        self._rest = b""

    def add(self, chunk: bytes) -> list[str]:
        """Write the lines that are complete. Return them."""
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        while len(self._rest) > _LONGEST_LINE:
            lines.append(self._rest[:_LONGEST_LINE])
            self._rest = self._rest[_LONGEST_LINE:]
        return [self._write(line) for line in lines]

    def end(self) -> list[str]:
        """Write what has no end of line. Return it."""
        rest, self._rest = self._rest, b""
        return [self._write(rest)] if rest else []

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):  # the disk is full: its last lines are lost
            self._handler.close()

    def _write(self, line: bytes) -> str:
        text = line.decode(errors="backslashreplace")
        if lost := self._handler.lost:
            self._handler.lost = 0
            self._emit(f"[{lost:,} lines could not be written here]")
        self._emit(text)
        return text

    def _emit(self, text: str) -> None:
        self._handler.emit(logging.LogRecord("part", logging.INFO, "", 0, text, None, None))
