"""What `minixdr scan` does: load, scan with progress, print. Progress and complaints go to standard error, tables to standard output."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from types import FrameType

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from minixdr.app.ruleset import Ruleset, load_ruleset
from minixdr.app.scan.conclude import Conclusion
from minixdr.app.scan.request import BadInput, ScanRequest
from minixdr.app.scan.use_case import find_files, scan
from minixdr.app.services import Services
from minixdr.cli.present import print_conclusion, print_problems, print_stats, print_written, terminal
from minixdr.cli.scan import INTERRUPTED, exit_status, fail
from minixdr.cli.usage import Usage
from minixdr.ports.scan import NoRoom

_SHOW_SECONDS = 0.1
"""Between two drawings of the progress: quicker than that nobody reads."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person wants to see."""

    limit: int
    stats: bool
    quiet: bool


def run_scan(request: ScanRequest, services: Services, shown: Shown) -> int:
    """Return the exit status."""
    try:
        return _run_scan(request, services, shown)
    except KeyboardInterrupt:  # before reading began, or a second time
        sys.stderr.write("minixdr: stopped\n")
        return INTERRUPTED


def _run_scan(request: ScanRequest, services: Services, shown: Shown) -> int:
    started = monotonic()
    try:
        files = find_files(request, services)
        ruleset = load_ruleset(request, services)
        with _progress(sum(file.size_bytes for file in files[0]), quiet=shown.quiet) as watch:
            conclusion = scan(request, services, ruleset, files, watch)
    except (BadInput, NoRoom) as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"{error.filename or 'output'}: {error.strerror or error}")
    try:
        _print(conclusion, ruleset, shown, request, monotonic() - started)
    except OSError as error:
        return fail(f"the tables could not be printed: {error.strerror or error}")
    return exit_status(conclusion) if conclusion.unwritten is None else fail(conclusion.unwritten)


def _print(conclusion: Conclusion, ruleset: Ruleset, shown: Shown, request: ScanRequest, seconds: float) -> None:
    """Print what was found; to standard error where the findings themselves go to standard output."""
    console = terminal(stderr="-" in (request.output, request.report, request.issues))
    errors = terminal(stderr=True)
    if not shown.quiet:
        print_conclusion(console, conclusion, shown.limit, request.least_level)
        print_written(console, request)
    print_problems(errors, conclusion, ruleset.refusals, stats=shown.stats)
    if shown.stats:
        print_stats(console, conclusion, Usage.of_this_run(seconds))
    if conclusion.interrupted:
        errors.print("Interrupted: this is what was found until then.")


class Watch:
    """Shows progress, and hears Ctrl-C."""

    def __init__(self, progress: Progress | None, total_bytes: int) -> None:
        self._progress = progress
        self._records = 0
        self._shown = 0.0
        self._stopping = False
        if progress is not None:
            self._task = progress.add_task("scan", total=total_bytes, records=0)

    def advance(self, size_bytes: int, records: int) -> None:
        """Show how far the scan came."""
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
        sys.stderr.write("\nStopping: what was found so far follows. Once more to leave at once.\n")


@contextmanager
def _progress(total_bytes: int, *, quiet: bool) -> Iterator[Watch]:
    progress: Progress | None = None
    if not quiet and sys.stderr.isatty():
        progress = Progress(
            TextColumn("Reading"),
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
    watch = Watch(progress, total_bytes)
    before = {number: signal.signal(number, watch.interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        if progress is None:
            yield watch
        else:
            with progress:
                yield watch
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
