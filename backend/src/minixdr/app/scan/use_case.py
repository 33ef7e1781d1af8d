"""The order of a scan's steps: find files, load rules, read parts, conclude, write."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from minixdr.app.ruleset import Ruleset
from minixdr.app.scan.account import Account, FileAccount
from minixdr.app.scan.conclude import Conclusion, gather, relate, rule_counts
from minixdr.app.scan.part import Part, PartReader, PartResult, Tools, failed
from minixdr.app.scan.request import BadInput, ScanRequest
from minixdr.app.scan.write import Outputs, write
from minixdr.app.services import Services
from minixdr.ingest.recognition import formats
from minixdr.normalize.catalog import all_sources
from minixdr.ports.scan import InputFile, Reporter, Spools, Unreadable
from minixdr.schema.record import Issue

_PART_BYTES = 4 * 1024 * 1024
"""Small files are read together until they are this large: a message between processes costs as much as some hundred records."""


def find_files(request: ScanRequest, services: Services) -> tuple[list[InputFile], list[Unreadable]]:
    """Return the files to scan and what cannot be read. Raises BadInput where there is nothing to scan, or a path does not exist."""
    _check_names(request)
    files, unreadable = services.input_files().find(request.paths)
    named = set(request.paths)
    for problem in unreadable:
        if problem.path in named:
            raise BadInput(f"{problem.path}: {problem.reason}")
    if not files:
        raise BadInput(f"no files below {', '.join(request.paths)}")
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
    """Return what was found, after the outputs that the request names are written. Raises BadInput, and OSError where an
    output cannot be written."""
    files, unreadable = inputs
    with ExitStack() as stack:
        outputs = Outputs.open(request, services, stack)
        spools = stack.enter_context(services.spools())
        results = list(_read(request, services, ruleset, files, spools, reporter))
        conclusion = _conclude(request, ruleset, results, unreadable, spools)
        write(conclusion, results, request, outputs, spools, services)
    return conclusion


def _read(
    request: ScanRequest,
    services: Services,
    ruleset: Ruleset,
    files: Sequence[InputFile],
    spools: Spools,
    reporter: Reporter,
) -> Iterator[PartResult]:
    def start() -> PartReader:
        return PartReader(
            Tools(
                detection=ruleset.detection(),
                input_files=services.input_files(),
                spool=spools.create(),
                format=request.format,
                source=request.source,
                least_level=request.least_level,
                with_events=request.report is not None,
                with_issues=request.issues is not None,
            )
        )

    parts = list(_parts(files))
    jobs = min(request.jobs or services.default_jobs, len(parts))
    yield from services.pool(jobs).run(start, parts, failed, reporter)


def _parts(files: Sequence[InputFile]) -> Iterator[Part]:
    together: list[InputFile] = []
    size = 0
    for file in files:
        if together and size + file.size_bytes > _PART_BYTES:
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
    notes: list[str] = []
    if ruleset.correlations:
        related, notes = relate(
            ruleset.correlations, [result.observed for result in results], spools, spools.create(), request
        )
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
