"""What `minixdr ingest` does: find, send with progress, say what came of it. All of it goes to standard error."""

import sys
from dataclasses import dataclass
from time import monotonic, sleep

from minixdr.app.ingest import Reading, Sent, Way, ingest
from minixdr.app.scan.request import BadInput
from minixdr.cli.ingest import ALL_SENT, INTERRUPTED, NOT_NOW, SOME_UNREAD, Outside
from minixdr.cli.progress import progress
from minixdr.cli.scan import fail, safe
from minixdr.ingest.recognition import formats
from minixdr.normalize.catalog import all_sources
from minixdr.ports.door import DoorBusyError, DoorRefusedError
from minixdr.ports.scan import InputFile, InputFiles, Unreadable

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for."""

    paths: tuple[str, ...]
    url: str
    token: str
    format: str | None
    source: str | None
    patience_seconds: float
    quiet: bool


def run_ingest(request: Request, outside: Outside) -> int:
    """Return the exit status. Raises BadSetting."""
    try:
        return _run(request, outside)
    except KeyboardInterrupt:  # a second Ctrl-C
        sys.stderr.write("minixdr: stopped\n")
        return INTERRUPTED


def _run(request: Request, outside: Outside) -> int:
    began = monotonic()
    if not request.token:
        return fail(
            "no token: set MINIXDR_INGEST_TOKEN to an ingest token (`POST /api/v1/tokens`, kind `ingest`, makes one)"
        )
    input_files = outside.input_files()
    try:
        _check_names(request)
        files, unreadable = _find(request, input_files)
    except BadInput as error:
        return fail(str(error))
    door = outside.door(request.url, request.token)
    way = Way(door, request.patience_seconds, sleep, monotonic)
    reading = Reading(input_files, request.format, request.source)
    total_bytes = sum(file.size_bytes for file in files)
    try:
        with progress("Sending", total_bytes, "what was sent so far stays sent", quiet=request.quiet) as watch:
            sent = ingest(files, reading, way, watch)
    except DoorRefusedError as error:
        return fail(f"{request.url}: {error}")
    except DoorBusyError as error:
        fail(f"{error}. What was sent so far is kept; send the same files again later, nothing will be there twice")
        return NOT_NOW
    finally:
        door.close()
    sent.unread.extend((problem.path, problem.reason) for problem in unreadable)
    if not request.quiet:
        _say(sent, monotonic() - began)
    if sent.interrupted:
        return INTERRUPTED
    return SOME_UNREAD if sent.malformed or sent.unread else ALL_SENT


def _check_names(request: Request) -> None:
    for what, name, known in (
        ("format", request.format, sorted(formats())),
        ("log source", request.source, [source.name for source in all_sources()]),
    ):
        if name is not None and name not in known:
            raise BadInput(f"there is no {what} {name!r}. There are: {', '.join(known)}")


def _find(request: Request, input_files: InputFiles) -> tuple[list[InputFile], list[Unreadable]]:
    files, unreadable = input_files.find(request.paths)
    for problem in unreadable:
        if problem.missing and problem.path in request.paths:
            raise BadInput(f"{problem.path}: {problem.reason}")
    if not files:
        reasons = "".join(f"; {problem.path}: {problem.reason}" for problem in unreadable[:3])
        raise BadInput(f"no files below {', '.join(request.paths[:3])}{reasons}")
    return files, unreadable


def _say(sent: Sent, seconds: float) -> None:
    """Say what came of it; names of files and texts of records may be an attacker's."""
    kept = f"on disk there: {_counted(sent.records, 'record')} of {_counted(sent.files, 'file')}"
    lines = [f"{kept} ({_counted(sent.requests, 'request')}, {seconds:.1f} s)"]
    if sent.malformed:
        lines.append(f"{_counted(sent.malformed, 'record')} could not be read:")
        lines += [f"  {number:,}  {reason}" for reason, number in sent.reasons.most_common(_SHOWN)]
    lines += [f"{path}: {reason}" for path, reason in sent.unread[:_SHOWN]]
    if len(sent.unread) > _SHOWN:
        lines.append(f"and {len(sent.unread) - _SHOWN:,} more files that could not be read")
    if sent.interrupted:
        lines.append("Interrupted: send the same files again for the rest, nothing will be there twice.")
    sys.stderr.write("".join(f"{safe(line)}\n" for line in lines))


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
