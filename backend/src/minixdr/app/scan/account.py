"""The account of a scan: what became of every record of every file."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from minixdr.schema.record import Issue, Receipt

_MOST_REASONS = 50
"""Different reasons kept for one file; beyond them a reason is counted with the others."""
_MOST_PROBLEMS = 5
_MOST_FILE_PROBLEMS = 20
"""An archive may have a million members that cannot be read; all are counted, and `--issues` lists them."""
_LONGEST_REASON = 300
"""Characters; a reason may quote what the record held."""
_OTHER = "other reasons"


class FileAccount(msgspec.Struct):
    """What became of one file."""

    path: str
    receipt: Receipt = msgspec.field(default_factory=Receipt)
    formats: set[str] = msgspec.field(default_factory=set)
    sources: Counter[str] = msgspec.field(default_factory=Counter)
    """Events by log source."""
    reasons: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    """(kind, reason) -> records, or 1 for each trouble with the file itself."""
    problems: list[Issue] = msgspec.field(default_factory=list)
    """The first few, for a person."""

    def note(self, issue: Issue) -> None:
        """Count an issue."""
        issue = msgspec.structs.replace(issue, reason=brief(issue.reason))
        reason = (issue.kind, issue.reason)
        if reason not in self.reasons and len(self.reasons) >= _MOST_REASONS:
            reason = (issue.kind, _OTHER)
        self.reasons[reason] += records_of(issue)
        if len(self.problems) < (_MOST_FILE_PROBLEMS if issue.kind == "file" else _MOST_PROBLEMS):
            self.problems.append(issue)

    @property
    def unreadable(self) -> bool:
        """Whether something of the file itself could not be read."""
        return any(kind == "file" for kind, _ in self.reasons)


class Account(msgspec.Struct):
    """What became of all files."""

    files: list[FileAccount]

    def receipt(self) -> Receipt:
        """Return the sum."""
        total = Receipt()
        for file in self.files:
            total.add(file.receipt)
        return total

    def sources(self) -> Counter[str]:
        """Return events by log source."""
        return _sum(file.sources for file in self.files)

    def reasons(self) -> "Counter[tuple[str, str]]":
        """Return records by (kind, reason)."""
        total: Counter[tuple[str, str]] = Counter()
        for file in self.files:
            total.update(file.reasons)
        return total


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total


def brief(text: str) -> str:
    """Return the text, cut where it is long."""
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1] + "…"


def records_of(issue: Issue) -> int:
    """Return how many records an issue is about; 1 for a trouble with the file itself."""
    return 1 if issue.last is None or issue.number is None else issue.last - issue.number + 1


def sentence(issue: Issue) -> str:
    """Return an issue for a person: where, and what."""
    if issue.number is not None:
        where = f"record {issue.number:,}" if issue.last is None else f"records {issue.number:,} to {issue.last:,}"
        at = f"{where}, byte {issue.offset_bytes:,}" if issue.offset_bytes is not None else where
        return f"{at}: {issue.reason}"
    return issue.reason if issue.offset_bytes is None else f"byte {issue.offset_bytes:,}: {issue.reason}"
