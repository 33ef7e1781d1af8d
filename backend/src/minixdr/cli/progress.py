"""How far a long task came, for a person at a terminal, and the person's Ctrl-C."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from minixdr.cli.present import terminal

_SHOW_SECONDS = 0.1
"""Between two drawings of the progress: quicker than that nobody reads."""


class Watch:
    """Shows progress, and hears Ctrl-C."""

    def __init__(self, progress: Progress | None, total_bytes: int, stopping: str) -> None:
        self._progress = progress
        self._what_stopping_means = stopping
        self._records = 0
        self._shown = 0.0
        self._stopping = False
        if progress is not None:
            self._task = progress.add_task("task", total=total_bytes, records=0)

    def advance(self, size_bytes: int, records: int) -> None:
        """Show how far the task came."""
        self._records += records
        if self._progress is not None:
            now = monotonic()
            due = now - self._shown >= _SHOW_SECONDS
            if due:
                self._shown = now
            self._progress.update(self._task, advance=size_bytes, records=self._records, refresh=due)

    def stopping(self) -> bool:
        """Return whether a person asked to stop."""
        return self._stopping

    def interrupt(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler's parameters
        """Ask to stop; a second time, leave what is being done, but not the files that were made for it; a third time, die."""
        if self._stopping:
            signal.signal(number, signal.SIG_DFL)
            raise KeyboardInterrupt
        self._stopping = True
        sys.stderr.write(f"\nStopping: {self._what_stopping_means}. Once more to leave at once.\n")


@contextmanager
def progress(what: str, total_bytes: int, stopping: str, *, quiet: bool) -> Iterator[Watch]:
    """Show how far a task came, on standard error where that is a terminal; a first Ctrl-C or SIGTERM asks the task to stop, and says what that
    means."""
    shown: Progress | None = None
    if not quiet and sys.stderr.isatty():
        shown = Progress(
            TextColumn(what),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
            TextColumn("{task.fields[records]:,} records"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=terminal(stderr=True),
            transient=True,
            auto_refresh=False,  # its thread would be there when processes are forked
        )
    watch = Watch(shown, total_bytes, stopping)
    before = {number: signal.signal(number, watch.interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        if shown is None:
            yield watch
        else:
            with shown:
                yield watch
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
