"""Processes that run tasks."""

import os
import signal
import time
from collections.abc import Callable

import pytest

from minixdr.adapters.processes import ForkedProcesses, SameProcess, _Shift
from minixdr.ports.scan import NoRoom, Reporter


class Heard:
    """A reporter that remembers."""

    def __init__(self, *, stop_after: int | None = None) -> None:
        self.size_bytes = 0
        self.records = 0
        self.stop_after = stop_after

    def advance(self, size_bytes: int, records: int) -> None:
        self.size_bytes += size_bytes
        self.records += records

    def stopping(self) -> bool:
        return self.stop_after is not None and self.records >= self.stop_after


def _double() -> Callable[[int, Reporter], int]:
    def work(task: int, reporter: Reporter) -> int:
        reporter.advance(10, 1)
        return task * 2

    return work


def _failed(task: int, reason: str) -> int:
    assert reason
    return -task


@pytest.mark.parametrize("pool", [SameProcess(), ForkedProcesses(1), ForkedProcesses(3)])
def test_results_come_in_the_order_of_the_tasks(pool: SameProcess | ForkedProcesses) -> None:
    """Whatever process is the quicker one, a scan's output has one order; progress of all arrives."""
    heard = Heard()
    assert list(pool.run(_double, range(50), _failed, heard)) == [task * 2 for task in range(50)]
    assert (heard.size_bytes, heard.records) == (500, 50)


def test_a_process_that_dies_loses_its_task_only() -> None:
    """A file that kills its reader is said to be unread; the rest is read."""

    def start() -> Callable[[int, Reporter], int]:
        def work(task: int, reporter: Reporter) -> int:
            if task in (3, 4):
                os.kill(os.getpid(), signal.SIGKILL)
            return task

        return work

    results = list(ForkedProcesses(2).run(start, range(8), _failed, Heard()))
    assert results == [0, 1, 2, -3, -4, 5, 6, 7]


def test_children_are_told_to_stop() -> None:
    """A person's interrupt reaches the children, which end with what they have."""

    def start() -> Callable[[int, Reporter], str]:
        def work(task: int, reporter: Reporter) -> str:
            for _ in range(6_000):
                if reporter.stopping():
                    return "stopped"
                reporter.advance(10, 1)
                time.sleep(0.01)
            return "ended"

        return work

    results = list(ForkedProcesses(2).run(start, range(2), lambda task, reason: reason, Heard(stop_after=3)))
    assert results == ["stopped", "stopped"]


@pytest.mark.parametrize("pool", [SameProcess(), ForkedProcesses(2)])
def test_work_that_fails_loses_its_task_only(
    pool: SameProcess | ForkedProcesses, capfd: pytest.CaptureFixture[str]
) -> None:
    """An error of ours over one task is told as that task's, with its name; no process prints a traceback."""

    def start() -> Callable[[int, Reporter], object]:
        def work(task: int, reporter: Reporter) -> object:
            if task == 3:
                raise KeyError("three")
            return task

        return work

    results = list(pool.run(start, range(6), lambda task, reason: reason, Heard()))
    assert results == [0, 1, 2, "internal error, please report it: KeyError: 'three'", 4, 5]
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("pool", [SameProcess(), ForkedProcesses(2)])
def test_no_room_ends_all_of_it(pool: SameProcess | ForkedProcesses, capfd: pytest.CaptureFixture[str]) -> None:
    """A full disk in one process is the whole scan's end, with that process's words, whether at its start or later."""

    def late() -> Callable[[int, Reporter], int]:
        def work(task: int, reporter: Reporter) -> int:
            if task == 3:
                raise NoRoom("the disk is full")
            return task

        return work

    def early() -> Callable[[int, Reporter], int]:
        raise NoRoom("the disk is full")

    for start in (late, early):
        with pytest.raises(NoRoom, match="the disk is full"):
            list(pool.run(start, range(6), _failed, Heard()))
    assert capfd.readouterr().err == ""


def test_a_machine_without_more_processes_uses_those_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--jobs 64` in a container that allows three."""
    pool = ForkedProcesses(64)
    hired = 0
    whole = _Shift._hire

    def hire(self: _Shift[int, int]) -> None:
        nonlocal hired
        hired += 1
        if hired > 3:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        whole(self)

    monkeypatch.setattr(_Shift, "_hire", hire)
    assert list(pool.run(_double, range(9), _failed, Heard())) == [task * 2 for task in range(9)]
