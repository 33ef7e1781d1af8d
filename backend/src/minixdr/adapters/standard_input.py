"""Log files on a disk, and `-`: what another program writes to our standard input."""

import sys
from collections.abc import Sequence
from io import BufferedReader
from typing import BinaryIO, cast

from minixdr.ingest.doors.file_batches import readable
from minixdr.ports.scan import InputFile, InputFiles, Unreadable

NAME = "-"


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
        return readable(self._input, self.spill)

    def spill(self) -> BinaryIO:
        """Return an empty file."""
        return self._files.spill()
