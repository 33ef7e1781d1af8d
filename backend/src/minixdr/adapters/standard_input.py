"""Log files on a disk, and `-`: what another program writes to our standard input."""

import sys
from collections.abc import Sequence
from io import BufferedReader
from shutil import copyfileobj
from typing import BinaryIO, cast

from minixdr.ports.scan import InputFile, InputFiles, Unreadable

NAME = "-"
_MUST_SEEK = (b"PK\x03\x04", b"ElfFile\x00")
"""How ZIP archives and EVTX files begin."""


class FilesAndStandardInput:
    """Implements ports.scan.InputFiles."""

    def __init__(self, files: InputFiles, standard_input: BufferedReader | None = None) -> None:
        self._files = files
        self._input = standard_input or cast("BufferedReader", sys.stdin.buffer)

    def find(self, paths: Sequence[str]) -> tuple[list[InputFile], list[Unreadable]]:
        """Return every file below the paths, and standard input where it is named."""
        found, unreadable = self._files.find([path for path in paths if path != NAME])
        return found + ([InputFile(NAME, 0)] if NAME in paths else []), unreadable

    def open(self, path: str) -> BinaryIO:
        """Return the file's bytes; of standard input those of formats that must be sought in are first copied. Raises OSError."""
        if path != NAME:
            return self._files.open(path)
        if not self._input.peek(len(_MUST_SEEK[-1])).startswith(_MUST_SEEK):
            return cast("BinaryIO", self._input)
        copy = self.spill()
        copyfileobj(self._input, copy)
        copy.seek(0)
        return copy

    def spill(self) -> BinaryIO:
        """Return an empty file."""
        return self._files.spill()
