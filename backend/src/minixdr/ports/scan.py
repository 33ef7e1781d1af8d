"""What a scan needs from outside: files, rules, a cache, room for what it finds, processes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class RuleTexts(Protocol):
    """Rule files."""

    def read(self, paths: Sequence[str]) -> list[tuple[str, bytes]]:
        """Return (path, text) of every rule file below the paths, in a fixed order. Raises OSError."""
        ...


class Cache(Protocol):
    """A place to keep bytes between runs. What it returns may be anybody's: whoever reads it checks it."""

    def load(self, key: str) -> bytes | None:
        """Return what was stored under the key, None where nothing was."""
        ...

    def store(self, key: str, content: bytes) -> None:
        """Keep the content, atomically; a cache that cannot be written stays silent."""
        ...


class Spool(Protocol):
    """Frames of bytes, appended by one process and read back by any."""

    def append(self, frame: bytes) -> int:
        """Return the position of the frame."""
        ...

    def close(self) -> None:
        """Write out what is buffered."""
        ...


class TaskPool(Protocol):
    """Processes that run tasks."""

    def run(
        self, function: Callable[[Task], Result], tasks: Iterable[Task], failed: Callable[[Task, str], Result]
    ) -> Iterator[Result]:
        """Yield each task's result in the order of the tasks; `failed` makes the result of one whose process died."""
        ...
