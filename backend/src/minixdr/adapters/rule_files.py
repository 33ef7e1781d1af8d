"""Rule files and lists on a disk.

A file that a person names may be anything that can be read, `<(...)` of a shell too; below a folder only regular files are taken, so that
nothing waits.
"""

import errno
import os
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path

_SUFFIXES = (".yml", ".yaml")
_LARGEST_RULE_BYTES = 2_000_001  # one more than the loader takes, so that it can say so
_LARGEST_TEXT_BYTES = 512 * 1024 * 1024
"""Of an indicator list: ten million indicators. `/dev/zero` has no end."""


class RuleFiles:
    """Reads Sigma files below folders, in sorted order. Links to folders are not followed, so no loop can be met."""

    def read(self, paths: Sequence[str]) -> list[tuple[str, bytes]]:
        """Return (path, text) of every rule file, each once; the path is a text that can be printed. Raises OSError where one cannot be read."""
        found = dict.fromkeys(name for path in paths for name in _below(path, _SUFFIXES))
        return [(_text_of(name), _content(name, _LARGEST_RULE_BYTES)) for name in found]


class TextFiles:
    """Reads files that a person names: indicator lists, placeholder values."""

    def read(self, paths: Sequence[str]) -> list[tuple[str, bytes]]:
        """Return (path, text) of every file at or below the paths, each once, in a fixed order. Raises OSError."""
        found = []
        for name in dict.fromkeys(name for path in paths for name in _below(path)):
            content = _content(name, _LARGEST_TEXT_BYTES + 1)
            if len(content) > _LARGEST_TEXT_BYTES:
                raise OSError(errno.EFBIG, f"larger than {_LARGEST_TEXT_BYTES:,} bytes; split it", name)
            found.append((_text_of(name), content))
        return found


def _below(path: str, suffixes: tuple[str, ...] = ("",)) -> Iterator[str]:
    """Yield the path, or where it is a folder, the visible regular files below it with one of the suffixes. Raises OSError where a folder cannot
    be read."""
    if not Path(path).is_dir():
        yield path
        return
    for folder, folders, names in os.walk(str(Path(path)), onerror=_raise):
        folders.sort()
        for name in sorted(names):
            if not name.startswith(".") and name.lower().endswith(suffixes):
                whole = os.path.join(folder, name)  # noqa: PTH118 - of thousands of rules, and text is what is returned
                if os.path.isfile(whole):  # noqa: PTH113 - as above
                    yield whole


def _raise(error: OSError) -> None:
    raise error


def _content(name: str, most_bytes: int) -> bytes:
    with Path(name).open("rb", buffering=0) as file:
        if 0 < os.fstat(file.fileno()).st_size <= most_bytes:
            return file.readall()[:most_bytes]
        with BufferedReader(file) as reader:  # a pipe, a device, what is too large: no more than asked for
            return reader.read(most_bytes)


def _text_of(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode()
