"""Rule files on a disk."""

import os
from collections.abc import Sequence
from pathlib import Path

_SUFFIXES = {".yml", ".yaml"}
_LARGEST_FILE_BYTES = 2_000_001  # one more than the loader takes, so that it can say so


class RuleFiles:
    """Reads Sigma files below folders, in sorted order. Links to folders are not followed, so no loop can be met."""

    def read(self, paths: Sequence[str]) -> list[tuple[str, bytes]]:
        """Return (path, text) of every rule file, each once. Raises OSError where a path cannot be read."""
        found: dict[str, None] = {}
        for path in paths:
            if Path(path).is_dir():
                for folder, folders, names in os.walk(path):
                    folders.sort()
                    for name in sorted(names):
                        if Path(name).suffix.lower() in _SUFFIXES and not name.startswith("."):
                            found[str(Path(folder) / name)] = None
            else:
                found[str(path)] = None
        return [(name, self._text(name)) for name in found]

    @staticmethod
    def _text(name: str) -> bytes:
        with Path(name).open("rb") as file:
            return file.read(_LARGEST_FILE_BYTES)


class TextFiles:
    """Reads files that a person names: indicator lists, placeholder values."""

    def read(self, paths: Sequence[str]) -> list[tuple[str, bytes]]:
        """Return (path, text) of every file at or below the paths, in a fixed order. Raises OSError."""
        found: list[tuple[str, bytes]] = []
        for path in paths:
            if Path(path).is_dir():
                names = sorted(p for p in Path(path).rglob("*") if p.is_file() and not p.name.startswith("."))
                found.extend((str(name), name.read_bytes()) for name in names)
            else:
                found.append((path, Path(path).read_bytes()))
        return found
