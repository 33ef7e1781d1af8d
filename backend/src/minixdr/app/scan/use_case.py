"""The order of a scan's steps: find files, load rules, read parts, conclude, write."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice

from minixdr.app.ruleset import Ruleset
from minixdr.app.scan.account import Account, FileAccount
from minixdr.app.scan.conclude import Conclusion, gather, relate, rule_counts
from minixdr.app.scan.outputs import Outputs, apart
from minixdr.app.scan.part import Part, PartReader, PartResult, Tools, failed
from minixdr.app.scan.request import BadInput, ScanRequest
from minixdr.app.scan.write import write
from minixdr.app.services import Services
from minixdr.ingest.recognition import formats
from minixdr.normalize.catalog import all_sources
from minixdr.ports.scan import InputFile, Reporter, Spools, Unreadable
from minixdr.schema.record import Issue

_PARTS_OF_A_PROCESS = 24
"""At least so many for each process, so that none waits long for the last part of another."""
_PART_BYTES = 4 * 1024 * 1024
_PART_FILES = 200
"""Small files are read together until they are this large, or this many: a message between processes costs as much as some hundred records,
opening a file as much as a few dozen."""


def find_files(request: ScanRequest, services: Services) -> tuple[list[InputFile], list[Unreadable]]:
    """Return the files to scan and what cannot be read. Raises BadInput where there is nothing to scan, a path does not exist, or
    an output would take the place of what is read."""
    _check_names(request)
    files, unreadable = services.input_files().find(request.paths)
    named = set(request.paths)
    for problem in unreadable:
        if problem.missing and problem.path in named:
            raise BadInput(f"{problem.path}: {problem.reason}")
    files = apart(request, files, services)
    if not files:
        reasons = "".join(f"; {problem.path}: {problem.reason}" for problem in unreadable[:3])
        raise BadInput(f"no files below {', '.join(request.paths[:3])}{reasons}")
    return files, unreadable


def _check_names(request: ScanRequest) -> None:
    for what, name, known in (
        ("format", request.format, sorted(formats())),
        ("log source", request.source, [source.name for source in all_sources()]),
    ):
        if name is not None and name not in known:
            raise BadInput(f"there is no {what} {name!r}. There are: {', '.join(known)}")


def scan(
    request: ScanRequest,
    services: Services,
    ruleset: Ruleset,
    inputs: tuple[list[InputFile], list[Unreadable]],
    reporter: Reporter,
) -> Conclusion:
    """Return what was found, after the outputs that the request names are written; where that failed at the end, the
    conclusion says so. Raises OSError where an output cannot be opened, NoRoom where what is found cannot be kept."""
    files, unreadable = inputs
    conclusion: Conclusion | None = None
    try:
        with ExitStack() as stack:
            outputs = Outputs.open(request, services, stack)
            spools = stack.enter_context(services.spools())
            results = _read(request, services, ruleset, files, spools, reporter)
            conclusion = _conclude(request, ruleset, results, unreadable, spools)
            write(conclusion, results, request, outputs, spools, services)
    except OSError as error:
        if conclusion is None:
            raise
        conclusion.unwritten = f"the outputs could not be written: {error.strerror or error}"
    return conclusion


def _read(
    request: ScanRequest,
    services: Services,
    ruleset: Ruleset,
    files: Sequence[InputFile],
    spools: Spools,
    reporter: Reporter,
) -> list[PartResult]:
    """Return the parts' results, in the order of the files. Where a process died over files that were read together, each of them is
    read once more, alone: one that kills its reader does not hide the others."""

    def start() -> PartReader:
        return PartReader(
            Tools(
                detection=ruleset.detection(request.least_level),
                input_files=services.input_files(),
                spool=spools.create(),
                format=request.format,
                source=request.source,
                least_level=request.least_level,
                with_events=request.report is not None,
                with_issues=request.issues is not None,
            )
        )

    jobs = request.jobs or services.default_jobs
    parts = list(_parts(files, sum(file.size_bytes for file in files) // (jobs * _PARTS_OF_A_PROCESS)))
    jobs = min(jobs, len(parts))
    results = list(services.pool(jobs).run(start, parts, failed, reporter))
    together = [result.lost and len(part.files) > 1 for part, result in zip(parts, results, strict=True)]
    if not any(together):
        return results
    singles = [Part((file,)) for part, again in zip(parts, together, strict=True) if again for file in part.files]
    alone = iter(list(services.pool(max(2, jobs)).run(start, singles, failed, reporter)))
    return [
        result
        for part, first, again in zip(parts, results, together, strict=True)
        for result in (islice(alone, len(part.files)) if again else (first,))
    ]


def _parts(files: Sequence[InputFile], size_bytes: int) -> Iterator[Part]:
    together: list[InputFile] = []
    size = 0
    for file in files:
        if together and (size + file.size_bytes > min(size_bytes, _PART_BYTES) or len(together) >= _PART_FILES):
            yield Part(tuple(together))
            together, size = [], 0
        together.append(file)
        size += file.size_bytes
    if together:
        yield Part(tuple(together))


def _conclude(
    request: ScanRequest,
    ruleset: Ruleset,
    results: Sequence[PartResult],
    unreadable: Sequence[Unreadable],
    spools: Spools,
) -> Conclusion:
    notes = ruleset.notes()
    if timeless := sum(result.timeless for result in results):
        notes.append(f"{timeless:,} events without a time were not seen by correlation rules")
    if ruleset.correlations:
        related, forgotten = relate(
            ruleset.correlations, [result.observed for result in results], spools, spools.create(), request
        )
        notes.extend(forgotten)
        results = [*results, related]
    found, incidents = gather(results, spools)
    return Conclusion(
        incidents=incidents,
        rules=rule_counts(found),
        found=found,
        incident_ids={finding: incident.incident_id for incident in incidents for finding in incident.finding_ids},
        account=Account(
            [file for result in results for file in result.files] + [_account(item) for item in unreadable]
        ),
        rules_loaded=ruleset.count,
        notes=notes,
        interrupted=any(result.interrupted for result in results),
    )


def _account(problem: Unreadable) -> FileAccount:
    account = FileAccount(problem.path)
    account.note(Issue(problem.path, None, None, "file", f"cannot be read: {problem.reason}"))
    return account
