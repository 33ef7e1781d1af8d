"""What `minixdr scan` does: load, scan with progress, print. Progress and complaints go to standard error, tables to standard output."""

import sys
from dataclasses import dataclass
from time import monotonic

from minixdr.app.ruleset import Ruleset, load_ruleset
from minixdr.app.scan.conclude import Conclusion
from minixdr.app.scan.request import BadInput, ScanRequest
from minixdr.app.scan.use_case import find_files, scan
from minixdr.app.services import Services
from minixdr.cli.present import print_conclusion, print_problems, print_stats, print_written, terminal
from minixdr.cli.progress import progress
from minixdr.cli.scan import INTERRUPTED, exit_status, fail
from minixdr.cli.usage import Usage
from minixdr.ports.scan import NoRoom


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
        total_bytes = sum(file.size_bytes for file in files[0])
        with progress("Reading", total_bytes, "what was found so far follows", quiet=shown.quiet) as watch:
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
