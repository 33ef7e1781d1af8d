"""Processes that run tasks: forked, so that what was loaded is shared, one task at a time each.

A process that dies (killed for its memory, a crash in a library) loses its task, not the others: its result says so, and another process takes its
place. Work that raises an error loses its task too, and says which. Where there is no room for what is found, all of it ends: `NoRoom`.
Interrupts are the parent's to handle; the children are told through a shared flag.
"""

import gc
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from ctypes import c_bool
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Any, Generic, TypeVar

from minixdr.ports.scan import NoRoom, Reporter, Work

Task = TypeVar("Task")
Result = TypeVar("Result")

_LOOK_SECONDS = 0.2
"""How often the parent looks whether a person asked to stop; short enough to feel at once."""


class SameProcess:
    """Runs the tasks one after the other in this process."""

    def run(
        self,
        start: Callable[[], Work[Task, Result]],
        tasks: Iterable[Task],
        failed: Callable[[Task, str], Result],
        reporter: Reporter,
    ) -> Iterator[Result]:
        """Yield each task's result."""
        work = start()
        with _few_collections():
            for task in tasks:
                try:
                    yield work(task, reporter)
                except NoRoom:
                    raise
                except Exception as error:  # noqa: BLE001 - the worker's loop: the task is counted as failed
                    yield failed(task, _error(error))


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let the garbage collector pass over what was loaded, and look less often: records hardly make cycles, and its looking takes a tenth
    of a scan's time."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _error(error: Exception) -> str:
    return f"internal error, please report it: {type(error).__name__}: {error}"


class ForkedProcesses:
    """Runs tasks in a fixed number of processes."""

    def __init__(self, count: int) -> None:
        self._count = count

    def run(
        self,
        start: Callable[[], Work[Task, Result]],
        tasks: Iterable[Task],
        failed: Callable[[Task, str], Result],
        reporter: Reporter,
    ) -> Iterator[Result]:
        """Yield each task's result, in the order of the tasks."""
        shift = _Shift(start, deque(enumerate(tasks)), failed, reporter)
        try:
            yield from shift.run(self._count)
        finally:
            shift.end()


class _Worker(Generic[Task]):
    """A process, seen from the parent."""

    def __init__(self, process: BaseProcess, connection: "Connection[Any, Any]") -> None:
        self.process = process
        self.connection = connection
        self.task: tuple[int, Task] | None = None


class _Shift(Generic[Task, Result]):
    """One run over the tasks."""

    def __init__(
        self,
        start: Callable[[], Work[Task, Result]],
        tasks: deque[tuple[int, Task]],
        failed: Callable[[Task, str], Result],
        reporter: Reporter,
    ) -> None:
        self._start = start
        self._tasks = tasks
        self._failed = failed
        self._reporter = reporter
        self._context = multiprocessing.get_context("fork")
        self._stop = self._context.RawValue(c_bool)
        self._workers: list[_Worker[Task]] = []
        self._done: dict[int, Result] = {}

    def run(self, count: int) -> Iterator[Result]:
        gc.collect()
        gc.freeze()  # what was loaded stays shared between the processes
        for _ in range(min(count, len(self._tasks))):
            try:
                self._hire()
            except OSError:  # the machine gives no more processes: those that are there do all of it
                if not self._workers:
                    raise
                break
        following = 0
        while self._workers:
            while following in self._done:
                yield self._done.pop(following)
                following += 1
            if self._reporter.stopping():
                self._stop.value = True
            for ready in wait([worker.connection for worker in self._workers], _LOOK_SECONDS):
                self._hear(next(worker for worker in self._workers if worker.connection is ready))
        while following in self._done:
            yield self._done.pop(following)
            following += 1

    def _hire(self) -> None:
        ours, theirs = self._context.Pipe()
        others = [worker.connection for worker in self._workers]
        process = self._context.Process(
            target=_work, args=(self._start, theirs, [*others, ours], self._stop), daemon=True
        )
        process.start()
        theirs.close()
        worker: _Worker[Task] = _Worker(process, ours)
        self._workers.append(worker)
        self._give(worker)

    def _give(self, worker: _Worker[Task]) -> None:
        worker.task = self._tasks.popleft() if self._tasks else None
        try:
            worker.connection.send(worker.task)
        except OSError:
            self._lose(worker)
            return
        if worker.task is None:
            self._dismiss(worker)

    def _hear(self, worker: _Worker[Task]) -> None:
        try:
            kind, content = worker.connection.recv()
        except (EOFError, OSError):
            self._lose(worker)
            return
        if kind == "advance":
            self._reporter.advance(*content)
        elif kind == "no room":
            raise NoRoom(content)
        elif worker.task is not None:
            place, task = worker.task
            self._done[place] = self._failed(task, content) if kind == "error" else content
            self._give(worker)

    def _lose(self, worker: _Worker[Task]) -> None:
        self._dismiss(worker)
        if worker.task is not None:
            place, task = worker.task
            self._done[place] = self._failed(
                task, f"the process that read it ended (exit code {worker.process.exitcode})"
            )
        if self._tasks:
            self._hire()  # where the machine gives none, OSError: a scan that cannot go on says so

    def _dismiss(self, worker: _Worker[Task]) -> None:
        worker.connection.close()
        worker.process.join()
        self._workers.remove(worker)

    def end(self) -> None:
        for worker in self._workers:
            worker.process.terminate()
            worker.process.join()
        gc.unfreeze()


class _Upward:
    """A child's reporter: sums up, and tells the parent now and then."""

    _EVERY_SECONDS = 0.2
    """Often enough for a person who watches, seldom enough to cost nothing."""

    def __init__(self, connection: "Connection[Any, Any]", stop: Any) -> None:
        self._connection = connection
        self._stop = stop
        self._parent = os.getppid()
        self._size_bytes = 0
        self._records = 0
        self._told = monotonic()

    def advance(self, size_bytes: int, records: int) -> None:
        """Count; tell the parent where it is worth a message."""
        self._size_bytes += size_bytes
        self._records += records
        if monotonic() - self._told >= self._EVERY_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Tell the parent what it does not know yet."""
        self._connection.send(("advance", (self._size_bytes, self._records)))
        self._size_bytes = self._records = 0
        self._told = monotonic()

    def stopping(self) -> bool:
        """Return whether the parent asked to stop, or is no more: nobody waits for what an orphan reads."""
        return bool(self._stop.value) or os.getppid() != self._parent


def _work(
    start: Callable[[], Work[Task, Result]],
    connection: "Connection[Any, Any]",
    others: "list[Connection[Any, Any]]",
    stop: Any,
) -> None:
    for other in others:  # else a dead sibling's pipe would stay open here, and nobody would see it end
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(EOFError, ConnectionError):  # the parent was killed: nobody waits for an answer
        try:
            work = start()
            with _few_collections():
                _serve(work, connection, _Upward(connection, stop))
        except NoRoom as error:
            connection.send(("no room", str(error)))


def _serve(work: Work[Task, Result], connection: "Connection[Any, Any]", reporter: _Upward) -> None:
    while (given := connection.recv()) is not None:
        _, task = given
        try:
            answer: tuple[str, Any] = ("result", work(task, reporter))
        except (NoRoom, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001 - the worker's loop: the task is counted as failed
            answer = ("error", _error(error))
        reporter.flush()
        connection.send(answer)
