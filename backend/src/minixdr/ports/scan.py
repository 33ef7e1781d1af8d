"""What a scan needs from outside: files, rules, a cache, room for what it finds, processes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import BinaryIO, Protocol, Self, TypeVar

import msgspec

Task = TypeVar("Task")
Result = TypeVar("Result")
Task_contra = TypeVar("Task_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)


class InputFile(msgspec.Struct, frozen=True):
    """A file to scan."""

    path: str
    size_bytes: int
    written_at: datetime | None = None
    """When it was last written, where that is known."""
    identity: tuple[int, int] | None = None
    """Device and number on it: the same for all names of one file."""


class Unreadable(msgspec.Struct, frozen=True):
    """A path that gives no file, and why."""

    path: str
    reason: str
    missing: bool = False
    """Nothing has this name."""


class NoRoom(Exception):  # noqa: N818 - it is what the machine lacks
    """What a scan finds cannot be kept until its end; the message says where, why, and what to do."""


class InputFiles(Protocol):
    """Log files."""

    def find(self, paths: Sequence[str]) -> tuple[list[InputFile], list[Unreadable]]:
        """Return every file below the paths, each once and in a fixed order, and what cannot be read."""
        ...

    def open(self, path: str) -> BinaryIO:
        """Return the file's bytes as a stream that can seek. Raises OSError."""
        ...

    def spill(self) -> BinaryIO:
        """Return an empty file, gone when it is closed: for what must be read out of order, and does not fit into memory."""
        ...


class RuleTexts(Protocol):
    """Rule files."""

    def read(self, paths: Sequence[str]) -> list[tuple[str, bytes]]:
        """Return (path, text) of every rule file below the paths, in a fixed order. Raises OSError."""
        ...


class Texts(Protocol):
    """Files that a person names: indicator lists, placeholder lists."""

    def read(self, paths: Sequence[str]) -> list[tuple[str, bytes]]:
        """Return (path, text) of every file at or below the paths, in a fixed order. Raises OSError."""
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
    """Frames of bytes, appended by one process and read back by another."""

    name: str

    def append(self, frame: bytes) -> int:
        """Return the position of the frame. Raises NoRoom."""
        ...

    def flush(self) -> None:
        """Write out what is buffered, so that other processes can read it. Raises NoRoom."""
        ...


class Spools(Protocol):
    """Room for what is found: a context, gone with the scan."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def create(self) -> Spool:
        """Return a new spool that this process writes. Raises NoRoom."""
        ...

    def read(self, name: str, position: int) -> bytes:
        """Return the frame at the position."""
        ...


class OutputFiles(Protocol):
    """Files that a command writes."""

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """Return a file that takes the path's place when the context ends; `-` is standard output. Raises OSError."""
        ...


class Reporter(Protocol):
    """What a running task is told and tells."""

    def advance(self, size_bytes: int, records: int) -> None:
        """Say how far the task came since the last time."""
        ...

    def stopping(self) -> bool:
        """Return whether a person asked to stop: the task ends with what it has."""
        ...


class Work(Protocol[Task_contra, Result_co]):
    """What a process does with a task."""

    def __call__(self, task: Task_contra, reporter: Reporter, /) -> Result_co:
        """Return the task's result."""
        ...


class TaskPool(Protocol):
    """Processes that run tasks."""

    def run(
        self,
        start: Callable[[], Work[Task, Result]],
        tasks: Iterable[Task],
        failed: Callable[[Task, str], Result],
        reporter: Reporter,
    ) -> Iterator[Result]:
        """Yield each task's result, in the order of the tasks. `start` is called once in each process; `failed` makes the result of a task
        that could not be done: its process died, or the work raised an error. Raises NoRoom where the work does."""
        ...
