"""Where a scan writes, and that it never writes over what it reads.

A log is evidence. An output whose path is a file that is scanned, a rule, an indicator list is refused; what an earlier scan wrote there is
replaced, and not read as a log.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import BinaryIO

import msgspec

from minixdr.app.scan.request import BadInput, ScanRequest
from minixdr.app.services import Services
from minixdr.ports.scan import InputFile, InputFiles

LINE_START = b'{"incident_id":'
ISSUE_STARTS = tuple(b'{"kind":"%s",' % kind for kind in (b"malformed", b"skipped", b"file"))
PAGE_START = b'<!doctype html><html lang="en" data-made-by="minixdr">'
_STARTS = (LINE_START, PAGE_START, *ISSUE_STARTS)
"""What our outputs begin with, and logs do not."""


class Outputs(msgspec.Struct):
    """Where a scan writes; None for what nobody asked for."""

    findings: BinaryIO | None
    issues: BinaryIO | None
    report: BinaryIO | None

    @classmethod
    def open(cls, request: ScanRequest, services: Services, stack: ExitStack) -> "Outputs":
        """Return the outputs, opened before anything is read: a path that cannot be written to is said at once. Raises OSError."""
        writer = services.outputs()

        def opened(path: str | None) -> BinaryIO | None:
            return None if path is None else stack.enter_context(writer.open(path))

        return cls(opened(request.output), opened(request.issues), opened(request.report))


def apart(request: ScanRequest, files: Sequence[InputFile], services: Services) -> list[InputFile]:
    """Return the files without those that earlier scans wrote to the outputs of this one. Raises BadInput where an output is something that this
    scan reads, or two outputs are one."""
    paths = [path for path in (request.output, request.issues, request.report) if path is not None]
    if len(set(paths)) < len(paths):
        raise BadInput(f"two outputs go to {max(paths, key=paths.count)}; give each a path of its own")
    disk = services.input_files()
    written = {file.identity: file for file in disk.find([path for path in paths if path != "-"])[0] if file.identity}
    if not written:
        return list(files)
    own = {identity for identity, file in written.items() if _is_ours(file, disk)}
    given = disk.find([*(request.rules or (services.own_rules,)), *request.indicators, *request.placeholders])[0]
    for file in (*files, *given):
        if file.identity in written and file.identity not in own:
            raise BadInput(f"{written[file.identity].path} would be written over, but it is read; write somewhere else")
    return [file for file in files if file.identity not in own]


def _is_ours(file: InputFile, disk: InputFiles) -> bool:
    if not file.size_bytes:
        return True  # nothing is lost, and nothing in it to scan
    try:
        with disk.open(file.path) as stream:
            return stream.read(max(map(len, _STARTS))).startswith(_STARTS)
    except OSError:
        return False
