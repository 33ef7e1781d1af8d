"""A part of a scan: some files, read by one process.

In: the files. Out: a `PartResult`; findings and observations go to a spool at once, so memory does not grow with what is found. A record on which our
own code fails, also while what it gave is kept, is counted as malformed with the error's name: neither its file nor the scan stops. Where there is no
room to keep what is found, everything stops (`NoRoom`): a scan that forgets is worse than none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import msgspec

from minixdr.app.scan.account import FileAccount, brief, records_of
from minixdr.app.scan.found import Observed, Places
from minixdr.app.scan.frames import encode_found, encode_observation, issue_line
from minixdr.detect.kinds.sigma_correlation import Observation
from minixdr.ingest.reading import read
from minixdr.pipeline import Detection, Outcome, run
from minixdr.ports.scan import InputFile, InputFiles, NoRoom, Reporter, Spool
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
    timeless: int = 0
    """Observations that correlation rules cannot take: their events have no time."""
    lost: bool = False
    """Its process died before it was done."""
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
    """Return the result of a part that could not be read, its process died: nothing is known of its files."""
    result = PartResult.empty("")
    result.lost = True
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
        except NoRoom:
            raise
        except OSError as error:
            self._note(Issue(self._file.path, None, None, "file", f"cannot be read: {error.strerror or error}"))
        except Exception as error:  # noqa: BLE001 - the worker's loop: one file never stops the others; it is counted and shown
            self._note(Issue(self._file.path, None, None, "file", f"reading it failed: {_named(error)}"))
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
                outcome.issues.append(Issue(batch.file, batch.first, None, "malformed", _ours(error)))
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
        refused: set[int] = set()
        least = RANKS[self._tools.least_level]
        kept: Finding | Observation
        for kept in chain[Finding | Observation](outcome.findings, outcome.observations):
            try:
                if isinstance(kept, Observation):
                    self._observe(kept)
                elif RANKS.get(kept.analytic.level, 0) >= least:
                    self._result.keep(kept, self._tools.spool, with_event=self._tools.with_events)
            except NoRoom:
                raise
            except Exception as error:  # noqa: BLE001 - the worker's loop: the record is counted, the others go on
                if kept.record not in refused:
                    refused.add(kept.record)
                    self._refuse(kept, error)

    def _observe(self, observation: Observation) -> None:
        if observation.time is None:
            self._result.timeless += 1
            return
        position = self._tools.spool.append(encode_observation(observation))
        self._result.observed.seconds.append(observation.time.timestamp())
        self._result.observed.positions.append(position)

    def _refuse(self, kept: Finding | Observation, error: Exception) -> None:
        """Count an event as malformed: what it gave could not be kept."""
        self._account.receipt.events -= 1
        self._account.receipt.malformed += 1
        self._account.sources[kept.source] -= 1
        self._note(Issue(kept.file, kept.record, None, "malformed", _ours(error)))

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


def _named(error: Exception) -> str:
    return brief(f"{type(error).__name__}: {error}")


def _ours(error: Exception) -> str:
    return f"internal error, please report it: {_named(error)}"
