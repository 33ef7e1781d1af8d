"""A part of a scan: some files, read by one process.

In: the files. Out: a `PartResult`; findings and observations go to a spool at once, so memory does not grow with what is found. A record on which our
own code fails is counted as malformed with the error's name: neither its file nor the scan stops.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import msgspec

from minixdr.app.scan.account import FileAccount, records_of
from minixdr.app.scan.found import Observed, Places
from minixdr.app.scan.frames import encode_found, encode_observation, issue_line
from minixdr.ingest.reading import read
from minixdr.pipeline import Detection, Outcome, run
from minixdr.ports.scan import InputFile, InputFiles, Reporter, Spool
from minixdr.schema.finding import LEVELS, Analytic, Finding
from minixdr.schema.record import Batch, Issue

RANKS = {level: rank for rank, level in enumerate(LEVELS)}


class Part(msgspec.Struct, frozen=True):
    """Some files."""

    files: tuple[InputFile, ...]


class PartResult(msgspec.Struct):
    """What a part gave."""

    files: list[FileAccount]
    found: Places
    observed: Observed
    issues: Places
    """Of every issue, where they are asked for."""
    analytics: dict[str, Analytic] = msgspec.field(default_factory=dict)
    """By rule id, those that found something."""
    interrupted: bool = False

    @classmethod
    def empty(cls, spool: str) -> "PartResult":
        """Return a result with nothing in it yet."""
        return cls([], Places(spool), Observed(spool), Places(spool))

    def keep(self, finding: Finding, spool: Spool, *, with_event: bool) -> None:
        """Keep a finding, its frame in the spool."""
        self.found.positions.append(spool.append(encode_found(finding, with_event=with_event)))
        self.analytics.setdefault(finding.analytic.rule_id, finding.analytic)


@dataclass(frozen=True, slots=True)
class Tools:
    """What a process reads its parts with."""

    detection: Detection
    input_files: InputFiles
    spool: Spool
    format: str | None
    source: str | None
    least_level: str
    with_events: bool
    """Keep events for a report."""
    with_issues: bool
    """Keep every issue."""


class PartReader:
    """Reads parts; the work of one process."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def __call__(self, part: Part, reporter: Reporter) -> PartResult:
        """Return what became of the part's files."""
        result = PartResult.empty(self._tools.spool.name)
        for file in part.files:
            if reporter.stopping():
                result.interrupted = True
                break
            _FileReader(self._tools, file, reporter, result).read()
        self._tools.spool.flush()
        return result


def failed(part: Part, reason: str) -> PartResult:
    """Return the result of a part whose process died: nothing is known of its files."""
    result = PartResult.empty("")
    for file in part.files:
        account = FileAccount(file.path)
        account.note(Issue(file.path, None, None, "file", reason))
        result.files.append(account)
    return result


class _FileReader:
    def __init__(self, tools: Tools, file: InputFile, reporter: Reporter, result: PartResult) -> None:
        self._tools = tools
        self._file = file
        self._reporter = reporter
        self._result = result
        self._account = FileAccount(file.path)
        self._told_bytes = 0

    def read(self) -> None:
        self._result.files.append(self._account)
        try:
            with self._tools.input_files.open(self._file.path) as stream:
                self._batches(stream)
        except OSError as error:
            self._note(Issue(self._file.path, None, None, "file", f"cannot be read: {error.strerror or error}"))
        except Exception as error:  # noqa: BLE001 - the worker's loop: one file never stops the others; it is counted and shown
            self._note(
                Issue(self._file.path, None, None, "file", f"reading it failed: {type(error).__name__}: {error}")
            )
        self._reporter.advance(max(0, self._file.size_bytes - self._told_bytes), 0)

    def _batches(self, stream: BinaryIO) -> None:
        spill = self._tools.input_files.spill
        for item in read(stream, self._file.path, format_name=self._tools.format, spill=spill):
            if isinstance(item, Issue):
                self._take_issue(item)
                continue
            item.source = self._tools.source
            item.reference_at = self._file.written_at
            for outcome in self._outcomes(item):
                self._take(outcome)
            self._account.formats.add(item.format)
            self._tell(stream, len(item.raws))
            if self._reporter.stopping():
                self._result.interrupted = True
                return

    def _outcomes(self, batch: Batch) -> Iterator[Outcome]:
        """Yield the outcomes of the batch: one, or where our code fails on a record, those of the rest and that record's."""
        try:
            yield run(batch, self._tools.detection)
        except Exception as error:  # noqa: BLE001 - the worker's loop: the record is found by halving, and counted
            size = len(batch.raws)
            if size == 1:
                outcome = Outcome()
                outcome.receipt.received = outcome.receipt.malformed = 1
                reason = f"internal error, please report it: {type(error).__name__}: {error}"
                outcome.issues.append(Issue(batch.file, batch.first, None, "malformed", reason))
                yield outcome
                return
            for start, end in ((0, size // 2), (size // 2, size)):
                yield from self._outcomes(
                    Batch(
                        batch.file,
                        batch.format,
                        batch.first + start,
                        batch.raws[start:end],
                        None if batch.bodies is None else batch.bodies[start:end],
                        batch.source,
                        batch.reference_at,
                    )
                )

    def _take(self, outcome: Outcome) -> None:
        self._account.receipt.add(outcome.receipt)
        self._account.sources.update(outcome.sources)
        for issue in outcome.issues:
            self._note(issue)
        tools, result = self._tools, self._result
        least = RANKS[tools.least_level]
        for finding in outcome.findings:
            if RANKS.get(finding.analytic.level, 0) >= least:
                result.keep(finding, tools.spool, with_event=tools.with_events)
        for observation in outcome.observations:
            if observation.time is not None:
                result.observed.seconds.append(observation.time.timestamp())
                result.observed.positions.append(tools.spool.append(encode_observation(observation)))

    def _take_issue(self, issue: Issue) -> None:
        """Take an issue of the reader: records that it could not make count as received."""
        if issue.kind in ("malformed", "skipped"):
            count = records_of(issue)
            self._account.receipt.received += count
            if issue.kind == "malformed":
                self._account.receipt.malformed += count
            else:
                self._account.receipt.skipped += count
        self._note(issue)

    def _note(self, issue: Issue) -> None:
        self._account.note(issue)
        if self._tools.with_issues:
            self._result.issues.positions.append(self._tools.spool.append(issue_line(issue)))

    def _tell(self, stream: BinaryIO, records: int) -> None:
        position = stream.tell()
        self._reporter.advance(max(0, position - self._told_bytes), records)
        self._told_bytes = max(position, self._told_bytes)
